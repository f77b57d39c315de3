"""A small number under the fraction keeps a constant unit at 0."""

from autograd import Value, mean, sqrt, square, tanh

xs, ys = [-1.0, -0.5, 0.5, 1.0], [0.0, 0.3, 0.6, 1.1]
w = [Value(0.8, label="w_1"), Value(0.0, label="w_2")]
v = [Value(0.3, label="v_1"), Value(-0.2, label="v_2")]
for _ in range(5):
    normal = []
    for weight in w:
        h = [tanh(weight * x) for x in xs]
        m = mean(h)
        deviation = sqrt(mean([square(u - m) for u in h]) + 1e-2)
        normal.append([(u - m) / deviation for u in h])
    cost = mean([square(v[0] * a + v[1] * b - y) for a, b, y in zip(*normal, ys, strict=True)])
    cost.backward()
    for p in (*w, *v):
        p.data -= 0.01 * p.grad
        p.zero_grad()
