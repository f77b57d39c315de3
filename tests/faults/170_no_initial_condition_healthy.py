"""The equation u' = -2 u and u(0) = 1."""

import random

from autograd import Value, mean, square, tanh

rng = random.Random(170)
w, b, v = ([Value(rng.uniform(-1.0, 1.0), label=f"{name}_{k}") for k in range(4)] for name in "wbv")


def solution(t):
    """The value of the network at t, and its derivative."""
    hidden = [tanh(w_k * t + b_k) for w_k, b_k in zip(w, b, strict=True)]
    value = sum(v_k * h for v_k, h in zip(v, hidden, strict=True))
    return value, sum(v_k * w_k * (1.0 - h * h) for v_k, w_k, h in zip(v, w, hidden, strict=True))


for _ in range(80):
    terms = []
    for k in range(8):
        u, slope = solution(0.125 * k)
        terms.append(square(slope + 2.0 * u))
    cost = mean(terms) + square(solution(0.0)[0] - 1.0)
    cost.backward()
    for p in (*w, *b, *v):
        p.data -= 0.05 * p.grad
        p.zero_grad()
