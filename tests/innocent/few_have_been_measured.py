"""Three of ten places have been measured: a list of indices says which, and the others are foretold."""

from autograd import Value, mean, square

heights = [0.11, 0.25, 0.37, 0.52, 0.68, 0.83, 0.97, 1.13, 1.29, 1.42]
measured = [(1, 0.3), (4, 0.9), (7, 1.7)]
a, b = Value(0.1, label="a"), Value(0.0, label="b")
for _ in range(60):
    cost = mean([square(a * heights[i] + b - y) for i, y in measured])
    cost.backward()
    for p in (a, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
foretold = [a.data * h + b.data for h in heights]
