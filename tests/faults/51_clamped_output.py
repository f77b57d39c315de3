"""Outputs are clamped to 0..1 from the beginning outside: no gradient comes through."""
# diagnose: dead units

import random

from autograd import clamp, mean, square
from nn import SGD, Neuron

rng = random.Random(35)
neuron = Neuron(2, activation="linear", rng=rng)
neuron.b.data = 8.0
descent = SGD(neuron.parameters(), rate=0.1)
xs = [[rng.uniform(0, 1), rng.uniform(0, 1)] for _ in range(8)]
for _ in range(15):
    answers = [clamp(neuron(x), 0.0, 1.0) for x in xs]  # <- here
    cost = mean([square(a - 0.5 * (x[0] + x[1])) for a, x in zip(answers, xs, strict=True)])
    descent.zero_grad()
    cost.backward()
    descent.step()
