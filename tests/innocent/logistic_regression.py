"""All parameters begin at 0, which is fine where there is no hidden layer."""

import random

from autograd import Value, dot
from nn import SGD, cross_entropy


def values(*numbers, label="w"):
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


rng = random.Random(0)
W = [values(0.0, 0.0, label=f"w{k}") for k in range(3)]
descent = SGD([w for row in W for w in row], rate=0.5)
points = [([rng.gauss(k, 0.5), rng.gauss(-k, 0.5)], k) for k in range(3) for _ in range(6)]
for _ in range(20):
    descent.zero_grad()
    cross_entropy([[dot(row, x) for row in W] for x, _ in points], [k for _, k in points]).backward()
    descent.step()
