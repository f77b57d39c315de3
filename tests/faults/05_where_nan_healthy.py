"""The operand of the branch not taken is harmless."""

from autograd import Value, log, mean, square, where

counts = [0.0, 1.0, 3.0, 8.0]
targets = [0.0, 0.1, 1.0, 2.0]
w = Value(1.0, label="w")
for _ in range(10):
    costs = []
    for n, y in zip(counts, targets, strict=True):
        rate = w * n
        safe = where(rate > 0.0, rate, 1.0)
        logarithm = log(safe)
        costs.append(square(where(rate > 0.0, logarithm, 0.0) - y))
    cost = mean(costs)
    cost.backward()
    w.data -= 0.05 * w.grad
    w.zero_grad()
