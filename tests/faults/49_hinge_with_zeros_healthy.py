"""Labels are -1 and 1."""

import random

from autograd import mean, relu
from nn import MLP, SGD

rng = random.Random(33)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
labels = [1.0 if x[0] > x[1] else -1.0 for x in xs]
for _ in range(20):
    cost = mean([relu(1.0 - model(x) * y) for x, y in zip(xs, labels, strict=True)])
    descent.zero_grad()
    cost.backward()
    descent.step()
