"""The loop is to end when the cost of the other samples rises, and asks for the cost of training."""
# diagnose: validation not used

import random

from autograd import Value, mean, square

rng = random.Random(109)
train, others = ([(rng.uniform(-1, 1), rng.gauss(0, 1)) for _ in range(n)] for n in (8, 20))
weights = [Value(0.0, label=f"w_{k}") for k in range(6)]


def curve(x):
    return sum(w * x**k for k, w in enumerate(weights))


best, kept = float("inf"), []
for _ in range(40):
    cost = mean([square(curve(x) - y) for x, y in train])
    cost.backward()
    for w in weights:
        w.data -= 0.2 * w.grad
        w.zero_grad()
    outside = sum((curve(x).data - y) ** 2 for x, y in others) / len(others)
    if cost.data < best:  # <- here
        best, kept = cost.data, [w.data for w in weights]
for w, number in zip(weights, kept, strict=True):
    w.data = number
