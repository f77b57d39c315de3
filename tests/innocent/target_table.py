"""A table of targets is a copy of the learned one, now and then: no gradient reaches it, and some rows stay as they are."""

import random

from autograd import Value, square

rng = random.Random(7)
learned = [[Value(0.0, label=f"q_{s}{a}") for a in range(2)] for s in range(4)]
copy = [[Value(0.0, label=f"t_{s}{a}") for a in range(2)] for s in range(4)]
seen, state = [], 0
for t in range(200):
    action = rng.randrange(2)
    after = min(3, state + 1) if action else max(0, state - 1)
    seen.append((state, action, 1.0 if after == 3 else 0.0, after))
    state = 0 if after == 3 else after
    s, a, reward, after = rng.choice(seen)
    target = reward + (0.0 if after == 3 else 0.9 * max(v.data for v in copy[after]))
    cost = square(learned[s][a] - target)
    cost.backward()
    for q in (q for row in learned for q in row):
        q.data -= 0.2 * q.grad
        q.zero_grad()
    if t % 20 == 0:
        for row, source in zip(copy, learned, strict=True):
            for v, q in zip(row, source, strict=True):
                v.data = q.data
