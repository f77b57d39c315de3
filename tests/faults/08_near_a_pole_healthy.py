"""The denominator stays away from 0."""

from autograd import Value, mean, square

xs = [0.5, 1.0, 2.0, 3.0]
ys = [1.2, 1.1, 0.9, 0.8]
a, b = Value(1.0, label="a"), Value(1.0, label="b")
for _ in range(3):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        predicted = a / (x + b)
        costs.append(square(predicted - y))
    cost = mean(costs)
    cost.backward()
    for p in (a, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()
