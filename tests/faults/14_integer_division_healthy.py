"""/ divides and has a derivative."""

from autograd import Value, mean, square

minutes = [30.0, 45.0, 90.0, 150.0, 200.0]
prices = [2.0, 2.9, 5.1, 8.2, 10.9]
rate, base = Value(2.0, label="rate"), Value(0.0, label="base")
for _ in range(20):
    costs = []
    for t, price in zip(minutes, prices, strict=True):
        hours = (rate * t) / 60
        costs.append(square(hours + base - price))
    cost = mean(costs)
    cost.backward()
    for p in (rate, base):
        p.data -= 0.05 * p.grad
        p.zero_grad()
