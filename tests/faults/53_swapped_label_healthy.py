"""All labels are right."""

from autograd import Value, mean, square

w, b = Value(1.8, label="w"), Value(0.9, label="b")
data = [
    (0.0, Value(1.0, label="y_1")),
    (1.0, Value(2.9, label="y_2")),
    (2.0, Value(5.2, label="y_3")),
    (3.0, Value(7.1, label="y_4")),
    (4.0, Value(8.8, label="y_5")),
]
for _ in range(3):
    cost = mean([square(w * x + b - y) for x, y in data])
    cost.backward()
    for p in (w, b):
        p.data -= 0.01 * p.grad
        p.zero_grad()
