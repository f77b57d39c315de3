"""The list of gradients is in another order than that of the parameters."""

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(30):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    gradients = [w.grad, b.grad]
    for p, g in zip((w, b), gradients, strict=True):
        p.data -= 0.05 * g
        p.zero_grad()
