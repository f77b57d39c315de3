"""The sum of the softmax leaves out the last class."""
# diagnose: softmax without a class

import random

from autograd import Value, exp, log, mean

rng = random.Random(41)
centres = [(0.0, 2.0), (2.0, -1.0), (-2.0, -1.0)]
samples = [([c + rng.gauss(0, 0.5) for c in centres[k]], k) for k in (0, 1, 2) * 5]
W = [[Value(rng.gauss(0, 0.1)) for _ in range(2)] for _ in range(3)]
for _ in range(40):
    costs = []
    for x, label in samples:
        z = [w[0] * x[0] + w[1] * x[1] for w in W]
        total = sum(exp(z[k]) for k in range(2))  # <- here
        costs.append(log(total) - z[label])
    cost = mean(costs)
    cost.backward()
    for p in [w for row in W for w in row]:
        p.data -= 0.1 * p.grad
        p.zero_grad()
