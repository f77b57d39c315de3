"""The cost takes the logits."""

import random

from nn import MLP, SGD, cross_entropy

rng = random.Random(13)
model = MLP(2, [4, 3], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.3)
xs = [[rng.gauss(2 * (k % 3) - 2, 0.5), rng.gauss(k % 2, 0.5)] for k in range(9)]
labels = [k % 3 for k in range(9)]
for _ in range(20):
    answers = []
    for x in xs:
        logits = model(x)
        answers.append(logits)
    cost = cross_entropy(answers, labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
