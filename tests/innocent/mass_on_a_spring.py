"""A mass in a potential: the gradient changes its velocity, and nothing takes from it."""

from autograd import Value, square

x, y = Value(1.0, label="x"), Value(0.0, label="y")
velocity, dt = [0.0, 0.8], 0.1
for _ in range(120):
    potential = 0.5 * square(x) + square(y) + 0.1 * square(x * y)
    potential.backward()
    for i, v in enumerate((x, y)):
        velocity[i] -= dt * v.grad
        v.data += dt * velocity[i]
        v.zero_grad()
