"""The returns are added up from the last step backwards."""

import math
import random

from autograd import Value, log, sigmoid

GAMMA = 0.9
rng = random.Random(158)
theta = [Value(0.2, label=f"theta_{k}") for k in range(4)]
for _ in range(60):
    chosen, rewards = [], []
    for p in theta:
        right = rng.random() < 1 / (1 + math.exp(-p.data))
        chosen.append(log(sigmoid(p)) if right else log(sigmoid(-p)))
        rewards.append(1.0 if right else 0.0)
    returns, g = [], 0.0
    for r in reversed(rewards):
        g = r + GAMMA * g
        returns.insert(0, g)
    cost = -sum(p * g for p, g in zip(chosen, returns, strict=True))
    cost.backward()
    for p in theta:
        p.data -= 0.05 * p.grad
        p.zero_grad()
