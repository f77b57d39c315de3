"""Pictures of graphs of 1,000 to 100,000 values: folded, and unfolded by the rank layout, with `dot` in the same run.

    python benchmarks/pictures.py [--limit SECONDS]
    python benchmarks/pictures.py --million [--values N]

Two kinds of graph: a network of one hidden layer and its cost, one sample, whose values are mostly weights, and a
random mixture of operations without any scopes. Folded is what `viz.save(cost, "graph.svg")` does by default, from the
`Value` to the file. Unfolded is `fold="none"`. `dot` gets the same unfolded graph, in the style of micrograd's draw_dot, and
is stopped at the time limit. Memory is the peak that drawing adds, by tracemalloc, in a run of its own.

With --million, the folded picture and the page of a million values each, of a chain h = tanh(w*h) too, and of a hundred
thousand values with 3.5 million arrows. Every figure is of a process of its own: the processor's time, and the memory that
the process takes at its peak beyond the graph (Linux only). A page is counted from the value, with the recording of the pass.
"""

import argparse
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import viz
from autograd import Value, dot, tanh
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


def chain(values: int) -> Value:
    """A recurrence of one number."""
    w, h = Value(0.9, label="w"), Value(0.1, label="h_0")
    for _ in range(values // 2):
        h = tanh(w * h)
    h.backward()
    return h


def dense(values: int) -> Value:
    """Dots of 35 values and as many numbers each, over the same values."""
    rng = random.Random(2)
    leaves = [Value(rng.uniform(-1.0, 1.0), label=f"p_{i}") for i in range(35)]
    root = dot([dot(leaves, [rng.uniform(-1.0, 1.0) for _ in leaves]) for _ in range(values)], [1.0] * values)
    root.backward()
    return root


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


MADE: dict[str, Callable[[int], Value]] = {"network": network, "mixture": mixture, "chain": chain, "dense": dense}
SHOWN: dict[str, Callable[[Value, pathlib.Path], Any]] = {
    "picture": lambda root, folder: viz.save(root, folder / "graph.svg"),
    "page": lambda root, folder: viz.page(root, folder / "page.html"),
}


def from_status(name: str) -> int:
    """Bytes of memory that this process has, VmRSS, or had at its peak, VmHWM."""
    lines = pathlib.Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def show_one(kind: str, values: int, what: str, folder: pathlib.Path) -> None:
    """Show a graph in this process, and print a line about it."""
    SHOWN[what](Value(1.0) * 2.0, folder)  # whatever is loaded at first use
    root = MADE[kind](values)
    before = from_status("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # forget the peak of building
    start = resource.getrusage(resource.RUSAGE_SELF)
    SHOWN[what](root, folder)
    end = resource.getrusage(resource.RUSAGE_SELF)
    seconds = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    peak = from_status("VmHWM") - before
    graph = graph_of(root)
    print(
        f"{kind:>9} {len(graph):>9,} values {len(graph.tails):>9,} arrows   {what:>7} {seconds:>6.1f} s "
        f"{peak / len(graph):>6.0f} bytes/value",
        flush=True,
    )


def show_many(values: int, folder: pathlib.Path) -> None:
    """Every graph as a picture and as a page, each in a process of its own."""
    for kind in MADE:
        for what in SHOWN:
            of_kind = values // 10 if kind == "dense" else values
            subprocess.run([sys.executable, __file__, "--one", kind, str(of_kind), what, str(folder)], check=True)


def main() -> None:
    """Print a line per graph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds given to dot (default: %(default)s)")
    parser.add_argument("--million", action="store_true", help="pictures and pages of a million values instead")
    parser.add_argument("--values", type=int, default=1_000_000, help="how many with --million (default: %(default)s)")
    parser.add_argument("--one", nargs=4, metavar=("KIND", "VALUES", "WHAT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, values, what, place = options.one
        return show_one(kind, int(values), what, pathlib.Path(place))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stepgrad-bench-"))
    if options.million:
        show_many(options.values, folder)
        shutil.rmtree(folder)
        return None
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
    return None


if __name__ == "__main__":
    main()
