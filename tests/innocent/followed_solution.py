"""The solution is followed while a number of the equation grows: the cost grows with it, and each step makes it smaller."""

from autograd import Value, square

x = Value(0.1, label="x")
for stage in range(20):
    for _ in range(4):
        cost = square(x**3 + x - 0.1 * stage)
        cost.backward()
        x.data -= 0.05 * x.grad
        x.zero_grad()
