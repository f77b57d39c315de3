"""The logarithm of the weighted sum of the densities of a mixture."""

import math
import random

from autograd import Value, exp, log, mean

rng = random.Random(172)
xs = [rng.gauss(-2.0, 0.5) if rng.random() < 0.4 else rng.gauss(1.5, 0.8) for _ in range(30)]
mu = [Value(-1.0, label="mu_0"), Value(0.8, label="mu_1")]
rho = [Value(0.0, label="rho_0"), Value(0.0, label="rho_1")]
logits = [Value(0.0, label="c_0"), Value(0.2, label="c_1")]


def log_density(x, k):
    return -0.5 * ((x - mu[k]) * exp(-rho[k])) ** 2 - rho[k] - 0.5 * math.log(2.0 * math.pi)


for _ in range(100):
    parts = [exp(c) for c in logits]
    total = sum(parts)
    weights = [part / total for part in parts]
    likelihoods = []
    for x in xs:
        likelihoods.append(log(weights[0] * exp(log_density(x, 0)) + weights[1] * exp(log_density(x, 1))))
    cost = -mean(likelihoods)
    cost.backward()
    for p in (*mu, *rho, *logits):
        p.data -= 0.1 * p.grad
        p.zero_grad()
