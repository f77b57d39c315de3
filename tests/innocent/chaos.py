"""Chaos: errors of rounding double at each step of a logistic map, and no operation loses the digits."""

from autograd import Value

x = Value(0.3123, label="x0")
for _ in range(40):
    x = 4.0 * x * (1.0 - x)
x.backward()
