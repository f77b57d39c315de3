"""The functions of the basis all read the last power."""
# diagnose: bound late

from autograd import Value, mean, square

xs = [0.25 * k - 1.0 for k in range(9)]
ys = [1.0 - 2.0 * x + 1.5 * x * x for x in xs]
basis = []
for power in range(3):
    basis.append(lambda x: x**power)  # <- here
weights = [Value(0.0, label=f"w_{k}") for k in range(3)]
for _ in range(40):
    cost = mean([square(sum(w * f(x) for w, f in zip(weights, basis, strict=True)) - y) for x, y in zip(xs, ys, strict=True)])
    cost.backward()
    for w in weights:
        w.data -= 0.3 * w.grad
        w.zero_grad()
