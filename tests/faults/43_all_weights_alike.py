"""All weights begin at 0.5: the units of the layer stay copies of one."""
# diagnose: symmetric units

import random

from autograd import Value, dot, tanh
from nn import SGD, mean_squared_error

rng = random.Random(29)
W = [[Value(0.5) for _ in range(2)] for _ in range(3)]  # <- here
v = [Value(0.5) for _ in range(3)]
descent = SGD([*W[0], *W[1], *W[2], *v], rate=0.1)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(8)]
for _ in range(20):
    hidden = [[tanh(dot(row, x)) for row in W] for x in xs]
    cost = mean_squared_error([dot(v, h) for h in hidden], [x[0] * x[1] for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
