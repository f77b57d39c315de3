"""Units are dropped by chance where the trained model is used, as they were in training."""
# diagnose: dropout still on

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(108)
hidden = [[Value(rng.gauss(0, 1)), Value(0.1)] for _ in range(6)]
output = [Value(rng.gauss(0, 0.5)) for _ in range(6)]


def model(x, training=True):
    units = [tanh(a * x + b) for a, b in hidden]
    if training:
        units = [u / 0.9 if rng.random() < 0.9 else 0.0 for u in units]
    return dot(output, units)


xs = [rng.uniform(-1, 1) for _ in range(20)]
for _ in range(60):
    cost = mean([square(model(x) - 4.0 * x) for x in xs])
    cost.backward()
    for p in [*output, *(w for unit in hidden for w in unit)]:
        p.data -= 0.1 * p.grad
        p.zero_grad()
answers = [model(x).data for x in (-0.5, 0.0, 0.5)]  # <- here
