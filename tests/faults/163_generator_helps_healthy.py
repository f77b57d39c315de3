"""The generator is trained with the label of the data."""

import random

from autograd import Value
from nn import SGD, binary_cross_entropy

rng = random.Random(163)
slope, bias = Value(-1.0, label="slope"), Value(0.5, label="bias")
shift = Value(0.5, label="shift")
discriminating, generating = SGD([slope, bias], rate=0.1), SGD([shift], rate=0.05)
for _ in range(300):
    noise = [rng.gauss(0, 1) for _ in range(8)]
    real = [2.0 + rng.gauss(0, 1) for _ in range(8)]
    fake = [(shift + z).data for z in noise]
    cost = binary_cross_entropy([slope * x + bias for x in real + fake], [1] * 8 + [0] * 8) + 0.05 * slope * slope
    discriminating.zero_grad()
    cost.backward()
    discriminating.step()
    cost = binary_cross_entropy([slope * (shift + z) + bias for z in noise], [1] * 8)
    generating.zero_grad()
    cost.backward()
    generating.step()
