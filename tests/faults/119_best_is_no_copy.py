"""The best parameters are kept as they are, and not their numbers: they go on with the training."""
# diagnose: put back as it was

from autograd import Value, mean, square

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
best, lowest = [w, b], 1e9
for step in range(40):
    cost = mean([square(w * x + b - y) for x, y in zip(xs, ys, strict=True)])
    if cost.data < lowest:
        best, lowest = [w, b], cost.data  # <- here
    cost.backward()
    for p in (w, b):
        p.data -= (0.05 if step < 30 else 0.7) * p.grad
        p.zero_grad()
for p, kept in zip((w, b), best, strict=True):
    p.data = kept.data
