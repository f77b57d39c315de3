"""A second phase trains a new head, and the body stays as the first phase has left it."""

import math
import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(3)
b, h = MLP(1, [8], activation="tanh", output="tanh", rng=rng), MLP(8, [1], rng=rng)
xs = [k / 8 - 1 for k in range(17)]
o = SGD(b.parameters() + h.parameters(), 0.2)
for _ in range(80):
    c = mean_squared_error([h(b([x])) for x in xs], [math.sin(2 * x) for x in xs])
    o.zero_grad()
    c.backward()
    o.step()
b.freeze()
h = MLP(8, [1], rng=rng)
o = SGD(h.parameters(), 0.2)
for _ in range(150):
    c = mean_squared_error([h(b([x])) for x in xs], [x + 1 for x in xs])
    o.zero_grad()
    c.backward()
    o.step()
