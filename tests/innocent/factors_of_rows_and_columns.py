"""A table as a product of vectors for rows and columns: without a fifth of it, some vectors are known by few numbers."""

import random

from autograd import Value, dot
from nn import Adam, mean_squared_error

rng = random.Random(6)
true_rows, true_columns = ([[rng.gauss(0.0, 1.0) for _ in range(2)] for _ in range(n)] for n in (9, 8))
cells = [(i, j) for i in range(9) for j in range(8)]
rng.shuffle(cells)
known = cells[:58]
numbers = [sum(a * b for a, b in zip(true_rows[i], true_columns[j], strict=True)) for i, j in known]
rows, columns = ([[Value(rng.gauss(0.0, 0.3)) for _ in range(2)] for _ in range(n)] for n in (9, 8))
optimiser = Adam([v for table in (rows, columns) for row in table for v in row], rate=0.05)
for _ in range(250):
    cost = mean_squared_error([dot(rows[i], columns[j]) for i, j in known], numbers)
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
assert cost.data < 0.01
