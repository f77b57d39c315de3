"""Adam divides by the mean of the squares and not by its root: small gradients make long steps."""
# diagnose: steps of one over the gradient

import random

from autograd import Value, mean, square, tanh

rng = random.Random(13)
theta = [Value(rng.gauss(0, 0.7), label=f"w_{j}") for j in range(9)]
m, v = [0.0] * 9, [0.0] * 9
xs = [k / 8 - 1 for k in range(17)]
for step in range(1, 41):
    answers = [sum(theta[j + 2] * tanh(theta[j] * x + theta[j + 1]) for j in (0, 3, 6)) for x in xs]
    cost = mean([square(answer - abs(x)) for answer, x in zip(answers, xs, strict=True)])
    cost.backward()
    for i, p in enumerate(theta):
        m[i], v[i] = 0.9 * m[i] + 0.1 * p.grad, 0.999 * v[i] + 0.001 * p.grad**2
        size = v[i] / (1 - 0.999**step)
        p.data -= 0.03 * m[i] / (1 - 0.9**step) / (size + 1e-8)  # <- here
        p.zero_grad()
