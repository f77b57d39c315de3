"""A recurrent network on plain `Value`s: it learns to remember the first of several numbers until the last has come.

    python -m examples.recurrent

The state h = tanh(W x + U h + b) is a list, the loop over time is a Python loop; backpropagation through time is what the
engine does with any loop.
"""

import itertools
import random
from typing import Any

from autograd import Value, dot, no_grad, tanh
from nn import Adam, binary_cross_entropy

STATES, LENGTH = 4, 5


def network(rng: random.Random) -> dict[str, Any]:
    """Parameters: from input and state to state, and from state to answer."""

    def draw(name: str, count: int) -> list[Value]:
        return [Value(rng.uniform(-0.5, 0.5), label=f"{name}_{j}") for j in range(1, count + 1)]

    return {
        "cells": [(draw(f"u^{i}", STATES + 1), Value(0.0, label=f"b_{i}")) for i in range(1, STATES + 1)],
        "answer": (draw("v", STATES), Value(0.0, label="c")),
    }


def parameters(theta: dict[str, Any]) -> list[Value]:
    """All parameters, in a fixed order."""
    return [p for weights, bias in (*theta["cells"], theta["answer"]) for p in (*weights, bias)]


def read(theta: dict[str, Any], sequence: tuple[float, ...]) -> Any:
    """The logit after reading a sequence: that its first number was 1."""
    state: list[Any] = [0.0] * STATES
    for x in sequence:
        state = [tanh(dot(weights, [x, *state], bias)) for weights, bias in theta["cells"]]
    weights, bias = theta["answer"]
    return dot(weights, state, bias)


def main(steps: int = 150) -> float:
    """Train on all sequences of five signs; returns the share remembered right."""
    theta = network(random.Random(1))
    sequences = list(itertools.product((-1.0, 1.0), repeat=LENGTH))
    targets = [int(sequence[0] > 0) for sequence in sequences]
    descent = Adam(parameters(theta), rate=0.03)
    for step in range(steps):
        cost = binary_cross_entropy([read(theta, sequence) for sequence in sequences], targets)
        descent.zero_grad()
        cost.backward()
        descent.step()
        if step % 30 == 0:
            print(f"step {step:3}: cost {cost.data:.4f}")
    with no_grad():
        right = sum((read(theta, sequence).data > 0) == target for sequence, target in zip(sequences, targets, strict=True))
    print(f"remembers the first of {LENGTH} numbers in {right} of {len(sequences)} sequences")
    return float(right / len(sequences))


if __name__ == "__main__":
    main()
