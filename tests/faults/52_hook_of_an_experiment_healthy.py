"""The hook is removed."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(36)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
data = [(x / 4.0, abs(x / 4.0)) for x in range(-4, 5)]
for _ in range(20):
    answers = [model([x]) for x, _ in data]
    cost = mean_squared_error(answers, [y for _, y in data])
    descent.zero_grad()
    cost.backward()
    descent.step()
