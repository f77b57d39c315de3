"""The loop reads the first sample every time: the network answers the same to everything."""
# diagnose: samples never used

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(34)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(8)]
ys = [x[0] * x[1] for x in xs]
for _ in range(20):
    answers = [model(xs[0]) for x in xs]  # <- here
    cost = mean_squared_error(answers, ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
