"""where() does not take log(0), but its infinite derivative is multiplied by 0 all the same."""
# diagnose: branch not taken

from autograd import Value, log, mean, square, where

counts = [0.0, 1.0, 3.0, 8.0]
targets = [0.0, 0.1, 1.0, 2.0]
w = Value(1.0, label="w")
for _ in range(10):
    costs = []
    for n, y in zip(counts, targets, strict=True):
        rate = w * n
        safe = rate
        logarithm = log(safe)  # <- here
        costs.append(square(where(rate > 0.0, logarithm, 0.0) - y))
    cost = mean(costs)
    cost.backward()
    w.data -= 0.05 * w.grad
    w.zero_grad()
