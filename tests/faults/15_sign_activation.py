"""sign() as an activation: a perceptron cannot be trained by its derivative."""
# diagnose: step function

import random

from nn import MLP, SGD, hinge

rng = random.Random(7)
model = MLP(2, [4, 1], activation="sign", rng=rng)  # <- here
descent = SGD(model.parameters(), rate=0.2)
xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(12)]
ys = [1 if x[0] * x[1] > 0 else -1 for x in xs]
for _ in range(15):
    scores = [model(x) for x in xs]
    cost = hinge(scores, ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
