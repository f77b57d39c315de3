"""The value of another state is added to the reward of the last step, after which nothing comes."""
# diagnose: end of an episode

import random

from autograd import Value, square

ROOMS, GAMMA = 4, 0.9
rng = random.Random(156)
value = [Value(0.3, label=f"room {k}") for k in range(ROOMS)]
for _ in range(60):
    room, done = 0, False
    while not done:
        following = room + 1
        done = following == ROOMS
        reward = 1.0 if done else 0.0
        target = reward + GAMMA * value[following % ROOMS].data  # <- here
        cost = square(value[room] - target)
        cost.backward()
        value[room].data -= 0.2 * value[room].grad
        value[room].zero_grad()
        room = following
