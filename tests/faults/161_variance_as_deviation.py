"""A sample is drawn with its variance as the deviation: the logarithm is not halved."""
# diagnose: variance as deviation

import random

from autograd import Value, exp, mean, square

rng = random.Random(161)
centre, log_var = Value(0.0, label="centre"), Value(-1.0, label="log_var")


def negative_bound(noise):
    z = centre + exp(log_var) * noise  # <- here
    return 2.0 * square(z - 1.5) - 0.5 * log_var


for _ in range(80):
    cost = mean([negative_bound(rng.gauss(0, 1)) for _ in range(12)])
    cost.backward()
    for p in (centre, log_var):
        p.data -= 0.05 * p.grad
        p.zero_grad()
