"""The weight of the penalty is 100 and not 0.01: it is all that is learned."""
# breakpoint: op mul if upstream == 1 and local > 10

from autograd import Value, mean, square
from nn import l2

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(1.5, label="w"), Value(0.9, label="b")
for _ in range(10):
    errors = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    penalty = 100.0 * l2([w])  # <- here
    cost = errors + penalty
    cost.backward()
    for p in (w, b):
        p.data -= 0.002 * p.grad
        p.zero_grad()
