"""The velocities of the momentum are made in the loop: they are 0 in every step."""
# diagnose: memory made anew

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(40):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    velocities = [0.0, 0.0]  # <- here
    for k, p in enumerate((w, b)):
        velocities[k] = 0.9 * velocities[k] - 0.01 * p.grad
        p.data += velocities[k]
        p.zero_grad()
