"""A state that is carried on, detached."""

import random

from autograd import Value, square, tanh
from nn import Adam

w, u = Value(0.5, label="w"), Value(0.8, label="u")
state, rng = Value(0.0), random.Random(3)
descent = Adam([w, u], rate=0.01)
for _ in range(30):
    cost = 0.0
    state = state.detach()
    for _ in range(4):
        x = rng.uniform(-1, 1)
        state = tanh(w * state + u * x)
        cost = cost + square(state - 0.5 * x)
    descent.zero_grad()
    cost.backward()
    descent.step()
