"""The moments of Adam are one pair of numbers, and all parameters are mixed in it."""
# diagnose: one memory for all

import math

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
m, v = 0.0, 0.0
for t in range(1, 61):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for p in (w, b):
        m = 0.9 * m + 0.1 * p.grad  # <- here
        v = 0.999 * v + 0.001 * p.grad**2
        p.data -= 0.1 * m / (1.0 - 0.9**t) / (math.sqrt(v / (1.0 - 0.999**t)) + 1e-8)
        p.zero_grad()
