"""The value itself is used."""

import math
import random

from autograd import Value, mean, square, tanh

rng = random.Random(5)
data = [(x, 0.9 * math.tanh(1.5 * x)) for x in (rng.uniform(-2, 2) for _ in range(8))]
w1, w2 = Value(0.7, label="w1"), Value(0.4, label="w2")
for _ in range(30):
    costs = []
    for x, y in data:
        h = tanh(w1 * x)
        costs.append(square(w2 * h - y))
    cost = mean(costs)
    cost.backward()
    for w in (w1, w2):
        w.data -= 0.1 * w.grad
        w.zero_grad()
