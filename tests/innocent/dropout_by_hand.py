"""Dropout in one line: what is kept is divided by the share that is kept, and the rest multiplied by 0."""

import random

from autograd import Value, mean, square, tanh

rng = random.Random(5)
w = [[Value(rng.gauss(0.0, 0.7), label=f"w_{i}{j}") for j in range(2)] for i in range(6)]
v = [Value(rng.gauss(0.0, 0.4), label=f"v_{i}") for i in range(6)]
samples = [(rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)) for _ in range(12)]
for _ in range(60):
    outputs = []
    for x in samples:
        h = [tanh(a * x[0] + b * x[1]) for a, b in w]
        h = [a / 0.7 if rng.random() < 0.7 else a * 0.0 for a in h]
        outputs.append(sum(p * q for p, q in zip(v, h, strict=True)))
    cost = mean([square(f - (x - 0.5 * y)) for f, (x, y) in zip(outputs, samples, strict=True)])
    cost.backward()
    for p in (*v, *(a for row in w for a in row)):
        p.data -= 0.1 * p.grad
        p.zero_grad()
