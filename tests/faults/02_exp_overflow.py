"""A softmax by hand: the exponential of a large logit overflows, and inf / inf is nan."""
# diagnose: not finite

import random

from autograd import Value, dot, exp, log, mean

rng = random.Random(2)
xs = [[rng.uniform(500, 900) for _ in range(3)] for _ in range(6)]
ys = [0, 1, 2, 0, 1, 2]
W = [[Value(rng.uniform(0.2, 0.8), label=f"w_{i}{j}") for j in range(3)] for i in range(3)]
for _ in range(5):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        z = [dot(row, x) for row in W]
        e = [exp(u) for u in z]  # <- here
        total = e[0] + e[1] + e[2]
        costs.append(-log(e[y] / total))
    cost = mean(costs)
    cost.backward()
    for w in (w for row in W for w in row):
        w.data -= 1e-6 * w.grad
        w.zero_grad()
