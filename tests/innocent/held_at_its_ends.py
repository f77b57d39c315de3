"""Three springs hang between two points that are held: the energy has a gradient there, too, and no step moves them."""

import itertools

from autograd import Value, sqrt, square

places = [(0.0, 0.0), (1.0, 0.3), (2.2, -0.2), (3.0, 0.0)]
points = [(Value(x, label=f"x{i}"), Value(y, label=f"y{i}")) for i, (x, y) in enumerate(places)]
for _ in range(60):
    energy = 0.5 * (points[1][1] + points[2][1])
    for (x, y), (u, v) in itertools.pairwise(points):
        energy = energy + 5.0 * square(sqrt(square(x - u) + square(y - v)) - 1.0)
    for coordinate in (c for point in points for c in point):
        coordinate.zero_grad()
    energy.backward()
    for coordinate in (*points[1], *points[2]):
        coordinate.data -= 0.02 * coordinate.grad
