"""A bias is made, given to the optimiser, and never used."""
# diagnose: no gradient

from autograd import Value
from nn import SGD, mean_squared_error

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w = Value(0.5, label="w")
b = Value(0.0, label="b")
descent = SGD([w, b], rate=0.05)
for _ in range(30):
    predicted = [w * x for x in xs]  # <- here
    cost = mean_squared_error(predicted, ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
