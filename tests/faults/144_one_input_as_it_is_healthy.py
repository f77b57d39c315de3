"""The year is scaled as well."""

import random

from autograd import Value, mean, square
from nn import Adam

rng = random.Random(144)
inputs = [(rng.gauss(0, 1), (rng.uniform(1900, 2020) - 1960) / 50) for _ in range(20)]
rents = [1.0 + 0.1 * size + 1.0 * year for size, year in inputs]
a, b, c = (Value(0.0, label=name) for name in "abc")
adam = Adam([a, b, c], rate=0.03)
for _ in range(200):
    cost = mean([square(a * size + b * year + c - rent) for (size, year), rent in zip(inputs, rents, strict=True)])
    adam.zero_grad()
    cost.backward()
    adam.step()
