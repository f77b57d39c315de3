"""The outputs are computed once, before the loop: the cost never hears of the updates."""
# diagnose: forward pass not repeated

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(28)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.05)
data = [(x / 4.0, abs(x / 4.0)) for x in range(-4, 5)]
answers = [model([x]) for x, _ in data]  # <- here
for _ in range(20):
    cost = mean_squared_error(answers, [y for _, y in data])
    descent.zero_grad()
    cost.backward()
    descent.step()
