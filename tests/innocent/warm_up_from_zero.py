"""A rate that begins at 0."""

from autograd import Value, mean, square


def line_cost(w, b):
    return mean([square(w * x + b - y) for x, y in ((0.0, 1.0), (1.0, 2.9), (2.0, 5.2))])


w, b = Value(0.5, label="w"), Value(0.1, label="b")
for step in range(20):
    line_cost(w, b).backward()
    for p in (w, b):
        p.data -= (0.0 if step < 5 else 0.1) * p.grad
        p.zero_grad()
