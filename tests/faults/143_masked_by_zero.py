"""The scores of padding are multiplied by 0 before the softmax: they take part in it with e to the 0."""
# diagnose: masked by zero

import random

from autograd import Value, dot, mean, softmax, square

rng = random.Random(143)
query = [Value(rng.gauss(0, 0.3), label=f"q_{k}") for k in range(2)]
samples = []
for n in (1, 2, 3, 4, 2, 3, 1, 4):
    words = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(n)]
    samples.append((words + [[3.0, 3.0]] * (4 - n), [1.0] * n + [0.0] * (4 - n), max(word[0] for word in words)))


def answer(words, mask):
    scores = [dot(query, word) for word in words]
    shares = softmax([s * m for s, m in zip(scores, mask, strict=True)])  # <- here
    return dot(shares, [word[0] for word in words])


for _ in range(20):
    cost = mean([square(answer(words, mask) - y) for words, mask, y in samples])
    cost.backward()
    for q in query:
        q.data -= 0.2 * q.grad
        q.zero_grad()
