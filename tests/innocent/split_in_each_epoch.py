"""The rows are split in each epoch, always in the same way: into those for training, and those held out."""

import random

from autograd import Value, mean, square

rng = random.Random(8)
rows = [(x, 3.0 * x - 1.0 + rng.gauss(0.0, 0.1)) for x in (rng.uniform(-1.0, 1.0) for _ in range(20))]
many = 14
a, b = Value(0.0, label="a"), Value(0.0, label="b")
for _ in range(40):
    train, held_out = rows[:many], rows[many:]
    cost = mean([square(a * x + b - y) for x, y in train])
    cost.backward()
    for p in (a, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
    error = sum((a.data * x + b.data - y) ** 2 for x, y in held_out) / len(held_out)
