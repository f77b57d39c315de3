"""The hidden units have an activation."""

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(3)
W = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(5)]
v = [Value(rng.gauss(0, 1)) for _ in range(5)]
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1), 1.0] for _ in range(20)]
for _ in range(150):
    outputs = []
    for x in xs:
        hidden = [tanh(dot(row, x)) for row in W]
        outputs.append(dot(v, hidden))
    cost = mean([square(f - 2.0 * x[0] * x[1]) for f, x in zip(outputs, xs, strict=True)])
    cost.backward()
    for p in [*v, *(w for row in W for w in row)]:
        p.data -= 0.05 * p.grad
        p.zero_grad()
