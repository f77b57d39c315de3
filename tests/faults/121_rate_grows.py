"""The rate is divided by 0.9 after every step, and not multiplied."""
# diagnose: rate grows

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
rate = 0.02
for _ in range(60):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for p in (w, b):
        p.data -= rate * p.grad
        p.zero_grad()
    rate /= 0.9  # <- here
