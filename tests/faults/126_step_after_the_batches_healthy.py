"""The step of the optimiser is in the loop over the batches: each gradient is used."""
# diagnose: nothing

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(126)
samples = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(24)]
targets = [0.7 * x - 0.4 * y + 0.1 for x, y in samples]
model = MLP(2, [3, 1], activation="tanh", init="xavier_uniform", rng=rng)
optimiser = SGD(model.parameters(), rate=0.1)
for _ in range(12):
    for start in range(0, len(samples), 6):
        cost = mean_squared_error([model(x) for x in samples[start : start + 6]], targets[start : start + 6])
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
