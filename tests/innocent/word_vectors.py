"""Vectors of words and of their neighbours: a product of parameters with parameters is no unit that lacks a bias."""

import random
import re

from autograd import Value, dot, log, sigmoid

rng = random.Random(74)
TEXT = re.findall(r"\w+", "the cat sat the dog sat the cat ran the dog ran a car stops a car goes a bus stops a bus goes")
words = sorted(set(TEXT))
vectors, contexts = ({word: [Value(rng.gauss(0.0, 0.3)) for _ in range(2)] for word in words} for _ in "ab")
parameters = [v for table in (vectors, contexts) for row in table.values() for v in row]
pairs = [(TEXT[i], TEXT[j]) for i in range(len(TEXT)) for j in (i - 1, i + 1) if 0 <= j < len(TEXT)]
for _ in range(40):
    cost = Value(0.0)
    for word, near in pairs:
        cost = cost - log(sigmoid(dot(vectors[word], contexts[near])))
        cost = cost - log(sigmoid(-dot(vectors[word], contexts[rng.choice(words)])))
    cost = cost / len(pairs)
    for v in parameters:
        v.grad = 0.0
    cost.backward()
    for v in parameters:
        v.data -= 2.0 * v.grad
assert cost.data < 1.25
