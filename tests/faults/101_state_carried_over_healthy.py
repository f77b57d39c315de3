"""The state begins anew with every sequence."""

import math
import random

from autograd import Value, mean, square, tanh

rng = random.Random(101)
sequences = [[rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.0) for _ in range(2)] for _ in range(20)]
targets = [math.tanh(0.8 * (s[1] + 0.9 * s[0])) for s in sequences]
u, v = Value(0.5, label="u"), Value(0.4, label="v")
for _ in range(60):
    outputs = []
    for sequence in sequences:
        h = 0.0
        for x in sequence:
            h = v * h + u * x
        outputs.append(tanh(h))
    cost = mean([square(f - y) for f, y in zip(outputs, targets, strict=True)])
    cost.backward()
    for p in (u, v):
        p.data -= 0.3 * p.grad
        p.zero_grad()
