"""A fraction whose denominator comes next to 0 gives a gradient of millions."""
# diagnose: pole

from autograd import Value, mean, square

xs = [0.5, 1.0, 2.0, 3.0]
ys = [1.2, 1.1, 0.9, 0.8]
a, b = Value(1.0, label="a"), Value(-0.9999999, label="b")
for _ in range(3):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        predicted = a / (x + b)  # <- here
        costs.append(square(predicted - y))
    cost = mean(costs)
    cost.backward()
    for p in (a, b):
        p.data -= 1e-30 * p.grad
        p.zero_grad()
