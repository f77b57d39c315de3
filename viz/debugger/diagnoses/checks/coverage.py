"""Diagnoses of samples that never reach a pass: lists that are used in part, random numbers that are always the same.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. The lists are those in sight of
the first `backward()` (sight.py). An entry has been used if one of the numbers that no other entry has went into a pass. A
part that is held out for a test is no fault: then another line of the program takes a piece of the same list.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd import Source

from .... import style
from ..evidence.flags import flags_as_indices
from ..evidence.found import Certainty, Found
from ..evidence.samples import Sample, all_samples, different, numbers_given
from ..evidence.script import Script, Use, last_name, names_in
from ..evidence.sight import Entry
from ..evidence.thresholds import ENOUGH, MOSTLY, SAMPLES
from ..evidence.training import Training

_LEAST = SAMPLES + 1  # entries of a list of samples
_OFTEN = 3  # times as many samples as there are entries: drawn at random, one in twenty would be left out
_UNUSED = 0.2  # of the entries
_SCALE = 50  # a divisor that brings numbers to a scale; smaller ones put them into classes, as an hour in halves of a day
_READ = 0.2  # microseconds that a leaf takes
_SEEDS = {"seed", "Random", "default_rng", "RandomState", "manual_seed"}
_DRAWS = {
    "random", "gauss", "uniform", "normal", "normalvariate", "choice", "choices", "sample", "shuffle", "randrange", "randint",
    "standard_normal", "integers", "permutation", "binomial", "betavariate", "expovariate",
}  # fmt: skip


# --- samples that are in no pass ---------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A list of which only a part is used: the entries that are, and those that are not."""

    name: str
    used: tuple[int, ...]
    unused: tuple[int, ...]


def never_used(training: Training) -> Iterator[Found]:
    """Entries of a list of samples that are in no pass, in passes enough for all; or that flags, as indices, never choose."""
    passes, script = training.passes, training.script
    if len(training.steps) < ENOUGH or not training.updated or training.changes_inputs or script.loop is None:
        return
    if passes[-1].number - passes[0].number + 1 != len(passes):
        return  # not all of them have been kept
    sight = training.sight
    for slip in flags_as_indices(script, {**sight.lists, **sight.parts}):
        yield Found(slip.source, slip.what, slip.remedy)
        return
    present = _numbers(training)
    lists = {name: told for name, entries in training.sight.lists.items() if (told := _told(entries, present))}
    if not lists:
        return
    samples = [sample for order in all_samples(training) for sample in order]
    seen = Counter(x for s in samples for x in {*s.given, *s.targets})
    inputs = len({s.given for s in different(samples)})
    for name, told in lists.items():
        entries, part = training.sight.lists[name], _part(name, told, seen, present)
        if part is None or not len(part.used) / 2 <= inputs <= 2 * len(part.used):
            continue  # a table in which many samples look something up
        uses = [use for use in script.uses(name) if not _is_length(use)]
        if not uses or _held_out(script, name, uses):
            continue
        blamed = script.source(_to_blame(script, uses[0]))
        shown = ", ".join(map(style.number, entries[part.unused[0]][:3]))
        yield Found(
            blamed,
            f"{len(part.unused)} of the {len(entries)} entries of {name} are in no pass, the first of them {shown}; in "
            f"{len(passes)} passes {'the other' if len(part.used) == 1 else f'the other {len(part.used)}'} came "
            f"{style.counted(len(samples), 'time')}",
            "look at the index, the bounds or the list that ends first; a part for a test is best a list of its own",
            {"entries": float(len(entries)), "unused": float(len(part.unused)), "passes": float(len(passes))},
        )
        return


def _numbers(training: Training) -> set[float]:
    """All numbers that went into a pass, besides trained parameters."""
    found, done = set[float](), set[int]()
    for p in training.passes:
        if id(p.nodes.constants) not in done:
            done.add(id(p.nodes.constants))
            found.update(p.nodes.constants)
        found.update(p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.trained)
    training.budget.left -= _READ * sum(len(p.leaves) for p in training.passes)
    return found


def _told(entries: Sequence[Entry], present: set[float]) -> dict[int, set[float]]:
    """The numbers of each entry that no other one has; {} for no list of samples, and for one that is used as a whole."""
    times = Counter(x for entry in entries for x in set(entry))
    own = {k: {x for x in entry if times[x] == 1 and not x.is_integer()} for k, entry in enumerate(entries)}
    told = {k: numbers for k, numbers in own.items() if numbers}
    unused = sum(not numbers & present for numbers in told.values())
    few = len(entries) < _LEAST or len(told) < MOSTLY * len(entries)
    return {} if few or unused < max(SAMPLES - 1, _UNUSED * len(entries)) else told


