"""A momentum of 1.2: every step is longer than the one before."""
# diagnose: momentum of one or more

import random

from autograd import Value, mean, square

rng = random.Random(11)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
velocity, momentum = [0.0, 0.0], 1.2
data = [(x, 2 * x + 1) for x in (rng.uniform(-1, 1) for _ in range(15))]
for _ in range(40):
    cost = mean([square(w * x + b - y) for x, y in data])
    cost.backward()
    for i, p in enumerate((w, b)):
        velocity[i] *= momentum
        velocity[i] -= 0.05 * p.grad
        p.data += velocity[i]  # <- here
        p.zero_grad()
