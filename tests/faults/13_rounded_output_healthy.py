"""The cost sees the outputs themselves; only the printed ones are rounded."""

import random

from autograd import mean, square
from nn import MLP, SGD

rng = random.Random(6)
model = MLP(1, [3, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
data = [(-1.0, 0.0), (-0.3, 1.0), (0.4, 1.0), (1.0, 2.0)]
for _ in range(20):
    costs = []
    for x, y in data:
        votes = model([x])
        costs.append(square(votes - y))
    cost = mean(costs)
    descent.zero_grad()
    cost.backward()
    descent.step()
