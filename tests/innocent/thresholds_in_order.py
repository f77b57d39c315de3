"""Three thresholds share one score: the same weights and the same inputs in every unit, each with a number of its own."""

import random

from autograd import Value, logsigmoid, mean

rng = random.Random(4)
points = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(24)]
grades = [sum(x - y + rng.gauss(0, 0.6) > t for t in (-1.0, 0.0, 1.0)) for x, y in points]
w, cuts = [Value(0.1), Value(0.1)], [Value(-0.5), Value(0.0), Value(0.5)]
for _ in range(80):
    costs = []
    for (x, y), grade in zip(points, grades, strict=True):
        units = [w[0] * x + w[1] * y - cut for cut in cuts]
        costs.append(-sum(logsigmoid(u if grade > k else -u) for k, u in enumerate(units)))
    mean(costs).backward()
    for p in w + cuts:
        p.data -= 0.2 * p.grad
        p.zero_grad()
