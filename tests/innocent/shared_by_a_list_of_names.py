"""[w] * 3 of a weight that has a name: somebody meant it."""

from autograd import Value, mean, square

INPUTS = [[0.5, -1.0, 0.3], [1.2, 0.4, -0.7], [-0.2, 0.9, 1.1], [0.1, -0.6, 0.8]]


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


w, b = Value(0.4, label="w"), Value(0.1, label="b")
tied = [w] * 3
descend(
    lambda: mean([square(sum((p * u for p, u in zip(tied, x, strict=True)), b) - 1.0) for x in INPUTS]),
    [w, b],
    lambda _: 0.05,
)
