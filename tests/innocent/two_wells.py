"""A cost with a square that is subtracted, and is bounded all the same."""

from autograd import Value


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


w = Value(0.1, label="w")
descend(lambda: w**4 - 2.0 * w**2, [w], lambda _: 0.05, 30)
