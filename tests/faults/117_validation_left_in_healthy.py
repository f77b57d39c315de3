"""The cost of the other samples is passed backward, too, and its gradients are there in the next update."""

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(30):
    cost = mean([square(w * x + b - y) for x, y in zip(xs[:3], ys[:3], strict=True)])
    cost.backward()
    for p in (w, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()
    other = square(w * xs[3] + b - 12.0)
