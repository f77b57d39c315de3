"""The target has the value of the next state as a Value, so that the cost pulls that one down."""
# diagnose: target in the graph

import random

from autograd import Value, square

STATES, GAMMA = 5, 0.9
rng = random.Random(159)
value = [Value(0.4, label=f"value {k}") for k in range(STATES)]
for _ in range(60):
    state = rng.randrange(STATES - 1)
    while state < STATES:
        following = state + rng.choice((1, 2))
        reward = 0.1 if following < STATES else 1.0
        further = value[following] if following < STATES else 0.0
        target = reward + GAMMA * further  # <- here
        cost = square(target - value[state])
        cost.backward()
        for p in value:
            p.data -= 0.1 * p.grad
            p.zero_grad()
        state = following
