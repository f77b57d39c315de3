"""One bias is added to all logits alike: softmax does not see it."""
# diagnose: no influence

import random

from autograd import Value, dot
from nn import SGD, cross_entropy

rng = random.Random(17)
W = [[Value(rng.gauss(0, 0.5), label=f"w_{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
b = Value(0.1, label="b")
descent = SGD([*W[0], *W[1], *W[2], b], rate=0.3)
xs = [[rng.gauss(2 * (k % 3) - 2, 0.5), rng.gauss(k % 2, 0.5)] for k in range(9)]
for _ in range(20):
    answers = []
    for x in xs:
        z = [dot(row, x) for row in W]
        answers.append([u + b for u in z])  # <- here
    cost = cross_entropy(answers, [k % 3 for k in range(9)])
    descent.zero_grad()
    cost.backward()
    descent.step()
