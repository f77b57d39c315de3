"""Two tasks share a network; each cost goes backward, and the gradients add up."""

import random

from autograd import mean, square
from nn import MLP, SGD

INPUTS = [[0.5, -1.0, 0.3], [1.2, 0.4, -0.7], [-0.2, 0.9, 1.1], [0.1, -0.6, 0.8]]


model = MLP(2, [4, 2], activation="tanh", rng=random.Random(4))
descent = SGD(model.parameters(), rate=0.1)
for _ in range(10):
    outputs = [model(x[:2]) for x in INPUTS]
    first, second = (mean([square(o[k] - x[k]) for o, x in zip(outputs, INPUTS, strict=True)]) for k in (0, 1))
    descent.zero_grad()
    first.backward()
    second.backward()
    descent.step()
