"""Two costs, two optimisers, the one's output detached for the other."""

import random

from autograd import mean
from nn import MLP, Adam

rng = random.Random(4)
maker, judge = MLP(1, [4, 1], activation="tanh", rng=rng), MLP(1, [4, 1], activation="tanh", rng=rng)
first, second = Adam(maker.parameters(), rate=0.01), Adam(judge.parameters(), rate=0.01)
for _ in range(20):
    made = [maker([rng.gauss(0, 1)]) for _ in range(4)]
    real = [rng.gauss(2, 0.5) for _ in range(4)]
    judge.zero_grad()
    mean([(-judge([r])).softplus() + judge([m.detach()]).softplus() for r, m in zip(real, made, strict=True)]).backward()
    second.step()
    maker.zero_grad()
    mean([(-judge([m])).softplus() for m in made]).backward()
    first.step()
