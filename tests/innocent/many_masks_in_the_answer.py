"""Dropout is on in the answer on purpose: the spread of fifty answers says how sure the model is."""

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(5)
hidden = [[Value(rng.gauss(0, 1)), Value(0.0)] for _ in range(5)]
output = [Value(0.1) for _ in range(5)]


def model(x):
    units = [tanh(a * x + b) for a, b in hidden]
    return dot(output, [u / 0.9 if rng.random() < 0.9 else 0.0 for u in units])


xs = [rng.uniform(-1, 1) for _ in range(10)]
for _ in range(40):
    mean([square(model(x) - 3.0 * x) for x in xs]).backward()
    for p in [*output, *(w for unit in hidden for w in unit)]:
        p.data -= 0.1 * p.grad
        p.zero_grad()
answers = [model(0.5).data for _ in range(50)]
