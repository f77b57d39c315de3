"""Derivatives checked by differences: data is shifted, and put back."""

from autograd import Value, mean, square


def line_cost(w, b):
    return mean([square(w * x + b - y) for x, y in ((0.0, 1.0), (1.0, 2.9), (2.0, 5.2))])


w, b = Value(0.5, label="w"), Value(0.1, label="b")
for p in (w, b, w, b):
    w.zero_grad()
    b.zero_grad()
    line_cost(w, b).backward()
    p.data += 0.25
    line_cost(w, b)
    p.data -= 0.25
