"""What lies above the output weighs TAU, what lies below 1 - TAU."""

import random

from autograd import Value, mean, relu

TAU = 0.9
rng = random.Random(148)
times = [rng.expovariate(1.0) for _ in range(60)]
promise = Value(1.0, label="promise")
for _ in range(80):
    cost = mean([TAU * relu(t - promise) + (1.0 - TAU) * relu(promise - t) for t in times])
    cost.backward()
    promise.data -= 0.2 * promise.grad
    promise.zero_grad()
kept = sum(t <= promise.data for t in times) / len(times)
