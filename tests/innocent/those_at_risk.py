"""The partial likelihood of Cox: a sum over all that are still at risk, which are fewer every time."""

import random

from autograd import Value, dot, logsumexp

rng = random.Random(2)
patients = [(float(rng.random() < 0.5), rng.gauss(0, 1)) for _ in range(30)]
effects = [Value(0.0, label="treated"), Value(0.0, label="age")]
for _ in range(25):
    risk = [dot(effects, x) for x in patients]
    cost = sum(logsumexp(risk[k:]) - risk[k] for k in range(25)) / 25
    cost.backward()
    for p in effects:
        p.data -= p.grad
        p.zero_grad()
