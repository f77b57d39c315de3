"""Forward and backward through a mixed graph of 100,000 operations: stepgrad's pure-Python engine against micrograd.

    make bench            or        python benchmarks/mixed_graph.py [--operations N] [--rounds N]

Both engines build the same graph (+ - * / ** relu over a window of recent nodes and fifty leaves, planned in advance)
and run one backward pass, alternating, in one process; the figure is the ratio of medians. It is taken with the cyclic
garbage collector on, as everybody has it, and once more with it off. micrograd's traversal is recursive and is given the
stack it needs.
"""

import argparse
import gc
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from autograd import Value as StepgradValue

KINDS = ("add", "mul", "sub", "scale", "relu", "div", "power")
Plan = list[tuple[str, int, int]]


def plan(operations: int, seed: int = 0) -> Plan:
    """What the graph does: per operation its kind, how far back its first operand lies, and which leaf is the second."""
    rng = random.Random(seed)
    return [(rng.choice(KINDS), rng.randrange(1, 21), rng.randrange(50)) for _ in range(operations)]


def build(value: Any, steps: Plan) -> tuple[Any, list[Any]]:
    """The graph in one engine: its root, and its leaves."""
    rng = random.Random(1)
    leaves = [value(rng.uniform(0.5, 1.5)) for _ in range(50)]
    nodes = list(leaves)
    for kind, back, leaf in steps:
        a, b = nodes[-back], leaves[leaf]
        if kind == "add":
            out = a + b
        elif kind == "mul":
            out = a * b
        elif kind == "sub":
            out = a - b
        elif kind == "scale":
            out = 0.1 * a
        elif kind == "relu":
            out = a.relu()
        elif kind == "div":
            out = a / b
        else:
            out = a - b**2
        nodes.append(out)
    root = nodes[-1]
    for node in nodes[-21:-1]:
        root = root + node
    return root, leaves


def once(value: Any, steps: Plan) -> float:
    """Seconds for one forward and backward pass, the freeing of the graph not included."""
    gc.collect()
    start = time.perf_counter()
    root, _ = build(value, steps)
    root.backward()
    return time.perf_counter() - start


def compare(engines: dict[str, Any], steps: Plan, rounds: int) -> dict[str, float]:
    """Median microseconds per operation, the engines alternating."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, value in engines.items():
            seconds[name].append(once(value, steps))
    return {name: statistics.median(times) / len(steps) * 1e6 for name, times in seconds.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per engine and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=100_000, help="size of the graph (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each engine, alternating (default: %(default)s)")
    options = parser.parse_args(arguments)
    engines = {"stepgrad": StepgradValue}
    try:
        from micrograd.engine import Value as MicrogradValue

        engines["micrograd"] = MicrogradValue
    except ImportError:
        print("micrograd is not installed: pip install micrograd, or run `make bench`", file=sys.stderr)
    steps = plan(options.operations)
    for collector in (True, False):
        (gc.enable if collector else gc.disable)()
        result = compare(engines, steps, options.rounds)
        gc.enable()
        ratio = f"   ratio {result['micrograd'] / result['stepgrad']:.1f}" if "micrograd" in result else ""
        shown = "   ".join(f"{name} {us:.2f} us/operation" for name, us in result.items())
        print(f"collector {'on ' if collector else 'off'}   {shown}{ratio}")


def with_deep_stack(run: Callable[[], None]) -> None:
    """Run with a stack deep enough for a recursive engine."""
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(1 << 30)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()  # what it raises, SystemExit too, is raised here and becomes the exit code


if __name__ == "__main__":
    with_deep_stack(main)
