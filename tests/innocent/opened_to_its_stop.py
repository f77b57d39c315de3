"""A valve is opened by steps down the gradient until it is fully open."""

from autograd import Value, square

valve = Value(0.0, label="valve")
for _ in range(60):
    cost = square(valve - 3.0) + 0.5
    cost.backward()
    valve.data = min(1.0, valve.data - 0.02 * valve.grad)
    valve.zero_grad()
