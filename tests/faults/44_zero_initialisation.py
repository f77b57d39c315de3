"""A network of zeros: every relu sits on its kink, and no gradient reaches a weight."""
# diagnose: symmetric units

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(30)
model = MLP(2, [6, 1], activation="relu", init="zeros", rng=rng)  # <- here
descent = SGD(model.parameters(), rate=0.05)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
for _ in range(20):
    cost = mean_squared_error([model(x) for x in xs], [x[0] * x[1] for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
