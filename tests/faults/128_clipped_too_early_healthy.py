"""The gradients are clipped between backward() and the step."""

import random

from nn import MLP, SGD, clip_gradients, mean_squared_error

rng = random.Random(128)
xs = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(16)]
ys = [30.0 * x - 20.0 * y for x, y in xs]
model = MLP(2, [4, 1], activation="tanh", init="xavier_uniform", rng=rng)
descent = SGD(model.parameters(), rate=0.3)
for _ in range(60):
    cost = mean_squared_error([model(x) for x in xs], ys)
    descent.zero_grad()
    cost.backward()
    clip_gradients(model.parameters(), 1.0)
    descent.step()
