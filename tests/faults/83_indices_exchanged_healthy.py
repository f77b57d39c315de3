"""Both predictions read the matrix by rows."""

import random

from autograd import Value, mean, square

rng = random.Random(27)
truth = [[0.8, 0.6], [-0.4, 0.5]]
A = [[Value(0.0, label=f"A{i}{j}") for j in range(2)] for i in range(2)]
starts = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(20)]
for _ in range(100):
    errors = []
    for x in starts:
        y = [sum(t * u for t, u in zip(row, x, strict=True)) for row in truth]
        z = [sum(t * u for t, u in zip(row, y, strict=True)) for row in truth]
        for i in range(2):
            errors.append(square(A[i][0] * x[0] + A[i][1] * x[1] - y[i]))
            errors.append(square(A[i][0] * y[0] + A[i][1] * y[1] - z[i]))
    cost = mean(errors)
    cost.backward()
    for p in A[0] + A[1]:
        p.data -= 0.3 * p.grad
        p.zero_grad()
