"""The layer's tanh is enough."""

import random

from nn import SGD, Layer, mean_squared_error

rng = random.Random(15)
hidden, output = Layer(1, 5, 1, activation="tanh", rng=rng), Layer(5, 1, 2, activation="linear", rng=rng)
descent = SGD([*hidden.parameters(), *output.parameters()], rate=0.1)
xs = [k / 5.0 for k in range(-5, 6)]
for _ in range(20):
    answers = []
    for x in xs:
        a = hidden([x])
        answers.append(output(a))
    cost = mean_squared_error(answers, [x * x * x for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
