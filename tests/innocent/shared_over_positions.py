"""A convolution that is added up, and one with a weight for every position, over a blank image too."""

import random

from autograd import Value, dot, mean, square, tanh


def values(*numbers, label="w"):
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


rng = random.Random(1)
k, v = values(0.3, -0.2, 0.5), values(*[rng.gauss(0, 1) for _ in range(4)], label="v")
images = [[0.0] * 6, *([rng.gauss(0, 1) for _ in range(6)] for _ in range(6))]


def cost():
    fields = [[dot(k, x[i : i + 3]) for i in range(4)] for x in images]
    maps = [mean([square(sum(row[1:], row[0]) - 1.0) for row in fields])]
    return maps[0] + mean([square(dot(v, [tanh(z) for z in row]) - x[0]) for row, x in zip(fields, images, strict=True)])


descend(cost, [*k, *v], lambda _: 0.005)
