"""The probability of the right class is rounded to 1, and log(1 - p) is log(0)."""
# diagnose: not finite

from autograd import Value, log, mean, sigmoid

xs, ys = [1.0, 2.0, -1.0, 40.0], [1, 1, 0, 0]
w, b = Value(1.0, label="w"), Value(0.0, label="b")
for _ in range(10):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        z = w * x + b
        p = sigmoid(z)
        costs.append(-log(p) if y else -log(1.0 - p))  # <- here
    cost = mean(costs)
    w.zero_grad()
    b.zero_grad()
    cost.backward()
    w.data -= 0.01 * w.grad
    b.data -= 0.01 * b.grad
