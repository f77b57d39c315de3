"""Pictures of graphs of 1,000 to 100,000 values: folded, and unfolded by the rank layout, with `dot` in the same run.

    python benchmarks/pictures.py [--limit SECONDS]

Two kinds of graph: a network of one hidden layer and its cost, one sample, whose values are mostly weights, and a
random mixture of operations without any scopes. Folded is what `viz.save(cost, "graph.svg")` does by default, from the
`Value` to the file. Unfolded is `fold="none"`. `dot` gets the same unfolded graph, in the style of micrograd's draw_dot, and
is stopped at the time limit. Memory is the peak that drawing adds, by tracemalloc, in a run of its own.
"""

import argparse
import pathlib
import random
import shutil
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import viz
from autograd import Value
from nn import MLP, cross_entropy
from viz.graphs.graph import graph_of
from viz.rendering import RenderError, render

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


def network(values: int) -> Value:
    """The cost of one sample in a network of about so many values."""
    rng = random.Random(0)
    n = max(4, round((values / 1.15) ** 0.5))
    model = MLP(n, [n, 10], activation="tanh", rng=rng)
    cost: Value = cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, n + 1)]), 3)
    cost.backward()
    return cost


def mixture(values: int) -> Value:
    """Operations at random, no scopes."""
    operations = values
    while True:  # not every operation is part of the graph of the last one
        root, _ = build(Value, plan(operations))
        size = len(graph_of(root))
        if size >= values:
            break
        operations = int(operations * 1.1 * values / size)
    root.backward()
    return root  # type: ignore[no-any-return]


def plain(root: Value) -> str:
    """The unfolded graph as micrograd's example draws it: a record per value, a node per operation."""
    graph = graph_of(root)
    lines = ["digraph {rankdir=LR"]
    for i in range(len(graph)):
        lines.append(f'n{i} [label="{{data {graph.data[i]:.4f} | grad {graph.grad[i]:.4f}}}", shape=record]')
        if not graph.is_leaf(i):
            lines += [f'o{i} [label="{graph.op[i]}"]', f"o{i} -> n{i}", *(f"n{p} -> o{i}" for p in graph.parents(i))]
    return "\n".join([*lines, "}"])


def timed(work: Callable[[], Any]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def by_dot(root: Value, limit: float) -> str:
    """How long `dot` takes, or that it was stopped."""
    if not shutil.which("dot"):
        return "not installed"
    text = plain(root)
    try:
        return f"{timed(lambda: render(text, 'svg', engine='dot', timeout=limit)):.2f} s"
    except RenderError:
        return f"stopped at {limit:g} s"


def memory(root: Value, path: pathlib.Path) -> float:
    """Bytes a value that drawing it takes at its peak."""
    tracemalloc.start()
    viz.save(root, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / len(graph_of(root))


def main() -> None:
    """Print a line per graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds given to dot (default: %(default)s)")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stepgrad-bench-"))
    viz.save(Value(1.0) * 2.0, folder / "warm.svg")  # whatever is loaded at first use
    print(f"{'graph':>9} {'values':>8} {'operands':>9} {'folded':>8} {'unfolded':>9} {'bytes/value':>12}   dot, unfolded")
    for make in (network, mixture):
        for values in (1_000, 5_000, 20_000, 100_000):
            root = make(values)
            graph = graph_of(root)
            folded = min(timed(lambda: viz.save(root, folder / "folded.svg")) for _ in range(3))  # noqa: B023 - called here
            unfolded = min(timed(lambda: viz.save(root, folder / "all.svg", fold="none")) for _ in range(2))  # noqa: B023
            took = by_dot(root, options.limit)
            print(
                f"{make.__name__:>9} {len(graph):>8,} {len(graph.operands):>9,} {folded:>6.2f} s {unfolded:>7.2f} s "
                f"{memory(root, folder / 'folded.svg'):>12.0f}   {took}",
                flush=True,
            )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
