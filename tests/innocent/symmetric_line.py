"""The inputs are symmetric, so that the bias has no gradient from the beginning."""

from autograd import Value, mean, square

w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(40):
    mean([square(w * x + b - 2.0 * x) for x in (-1.0, -0.5, 0.5, 1.0)]).backward()
    for p in (w, b):
        p.data -= 0.4 * p.grad
        p.zero_grad()
