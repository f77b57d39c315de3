"""The term for words that do not belong together makes their score smaller."""

import random

from autograd import Value, dot, logsigmoid
from nn import SGD

rng = random.Random(153)
groups = [["cat", "dog", "cow"], ["red", "blue", "green"]]
words = [w for group in groups for w in group]
inside = {w: [Value(rng.gauss(0.0, 0.3)) for _ in range(3)] for w in words}
outside = {w: [Value(rng.gauss(0.0, 0.3)) for _ in range(3)] for w in words}
optimiser = SGD([p for rows in (inside, outside) for row in rows.values() for p in row], rate=0.2)
for _ in range(500):
    group = rng.choice(groups)
    centre, near = rng.sample(group, 2)
    far = rng.choice([w for w in words if w not in group])
    cost = -logsigmoid(dot(inside[centre], outside[near]))
    cost = cost - logsigmoid(-dot(inside[centre], outside[far]))
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