def _part(name: str, told: dict[int, set[float]], seen: Counter[float], present: set[float]) -> _Part | None:
    """The used and the unused entries of a list; None if it is hardly used."""
    uses = {k: max(seen[x] for x in numbers) for k, numbers in told.items()}
    used, unused = [k for k in uses if uses[k]], [k for k, numbers in told.items() if not numbers & present]
    if not used or sum(uses.values()) < _OFTEN * len(told):
        return None
    return _Part(name, tuple(used), tuple(unused))


def _is_length(use: Use) -> bool:
    """True for len(name), which uses no entry."""
    call = use.around[0] if use.around else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "len"


def _held_out(script: Script, name: str, uses: Sequence[Use]) -> bool:
    """True if a program takes pieces of a list in several ways, or chooses among its entries: it knows what it leaves out."""
    if any(_piece(use) for use in script.uses(name, inside=False)):
        return True
    if any((piece := _piece(use)) and _is_given(use, names_in(piece.slice)) for use in uses):
        return True
    ends = {ast.unparse(s.upper) for use in uses if isinstance(s := getattr(_piece(use), "slice", None), ast.Slice) and s.upper}
    others = [n.slice for n in script.module if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Slice)]
    if any(s.lower and not s.upper and ast.unparse(s.lower) in ends for s in others):
        return True  # a list beside it gives its end to a test
    pieces = {ast.unparse(piece.slice) for use in uses if (piece := _piece(use)) and isinstance(piece.slice, ast.Slice)}
    return len(pieces) > 1 or any(_chooses(n) for use in uses for n in use.around[:6])


def _is_given(use: Use, names: set[str]) -> bool:
    """True if an index comes from a list of its own, and not from counting."""
    for n in use.around:
        loops = [n] if isinstance(n, (ast.For, ast.comprehension)) else getattr(n, "generators", [])
        for loop in loops:
            if names & names_in(loop.target) and not names_in(loop.iter) & {"range", "enumerate"}:
                return True
    return False


def _piece(use: Use) -> ast.Subscript | None:
    """The piece or the entry that is taken of a name."""
    node = use.around[0] if use.around else None
    return node if isinstance(node, ast.Subscript) and node.value is use.node else None


def _chooses(node: ast.AST) -> bool:
    """True for a loop that leaves entries out by a condition."""
    if isinstance(node, ast.comprehension):
        return bool(node.ifs)
    return isinstance(node, ast.For) and any(isinstance(n, (ast.Continue, ast.Break)) for n in ast.walk(node))


def _to_blame(script: Script, use: Use) -> ast.AST:
    """The statement that decides which entries of a list are taken."""
    if (piece := _piece(use)) is not None:
        if _overlaps(script, use, piece):
            return script.statement(piece) or piece
        return _decided(script, names_in(piece.slice), use) or script.statement(piece) or piece
    for node in use.around:
        if isinstance(node, ast.For):
            return next((n for n in node.body if isinstance(n, (ast.Return, ast.Break))), node)  # it ends in its first round
        if isinstance(node, ast.stmt):
            return node
    return use.node


def _overlaps(script: Script, use: Use, piece: ast.Subscript) -> bool:
    """True for xs[k : k + size] where k counts the pieces: 0, 1, 2, ... instead of 0, size, 2 size, ..."""
    if not isinstance(piece.slice, ast.Slice) or not isinstance(piece.slice.lower, ast.Name) or piece.slice.upper is None:
        return False
    name = piece.slice.lower.id
    loops = (n for n in use.around if isinstance(n, ast.For) and name in names_in(n.target))
    counts = next((n.iter for n in loops), None)
    by_one = isinstance(counts, ast.Call) and names_in(counts.func) <= {"range", "enumerate"} and len(counts.args) < 3
    return by_one and name in names_in(piece.slice.upper) and not script.assigned(name)


def _decided(script: Script, names: set[str], use: Use, deep: int = 3) -> ast.AST | None:
    """The statement that gives an index or a bound its number: in the loop, if there is one, else before it."""
    for name in sorted(names):
        given = script.assigned(name)
        if given:
            return next((n for n in given if script.runs(n) and not isinstance(n, ast.AugAssign)), given[-1])
        loop = next((n for n in use.around if isinstance(n, ast.For) and name in names_in(n.target)), None)
        if loop is not None and deep:
            return _decided(script, names_in(loop.iter) - {"range", "len"}, use, deep - 1) or loop
    return None


# --- random numbers ----------------------------------------------------------------------------------------------------


