"""The parameters are put back into a ball after each step, so that they come to rest where the gradient is long."""

import math

from autograd import Value, square

point, goal = [Value(0.0, label=f"x_{i}") for i in range(3)], (3.0, 1.0, -2.0)
for _ in range(60):
    distance = sum(square(v - g) for v, g in zip(point, goal, strict=True))
    distance.backward()
    for v in point:
        v.data -= 0.02 * v.grad
        v.zero_grad()
    length = math.sqrt(sum(v.data**2 for v in point))
    for v in point:
        v.data /= max(1.0, length)
