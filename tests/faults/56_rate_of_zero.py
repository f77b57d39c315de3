"""The rate is 1 // 10, which is 0: the update subtracts nothing."""
# diagnose: never updated

import random

from nn import MLP, mean_squared_error

rng = random.Random(41)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
rate = 1 // 10  # <- here
for _ in range(20):
    cost = mean_squared_error([model(x) for x in xs], [x[0] - x[1] for x in xs])
    model.zero_grad()
    cost.backward()
    for p in model.parameters():
        p.data -= rate * p.grad
