"""A state that begins at 0 and is multiplied: the products of the first turn are 0, those of the others are not."""

import random

from autograd import Value, mean, sigmoid, square, tanh
from nn import Adam

rng = random.Random(4)
w, u, g, b = Value(0.4, label="w"), Value(0.9, label="u"), Value(0.2, label="g"), Value(0.0, label="b")
descent = Adam([w, u, g, b], rate=0.05)
for _ in range(60):
    costs = []
    for _ in range(4):
        state, first = 0.0, rng.choice((-1.0, 1.0))
        for x in (first, 0.0, 0.0):
            gate = sigmoid(g * x + b)
            state = (1.0 - gate) * state + gate * tanh(w * state + u * x)
        costs.append(square(state - 0.3 * first))
    cost = mean(costs)
    descent.zero_grad()
    cost.backward()
    descent.step()
