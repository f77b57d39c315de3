"""What a network is sensitive to, sample by sample."""

import random

from nn import MLP

model = MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
for k in range(8):
    model.zero_grad()
    model([0.1 * k, 1.0]).backward()
