"""A learning rate of 5: every step overshoots."""
# diagnose: learning rate too large

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(21)
model = MLP(2, [1], rng=rng)
descent = SGD(model.parameters(), rate=5.0)  # <- here
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
ys = [2.0 * x[0] - x[1] + 0.5 for x in xs]
for _ in range(12):
    cost = mean_squared_error([model(x) for x in xs], ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
