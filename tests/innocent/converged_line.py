"""Descent that has arrived, to the last digit, and goes on."""

from autograd import Value, mean, square

w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(150):
    mean([square(w * x + b - (3.0 * x + 1.0)) for x in (-1.0, 0.0, 2.0)]).backward()
    for p in (w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
