"""The speed of stepgrad beside that of other engines: every problem, every peer that is installed, by turns.

    make bench            or            python benchmarks/compare.py [PROBLEM[:SIZE,SIZE] ...] [--peers NAME,NAME] [--help]

    python benchmarks/compare.py mixed:105,2100 rosenbrock --peers compiled,pure,floats --rounds 3

Every peer has a process of its own; its time on one processor is measured, with the cyclic collector on. Ctrl-C ends the run,
and what is known until then is printed. docs/speed.md says how to read it, and is written by this program (--write).
"""

import argparse
import pathlib
import sys
import time
from collections.abc import Sequence

from speed import tables
from speed.peers import PEERS, ROOT
from speed.problems import PROBLEMS
from speed.results import Results
from speed.rounds import Bench

PAGE, DATA = ROOT / "docs" / "speed.md", ROOT / "benchmarks" / "speed.json"


def chosen(text: str) -> tuple[str, tuple[str, ...]]:
    """A problem with its sizes, from the command line.

    Raises:
        argparse.ArgumentTypeError: there is no such problem, or it has no such size.
    """
    name, _, sizes = text.partition(":")
    if name not in PROBLEMS:
        raise argparse.ArgumentTypeError(f"there is no problem {name!r}; there are {', '.join(PROBLEMS)}")
    problem = PROBLEMS[name]
    if not sizes:
        return name, problem.sizes
    picked = tuple(sizes.replace("_", "").split(","))
    numbers = all(size.isdigit() for size in problem.sizes)
    for size in picked:
        if (int(size) < 1 if size.isdigit() else True) if numbers else size not in (*problem.sizes, problem.smoke):
            known = "a number from 1" if numbers else f"one of {', '.join(map(repr, problem.sizes))}"
            raise argparse.ArgumentTypeError(f"{name} has no size {size!r}; it is {known}")
    return name, picked


def peers(text: str) -> list[str]:
    """Names of peers, from the command line.

    Raises:
        argparse.ArgumentTypeError: there is no such peer.
    """
    names = text.split(",")
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"there is no peer {name!r}; there are {', '.join(PEERS)}")
    return names


def _positive(text: str) -> float:
    number = float(text)
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number above 0")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compare.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument(
        "problems", nargs="*", type=chosen, metavar="PROBLEM[:SIZE,...]",
        help=f"problems, and sizes of them (default: all in their own sizes): {', '.join(PROBLEMS)}",
    )  # fmt: skip
    parser.add_argument("--peers", type=peers, default=list(PEERS), help=f"who takes part (default: all): {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=_positive, default=10.0,
        help="what a peer may use for one size; who would take longer for one run is left out (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--smoke", action="store_true", help="every problem in a size that takes milliseconds, once")
    parser.add_argument("--json", type=pathlib.Path, help="write the results to this file")
    parser.add_argument("--read", type=pathlib.Path, help="measure nothing; read the results of an earlier run")
    parser.add_argument("--write", action="store_true", help=f"write {_short(DATA)}, and its tables into {_short(PAGE)}")
    return parser


def _short(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


def say(text: str) -> None:
    """Tell the person at the terminal; results go to standard output."""
    print(text, file=sys.stderr, flush=True)


def measure(problems: Sequence[tuple[str, tuple[str, ...]]], options: argparse.Namespace) -> tuple[Results, bool]:
    """The results, and whether they are all there: Ctrl-C ends it early."""
    results = Results(1 if options.smoke else options.rounds, options.seconds)
    bench = Bench(results, say)
    cases = [(PROBLEMS[name], size) for name, sizes in problems for size in sizes]
    start = time.monotonic()
    try:
        bench.begin(options.peers)
        for number, (problem, size) in enumerate(cases, start=1):
            say(f"[{number}/{len(cases)}, {time.monotonic() - start:.0f} s] {problem.name}:{size}")
            bench.compare(problem, size)
    except KeyboardInterrupt:
        say("stopped; what is known so far:")
        return results, False
    finally:
        bench.close()
    return results, True


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables; 130 if Ctrl-C ended it, 1 if nothing could be measured."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; it has to be at least 1")
    if options.write and (options.problems or options.smoke or options.peers != list(PEERS)):
        parser.error("--write writes the whole page: it goes with all problems and all peers, not with some, nor with --smoke")
    if options.read:
        results, whole = Results.load(options.read), True
    else:
        problems = options.problems or [(name, problem.sizes) for name, problem in PROBLEMS.items()]
        if options.smoke:
            problems = [(name, (PROBLEMS[name].smoke,)) for name, _ in problems]
        results, whole = measure(problems, options)
    if options.json:
        results.save(options.json)
    print(tables.report(results))
    if options.write and whole:
        results.save(DATA)
        PAGE.write_text(tables.put_in_place(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
        say(f"written: {_short(DATA)}, {_short(PAGE)}")
    if not whole:
        return 130
    return 0 if any(case.figures for case in results.cases) else 1


if __name__ == "__main__":
    sys.exit(main())
