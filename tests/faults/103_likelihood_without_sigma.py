"""The likelihood of a normal distribution lacks the logarithm of sigma: a larger sigma makes everything likelier."""
# diagnose: cost without a minimum

import random

from autograd import Value, exp, mean, square

rng = random.Random(103)
xs = [rng.gauss(1.5, 0.7) for _ in range(20)]
mu, rho = Value(0.0, label="mu"), Value(0.0, label="rho")
for _ in range(120):
    terms = [0.5 * square((x - mu) / exp(rho)) for x in xs]  # <- here
    cost = mean(terms)
    cost.backward()
    for p in (mu, rho):
        p.data -= 0.1 * p.grad
        p.zero_grad()
