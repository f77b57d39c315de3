"""The square of the squared error is missing: errors above and below a target cancel."""

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(12):
    errors = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
    cost = mean([square(e) for e in errors])
    cost.backward()
    for p in (w, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()
