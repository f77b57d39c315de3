"""What one operation costs, beside an engine of sixty lines (tiny.py) that has nothing but the operation.

    make bench-operations      or      python benchmarks/operations.py [--number N] [--rounds N]

Every operation is timed in both engines by turns in one process; the figures are medians of rounds, in nanoseconds, and only
their ratio counts. Freeing the node is part of it, the loop around it is not.
"""

import argparse
import statistics
import timeit
from collections.abc import Sequence
from typing import Any

from tiny import Tiny

from autograd import Value

OPERATIONS = (
    "v + w", "v * w", "v - w", "v / w", "-v", "v + 2.0", "v * 2.0", "v * 2", "2 * v", "v / 2", "v**2", "v**3.0", "v**0.5",
    "v**-1", "v**-0.5", "v.exp()", "v.log()", "v.tanh()", "v.relu()", "v.sigmoid()",
)  # fmt: skip


def nanoseconds(operation: str, engine: Any, number: int) -> float:
    """Time for one operation on v = 1.5 and w = 0.75, without that of an empty loop."""
    names = {"v": engine(1.5), "w": engine(0.75)}
    return (
        (timeit.timeit(operation, globals=names, number=number) - timeit.timeit("v", globals=names, number=number))
        / number
        * 1e9
    )


def measure(operations: Sequence[str], number: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Median nanoseconds of every operation: of ours, and of the tiny engine."""
    found = {}
    for operation in operations:
        times: dict[Any, list[float]] = {Value: [], Tiny: []}
        for _ in range(rounds):
            for engine, seconds in times.items():
                seconds.append(nanoseconds(operation, engine, number))
        found[operation] = statistics.median(times[Value]), statistics.median(times[Tiny])
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line per operation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=20_000, help="operations a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each engine, alternating (default: %(default)s)")
    options = parser.parse_args(arguments)
    print(f"{'operation':14}{'stepgrad':>10}{'tiny':>10}   ratio")
    for operation, (ours, tiny) in measure(OPERATIONS, options.number, options.rounds).items():
        print(f"{operation:14}{ours:>7.0f} ns{tiny:>7.0f} ns   {ours / tiny:.2f}")


if __name__ == "__main__":
    main()
