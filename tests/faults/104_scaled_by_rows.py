"""Mean and deviation are those of the two numbers of a row, and not of a column: each row becomes 1, -1."""
# diagnose: constant output

import random
import statistics

from autograd import Value, mean, square

rng = random.Random(104)
rows = [(rng.gauss(50.0, 8.0), rng.gauss(3.0, 1.0)) for _ in range(20)]
targets = [0.1 * (p - 50.0) + q for p, q in rows]
m, s = zip(*[(statistics.fmean(row), statistics.pstdev(row)) for row in rows], strict=True)
scaled = [[(x - m[k]) / s[k] for x in row] for k, row in enumerate(rows)]  # <- here
v, w, b = (Value(0.1, label=name) for name in "vwb")
for _ in range(60):
    outputs = [v * p + w * q + b for p, q in scaled]
    cost = mean([square(f - y) for f, y in zip(outputs, targets, strict=True)])
    cost.backward()
    for parameter in (v, w, b):
        parameter.data -= 0.1 * parameter.grad
        parameter.zero_grad()
