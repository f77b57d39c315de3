"""Descent from beside a saddle: a formula without data, that falls without end and ever faster on one side."""

from autograd import Value, square

u, v = Value(0.5, label="u"), Value(0.01, label="v")
for _ in range(30):
    height = square(u) - square(v)
    u.zero_grad()
    v.zero_grad()
    height.backward()
    u.data -= 0.1 * u.grad
    v.data -= 0.1 * v.grad
assert height.data < 0.0
