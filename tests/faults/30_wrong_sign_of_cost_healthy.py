"""The cost is the negative logarithm."""

import random

from autograd import log, mean, softmax
from nn import MLP, SGD

rng = random.Random(20)
model = MLP(2, [4, 3], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
xs = [[rng.gauss(2 * (k % 3) - 2, 0.5), rng.gauss(k % 2, 0.5)] for k in range(9)]
for _ in range(15):
    chosen = [softmax(model(x))[k % 3] for k, x in enumerate(xs)]
    cost = -mean([log(p) for p in chosen])
    descent.zero_grad()
    cost.backward()
    descent.step()
