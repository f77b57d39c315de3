"""zero_grad() is missing: every pass adds to the gradients of all passes before."""
# diagnose: gradients not zeroed

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(18)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.02)
data = [(x / 4.0, abs(x / 4.0)) for x in range(-4, 5)]
for _ in range(30):
    cost = mean_squared_error([model([x]) for x, _ in data], [y for _, y in data])
    cost.backward()  # <- here
    descent.step()
