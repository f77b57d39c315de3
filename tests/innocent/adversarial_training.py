"""Steps up for every sample, and one down for the model."""

import random

from autograd import Value, square
from nn import MLP, SGD

rng = random.Random(3)
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.05)
for sample in [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(5)] * 2:
    x = [Value(u, label=f"x_{i}") for i, u in enumerate(sample)]
    for _ in range(5):
        model.zero_grad()
        square(model(x) - sample[0]).backward()
        for p in x:
            p.data += 0.05 * p.grad
            p.zero_grad()
    model.zero_grad()
    square(model([p.data for p in x]) - sample[0]).backward()
    descent.step()
