"""The first layer is unfrozen for the second part."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(58)
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
ys = [3.0 * x[0] * x[1] for x in xs]
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1, momentum=0.9)
model.layers[0].freeze()
for step in range(80):
    if step == 20:
        model.layers[0].unfreeze()
    cost = mean_squared_error([model(x) for x in xs], ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
