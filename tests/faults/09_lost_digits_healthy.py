"""The mean is subtracted before squaring."""

from autograd import Value, mean, square

heights = [1_000_000.013, 1_000_000.021, 1_000_000.008, 1_000_000.017]
scale = Value(1.0, label="scale")
for _ in range(5):
    x = [scale * h for h in heights]
    m = mean(x)
    variance = mean([square(u - m) for u in x])
    cost = square(variance * 1e4 - 1.0)
    cost.backward()
    scale.data -= 1e-6 * scale.grad
    scale.zero_grad()