def seeded_anew(training: Training) -> Iterator[Found]:
    """A generator of random numbers that is seeded in every step: the numbers drawn are always the same."""
    script, passes = training.script, training.sound
    if len(passes) < ENOUGH or script.loop is None or not training.updated or not same_numbers(training):
        return
    seeds = [n for n in script.inside if isinstance(n, ast.Call) and last_name(n.func) in _SEEDS and _is_fixed(script, n)]
    here = script.calls[0].line
    drawn = [n for n in script.inside if isinstance(n, ast.Call) and last_name(n.func) in _DRAWS]
    drawn = [n for n in drawn if n.lineno < here or script.function(n.lineno) is not script.function(here)]
    innermost = script.loops(here)[-1:]
    for n in seeds:
        in_a_function = script.function(n.lineno) is not script.function(here)
        if drawn and (in_a_function or any(loop in innermost for loop in script.around(n))):
            samples = all_samples(training)[0]
            yield Found(
                script.source(script.statement(n) or n),
                f"the generator of random numbers is seeded in every step: all {len(passes)} passes have the same numbers",
                "make the generator once, before the loop, and draw from it in every step",
                {"passes": float(len(passes))},
                # A fixed sample of some size stands for the expectation: that is a method of its own.
                certainty=Certainty.HINT if len(samples) >= 4 * SAMPLES else None,
            )
            return


def same_numbers(training: Training) -> bool:
    """True if all passes have the same graph and the same numbers, but for the trained parameters."""
    p, *others = training.sound
    given = [i for i in p.leaves if p.key_of.get(i) not in training.trained]
    return all(
        q.shape is p.shape
        and (q.nodes.constants is p.nodes.constants or q.nodes.constants == p.nodes.constants)
        and all(q.nodes.data[i] == p.nodes.data[i] for i in given)
        for q in others
    )


def _is_fixed(script: Script, call: ast.Call) -> bool:
    """True if a seed is the same in every step."""
    return bool(call.args) and not any(
        script.runs(n) for a in call.args for name in names_in(a) for n in (*script.assigned(name), *_targets(script, name))
    )


def _targets(script: Script, name: str) -> Iterator[ast.AST]:
    """The loops that give a name another value in every round, and the functions that take it as an argument."""
    for n in script.module:
        given = isinstance(n, ast.arg) and n.arg == name
        if given or (isinstance(n, (ast.For, ast.comprehension)) and name in names_in(n.target)):
            yield n


# --- lists that say nothing --------------------------------------------------------------------------------------------


def rounded_away(training: Training) -> Iterator[Found]:
    """Inputs or targets that a division without remainder has made all the same."""
    script = training.script
    if len(training.sound) < ENOUGH or not training.trained or training.changes_inputs or not script.module:
        return
    samples = [sample for order in all_samples(training) for sample in order]
    yield from _rounded_to_two(training, samples)
    kinds = (("inputs", {s.given for s in different(samples)}), ("targets", {s.targets for s in samples}))
    for what, numbers in kinds:
        if len(samples) < SAMPLES or len(numbers) != 1 or not any(numbers) or (what == "targets" and samples[0].is_labelled):
            continue
        (same,) = numbers
        statement = _rounding(training, script, samples[0].of.source(len(samples[0].of.nodes) - 1))
        if statement is not None:
            yield Found(
                script.source(statement),
                f"// leaves no more than {', '.join(map(style.number, same[:4]))} of the {what} of all samples",
                "/ divides and keeps the digits",
                {"samples": float(len(samples))},
            )
            return


def _rounded_to_two(training: Training, samples: Sequence[Sample]) -> Iterator[Found]:
    """Inputs of which a division without remainder has left 0 and 1."""
    script = training.script
    if len(samples) < 4 * SAMPLES or not numbers_given(training) <= {0.0, 1.0}:
        return
    numbers = [{x for row in rows for x in row} for rows in training.sight.lists.values()]
    for n in script.module:
        divisor = n.right.value if isinstance(n, ast.BinOp) and isinstance(n.right, ast.Constant) else None
        if not isinstance(n, ast.BinOp) or not isinstance(n.op, ast.FloorDiv) or not isinstance(divisor, (int, float)):
            continue
        scaled = max((len(xs) for xs in numbers if {x // divisor for x in xs} == {0.0, 1.0}), default=0)
        if divisor < _SCALE or scaled < 4 * SAMPLES or any(isinstance(a, (ast.Slice, ast.Subscript)) for a in script.around(n)):
            continue
        yield Found(
            script.source(script.statement(n) or n),
            f"// {style.number(divisor)} leaves 0 and 1 of {scaled} different numbers, and all inputs are one of the two",
            "/ divides and keeps the digits",
            {"numbers": float(scaled), "samples": float(len(samples))},
            certainty=Certainty.LIKELY,
        )
        return


def _rounding(training: Training, script: Script, cost: Source | None) -> ast.stmt | None:
    """The statement with a // that makes a list whose entries are all the same, or that makes the cost."""
    lists = {name for name, rows in training.sight.lists.items() if len(rows) >= SAMPLES and len(set(rows)) == 1}
    for n in script.module:
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.FloorDiv):
            statement = script.statement(n)
            names = names_in(ast.Tuple(statement.targets)) if isinstance(statement, ast.Assign) else set()
            here = statement is not None and cost is not None and statement.lineno <= cost.line <= (statement.end_lineno or 0)
            if statement is not None and (names & lists or (here and script.runs(n))):
                return statement
    return None
