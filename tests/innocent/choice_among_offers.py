"""A softmax over offers that are scored by the same weights: people choose one of those that they are shown."""

import random

from autograd import Value, logsumexp, mean

rng = random.Random(8)
taste = (1.5, -1.0)
shown = [[[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(5)] for _ in range(30)]
chosen = [
    max(range(5), key=lambda k: taste[0] * offers[k][0] + taste[1] * offers[k][1] + rng.gauss(0, 0.7)) for offers in shown
]
w = [Value(0.0, label="w_0"), Value(0.0, label="w_1")]
for _ in range(60):
    costs = []
    for offers, k in zip(shown, chosen, strict=True):
        scores = [w[0] * a + w[1] * b for a, b in offers]
        costs.append(logsumexp(scores) - scores[k])
    mean(costs).backward()
    for p in w:
        p.data -= 0.5 * p.grad
        p.zero_grad()
