"""A sigmoid at the output, and house prices as targets: it gives at most 1."""
# diagnose: target out of reach

import random

from autograd import sigmoid
from nn import MLP, SGD, mean_squared_error

rng = random.Random(32)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.05)
areas, prices = [0.8, 1.2, 1.4, 1.8, 2.3], [1.9, 2.4, 3.0, 3.5, 4.6]
for _ in range(20):
    answers = [sigmoid(model([area])) for area in areas]  # <- here
    cost = mean_squared_error(answers, prices)
    descent.zero_grad()
    cost.backward()
    descent.step()
