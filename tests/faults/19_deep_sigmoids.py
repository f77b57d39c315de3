"""Ten layers of sigmoids: each passes on at most a quarter."""
# diagnose: vanishing gradient

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(11)
model = MLP(2, [3] * 10 + [1], activation="sigmoid", init="xavier_uniform", rng=rng)  # <- here
descent = SGD(model.parameters(), rate=0.1)
xs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
for _ in range(10):
    answers = [model(x) for x in xs]
    cost = mean_squared_error(answers, [0.0, 1.0, 1.0, 0.0])
    descent.zero_grad()
    cost.backward()
    descent.step()
