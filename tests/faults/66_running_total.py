"""The costs are added up as Values: the total keeps the graph of every step."""
# diagnose: graphs kept

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(66)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
descent = SGD(model.parameters(), 0.05)
total = 0.0
for _ in range(60):
    cost = mean_squared_error([model(x) for x in xs], [x[0] - x[1] for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
    total += cost  # <- here
