"""The results for people: ratios first, then times with their spread; and the tables of docs/speed.md, put in place.

Every row is relative to stepgrad's compiled nodes, or, where they were not there, to those in Python: 2.0 means that the peer
takes twice as long, 0.5 that it takes half the time.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from .peers import PEERS
from .problems import PROBLEMS
from .problems.transforms import TRANSFORMS
from .results import Case, Results

MAIN = ("mixed", "chain", "fan", "small", "rosenbrock", "black-scholes", "dots", "moons", "moons-nn", "digits", "digits-dots",
        "digits-fit", "transformer")  # fmt: skip
HAVING = ("memory", "import")
NOTHING, SLOW = "-", "slow"
LOST = 0.95  # a peer that takes less than this share of our time is said to be faster


def base(results: Results) -> str:
    """The peer that the others are compared with."""
    found = {peer for case in results.cases for peer in case.figures}
    return next((name for name in ("compiled", "pure") if name in found), next(iter(PEERS)))


def duration(seconds: float) -> str:
    """A time with three digits and its unit."""
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= 0.9995 * factor:
            return f"{_digits(seconds / factor)} {unit}"
    return f"{_digits(seconds * 1e9)} ns"


def _digits(number: float) -> str:
    """Two or three digits."""
    if number >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}" if number >= 0.1 else f"{number:.2g}"


def title(case: Case) -> str:
    """The name of a row."""
    size = f"{int(case.size):,}" if case.size.isdigit() else case.size
    return PROBLEMS[case.problem].title.format(size=size).replace("|", "\\|")


def _cases(results: Results, problems: Iterable[str]) -> list[Case]:
    return [case for name in problems for case in results.find(name)]


def _peers(cases: Sequence[Case]) -> list[str]:
    return [name for name in PEERS if any(name in case.figures for case in cases)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ratios(results: Results, problems: Iterable[str]) -> str:
    """The time of every peer in times of ours, a row for each size of each problem."""
    cases, first = _cases(results, problems), base(results)
    peers = [name for name in _peers(cases) if name != first]
    head = ["", f"{PEERS[first].title}, for one", *(PEERS[name].title for name in peers)]
    rows = []
    for case in cases:
        ours = case.median(first)
        unit = PROBLEMS[case.problem].unit
        own = f"{unit}: {duration(ours)}" if ours else NOTHING
        rows.append([title(case), own, *(_ratio(case, name, ours) for name in peers)])
    return _table(head, rows)


def _ratio(case: Case, peer: str, ours: float | None) -> str:
    theirs = case.median(peer)
    if theirs is None:
        return SLOW if case.why.get(peer, "").startswith(("it would take", "not within")) else NOTHING
    return _digits(theirs / ours) if ours else NOTHING


def figures(results: Results, problems: Iterable[str]) -> str:
    """The medians with their spread, half of the distance between the quartiles."""
    cases = _cases(results, problems)
    peers = _peers(cases)

    def shown(case: Case, peer: str) -> str:
        figure = case.median(peer)
        if figure is None:
            return _ratio(case, peer, None)
        written: Callable[[float], str] = _digits if PROBLEMS[case.problem].unit == "bytes" else duration
        return f"{written(figure)} ±{case.spread(peer):.0%}"

    head = ["", "of one", *(PEERS[name].title for name in peers)]
    return _table(head, [[title(c), PROBLEMS[c.problem].unit, *(shown(c, name) for name in peers)] for c in cases])


def transforms(results: Results) -> str:
    """The time of each transform in gradients of the same function; in brackets that of the nodes in Python."""
    cases = {case.size: case for case in results.find("transforms")}
    functions = list(dict.fromkeys(size.rpartition(" ")[0] for size in cases))
    ours = [name for name in ("compiled", "pure") if any(name in case.figures for case in cases.values())]

    def median(function: str, transform: str, peer: str) -> float | None:
        case = cases.get(f"{function} {transform}")
        return case.median(peer) if case else None

    def shown(function: str, transform: str, peer: str) -> str:
        gradient, time = median(function, "grad", peer), median(function, transform, peer)
        if not gradient or not time:
            return NOTHING
        return duration(time) if transform == "grad" else f"{time / gradient:.1f}"

    def cell(function: str, transform: str) -> str:
        first, *others = (shown(function, transform, peer) for peer in ours)
        return " ".join([first, *(f"({other})" for other in others)])

    rows = [[function, *(cell(function, transform) for transform in TRANSFORMS)] for function in functions]
    return _table(["function, arguments", *(f"`{name}`" for name in TRANSFORMS)], rows)


def lost(results: Results, ours: str) -> str:
    """The rows in which somebody is faster than one kind of our nodes, or smaller, with the ratio.

    Plain floats differentiate nothing and are left out, and so is the other kind of ours.
    """
    lines = []
    for case in _cases(results, (*MAIN, *HAVING)):
        own = case.median(ours)
        others = [name for name in _peers([case]) if name != "floats" and not PEERS[name].core]
        faster = sorted((t / own, name) for name in others if own and (t := case.median(name)) and t < LOST * own)
        if faster:
            lines.append(f"* {title(case)}: {', '.join(f'{PEERS[name].title} {_digits(ratio)}' for ratio, name in faster)}")
    return "\n".join(lines) or "Nowhere."


def conditions(results: Results) -> str:
    """The machine, the versions and the day, in sentences."""
    m = results.machine
    versions = [f"{PEERS[name].title} {version}" for name, version in results.versions.items() if version]
    absent = [PEERS[name].title for name in results.absent if name not in results.versions]
    text = f"{m['processor']}, {m['cores']} cores of which one is used, {m['system']}, {m['python']}; {results.date}."
    text += f" Up to {results.rounds} turns each; slow is what takes more than {results.seconds:g} s for one run."
    text += f" Beside {', '.join(versions)}." if versions else ""
    return text + (f" Not there: {', '.join(absent)}." if absent else "")


def made(results: Results) -> dict[str, str]:
    """The parts of docs/speed.md that are made, by the name of the place they have there."""
    return {
        "conditions": conditions(results),
        "ratios": ratios(results, MAIN),
        "lost": lost(results, "compiled"),
        "lost by pure": lost(results, "pure"),
        "having": figures(results, HAVING),
        "operations": ratios(results, ("operations",)),
        "transforms": transforms(results),
        "figures": figures(results, MAIN),
    }


def put_in_place(page: str, results: Results) -> str:
    """The page with its made parts as the results have them, the rest as it is.

    Raises:
        ValueError: the page has no place for one of them.
    """
    for name, text in made(results).items():
        place = re.compile(rf"(<!-- made: {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page, found = place.subn(lambda match, text=text: f"{match[1]}\n{text}\n{match[2]}", page)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"the page has {found} places for {name!r}, <!-- made: {name} --> to <!-- end -->; it needs one")
    return page


def report(results: Results) -> str:
    """Everything that is known, for a terminal."""
    parts = []
    for name, text in made(results).items():
        if text.count("\n") > 1 or name in ("conditions", "lost", "lost by pure"):
            parts.append(f"{HEADINGS[name]}\n\n{text}\n")
    return "\n".join(parts)


HEADINGS = {
    "conditions": "Measured on",
    "ratios": "Time of the others in times of ours",
    "lost": "Where somebody is faster than the compiled nodes",
    "lost by pure": "Where somebody is faster than the nodes in Python",
    "having": "Bytes and imports",
    "operations": "One operation",
    "transforms": "Second derivatives and forward mode, in gradients",
    "figures": "Medians, with half of the distance between the quartiles",
}
