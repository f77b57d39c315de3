"""The rate falls after every sample, and not after every epoch."""

from autograd import Value, square

points = [(k / 8.0, 2.0 * k / 8.0 + 1.0) for k in range(16)]
w, b, rate = Value(0.5, label="w"), Value(0.0, label="b"), 0.01
for _ in range(15):
    for x, y in points:
        cost = square(w * x + b - y)
        cost.backward()
        for p in (w, b):
            p.data -= rate * p.grad
            p.zero_grad()
    rate *= 0.97
