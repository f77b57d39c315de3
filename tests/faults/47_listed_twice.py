"""A parameter stands in the list twice, and takes two steps at a time."""
# diagnose: updated twice

from autograd import Value
from nn import SGD, mean_squared_error

xs, ys = [0.0, 1.0, 2.0, 3.0], [1.0, 2.9, 5.2, 7.1]
w = Value(0.5, label="w")  # <- here
b = Value(0.0, label="b")
parameters = [w, b]
parameters += [w]
descent = SGD(parameters, rate=0.03)
for _ in range(20):
    cost = mean_squared_error([w * x + b for x in xs], ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
