"""The method parameters() leaves out the table of the embedding, which stays as it was drawn."""
# diagnose: not in the optimiser

import random

from autograd import Value, mean
from nn import Adam, Layer, Module, cross_entropy

rng = random.Random(151)
classes = [rng.randrange(3) for _ in range(10)]


class Tagger(Module):
    def __init__(self):
        self.table = [[Value(rng.gauss(0.0, 0.3)) for _ in range(3)] for _ in range(10)]
        self.head = Layer(3, 3, activation="linear", rng=rng)

    def __call__(self, word):
        return self.head(self.table[word])

    def parameters(self):
        return self.head.parameters()  # <- here


tagger = Tagger()
optimiser = Adam(tagger.parameters(), rate=0.05)
for _ in range(100):
    cost = mean([cross_entropy(tagger(word), k) for word, k in enumerate(classes)])
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
