"""Each model has velocities of its own."""

from autograd import Value, mean, square

xs = [-1.0, -0.5, 0.0, 0.5, 1.0]
plants = [[3.0 + x for x in xs], [-2.0 - 4.0 * x for x in xs]]
models = [[Value(0.0, label=f"level_{k}"), Value(0.0, label=f"slope_{k}")] for k in range(2)]


def descend(parameters, velocity):
    for k, p in enumerate(parameters):
        velocity[k] = 0.9 * velocity.get(k, 0.0) + p.grad
        p.data -= 0.05 * velocity[k]
        p.zero_grad()


velocities = [{}, {}]
for _ in range(40):
    for (level, slope), ys, velocity in zip(models, plants, velocities, strict=True):
        cost = mean([square(level + slope * x - y) for x, y in zip(xs, ys, strict=True)])
        cost.backward()
        descend([level, slope], velocity)
