"""Expressions without any structure that an engine could use: a mixture of operations, chains, fans, many small graphs."""

import itertools
import random
from collections.abc import Callable
from typing import Any

from speed.engines import Engine

from .problem import Answer, Problem, Run, differentiated, one

BLOCK = 21  # operations in a block of `mixed`


def mixed_function(engine: Engine, operations: int) -> Callable[[list[Any]], Any]:
    """Blocks of 21 operations, three of them exp, log and tanh: each goes on from the one before, and adds to a sum."""
    exp, log, tanh, relu = engine.exp, engine.log, engine.tanh, engine.relu
    blocks = max(1, operations // BLOCK)

    def mixed(leaves: list[Any]) -> Any:
        x = total = leaves[0]
        for p, q, r in itertools.islice(itertools.cycle(zip(*[iter(leaves)] * 3, strict=True)), blocks):
            u = x * p + q
            v = u - r * 0.5
            w = exp(v * 0.1)
            s = (u * u + 1.5) ** 0.5
            t = log(s + w)
            y = relu(v) + w / s
            x = tanh(t * y - p + q)
            total = total + x * x * 0.25
        return total

    return mixed


def _mixed(engine: Engine, size: str) -> Run:
    rng = random.Random(1)
    return differentiated(engine, mixed_function(engine, int(size)), [rng.uniform(0.5, 1.5) for _ in range(6)])


def _chain(engine: Engine, size: str) -> Run:
    def chain(leaves: list[Any]) -> Any:
        v, w, b = leaves
        for _ in range(int(size) // 2):
            v = v * w + b
        return v

    return differentiated(engine, chain, [1.0, 0.5, 0.25])


def _fan(engine: Engine, size: str) -> Run:
    def fan(leaves: list[Any]) -> Any:
        x, total = leaves
        for k in range(int(size) // 2):
            total = total + x * (k & 7)
        return total

    return differentiated(engine, fan, [1.5, 0.0])


def _small(engine: Engine, size: str) -> Run:
    tanh = engine.tanh
    leaves = engine.leaves([0.5, -1.25, 0.75])

    def neuron(leaves: list[Any]) -> Any:
        w, v, b = leaves
        return (tanh(w * x + v * y + b) - 0.5) ** 2

    x, y = 0.25, -0.5

    def run() -> Answer:
        for _ in range(int(size)):
            value, gradient = engine.gradient(neuron, leaves)
        return value, sum(map(abs, gradient))

    return run


def _rosenbrock(engine: Engine, size: str) -> Run:
    def rosenbrock(x: list[Any]) -> Any:
        return sum([100.0 * (v - u * u) ** 2 + (1.0 - u) ** 2 for u, v in itertools.pairwise(x)], 0.0)

    n = int(size)
    return differentiated(engine, rosenbrock, [0.1 + 0.7 * i / n for i in range(n)])


def _black_scholes(engine: Engine, _: str) -> Run:
    exp, log, erf = engine.exp, engine.log, engine.erf

    def cdf(u: Any) -> Any:
        return 0.5 * (1.0 + erf(u * 0.7071067811865476))

    def price(x: list[Any]) -> Any:
        spot, strike, rate, volatility, time = x
        spread = volatility * time**0.5
        d = (log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
        return spot * cdf(d) - strike * exp(-rate * time) * cdf(d - spread)

    return differentiated(engine, price, [100.0, 105.0, 0.03, 0.2, 0.75])


TIMES = 100  # as often stands an operation in the body that is timed, so that no loop is timed with it

OPERATIONS = (
    "v + w", "v * w", "v - w", "v / w", "-v", "v + 2.0", "v * 2.0", "v * 2", "2 * v", "v / 2", "v**2", "v**3.0", "v**0.5",
    "v**-1", "v**-0.5", "exp(v)", "log(v)", "tanh(v)", "relu(v)", "erf(v)",
)  # fmt: skip


def _operation(engine: Engine, text: str) -> Run | None:
    if engine.value is None:
        return None
    names: dict[str, Any] = {name: getattr(engine, name) for name in ("exp", "log", "tanh", "relu", "erf")}
    exec("def body(v, w, exp, log, tanh, relu, erf):\n" + f"    {text}\n" * TIMES, names)
    body, functions = names["body"], [names[name] for name in ("exp", "log", "tanh", "relu", "erf")]
    v, w = engine.leaves([1.5, 0.75])

    def run() -> Answer:
        body(v, w, *functions)
        return 0.0, 0.0

    return run


def _number(size: str) -> float:
    return float(size)


PROBLEMS = (
    Problem(
        "mixed", "mixed expression, {size} operations", "operation", ("105", "2100", "105000", "1000000"), "105",
        lambda size: max(1, int(size) // BLOCK) * BLOCK, _number, _mixed,
    ),
    Problem("chain", "chain of {size}", "operation", ("100000", "10000000"), "100", _number, _number, _chain),
    Problem("fan", "one leaf, {size} operations", "operation", ("100000",), "100", _number, _number, _fan),
    Problem("small", "small graphs, {size} of them", "graph", ("1000",), "3", _number, lambda size: 8 * int(size), _small),
    Problem(
        "rosenbrock", "Rosenbrock, {size} variables", "gradient", ("10", "100"), "3", one,
        lambda size: 9 * int(size), _rosenbrock,
    ),
    Problem("black-scholes", "Black-Scholes, 5 variables", "gradient", ("5",), "5", one, lambda _: 24, _black_scholes),
    Problem("operations", "{size}", "operation", OPERATIONS, "v * w", lambda _: TIMES, lambda _: TIMES, _operation),
)  # fmt: skip
