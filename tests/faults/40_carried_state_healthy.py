"""The state is detached before it is carried on."""

import random

from autograd import Value, square, tanh

rng = random.Random(26)
w, u = Value(0.5, label="w"), Value(0.8, label="u")
state = Value(0.0)
for _ in range(15):
    x = rng.uniform(-1, 1)
    state = tanh(w * state.detach() + u * x)
    cost = square(state - 0.5 * x)
    w.zero_grad()
    u.zero_grad()
    cost.backward()
    for p in (w, u):
        p.data -= 0.05 * p.grad
