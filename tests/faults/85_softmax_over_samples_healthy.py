"""The softmax is over the classes of each sample."""

import random

from autograd import Value, exp, log, mean

rng = random.Random(41)
labels = [0, 1, 2, 1, 0, 2, 1, 1, 0, 2, 0, 0]
centres = [(0.0, 2.0), (2.0, -1.0), (-2.0, -1.0)]
xs = [[c + rng.gauss(0, 0.5) for c in centres[k]] for k in labels]
W = [[Value(rng.gauss(0, 0.1)) for _ in range(2)] for _ in range(3)]
for _ in range(60):
    E = [[exp(w[0] * x[0] + w[1] * x[1]) for w in W] for x in xs]
    costs = []
    for n, k in enumerate(labels):
        total = sum(E[n][j] for j in range(3))
        costs.append(-log(E[n][k] / total))
    cost = mean(costs)
    cost.backward()
    for p in [w for row in W for w in row]:
        p.data -= 0.5 * p.grad
        p.zero_grad()
