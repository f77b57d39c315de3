"""Short sequences are filled up with zeros, and the zeros are to be foretold like all other numbers."""
# diagnose: padding in the cost

import random

from autograd import Value, mean, square

rng = random.Random(102)
sequences = [[(1.0 + k / 4.0) * 0.9**t + rng.uniform(0.0, 0.02) for t in range(k)] for k in (3, 4, 5, 4, 3, 6)]
rows = [s + [0.0] * (8 - len(s)) for s in sequences]
u, b = Value(0.1, label="u"), Value(0.0, label="b")
for _ in range(100):
    terms = []
    for row in rows:
        steps = range(1, 8)
        terms += [square(u * row[t - 1] + b - row[t]) for t in steps]  # <- here
    cost = mean(terms)
    cost.backward()
    for p in (u, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
