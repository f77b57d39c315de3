"""What was not measured has the mean of what was."""

import random

from autograd import Value, mean, square

rng = random.Random(145)
humidity = [rng.uniform(0.2, 0.9) for _ in range(24)]
growth = [1.0 + 2.0 * h + rng.gauss(0, 0.05) for h in humidity]
measured = [0.55 if k % 5 == 0 else h for k, h in enumerate(humidity)]
a, b = Value(0.0, label="a"), Value(0.0, label="b")
for _ in range(40):
    cost = mean([square(a * h + b - g) for h, g in zip(measured, growth, strict=True)])
    cost.backward()
    for p in (a, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
