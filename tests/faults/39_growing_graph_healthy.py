"""The data of w is assigned."""

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [0.0, 2.1, 3.9, 6.2]
w = Value(0.5, label="w")
for _ in range(12):
    cost = mean([square(w * x - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    w.data -= 0.05 * w.grad
    w.zero_grad()
