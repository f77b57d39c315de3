"""Each round of the loop assigns the cost anew: only that of the last sample is left."""
# diagnose: only the last sample

from autograd import Value, square

data = [(x / 4.0, 2.0 * x / 4.0 + 1.0) for x in range(-4, 5)]
w, b = Value(0.1, label="w"), Value(0.0, label="b")
for _ in range(60):
    for x, y in data:
        f = w * x + b
        cost = square(f - y) / len(data)  # <- here
    cost.backward()
    for p in (w, b):
        p.data -= 0.1 * p.grad
        p.zero_grad()
