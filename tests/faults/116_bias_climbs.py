"""The weight goes down its gradient, and the bias goes up."""
# diagnose: some climb

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(60):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    w.data -= 0.05 * w.grad
    b.data += 0.05 * b.grad  # <- here
    for p in (w, b):
        p.zero_grad()
