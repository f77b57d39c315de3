"""The rate falls to a tenth in every step: after five nothing moves."""
# diagnose: training stopped

import random

from nn import MLP, mean_squared_error

rng = random.Random(48)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
for step in range(60):
    cost = mean_squared_error([model(x) for x in xs], [x[0] - x[1] for x in xs])
    model.zero_grad()
    cost.backward()
    for p in model.parameters():
        p.data -= 0.05 * 0.1**step * p.grad  # <- here
