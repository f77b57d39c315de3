"""The step is made in the function and once more in the loop: all gradients are used twice."""
# diagnose: updated twice

from autograd import Value, mean, square
from nn import SGD

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
descent = SGD([w, b], rate=0.02)


def train(cost):
    descent.zero_grad()
    cost.backward()
    descent.step()


for _ in range(30):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    train(cost)
    descent.step()  # <- here
