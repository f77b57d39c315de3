"""The hidden units have no bias: their sum is odd, and the targets are even."""
# diagnose: no bias

import random

from autograd import Value, mean, square, tanh

rng = random.Random(3)
w, b, v = ([Value(rng.gauss(0, 1)) for _ in range(6)] for _ in range(3))
xs = [k / 10.0 for k in range(-16, 17)]
parameters = w + v
for _ in range(100):
    outputs = []
    for x in xs:
        hidden = [tanh(wi * x) for wi in w]  # <- here
        outputs.append(sum(vi * h for vi, h in zip(v, hidden, strict=True)))
    cost = mean([square(f - (x * x - 0.7)) for f, x in zip(outputs, xs, strict=True)])
    cost.backward()
    for p in parameters:
        p.data -= 0.05 * p.grad
        p.zero_grad()
