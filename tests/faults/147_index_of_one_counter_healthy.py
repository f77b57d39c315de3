"""The second index has its own counter."""

import random

from autograd import Value, dot, mean, square

rng = random.Random(147)
kernel = [Value(rng.gauss(0, 0.3)) for _ in range(4)]
images = [[[rng.uniform(0, 1) for _ in range(3)] for _ in range(3)] for _ in range(10)]


def filtered(image, i, j):
    window = [image[i + di][j + dj] for di in range(2) for dj in range(2)]
    return dot(kernel, window)


def wanted(image, i, j):
    return image[i][j + 1] - image[i + 1][j]


places = [(i, j) for i in range(2) for j in range(2)]
for _ in range(40):
    cost = mean([square(filtered(image, i, j) - wanted(image, i, j)) for image in images for i, j in places])
    cost.backward()
    for p in kernel:
        p.data -= 0.3 * p.grad
        p.zero_grad()
