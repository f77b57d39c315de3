"""The corrections of Adam are exchanged: each mean is divided by that of the other."""
# diagnose: slip in the update

import random

from autograd import Value, mean, square, tanh

rng = random.Random(137)
xs = [rng.uniform(-2.0, 2.0) for _ in range(12)]
ys = [0.3 + 1.2 * x - 0.5 * x * x for x in xs]
w, b, v, c = ([Value(rng.gauss(0.0, 0.7), label=f"{name}_{k}") for k in range(3)] for name in "wbvc")
parameters = [*w, *b, *v, c[0]]
means, squares = [0.0] * len(parameters), [0.0] * len(parameters)
for step in range(1, 41):
    outputs = [c[0] + sum(v[k] * tanh(w[k] * x + b[k]) for k in range(3)) for x in xs]
    cost = mean([square(out - y) for out, y in zip(outputs, ys, strict=True)])
    cost.backward()
    for k, p in enumerate(parameters):
        means[k] = 0.9 * means[k] + 0.1 * p.grad
        squares[k] = 0.999 * squares[k] + 0.001 * p.grad**2
        upper = means[k] / (1.0 - 0.999**step)
        lower = squares[k] / (1.0 - 0.9**step)  # <- here
        p.data -= 0.1 * upper / (lower**0.5 + 1e-8)
        p.zero_grad()
