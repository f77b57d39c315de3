"""The penalty is on the sum of the weights, without squares: the further below 0, the better."""
# diagnose: rewarded sum

from autograd import Value, mean, square

rows = [[(3 * k + 5 * j) % 7 / 3.0 - 1.0 for j in range(3)] for k in range(12)]
ys = [r[0] - 2.0 * r[1] + 0.5 * r[2] for r in rows]
ws = [Value(0.1 * k, label=f"w_{k}") for k in range(3)]
for _ in range(60):
    errors = [square(sum(w * x for w, x in zip(ws, r, strict=True)) - y) for r, y in zip(rows, ys, strict=True)]
    penalty = 0.6 * (ws[0] + ws[1] + ws[2])  # <- here
    cost = mean(errors) + penalty
    cost.backward()
    for w in ws:
        w.data -= 0.1 * w.grad
        w.zero_grad()
