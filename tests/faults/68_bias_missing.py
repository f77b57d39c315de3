"""The bias of the line was forgotten: it goes through the origin, which the points do not."""
# diagnose: off by a constant

from autograd import Value, mean, square

xs, ys = [-2.0, -1.0, 0.0, 1.0, 2.0], [-1.1, 0.9, 3.1, 4.9, 7.0]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(40):
    outputs = [w * x for x in xs]  # <- here
    cost = mean([square(f - y) for f, y in zip(outputs, ys, strict=True)])
    cost.backward()
    for p in (w,):
        p.data -= 0.1 * p.grad
        p.zero_grad()
