"""zero_grad() stands between backward() and step(): there is nothing left to step by."""
# diagnose: zeroed before the update

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(19)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
data = [(x / 4.0, abs(x / 4.0)) for x in range(-4, 5)]
for _ in range(20):
    cost = mean_squared_error([model([x]) for x, _ in data], [y for _, y in data])
    cost.backward()
    descent.zero_grad()  # <- here
    descent.step()
