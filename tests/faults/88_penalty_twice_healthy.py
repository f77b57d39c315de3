"""The penalty is added once."""

from autograd import Value, mean, square
from nn import l2

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.2, label="b")


def cost_of_model():
    return mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)]) + 0.05 * l2([w, b])


for _ in range(60):
    cost = cost_of_model()
    cost.backward()
    for p in (w, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()
