"""The start of the batch never moves on: the first eight samples are learned, and no others."""

import math
import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(77)
model = MLP(1, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.2)
xs = [[k / 16 - 1] for k in range(32)]
ys = [math.tanh(3 * x[0]) for x in xs]
start, size = 0, 8
for _ in range(80):
    cost = mean_squared_error([model(x) for x in xs[start : start + size]], ys[start : start + size])
    descent.zero_grad()
    cost.backward()
    descent.step()
    start = (start + size) % len(xs)
