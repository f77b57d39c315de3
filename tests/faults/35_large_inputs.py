"""House areas in square feet go in as they are, and every step overshoots."""
# diagnose: inputs not scaled

from autograd import Value
from nn import SGD, mean_squared_error

areas = [850.0, 1200.0, 1430.0, 1800.0, 2300.0, 3100.0]
prices = [1.9, 2.4, 3.0, 3.5, 4.6, 6.1]
xs = [area / 1.0 for area in areas]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
descent = SGD([w, b], rate=0.05)
for _ in range(12):
    predicted = [w * x + b for x in xs]  # <- here
    cost = mean_squared_error(predicted, prices)
    descent.zero_grad()
    cost.backward()
    descent.step()
