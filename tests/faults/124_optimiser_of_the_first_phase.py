"""The second phase trains a new head, and its optimiser was given the old one."""
# diagnose: no gradient

import random

from nn import SGD, Neuron, mean_squared_error

xs = [k / 5.0 - 1.0 for k in range(11)]
rng = random.Random(3)
old, new = Neuron(1, activation="linear", rng=rng), Neuron(1, activation="linear", rng=rng)
descent = SGD(old.parameters(), rate=0.2)
for _ in range(20):
    cost = mean_squared_error([old([x]) for x in xs], [3.0 * x + 2.0 for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
descent = SGD(old.parameters(), rate=0.2)  # <- here
for _ in range(20):
    cost = mean_squared_error([new([x]) for x in xs], [x - 1.0 for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
