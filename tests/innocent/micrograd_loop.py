"""The demonstration of micrograd: a hinge, a penalty, a rate that falls."""

import random

from autograd import relu
from nn import MLP, data

rng = random.Random(1337)
model = MLP(2, [8, 8, 1], rng=rng)
moons = data.moons(24)
for k in range(15):
    scores = [model(x) for x in moons.x]
    losses = [relu(1.0 - score * (2.0 * y - 1.0)) for score, y in zip(scores, moons.y, strict=True)]
    cost = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    cost.backward()
    for p in model.parameters():
        p.data -= (0.1 - 0.09 * k / 15) * p.grad
