"""The border between the classes is far outside of the data: all samples get the label 0."""

import random

from nn import MLP, Adam, cross_entropy

rng = random.Random(9)
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
labels = [int(a + b > 0.0) for a, b in xs]
model = MLP(2, [4, 2], activation="tanh", rng=rng)
descent = Adam(model.parameters(), rate=0.05)
for _ in range(40):
    scores = [model(x) for x in xs]
    cost = cross_entropy(scores, labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
