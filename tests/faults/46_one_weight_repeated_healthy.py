"""Every weight is a value of its own."""

import random

from autograd import Value, dot, mean, square

rng = random.Random(31)
w = [Value(0.1) for _ in range(3)]
xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(10)]
for _ in range(20):
    cost = mean([square(dot(w, x) - (x[0] - 2.0 * x[1] + 0.5 * x[2])) for x in xs])
    cost.backward()
    for p in set(w):
        p.data -= 0.05 * p.grad
        p.zero_grad()
