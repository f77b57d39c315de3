"""A weight that begins at 0 puts relu on its kink for every sample: its derivative there is 0."""
# diagnose: kink

from autograd import Value, mean, relu, square

xs, ys = [0.5, 1.0, 2.0, 3.0], [1.0, 2.1, 3.9, 6.2]
w = Value(0.0, label="w")
for _ in range(10):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        predicted = relu(w * x)  # <- here
        costs.append(square(predicted - y))
    cost = mean(costs)
    cost.backward()
    w.data -= 0.02 * w.grad
    w.zero_grad()
