"""One change for all images goes up the cost by signs, within bounds: each step is the one before."""

import random

from autograd import Value, mean, softplus

rng = random.Random(15)
weights = [rng.gauss(0.0, 1.0) for _ in range(6)]
images = [[rng.gauss(0.0, 1.0) for _ in range(6)] for _ in range(8)]
labels = [sum(w * x for w, x in zip(weights, image, strict=True)) > 0.0 for image in images]
change = [Value(0.001, label=f"change_{i}") for i in range(6)]
for _ in range(25):
    costs = []
    for image, label in zip(images, labels, strict=True):
        z = sum(w * (x + d) for w, x, d in zip(weights, image, change, strict=True))
        costs.append(softplus(z) - float(label) * z)
    mean(costs).backward()
    for d in change:
        d.data = max(-0.3, min(0.3, d.data + (0.03 if d.grad > 0.0 else -0.03)))
        d.zero_grad()
