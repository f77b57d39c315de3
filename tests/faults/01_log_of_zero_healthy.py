"""The cost is computed from the logit: no logarithm of a rounded probability."""

from autograd import Value, mean, softplus

xs, ys = [1.0, 2.0, -1.0, 40.0], [1, 1, 0, 0]
w, b = Value(1.0, label="w"), Value(0.0, label="b")
for _ in range(10):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        z = w * x + b
        costs.append(softplus(-z) if y else softplus(z))
    cost = mean(costs)
    w.zero_grad()
    b.zero_grad()
    cost.backward()
    w.data -= 0.01 * w.grad
    b.data -= 0.01 * b.grad
