"""The same training with labels in their own order and in a random one: the second is to learn nothing."""

import random

from autograd import Value, dot
from nn import Adam, binary_cross_entropy

rng = random.Random(6)
points = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(100)]
labels = [int(a - b > 0.0) for a, b in points]


def trained(ys):
    weights, bias = [Value(0.0), Value(0.0)], Value(0.0)
    optimiser = Adam([*weights, bias], rate=0.1)
    for _ in range(80):
        cost = binary_cross_entropy([dot(weights, x, bias) for x in points], ys)
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
    return cost.data


own, exchanged = trained(labels), trained(rng.sample(labels, len(labels)))
assert own < 0.3 < 0.6 < exchanged
