"""The return is after the loop: the cost is that of all samples."""

from autograd import Value, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")


def of_all():
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total = total + square(w * x + b - y) / len(xs)
    return total


for _ in range(30):
    cost = of_all()
    cost.backward()
    for p in (w, b):
        p.data -= 0.1 * p.grad
        p.zero_grad()
