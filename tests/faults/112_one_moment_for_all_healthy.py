"""The moments of Adam are one pair of numbers, and all parameters are mixed in it."""

import math

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
ms, vs = [0.0, 0.0], [0.0, 0.0]
for t in range(1, 61):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for k, p in enumerate((w, b)):
        m = ms[k] = 0.9 * ms[k] + 0.1 * p.grad
        v = vs[k] = 0.999 * vs[k] + 0.001 * p.grad**2
        p.data -= 0.1 * m / (1.0 - 0.9**t) / (math.sqrt(v / (1.0 - 0.999**t)) + 1e-8)
        p.zero_grad()
