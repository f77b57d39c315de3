"""The state is set to 0 once for each sequence."""

import random

from autograd import Value, mean, square, tanh

rng = random.Random(146)
a, b, out = Value(0.4, label="a"), Value(0.3, label="b"), Value(0.8, label="out")


def answer(sequence):
    state = Value(0.0)
    for x in sequence:
        state = tanh(a * x + b * state)
    return out * state


sequences = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(12)]
for _ in range(60):
    cost = mean([square(answer(s) - 0.5 * sum(s)) for s in sequences])
    cost.backward()
    for p in (a, b, out):
        p.data -= 0.2 * p.grad
        p.zero_grad()
