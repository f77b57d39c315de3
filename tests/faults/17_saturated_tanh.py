"""Initial weights of size 30 drive every tanh to where it is flat."""
# diagnose: saturated units

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(9)
size = 30.0
W = [[Value(size * rng.choice([-1, 1]) + rng.gauss(0, 0.1), label=f"w_{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
v = [Value(rng.gauss(0, 1), label=f"v_{i}") for i in (1, 2, 3)]
theta = [*W[0], *W[1], *W[2], *v]
xs = [[1.0, 0.5], [-1.0, 0.3], [0.4, -1.2], [0.9, -0.4], [-0.7, -1.1], [0.2, 0.9]]
for _ in range(15):
    costs = []
    for x in xs:
        h = [tanh(dot(row, x)) for row in W]  # <- here
        costs.append(square(dot(v, h) - x[0] * x[1]))
    cost = mean(costs)
    cost.backward()
    for p in theta:
        p.data -= 0.05 * p.grad
        p.zero_grad()
