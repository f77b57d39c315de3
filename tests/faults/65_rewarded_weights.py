"""The penalty on the weights is subtracted: the larger they are, the better."""
# diagnose: wrong sign of the cost

import random

from autograd import Value, mean, square

rng = random.Random(50)
w = [Value(rng.gauss(0, 1), label=f"w_{i}") for i in range(3)]
xs = [[rng.gauss(0, 1) for _ in w] for _ in range(10)]
for _ in range(40):
    cost = mean([square(sum(p * u for p, u in zip(w, x, strict=True)) - 3.0 * x[0]) for x in xs])
    cost = cost - 3.0 * sum(square(p) for p in w)  # <- here
    cost.backward()
    for p in w:
        p.data -= 0.05 * p.grad
        p.zero_grad()
