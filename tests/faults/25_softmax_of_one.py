"""A softmax over a single output is 1 whatever the output is: the cost is constant."""
# diagnose: constant cost

import random

from nn import MLP, SGD, cross_entropy

rng = random.Random(16)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.3)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(8)]
labels = [int(x[0] > x[1]) for x in xs]
for _ in range(10):
    answers = [model(x) for x in xs]
    cost = cross_entropy([[z] for z in answers], [0] * len(labels))  # <- here
    descent.zero_grad()
    cost.backward()
    descent.step()
