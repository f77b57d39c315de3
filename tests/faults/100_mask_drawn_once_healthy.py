"""The mask of the dropout is drawn in every step."""

import random

from autograd import Value, mean, square, tanh

rng = random.Random(100)
points = [(x / 5.0 - 1.0, 2.0 * x / 5.0 - 1.0) for x in range(11)]
w, b, v = ([Value(rng.gauss(0.0, 0.7), label=f"{name}_{k}") for k in range(1, 10)] for name in "wbv")
mask = [0.0] + [1.125] * 8
for _ in range(60):
    rng.shuffle(mask)
    terms = []
    for x, y in points:
        units = [tanh(p * x + q) for p, q in zip(w, b, strict=True)]
        kept = [u * m for u, m in zip(units, mask, strict=True)]
        terms.append(square(sum(p * u for p, u in zip(v, kept, strict=True)) - y))
    cost = mean(terms)
    cost.backward()
    for p in (*w, *b, *v):
        p.data -= 0.03 * p.grad
        p.zero_grad()
