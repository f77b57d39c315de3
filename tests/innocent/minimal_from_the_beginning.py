"""A cost that has nowhere to go, and a gradient that is the rounding of its operands."""

from autograd import Value, mean, square

w = Value(0.1 + 0.2, label="w")
for _ in range(6):
    mean([square(w * x - 0.3 * x) for x in (1.0, 2.0)]).backward()
    assert w.grad
    w.data -= 0.1 * w.grad
    w.zero_grad()
