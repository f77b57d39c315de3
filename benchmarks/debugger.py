"""What it costs to record a backward pass of 100,000 contributions, to keep it, and to walk through it.

    python benchmarks/debugger.py [--contributions N] [--rounds N]

The graph is that of dap.py: products, sums and tanh in seven scopes, with source lines, labels and scopes. A recording is made
in turn with a plain `backward()` of the same graph, and medians are compared. Memory is what stays, by tracemalloc, in a run of
its own. A jump is a position drawn at random, and everything that an editor shows there: the stack and all variables.
"""

import argparse
import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from dap import SCRIPT

from autograd import Recording, Value, record_backward, record_sources
from viz.debugger import Session, check, diagnose, path, why
from viz.debugger.walk.sources import Conventions
from viz.debugger.walk.stopped import SCOPES, Stopped, reference


def cost(contributions: int) -> Value:
    """The cost of dap.py's script, before its pass."""
    names: dict[str, Any] = {}
    with record_sources():
        exec(compile(SCRIPT.format(n=contributions).replace("C.backward()", ""), "large.py", "exec"), names)
    return names["C"]  # type: ignore[no-any-return]


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def kept(work: Callable[[], object]) -> int:
    """How many bytes stay as long as what is made is kept."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = work()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del made
    return after - before


def look(session: Session) -> None:
    """Make everything that an editor shows where a walk stands."""
    stopped = Stopped(session)
    frame = stopped.stack(0, 20, Conventions(1, 1, str))["stackFrames"][0]["id"]
    for kind, _ in SCOPES:
        stopped.variables(reference(frame - 1, kind), 0, 100)


def walk(recording: Recording, rounds: int) -> None:
    """Print how long jumps and questions take."""
    session = Session(recording)
    print(f"{'first look: indexes, names, lines':40}{1e3 * seconds(lambda: look(session)):8.1f} ms")
    rng = random.Random(1)
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        session.jump(rng.randrange(len(session) + 1))
        look(session)
        found.append(1e3 * (time.perf_counter() - start))
    print(f"{'a jump':40}{statistics.median(found):8.1f} ms   longest {max(found):.1f} ms")
    for name, ask in (("why", why), ("path", path), ("check", check)):
        print(f"{f'{name} w_7':40}{1e3 * seconds(lambda ask=ask: ask(recording, 'w_7')):8.1f} ms")  # type: ignore[misc]
    print(f"{'diagnose':40}{1e3 * seconds(lambda: diagnose(recording)):8.1f} ms")


def worked_out(root: Value, walked: bool) -> tuple[Recording, Session | None]:
    """A recording with its columns; with all that a walk looks things up in, too."""
    recording = record_backward(root)
    _ = recording.columns
    session = Session(recording) if walked else None
    if session:
        look(session)
    return recording, session


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=100_000, help="size of the pass, about (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=9, help="passes, and a hundred times as many jumps (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    root = cost(options.contributions)
    recording = record_backward(root)
    n = len(recording)
    print(f"{n:,} contributions to {len(recording.nodes):,} nodes")
    passes: dict[str, list[float]] = {"plain": [], "recorded": [], "worked out": []}
    for _ in range(options.rounds):
        passes["plain"].append(seconds(root.backward))
        passes["recorded"].append(seconds(lambda: record_backward(root)))
        passes["worked out"].append(seconds(lambda: worked_out(root, False)))
    plain, recorded, worked = (statistics.median(found) for found in passes.values())
    print(f"{'a plain pass':40}{1e3 * plain:8.1f} ms")
    print(f"{'a recorded pass':40}{1e3 * recorded:8.1f} ms   {recorded / plain:.1f} times")
    print(f"{'... with every contribution worked out':40}{1e3 * worked:8.1f} ms   {worked / plain:.1f} times")
    print(f"{'memory: recorded':40}{kept(lambda: record_backward(root)) / n:8.0f} bytes a contribution")
    print(f"{'memory: worked out':40}{kept(lambda: worked_out(root, False)) / n:8.0f} bytes a contribution")
    print(f"{'memory: walked through':40}{kept(lambda: worked_out(root, True)) / n:8.0f} bytes a contribution")
    walk(recording, 100 * options.rounds)


if __name__ == "__main__":
    main()
