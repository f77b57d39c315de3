"""Graphs at random that several tests look at: plain ones, and ones with scopes."""

import random
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from autograd import Value, dot, scope

OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: dot([a, b], [2.0, a], b), lambda a, b: a.tanh(),
]  # fmt: skip


SCOPES = ["", "a", "a/b", "a/c", "cell1", "cell2", "loss"]


def random_graph(seed: int, operations: int) -> tuple[Value, list[Value]]:
    """A graph of + * - tanh and dots over a few leaves and constants, and all its values."""
    rng = random.Random(seed)
    values: list[Any] = [Value(rng.uniform(-2, 2), label=f"x_{i}") for i in range(4)]
    for _ in range(operations):
        a, b = rng.choice(values), rng.choice([*values, 2.0])
        kind = rng.randrange(5)
        if kind == 0:
            values.append(a + b)
        elif kind == 1:
            values.append(a * b)
        elif kind == 2:
            values.append(b - a)
        elif kind == 3:
            values.append(a.tanh())
        else:
            values.append(dot([a, *rng.choices(values, k=2)], [1.0, b, rng.choice(values)], 0.5))
    return values[-1], values


def scoped_graph(seed: int, operations: int) -> Value:
    """A graph whose nodes are in scopes at random, so that the scopes depend on each other in circles."""
    rng = random.Random(seed)
    values: list[Any] = [Value(rng.uniform(-1, 1), label=rng.choice(["w", "x_1", "", "b"])) for _ in range(5)]
    for _ in range(operations):
        a, b = rng.choice(values[-8:]), rng.choice(values)
        path = rng.choice(SCOPES)
        node: Callable[[Any, Any], Any] = rng.choice(OPERATIONS)
        value = node(a, b)
        value.scope = path
        values.append(value)
    total: Value = values[0]
    for v in values[1:]:
        total = total + v
    return total


def looping_graph(seed: int) -> Value:
    """A body that repeats over a state of some numbers, with or without a scope, read out here and there."""
    rng = random.Random(seed)
    state: list[Any] = [Value(rng.uniform(-1, 1), label=f"h_{i}") for i in range(rng.randint(1, 3))]
    shared = [Value(rng.uniform(-1, 1), label=f"w_{i}") for i in range(2)]
    body = [(rng.choice(OPERATIONS), rng.randrange(20), rng.randrange(20)) for _ in range(rng.randint(1, 6))]
    path, steps, out = rng.choice(["", "", "cell"]), rng.randint(3, 12), [shared[0]]
    for t in range(steps):
        values: list[Any] = [*state, *shared, Value(rng.uniform(-1, 1), label=f"x_{t}")]
        with scope(path) if path and rng.random() < 0.95 else nullcontext():
            for operation, a, b in body:
                values.append(operation(values[-1 - a % len(state)], values[b % len(values)]))
        state = values[-len(state) :]
        if rng.random() < 0.3:
            out.append(rng.choice(values))
    total: Value = state[0]
    for v in [*state[1:], *out]:
        total = total * 0.5 + v
    return total
