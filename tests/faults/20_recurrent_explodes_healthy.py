"""A recurrent weight below 1."""

import random

from autograd import Value, square
from nn import clip_gradients

rng = random.Random(12)
signal = [rng.gauss(0, 1) for _ in range(30)]
w, u = Value(0.9, label="w"), Value(0.5, label="u")
for _ in range(5):
    h = u * signal[0]
    for x in signal[1:]:
        h = w * h + u * x
    cost = square(h - 1.0)
    cost.backward()
    clip_gradients([w, u], 0.01)
    for p in (w, u):
        p.data -= 0.1 * p.grad
        p.zero_grad()
