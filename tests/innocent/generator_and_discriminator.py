"""Two costs that take turns: what is good for the one makes the other worse."""

import random

from autograd import Value, mean, softplus

rng = random.Random(5)
scale, shift = Value(1.0, label="scale"), Value(0.0, label="shift")
slope, curve, offset = Value(0.1, label="slope"), Value(0.0, label="curve"), Value(0.0, label="offset")


def logit(x):
    return slope * x + curve * x * x + offset


for _ in range(200):
    noise = [rng.gauss(0.0, 1.0) for _ in range(4)]
    real, made = [rng.gauss(3.0, 0.5) for _ in range(4)], [scale.data * z + shift.data for z in noise]
    told_apart = mean([softplus(-logit(x)) for x in real]) + mean([softplus(logit(x)) for x in made])
    told_apart.backward()
    for p in (slope, curve, offset):
        p.data = 0.98 * (p.data - 0.03 * p.grad)
        p.zero_grad()
    taken_for_real = mean([softplus(-logit(scale * z + shift)) for z in noise])
    taken_for_real.backward()
    for p in (scale, shift):
        p.data -= 0.05 * p.grad
    for p in (scale, shift, slope, curve, offset):
        p.zero_grad()
