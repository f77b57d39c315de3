"""The policy begins where the old one is, so that the ratio and the clipped ratio are the same number at first."""

import math
import random

from autograd import Value, clamp, exp, log, mean, minimum, sigmoid

rng = random.Random(14)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(15):
    batch = []
    for _ in range(8):
        state = rng.choice((-1.0, 1.0))
        p = sigmoid(w * state + b).data
        action = rng.random() < p
        batch.append((state, action, 0.5 if action == (state > 0.0) else -0.5, math.log(p if action else 1.0 - p)))
    for _ in range(3):
        terms = []
        for state, action, advantage, old in batch:
            p = sigmoid(w * state + b)
            ratio = exp(log(p if action else 1.0 - p) - old)
            terms.append(minimum(ratio * advantage, clamp(ratio, 0.8, 1.2) * advantage))
        cost = -mean(terms)
        cost.backward()
        for v in (w, b):
            v.data -= 0.3 * v.grad
            v.zero_grad()
