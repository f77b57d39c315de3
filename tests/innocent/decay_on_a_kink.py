"""The median of some numbers: the gradient stays, and there is nowhere to go."""

from autograd import Value, mean


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


m = Value(0.0, label="m")
numbers = [9.1, 11.3, 10.2, 8.7, 12.9, 9.9, 10.4]
descend(lambda: mean([abs(m - y) for y in numbers]), [m], lambda step: 3.0 * 0.85**step, 160)
