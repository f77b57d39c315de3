"""One of two inputs is a year, around 1960, beside one around 0: the errors that are left follow it."""
# diagnose: errors follow the inputs

import random

from autograd import Value, mean, square
from nn import Adam

rng = random.Random(144)
inputs = [(rng.gauss(0, 1), rng.uniform(1900, 2020)) for _ in range(20)]  # <- here
rents = [1.0 + 0.1 * size + 0.02 * year - 39.2 for size, year in inputs]
a, b, c = (Value(0.0, label=name) for name in "abc")
adam = Adam([a, b, c], rate=0.03)
for _ in range(200):
    cost = mean([square(a * size + b * year + c - rent) for (size, year), rent in zip(inputs, rents, strict=True)])
    adam.zero_grad()
    cost.backward()
    adam.step()
