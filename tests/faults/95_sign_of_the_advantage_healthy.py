"""The advantage is the reward less the baseline."""

import random

from autograd import Value, log, softmax

rng = random.Random(39)
pay = [0.3, 0.9, 0.5]
preferences = [Value(0.0, label=f"preference_{k}") for k in range(3)]
baseline = 0.2
for _ in range(150):
    shares = softmax(preferences)
    choice = rng.choices(range(3), weights=[p.data for p in shares])[0]
    reward = pay[choice] + rng.gauss(0, 0.1)
    advantage = reward - baseline
    cost = -log(shares[choice]) * advantage
    cost.backward()
    for p in preferences:
        p.data -= 0.2 * p.grad
        p.zero_grad()
    baseline += 0.05 * (reward - baseline)
