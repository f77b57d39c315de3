"""The first layer is frozen for good: random features, of which the last layer makes enough."""

import math
import random

from nn import MLP, Adam, mean_squared_error

rng = random.Random(9)
model = MLP(1, [12, 1], activation="tanh", rng=rng)
for p in model.layers[0].parameters():
    p.data = rng.gauss(0, 1.5)
model.layers[0].freeze()
descent = Adam(model.parameters(), rate=0.05)
xs = [k / 8.0 for k in range(-12, 13)]
for _ in range(150):
    cost = mean_squared_error([model([x]) for x in xs], [math.sin(2.0 * x) for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
