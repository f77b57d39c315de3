"""Readings are removed from the list that the loop goes through: it leaves out the neighbour of each."""
# diagnose: changed while gone through

from autograd import Value, mean, square

readings = [(0.5 * k, 2.0 + 0.35 * k) for k in range(8)]
for k in (6, 5, 2):
    readings[k:k] = [(0.5 * k, -99.0), (0.5 * k, -99.0)]
for r in readings:
    if r[1] < -50.0:
        readings.remove(r)  # <- here
a, b = Value(0.0, label="a"), Value(0.0, label="b")
for _ in range(40):
    cost = mean([square(a + b * x - y) for x, y in readings])
    cost.backward()
    for p in (a, b):
        p.data -= 0.1 * p.grad
        p.zero_grad()
