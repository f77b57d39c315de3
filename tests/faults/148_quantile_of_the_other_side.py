"""The quantile of 90 % is sought with the weights of its two sides exchanged: 10 % is found."""
# diagnose: quantile of the other side

import random

from autograd import Value, mean, relu

TAU = 0.9
rng = random.Random(148)
times = [rng.expovariate(1.0) for _ in range(60)]
promise = Value(1.0, label="promise")
for _ in range(80):
    cost = mean([(1.0 - TAU) * relu(t - promise) + TAU * relu(promise - t) for t in times])  # <- here
    cost.backward()
    promise.data -= 0.2 * promise.grad
    promise.zero_grad()
kept = sum(t <= promise.data for t in times) / len(times)
