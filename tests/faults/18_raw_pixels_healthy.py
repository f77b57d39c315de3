"""Pixels are scaled to 0 to 1."""

import random

from nn import MLP, SGD, cross_entropy

rng = random.Random(10)
shapes = [[0, 255, 255, 0], [255, 0, 0, 255], [255, 255, 0, 0], [0, 0, 255, 255]]
labels = [0, 0, 1, 1]
images = [[pixel / 255.0 for pixel in image] for image in shapes]
model = MLP(4, [5, 2], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
for _ in range(20):
    answers = [model(image) for image in images]
    cost = cross_entropy(answers, labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
