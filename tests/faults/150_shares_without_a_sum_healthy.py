"""A mixture of two normal distributions, with shares that add up to 1."""

import random

from autograd import Value, exp, log, mean, softmax
from nn import Adam

rng = random.Random(150)
heights = [rng.gauss(-2.0, 0.6) if rng.random() < 0.3 else rng.gauss(1.5, 0.9) for _ in range(40)]
raw = [Value(0.5), Value(0.5)]
centres = [Value(-1.0), Value(1.0)]
widths = [Value(0.0), Value(0.0)]
optimiser = Adam(raw + centres + widths, rate=0.05)


def bell(x, centre, width):
    return exp(-0.5 * ((x - centre) / exp(width)) ** 2 - width)


for _ in range(120):
    shares = softmax(raw)
    densities = [sum(p * bell(x, m, s) for p, m, s in zip(shares, centres, widths, strict=True)) for x in heights]
    cost = -mean([log(density) for density in densities])
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
