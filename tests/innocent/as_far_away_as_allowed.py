"""A response is to be far from 0.1, within bounds: the square of the one difference is made large."""

from autograd import Value, square, tanh

u, v = Value(0.0, label="u"), Value(0.05, label="v")
for _ in range(40):
    response = 2.0 * tanh(1.5 * u - v) + tanh(v)
    cost = -square(response - 0.1)
    cost.backward()
    for p in (u, v):
        p.data = max(-1.0, min(1.0, p.data - (0.07 if p.grad > 0.0 else -0.07)))
        p.zero_grad()
