"""The initial weights are a hundred times too large: the outputs are wild, and the first steps do not tame them."""

import math
import random

from autograd import Value, mean, square, tanh

rng = random.Random(79)
w = [Value(rng.gauss(0, 0.3), label=f"w_{k}") for k in range(9)]
xs = [rng.uniform(-1, 1) for _ in range(20)]
for _ in range(60):
    outputs = [sum((w[k] * tanh(w[4 + k] * x) for k in range(4)), w[8]) for x in xs]
    cost = mean([square(f - math.tanh(2 * x)) for f, x in zip(outputs, xs, strict=True)])
    cost.backward()
    for p in w:
        p.data -= 0.2 * p.grad
        p.zero_grad()
