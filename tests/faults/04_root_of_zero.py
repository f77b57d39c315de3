"""The distance of two equal points is sqrt(0), whose derivative is infinite."""
# diagnose: not finite backward

from autograd import Value, mean, sqrt, square

points = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0)]
cx, cy = Value(1.0, label="c_1"), Value(2.0, label="c_2")  # begins on the second point
for _ in range(10):
    distances = []
    for x, y in points:
        dx, dy = cx - x, cy - y
        distances.append(sqrt(square(dx) + square(dy)))  # <- here
    cost = mean(distances)
    cost.backward()
    for c in (cx, cy):
        c.data -= 0.05 * c.grad
        c.zero_grad()
