"""Masks of 0 and 1, and a linear bottleneck."""

import random

from nn import MLP, Adam, mean_squared_error

rng = random.Random(5)
narrow, wide = MLP(4, [2], rng=rng, init="xavier_uniform"), MLP(2, [4], rng=rng, init="xavier_uniform")
descent = Adam([*narrow.parameters(), *wide.parameters()], rate=0.02)
xs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(6)]
for _ in range(20):
    answers = [wide([h * float(rng.random() < 0.8) for h in narrow(x)]) for x in xs]
    descent.zero_grad()
    mean_squared_error(answers, xs).backward()
    descent.step()
