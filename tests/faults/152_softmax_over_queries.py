"""The weights of attention are normalised over the tokens that ask, and not over those that one of them looks at."""
# diagnose: softmax over the other axis

import random

from autograd import Value, dot, mean, softmax, square
from nn import Adam

rng = random.Random(152)
queries = [[Value(rng.gauss(0.0, 0.4)) for _ in range(3)] for _ in range(3)]
keys = [[Value(rng.gauss(0.0, 0.4)) for _ in range(3)] for _ in range(3)]
optimiser = Adam([p for row in queries + keys for p in row], rate=0.05)


def sample():
    """Tokens of two signs with values; the last one asks for the mean of the values of its sign."""
    tokens = [[rng.choice([-1.0, 1.0]), rng.uniform(0.0, 2.0), 1.0] for _ in range(4)]
    values = [x[1] for x in tokens if x[0] == tokens[1][0]]
    return [*tokens, [tokens[1][0], 0.0, -1.0]], sum(values) / len(values)


def attend(tokens):
    q, k = ([[dot(row, x) for row in rows] for x in tokens] for rows in (queries, keys))
    scores = [[dot(a, b) for b in k] for a in q]
    weights = list(zip(*[softmax(column) for column in zip(*scores, strict=True)], strict=True))  # <- here
    return dot(weights[-1], [x[1] for x in tokens])


for _ in range(160):
    cost = mean([square(attend(tokens) - y) for tokens, y in [sample() for _ in range(3)]])
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
