"""Diagnoses of evaluations: of the samples that a trained model is judged by.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. An evaluation calls no
`backward()`, and nothing of it is recorded. But the program says which lists the model is given, and these are in sight at the
end.
"""

import ast
import itertools
import math
import re
import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .... import style
from ..evidence.evaluation import Evaluation, called, evaluations, has_own, lists_of, trained_lists
from ..evidence.found import Found
from ..evidence.samples import numbers_given, numbers_present
from ..evidence.script import names_in
from ..evidence.sight import Entry
from ..evidence.thresholds import ENOUGH, LONG, SAMPLES, STEPS
from ..evidence.training import Training

_HELD = re.compile(r"test|val|held|hold|unseen|fresh|later|new", re.IGNORECASE)
_EXACT = 1e-9  # a mean, or a deviation, of 0 or 1 that nothing but scaling makes
_SHARE = 0.1  # of the samples of a test that are trained on
_OUTSIDE = 3.0  # times the range of what was trained on
_SCALER = re.compile(r"standardi[sz]|normali[sz]|scal|statistic|stats|moments|min_?max|whiten|fit", re.IGNORECASE)

# --- the samples -------------------------------------------------------------------------------------------------------


def scaled_by_itself(training: Training) -> Iterator[Found]:
    """Samples of an evaluation that were scaled by their own statistics, and not by those of the samples trained on."""
    if len(training.steps) < LONG or not training.updated or not training.sight.calls:
        return
    lists = lists_of(training)
    trained = trained_lists(training)
    known = {name: scaling for name in trained if any(scaling := _scaling(lists[name]))}
    for e in evaluations(training):
        scaling = _scaling(lists[e.name]) if e.name in lists and e.name not in trained else ()
        twin = next((name for name, other in known.items() if other == scaling and lists[name] != lists[e.name]), None)
        if twin is not None:
            made = training.script.assigned(e.name)
            yield Found(
                training.script.source(made[-1] if made else e.at),
                f"{_scaled_in_words(scaling)} in {e.name} as in {twin}, exactly: each was scaled by its own statistics, and "
                "the same number means something else in them",
                f"keep the statistics of what is trained on, and scale {e.name} by these",
                {"entries": float(len(lists[e.name])), "columns": float(sum(map(bool, scaling)))},
            )
            return


def scaled_anew(training: Training) -> Iterator[Found]:
    """Statistics that are worked out again after training, from other samples, and scale what the model is given then."""
    script = training.script
    if len(training.steps) < LONG or not training.updated or not script.calls or training.is_phase:
        return
    begin = getattr(script.loop, "lineno", script.calls[-1].line)  # nn.fit(...) is a line without a loop
    end = getattr(script.loop, "end_lineno", begin)
    worked_out = [n for n in script.module if isinstance(n, ast.Call) and len(n.args) == 1 and isinstance(n.args[0], ast.Name)]
    before = {ast.unparse(n.func): n for n in worked_out if n.lineno < begin and _is_scaler(n)}
    for n in (n for n in worked_out if n.lineno > end and ast.unparse(n.func) in before):
        first, statement = before[ast.unparse(n.func)], script.statement(n)
        (mine,), (other,) = names_in(n.args[0]), names_in(first.args[0])
        given = {name for t in getattr(statement, "targets", ()) for name in names_in(t)}
        reads = [m for m in script.module if isinstance(m, ast.Name) and m.id in given and isinstance(m.ctx, ast.Load)]
        used = any(m.lineno > n.lineno or script.function(m.lineno) is not None for m in reads)
        if mine != other and used and mine not in trained_lists(training) and other in lists_of(training):
            yield Found(
                script.source(statement or n),
                f"{ast.unparse(n)} takes its statistics from {mine}; the model was trained on what those of {other} had "
                f"scaled, in line {first.lineno}: the same number means something else now",
                f"scale {mine} with what {ast.unparse(first)} has given",
                {"line": float(first.lineno)},
            )
            return


def _is_scaler(call: ast.Call) -> bool:
    """True for scale(xs), Standardisation.of(xs), scaler.fit(xs)."""
    return bool(_SCALER.search(ast.unparse(call.func)))


def _scaling(rows: Sequence[Entry]) -> tuple[str, ...]:
    """The scaling of each column: 'mean 0 and deviation 1', 'the range from 0 to 1', or ''."""
    if len(rows) < 2 * SAMPLES or len({len(row) for row in rows}) > 1:
        return ()
    return tuple(map(_scaled, zip(*rows, strict=True)))


def _scaled(column: Sequence[float]) -> str:
    if len(set(column)) < SAMPLES or not all(map(math.isfinite, column)):
        return ""
    if min(column) == 0.0 and math.isclose(max(column), 1.0, rel_tol=_EXACT):
        return "the range from 0 to 1"
    mean = math.fsum(column) / len(column)
    deviations = statistics.pstdev(column), statistics.stdev(column)
    exact = any(math.isclose(s, 1.0, rel_tol=_EXACT) for s in deviations)
    return "mean 0 and deviation 1" if abs(mean) < _EXACT and exact else ""


def _scaled_in_words(scaling: Sequence[str]) -> str:
    n = sum(map(bool, scaling))
    return f"{style.counted(n, 'column')} {'has' if n == 1 else 'have'} {next(filter(None, scaling))}"


