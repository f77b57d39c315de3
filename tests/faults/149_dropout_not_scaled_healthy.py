"""What is kept is divided by the share that is kept."""

import random

from autograd import Value, dot, mean, square, tanh

KEEP = 0.75
rng = random.Random(149)
hidden = [[Value(rng.gauss(0, 1)), Value(0.1)] for _ in range(8)]
output = [Value(rng.gauss(0, 0.5)) for _ in range(8)]


def model(x, training):
    units = [tanh(a * x + b) for a, b in hidden]
    if training:
        units = [u * (rng.random() < KEEP) / KEEP for u in units]
    return dot(output, units)


xs = [rng.uniform(-1, 1) for _ in range(20)]
for _ in range(60):
    cost = mean([square(model(x, True) - 2.0 * x) for x in xs])
    cost.backward()
    for p in [*output, *(w for unit in hidden for w in unit)]:
        p.data -= 0.1 * p.grad
        p.zero_grad()
answers = [model(x, False).data for x in (-0.5, 0.0, 0.5)]
