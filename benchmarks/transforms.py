"""What a Hessian-vector product costs, in gradients of the same function: at most six, whatever the number of arguments.

    make bench-transforms        or        python benchmarks/transforms.py [--rounds N]

`grad`, `hvp`, `jvp` and (for few arguments) `hessian` run alternately in one process on the same function; the figures are
ratios of medians.
"""

import argparse
import gc
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

from autograd import dot, exp, grad, hessian, hvp, jvp, logsumexp, sum, tanh

Vector = list[Any]


def rosenbrock(x: Vector) -> Any:
    """Sums and products."""
    return sum([100.0 * (v - u * u) ** 2 + (1.0 - u) ** 2 for u, v in itertools.pairwise(x)])


def network(x: Vector) -> Any:
    """Neurons that see five numbers each."""
    return sum([tanh(dot(x[i : i + 5], [0.1, 0.2, -0.3, 0.4, 0.5][: len(x) - i], 0.1)) ** 2 for i in range(len(x))])


def dense(x: Vector) -> Any:
    """Few nodes with very many operands, and a Hessian without zeros."""
    return logsumexp(x) + dot(x, x) * exp(-0.1 * x[0])


def chain(x: Vector) -> Any:
    """One node after the other: quotients, roots and logarithms."""
    y = x[0]
    for u in x:
        y = (y * y + 1.0).log() / (2.0 + u) + (u * y).sin()
    return y


FUNCTIONS: tuple[Callable[[Vector], Any], ...] = (rosenbrock, network, dense, chain)


def once(call: Callable[[], Any]) -> float:
    """Seconds of one call."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compare(f: Callable[[Vector], Any], n: int, rounds: int) -> dict[str, float]:
    """Median seconds of each transform, alternating."""
    x = [0.1 + 0.7 * i / n for i in range(n)]
    v = [1.0 if i % 3 else -0.5 for i in range(n)]
    calls: dict[str, Callable[[], Any]] = {
        "grad": lambda: grad(f)(x),
        "hvp": lambda: hvp(f, (x,), (v,)),
        "jvp": lambda: jvp(f, (x,), (v,)),
    }
    if n <= 80:
        calls["hessian"] = lambda: hessian(f)(x)
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(once(call))
    return {name: statistics.median(times) for name, times in seconds.items()}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="hvp, jvp and hessian in gradients of the same function")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{'function':12} {'n':>5} {'grad':>10}   in gradients")
    for f in FUNCTIONS:
        for n in (10, 80, 1000):
            seconds = compare(f, n, rounds)
            grad_takes = seconds.pop("grad")
            ratios = "  ".join(f"{name} {t / grad_takes:5.1f}" for name, t in seconds.items())
            print(f"{f.__name__:12} {n:5} {grad_takes * 1e3:7.2f} ms   {ratios}")


if __name__ == "__main__":
    main()
