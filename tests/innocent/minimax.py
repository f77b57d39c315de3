"""One goes down the gradient and the other up: a game."""

from autograd import Value

a, b = Value(1.0, label="a"), Value(1.0, label="b")
for _ in range(30):
    (a * b + 0.1 * a * a - 0.1 * b * b).backward()
    a.data -= 0.1 * a.grad
    b.data += 0.1 * b.grad
    a.zero_grad()
    b.zero_grad()
