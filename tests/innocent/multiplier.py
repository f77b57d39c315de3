"""A multiplier goes up the gradient of the cost that the other two go down: a point of the circle, nearest to (3, 4)."""

from autograd import Value, square

x, y, multiplier = Value(0.1, label="x"), Value(-0.2, label="y"), Value(0.0, label="multiplier")
for _ in range(150):
    outside = square(x) + square(y) - 1.0
    cost = square(x - 3.0) + square(y - 4.0) + multiplier * outside + 2.0 * square(outside)
    cost.backward()
    x.data -= 0.01 * x.grad
    y.data -= 0.01 * y.grad
    multiplier.data += 0.05 * multiplier.grad
    for v in (x, y, multiplier):
        v.zero_grad()
