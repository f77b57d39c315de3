"""A policy gradient whose rewards are all costs: each factor of log(p) is positive, and the cost is below 0."""

import random

from autograd import Value, log, softmax

rng = random.Random(1)
preferences = [Value(0.0) for _ in range(3)]
payoffs = [-3.0, -1.0, -2.0]
for _ in range(300):
    policy = softmax(preferences)
    arm = rng.choices(range(3), [p.data for p in policy])[0]
    reward = payoffs[arm] + rng.gauss(0.0, 0.3)
    cost = -reward * log(policy[arm])
    for p in preferences:
        p.zero_grad()
    cost.backward()
    for p in preferences:
        p.data -= 0.03 * p.grad
