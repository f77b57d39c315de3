"""The best parameters get a second name, and go on with the training under both."""
# diagnose: put back as it was

from autograd import Value, dot, mean, square

train = [(-1.0, 1.2), (-0.4, 0.3), (0.1, -0.2), (0.6, 0.5), (1.0, 0.9)]
others = [(-0.8, 0.64), (-0.2, 0.04), (0.4, 0.16), (0.8, 0.64)]
theta = [Value(0.0, label=f"theta_{k}") for k in range(5)]


def error(pairs):
    return mean([square(dot(theta, [x**k for k in range(5)]) - y) for x, y in pairs])


lowest, best = float("inf"), theta
for _ in range(60):
    cost = error(train)
    cost.backward()
    for p in theta:
        p.data -= 0.2 * p.grad
        p.zero_grad()
    now = error(others).data
    if now < lowest:
        lowest = now
        best = theta  # <- here
theta = best
answer = error(others).data
