"""The decay of the weights has the wrong sign: they grow, and the data hardly count."""
# diagnose: decay with the wrong sign

import random

from autograd import Value, dot, mean, square

rng = random.Random(7)
w = [Value(rng.gauss(0, 1), label=f"w_{j}") for j in range(4)]
xs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(20)]
ys = [x[0] - 2 * x[1] for x in xs]
for _ in range(80):
    cost = mean([square(dot(w, x) - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for p in w:
        p.data -= 0.05 * (p.grad - 0.8 * p.data)  # <- here
        p.zero_grad()
