"""Shares of 1 are multiplied by factors until the divergence is 0: what is left of it is rounding."""

import math

from autograd import Value, log

shares = [Value(0.25, label=f"p_{i}") for i in range(4)]
wanted = (0.1, 0.2, 0.3, 0.4)
for _ in range(80):
    divergence = sum(p * (log(p) - math.log(q)) for p, q in zip(shares, wanted, strict=True))
    divergence.backward()
    raw = [p.data * math.exp(-0.3 * p.grad) for p in shares]
    for p, x in zip(shares, raw, strict=True):
        p.data = x / math.fsum(raw)
        p.zero_grad()
