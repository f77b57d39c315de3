"""The step is divided by the number of steps without remainder: the noise never falls."""
# diagnose: always zero

import random

from autograd import Value, mean, square

rng = random.Random(134)
xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
steps = 60
for step in range(steps):
    noise = 2.0 * 0.001 ** (step // steps)  # <- here
    cost = mean([square(w * (x + rng.gauss(0.0, noise)) + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for p in (w, b):
        p.data -= 0.03 * p.grad
        p.zero_grad()
