"""The robust cost of Huber, written by hand: a fifth of the samples is far off, all on one side, and is left there."""

import random

from autograd import Value, mean

rng = random.Random(1)
hours = [0.25 * k for k in range(40)]
sugar = [5.0 + 0.3 * h + rng.gauss(0, 0.1) + (rng.uniform(5, 9) if k % 5 == 2 else 0.0) for k, h in enumerate(hours)]
level, drift = Value(5.0, label="level"), Value(0.0, label="drift")
for _ in range(150):
    errors = [level + drift * h - s for h, s in zip(hours, sugar, strict=True)]
    mean([0.5 * e * e if abs(e.data) < 0.5 else 0.5 * (abs(e) - 0.25) for e in errors]).backward()
    for p, rate in ((level, 0.2), (drift, 0.02)):
        p.data -= rate * p.grad
        p.zero_grad()
