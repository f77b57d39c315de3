"""The old probability of the action is a number: the ratio is 1 at first, and has a slope."""

import random

from autograd import Value, exp, logsumexp

rng = random.Random(11)
CHANCE = [0.2, 0.5, 0.9]
logits = [Value(0.0, label=f"logit_{k}") for k in range(3)]


def log_probability(action):
    return logits[action] - logsumexp(logits)


for _ in range(60):
    weights = [exp(log_probability(k)).data for k in range(3)]
    actions = rng.choices(range(3), weights, k=12)
    rewards = [1.0 if rng.random() < CHANCE[a] else 0.0 for a in actions]
    cost = 0.0
    for a, reward in zip(actions, rewards, strict=True):
        ratio = exp(log_probability(a) - log_probability(a).data)
        cost = cost - ratio * reward / len(actions)
    for p in logits:
        p.grad = 0.0
    cost.backward()
    for p in logits:
        p.data -= 0.5 * p.grad
