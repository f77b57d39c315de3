"""The state goes on as a number: what the first entry does is never learned."""
# diagnose: state as a number

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(139)
sequences = [[rng.choice((-1.0, 1.0)) for _ in range(3)] for _ in range(8)]
w, b, v = ([Value(rng.gauss(0.0, 0.8), label=f"{name}_{k}") for k in range(n)] for name, n in (("w", 4), ("b", 3), ("v", 4)))
parameters = [*w, *b, *v]


def answer(sequence):
    state = [0.0, 0.0]
    for x in sequence:
        new = [tanh(dot(w[2 * k : 2 * k + 2], state) + v[k] * x + b[k]) for k in range(2)]
        state = [u.data for u in new]  # <- here
    return v[2] * new[0] + v[3] * new[1] + b[2]


for _ in range(40):
    cost = mean([square(answer(sequence) - sequence[0]) for sequence in sequences])
    cost.backward()
    for p in parameters:
        p.data -= 0.3 * p.grad
        p.zero_grad()
