"""One weight for the input of every time step, and one for the state."""

from autograd import Value, square, tanh


def descend(cost, parameters, rate, steps=6):
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


w, u = Value(0.4, label="w"), Value(0.6, label="u")


def cost():
    linear, state = Value(0.0), Value(0.0)
    for x in (1.0, 0.5, -0.3, 2.0):
        linear, state = linear + w * x, tanh(u * state + w * x)
    return square(linear - 2.0) + square(state - 0.5)


descend(cost, [w, u], lambda _: 0.01)
