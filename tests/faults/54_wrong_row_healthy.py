"""The target is read from the same row."""

from autograd import Value, mean, square

rows = [(0.0, 1.0), (1.0, 2.9), (2.0, 5.2), (3.0, 7.1), (4.0, 8.8)]
w, b = Value(1.8, label="w"), Value(0.9, label="b")
for _ in range(3):
    errors = []
    for n in range(len(rows)):
        predicted = w * rows[n][0] + b
        errors.append(predicted - rows[n][1])
    cost = mean([square(e) for e in errors])
    cost.backward()
    for p in (w, b):
        p.data -= 0.01 * p.grad
        p.zero_grad()
