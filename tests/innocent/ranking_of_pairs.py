"""A network that orders offers: the cost sees differences of two of its answers, in which the last bias cancels."""

import random

from autograd import Value, softplus
from nn import MLP, Adam

rng = random.Random(130)
scorer = MLP(2, [4, 1], activation="tanh", rng=random.Random(3))
adam = Adam(scorer.parameters(), rate=0.03)
for _ in range(100):
    cost = Value(0.0)
    for _ in range(6):
        one, other = ([rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0)] for _ in "ab")
        better, worse = sorted((one, other), key=lambda offer: 0.7 * offer[0] - offer[1])
        cost = cost + softplus(scorer(worse) - scorer(better)) / 6.0
    adam.zero_grad()
    cost.backward()
    adam.step()
assert cost.data < 0.4
