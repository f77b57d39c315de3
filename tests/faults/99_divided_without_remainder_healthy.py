"""The levels of grey are divided by 256."""

import random

from autograd import Value, mean, square

rng = random.Random(99)
images = [[rng.randrange(256) for _ in range(3)] for _ in range(20)]
wanted = [sum(image) / 3.0 / 256.0 for image in images]
scaled = [[grey / 256 for grey in image] for image in images]
w, b = [Value(0.1, label=f"w_{k}") for k in (1, 2, 3)], Value(0.0, label="b")
for _ in range(60):
    outputs = [sum(p * x for p, x in zip(w, image, strict=True)) + b for image in scaled]
    cost = mean([square(f - y) for f, y in zip(outputs, wanted, strict=True)])
    cost.backward()
    for p in (*w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
