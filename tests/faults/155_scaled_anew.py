"""New samples are standardised by their own mean and deviation, and no longer by those of training."""
# diagnose: scaled anew

import random
import statistics

from autograd import Value, mean, square

rng = random.Random(155)
known = [[rng.gauss(900, 20)] for _ in range(20)]
fresh = [[rng.gauss(925, 20)] for _ in range(20)]


def standardised(rows):
    inputs = [x for (x,) in rows]
    return statistics.mean(inputs), statistics.pstdev(inputs)


middle, spread = standardised(known)
a, b = Value(0.5, label="a"), Value(0.0, label="b")


def answer(x):
    return a * (x[0] - middle) / spread + b


for _ in range(40):
    cost = mean([square(answer(x) - 0.02 * (x[0] - 900)) for x in known])
    cost.backward()
    for p in (a, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
middle, spread = standardised(fresh)  # <- here
error = sum((answer(x).data - 0.02 * (x[0] - 900)) ** 2 for x in fresh) / 20