def trained_on(training: Training) -> Iterator[Found]:
    """Samples of an evaluation that were trained on as well."""
    if len(training.steps) < ENOUGH or not training.updated or not training.sight.calls:
        return
    lists = lists_of(training)
    present = numbers_present(training)
    trained = trained_lists(training)
    for e in evaluations(training):
        name = e.name
        if not _HELD.search(name) or name not in lists:
            continue
        both = [row for row in lists[name] if len(row) > 1 and has_own(row, present)]
        others = [other for other in trained - {name} if set(both) <= set(lists[other])]
        if len(both) >= max(SAMPLES - 1, _SHARE * len(lists[name])) and others:
            made = training.script.assigned(name)
            yield Found(
                training.script.source(made[-1] if made else e.at),
                f"{len(both)} of the {len(lists[name])} entries of {name} are trained on, such as "
                f"{', '.join(map(style.number, both[0][:3]))}: they say nothing of samples that the model has not seen",
                "take the samples of a test out of those that are trained on",
                {"entries": float(len(lists[name])), "trained": float(len(both))},
            )
            return


def another_range(training: Training) -> Iterator[Found]:
    """Samples of an evaluation that lie far outside of all that was trained on: scaled otherwise, or not at all."""
    if len(training.steps) < ENOUGH or not training.updated or not training.sight.calls or training.changes_inputs:
        return
    lists, inputs = lists_of(training), numbers_given(training)
    trained = {name: lists[name] for name in trained_lists(training)}
    for e in evaluations(training):
        rows = lists.get(e.name, ())
        if not e.plain or len(rows) < SAMPLES or e.name in trained:
            continue
        for other, known in trained.items():
            if len(rows[0]) == len(known[0]) and (far := _farthest(rows, known, inputs)):
                made = training.script.assigned(e.name)
                after = [n for n in made if n.lineno > max((a.lineno for a in training.script.assigned(other)), default=0)]
                yield Found(
                    training.script.source(after[-1] if after else e.at),
                    f"the model is given {e.name} here, with {far.here}; it was trained on {other}, with {far.there}",
                    f"scale {e.name} as {other} was scaled, by the same statistics",
                    {"entries": float(len(rows)), "column": float(far.column)},
                )
                return
        if e.whole and (scaled := _scaled_in_training(training, e)) and (far := _farthest(rows, [], inputs)):
            of = ast.unparse(scaled.args[0])
            yield Found(
                training.script.source(e.at),
                f"the model is given the entries of {e.name} here as they are, with {far.here}; it was trained on {of} in line "
                f"{scaled.lineno}, with {far.there}",
                f"give it {of} of each entry of {e.name}",
                {"entries": float(len(rows)), "column": float(far.column)},
            )
            return


def _scaled_in_training(training: Training, e: Evaluation) -> ast.Call | None:
    """The call of the same model in training, with what a function makes of an entry: net(scaled(x)); None if there is none."""
    calls = [n for n in training.script.inside if isinstance(n, ast.Call) and n.args and called(n) == called(e.call)]
    return calls[0] if calls and all(isinstance(n.args[0], ast.Call) for n in calls) else None


class _Far(NamedTuple):
    """A column of some rows, and in words what stands in it here and there."""

    column: int
    here: str
    there: str


def _farthest(rows: Sequence[Entry], known: Sequence[Entry], inputs: set[float]) -> _Far | None:
    """The first column of inputs of some rows that lies far outside of that of the others.

    Without other rows each column is held beside all inputs.
    """
    columns = zip(*known, strict=False) if known else itertools.repeat(tuple(inputs))
    for k, (here, there) in enumerate(zip(zip(*rows, strict=False), columns, strict=False)):
        size = max(there) - min(there)
        low, high = min(there) - _OUTSIDE * size, max(there) + _OUTSIDE * size
        is_input = 2 * sum(x in inputs for x in there) > len(there)  # a target may have its own scale
        if is_input and size > 0.0 and not low <= statistics.median(here) <= high:
            place = f" at place {k} of an entry" if len(rows[0]) > 1 else ""
            return _Far(k, _range(here) + place, _range(there) + (" there" if place and known else ""))
    return None


def _range(column: Sequence[float]) -> str:
    return f"{style.number(min(column))} … {style.number(max(column))}"


def never_asked(training: Training) -> Iterator[Found]:
    """A cost of other samples that the loop computes and nothing reads, while it asks for the cost of training."""
    script = training.script
    if len(training.steps) < STEPS or not training.updated or script.loop is None:
        return
    read = {n.id for n in script.module if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    calls = {id(e.call) for e in evaluations(training) if e.name not in trained_lists(training)} | set(
        map(id, _with_others(training))
    )
    for n in (n for n in script.inside if isinstance(n, ast.Assign)):
        target = n.targets[0]
        if not isinstance(target, ast.Name) or target.id in read or not any(id(x) in calls for x in ast.walk(n)):
            continue
        asked = next((test for test in script.inside if isinstance(test, ast.If) and _asks_for_the_cost(test.test)), None)
        if asked is not None:
            yield Found(
                script.source(asked),
                f"this asks for the cost of training, which goes on falling; {target.id}, the cost of other samples, is "
                f"computed in line {n.lineno}, and no line reads it",
                f"ask for {target.id}",
            )
            return


def _with_others(training: Training) -> Iterator[ast.Call]:
    """The calls of a function with a list that is not trained on, but is in sight."""
    others = set(lists_of(training)) - trained_lists(training)
    for n in training.script.inside:
        if isinstance(n, ast.Call) and any(isinstance(a, ast.Name) and a.id in others for a in n.args):
            yield n


def _asks_for_the_cost(test: ast.AST) -> bool:
    """True for cost.data < best: the number of a Value beside a plain name."""
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
        return False
    numbers = [s for s in (test.left, *test.comparators) if isinstance(s, ast.Attribute) and s.attr in ("data", "number")]
    names = [s for s in (test.left, *test.comparators) if isinstance(s, ast.Name)]
    return len(numbers) == 1 and len(names) == 1
