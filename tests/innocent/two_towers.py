"""One encoder for both of a pair, of which one is twice the same."""

import itertools
import random

from autograd import Value, dot, mean, square
from nn import MLP

INPUTS = [[0.5, -1.0, 0.3], [1.2, 0.4, -0.7], [-0.2, 0.9, 1.1], [0.1, -0.6, 0.8]]


def values(*numbers, label="w"):
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


encoder, v = MLP(3, [1], activation="tanh", rng=random.Random(2)), values(0.5, -0.4, label="v")
pairs = [(INPUTS[0], INPUTS[0]), *itertools.pairwise(INPUTS)]
descend(
    lambda: mean([square(dot(v, [encoder(a), encoder(b)]) - a[0]) for a, b in pairs]),
    [*encoder.parameters(), *v],
    lambda _: 0.05,
)
