"""Second derivatives and forward mode beside a gradient of the same function.

Only stepgrad has them here. A size is a function, the number of its arguments, and a transform.
"""

import itertools
from collections.abc import Callable
from typing import Any, cast

from speed.engines import Engine

from .problem import Answer, Problem, Run, one

TRANSFORMS = ("grad", "hvp", "jvp", "hessian")
HESSIAN = 80  # arguments at most: a Hessian of a thousand is a thousand products


def _functions(engine: Engine) -> dict[str, Callable[[list[Any]], Any]]:
    exp, tanh, dot, logsumexp = engine.exp, engine.tanh, cast(Any, engine.dot), engine.logsumexp
    assert logsumexp

    def rosenbrock(x: list[Any]) -> Any:
        """Sums and products."""
        return sum([100.0 * (v - u * u) ** 2 + (1.0 - u) ** 2 for u, v in itertools.pairwise(x)], 0.0)

    def network(x: list[Any]) -> Any:
        """Neurons that see five numbers each."""
        zs = [dot(x[i : i + 5], [0.1, 0.2, -0.3, 0.4, 0.5][: len(x) - i], 0.1) for i in range(len(x))]
        return sum([tanh(z) ** 2 for z in zs], 0.0)

    def dense(x: list[Any]) -> Any:
        """Few nodes with very many operands, and a Hessian without zeros."""
        return logsumexp(x) + dot(x, x) * exp(-0.1 * x[0])

    def chain(x: list[Any]) -> Any:
        """One node after the other: quotients, roots and logarithms."""
        y = x[0]
        for u in x:
            y = (y * y + 1.0).log() / (2.0 + u) + (u * y).sin()
        return y

    return {f.__name__: f for f in (rosenbrock, network, dense, chain)}


def _prepare(engine: Engine, size: str) -> Run | None:
    if engine.logsumexp is None:
        return None
    import autograd

    name, arguments, transform = size.split()
    n = int(arguments)
    f = _functions(engine)[name]
    x = [0.1 + 0.7 * i / n for i in range(n)]
    v = [1.0 if i % 3 else -0.5 for i in range(n)]
    calls: dict[str, Callable[[], Any]] = {
        "grad": lambda: autograd.grad(f)(x),
        "hvp": lambda: autograd.hvp(f, (x,), (v,)),
        "jvp": lambda: autograd.jvp(f, (x,), (v,)),
        "hessian": lambda: autograd.hessian(f)(x),
    }
    call = calls[transform]

    def run() -> Answer:
        call()
        return 0.0, 0.0

    return run


SIZES = tuple(
    f"{name} {n} {transform}"
    for name in ("rosenbrock", "network", "dense", "chain")
    for n in (10, 80, 1000)
    for transform in TRANSFORMS
    if transform != "hessian" or n <= HESSIAN
)
PROBLEMS = (
    Problem(
        "transforms", "{size}", "call", SIZES, "rosenbrock 10 hvp", one, lambda size: 20.0 * int(size.split()[1]), _prepare,
    ),
)  # fmt: skip
