"""Short sequences are filled up with zeros, and only their own numbers are foretold."""

import random

from autograd import Value, mean, square

rng = random.Random(102)
sequences = [[(1.0 + k / 4.0) * 0.9**t + rng.uniform(0.0, 0.02) for t in range(k)] for k in (3, 4, 5, 4, 3, 6)]
lengths = [len(s) for s in sequences]
rows = [s + [0.0] * (8 - len(s)) for s in sequences]
u, b = Value(0.1, label="u"), Value(0.0, label="b")
for _ in range(100):
    terms = []
    for row, length in zip(rows, lengths, strict=True):
        steps = range(1, length)
        terms += [square(u * row[t - 1] + b - row[t]) for t in steps]
    cost = mean(terms)
    cost.backward()
    for p in (u, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
