"""The samples are sorted by class, and come one at a time: after each round the last class is known best."""
# diagnose: never shuffled

import random

from autograd import Value, softplus

rng = random.Random(140)
well, ill = ([(rng.gauss(m, 1.0), rng.gauss(0, 1)) for _ in range(25)] for m in (-0.5, 0.5))
records = [(x, y, 0) for x, y in well] + [(x, y, 1) for x, y in ill]
a, b, c = (Value(0.0, label=name) for name in "abc")
for _ in range(4):
    for x, y, label in records:  # <- here
        z = a * x + b * y + c
        cost = softplus(z) - label * z
        cost.backward()
        for p in (a, b, c):
            p.data -= 0.5 * p.grad
            p.zero_grad()
