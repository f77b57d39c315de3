"""The inputs are shuffled before every epoch, and the targets are not: an input has another target each time."""
# diagnose: pairing changes

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(5)
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
ys = [2.0 * a - b for a, b in xs]
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
for _ in range(60):
    rng.shuffle(xs)  # <- here
    answers = [model(x) for x in xs]
    cost = mean_squared_error(answers, ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
