"""backward() is called twice: all gradients count double."""
# diagnose: backward twice

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(46)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.05)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
for _ in range(20):
    cost = mean_squared_error([model(x) for x in xs], [x[0] - x[1] for x in xs])
    descent.zero_grad()
    cost.backward()
    cost.backward()  # <- here
    descent.step()
