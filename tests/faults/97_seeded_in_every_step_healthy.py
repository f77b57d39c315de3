"""The generator is made once, and draws other noise in every step."""

import random

from autograd import Value, mean, square

m, s = Value(0.0, label="m"), Value(0.2, label="s")
draw = random.Random(97)
for _ in range(60):
    zs = [m + s * draw.gauss(0.0, 1.0) for _ in range(3)]
    cost = mean([square(z - 2.0) for z in zs])
    cost.backward()
    for p in (m, s):
        p.data -= 0.05 * p.grad
        p.zero_grad()
