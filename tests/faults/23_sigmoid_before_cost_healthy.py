"""The output is linear."""

import random

from nn import MLP, SGD, binary_cross_entropy

rng = random.Random(14)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.3)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
labels = [int(x[0] > x[1]) for x in xs]
for _ in range(20):
    answers = [model(x) for x in xs]
    cost = binary_cross_entropy(answers, labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
