"""The activations are passed on as they are."""

import random

from nn import SGD, Layer, mean_squared_error

rng = random.Random(4)
hidden, output = Layer(2, 4, 1, activation="tanh", rng=rng), Layer(4, 1, 2, activation="linear", rng=rng)
descent = SGD([*hidden.parameters(), *output.parameters()], rate=0.1)
xs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
ys = [0.0, 1.0, 1.0, 0.0]
for _ in range(30):
    answers = []
    for x in xs:
        a = hidden(x)
        answers.append(output(a))
    cost = mean_squared_error(answers, ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
