"""The product of many probabilities is rounded to 0."""
# diagnose: underflow

import random

from autograd import Value, log, sigmoid

rng = random.Random(3)
flips = [rng.random() < 0.3 for _ in range(2000)]
z = Value(0.0, label="z")
for _ in range(3):
    p = sigmoid(z)
    likelihood = p * 0.0 + 1.0
    for head in flips:
        likelihood = likelihood * (p if head else 1.0 - p)  # <- here
    cost = -log(likelihood)
    cost.backward()
    z.data -= 1e-4 * z.grad
    z.zero_grad()
