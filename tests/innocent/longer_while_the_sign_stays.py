"""Rprop: steps by signs, a fifth longer each time that the sign of the gradient stays."""

from autograd import Value, square

parameters = [Value(4.0, label="x"), Value(-3.0, label="y")]
size, before = [0.1, 0.1], [0.0, 0.0]
for _ in range(40):
    x, y = parameters
    cost = square(x - 1.0) + 10.0 * square(y + 0.5) + 0.1 * x * y
    cost.backward()
    for i, p in enumerate(parameters):
        sign = float(p.grad > 0.0) - float(p.grad < 0.0)
        size[i] *= 1.2 if sign * before[i] > 0.0 else 0.5 if sign * before[i] < 0.0 else 1.0
        p.data -= size[i] * sign
        before[i] = sign
        p.zero_grad()
