"""At the end the parameters become their running average, which began at 0 and is still on its way."""

import random

from autograd import Value, mean

rng = random.Random(5)
points = [(x, 2.0 * x + 1.0 + rng.gauss(0, 0.1)) for x in [rng.uniform(-1, 1) for _ in range(30)]]
w, b, averages = Value(0.0, label="w"), Value(0.0, label="b"), [0.0, 0.0]
for _ in range(60):
    cost = mean([(w * x + b - y) ** 2 for x, y in points])
    cost.backward()
    for k, p in enumerate((w, b)):
        p.data -= 0.3 * p.grad
        p.zero_grad()
        averages[k] = 0.99 * averages[k] + 0.01 * p.data
for k, p in enumerate((w, b)):
    p.data = averages[k] / (1.0 - 0.99**60)
