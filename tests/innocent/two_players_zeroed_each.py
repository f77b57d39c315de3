"""Two players take turns, and each zeroes its own gradients before its own cost."""

import random

from autograd import Value, softplus

rng = random.Random(1)
g = Value(-2.0, label="g")
d, e = Value(0.1, label="d"), Value(0.0, label="e")
for _ in range(200):
    z = rng.gauss(0, 0.3)
    real = 1.0 + rng.gauss(0, 0.3)
    d.zero_grad()
    e.zero_grad()
    (softplus(-(d * real + e)) + softplus(d * (g + z).data + e) + 0.1 * d * d).backward()
    d.data -= 0.1 * d.grad
    e.data -= 0.1 * e.grad
    g.zero_grad()
    softplus(-(d * (g + z) + e)).backward()
    g.data -= 0.1 * g.grad
