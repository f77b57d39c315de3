"""Prices as targets: the squares are large, and their derivatives."""

from autograd import Value, mean


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


w, b = Value(0.0, label="w"), Value(0.0, label="b")
prices = [(-1.0, 500_000.0), (0.0, 700_000.0), (1.0, 900_000.0)]
descend(lambda: mean([(w * x + b - y) ** 2 for x, y in prices]), [w, b], lambda _: 0.2, 40)
