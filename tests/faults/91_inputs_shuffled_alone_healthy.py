"""The inputs are shuffled before every epoch, and the targets are not: an input has another target each time."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(5)
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
ys = [2.0 * a - b for a, b in xs]
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
for _ in range(60):
    pairs = rng.sample([*zip(xs, ys, strict=True)], 24)
    answers = [model(x) for x, _ in pairs]
    cost = mean_squared_error(answers, [y for _, y in pairs])
    descent.zero_grad()
    cost.backward()
    descent.step()
