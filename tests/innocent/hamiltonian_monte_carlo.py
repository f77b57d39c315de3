"""A sampler follows the gradient with momenta drawn at random, and takes steps back: the cost goes up and down."""

import math
import random

from autograd import Value, square

rng = random.Random(23)
q = [Value(2.0, label="q_1"), Value(-1.0, label="q_2")]


def energy():
    for v in q:
        v.zero_grad()
    u = 0.5 * square(q[0] - 1.0) + square(q[1] + 0.3 * q[0])
    u.backward()
    return u.data, [v.grad for v in q]


for _ in range(25):
    old, p = [v.data for v in q], [rng.gauss(0.0, 1.0) for _ in q]
    u, slopes = energy()
    begun = u + sum(x * x for x in p) / 2.0
    for _ in range(6):
        p = [x - 0.1 * g for x, g in zip(p, slopes, strict=True)]
        for v, x in zip(q, p, strict=True):
            v.data += 0.2 * x
        u, slopes = energy()
        p = [x - 0.1 * g for x, g in zip(p, slopes, strict=True)]
    if rng.random() > math.exp(min(0.0, begun - u - sum(x * x for x in p) / 2.0)):
        for v, x in zip(q, old, strict=True):
            v.data = x
