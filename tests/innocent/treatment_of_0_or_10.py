"""A dose that is 0 or 10 in turn: a weight times it is no mask."""

import random

from autograd import Value, mean, square

rng = random.Random(6)
doses = [10.0 * (k % 2) for k in range(20)]
counts = [3.0 + 0.1 * d + rng.gauss(0, 0.2) for d in doses]
a, b = Value(0.0, label="a"), Value(0.0, label="b")
for _ in range(80):
    mean([square(a * d + b - y) for d, y in zip(doses, counts, strict=True)]).backward()
    for p, rate in ((a, 0.01), (b, 0.2)):
        p.data -= rate * p.grad
        p.zero_grad()
