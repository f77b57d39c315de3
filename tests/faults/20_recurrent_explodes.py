"""A recurrent weight of 3 over 30 steps: the error grows threefold at each."""
# diagnose: exploding gradient

import random

from autograd import Value, square
from nn import clip_gradients

rng = random.Random(12)
signal = [rng.gauss(0, 1) for _ in range(30)]
w, u = Value(3.0, label="w"), Value(0.5, label="u")
for _ in range(5):
    h = u * signal[0]
    for x in signal[1:]:
        h = w * h + u * x  # <- here
    cost = square(h - 1.0)
    cost.backward()
    clip_gradients([w, u], 0.01)
    for p in (w, u):
        p.data -= 0.1 * p.grad
        p.zero_grad()
