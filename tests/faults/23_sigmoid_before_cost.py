"""A sigmoid at the output, and a binary cross-entropy that takes logits."""
# diagnose: activation before the cost

import random

from autograd import sigmoid
from nn import MLP, SGD, binary_cross_entropy

rng = random.Random(14)
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.3)
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
labels = [int(x[0] > x[1]) for x in xs]
for _ in range(20):
    answers = [sigmoid(model(x)) for x in xs]  # <- here
    cost = binary_cross_entropy(answers, labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
