"""Diagnoses of evaluations: of the samples that a trained model is judged by, and of dropout that is still on.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. An evaluation calls no
`backward()`, and nothing of it is recorded. But the program says which lists the model is given, and these are in sight at the
end.
"""

import ast
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .... import style
from ..evidence.evaluation import evaluations, has_own, lists_of, models, trained_lists
from ..evidence.found import Certainty, Found
from ..evidence.samples import all_samples
from ..evidence.script import Script, last_name, names_in
from ..evidence.sight import Entry
from ..evidence.thresholds import ENOUGH, LONG, SAMPLES, STEPS
from ..evidence.training import Training

_HELD = re.compile(r"test|val|held|hold|unseen|fresh|later|new", re.IGNORECASE)
_EXACT = 1e-9  # a mean, or a deviation, of 0 or 1 that nothing but scaling makes
_SHARE = 0.1  # of the samples of a test that are trained on
_OUTSIDE = 3.0  # times the range of what was trained on
_SWITCH = re.compile(r"train|drop|eval", re.IGNORECASE)
_DRAWN = {"random", "choice", "choices", "uniform", "binomialvariate", "sample"}


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
                training.script.source(made[-1] if made else e.call),
                f"{_scaled_in_words(scaling)} in {e.name} as in {twin}, exactly: each was scaled by its own statistics, and "
                "the same number means something else in them",
                f"keep the statistics of what is trained on, and scale {e.name} by these",
                {"entries": float(len(lists[e.name])), "columns": float(sum(map(bool, scaling)))},
            )
            return


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
    present = {x for order in all_samples(training) for s in order for x in (*s.given, *s.targets)}
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
                training.script.source(made[-1] if made else e.call),
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
    lists, inputs = lists_of(training), {x for order in all_samples(training) for s in order for x in s.given}
    trained = {name: lists[name] for name in trained_lists(training)}
    for e in evaluations(training):
        rows = lists.get(e.name, ())
        if not e.plain or len(rows) < SAMPLES or e.name in trained:
            continue
        for other, known in trained.items():
            if len(rows[0]) == len(known[0]) and (far := _farthest(rows, known, inputs)):
                made = training.script.assigned(e.name)
                after = [n for n in made if n.lineno > max((a.lineno for a in training.script.assigned(other)), default=0)]
                k, here, there = far
                yield Found(
                    training.script.source(after[-1] if after else e.call),
                    f"number {k} of an entry is {_range(here)} in {e.name}, which the model is given here, and "
                    f"{_range(there)} in {other}, which it was trained on",
                    f"scale {e.name} as {other} was scaled, by the same statistics",
                    {"entries": float(len(rows)), "column": float(k)},
                )
                return


def _farthest(rows: Sequence[Entry], known: Sequence[Entry], inputs: set[float]) -> tuple[int, Entry, Entry] | None:
    """The first column of inputs of some rows that lies far outside of that of the others, its number and both columns."""
    for k, (here, there) in enumerate(zip(zip(*rows, strict=False), zip(*known, strict=False), strict=False)):
        size = max(there) - min(there)
        low, high = min(there) - _OUTSIDE * size, max(there) + _OUTSIDE * size
        is_input = 2 * sum(x in inputs for x in there) > len(there)  # a target may have its own scale
        if is_input and size > 0.0 and not low <= statistics.median(here) <= high:
            return k, here, there
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


# --- what is on in training only ---------------------------------------------------------------------------------------


class Draw(NamedTuple):
    """A place of the model that leaves units out at random.

    Attributes:
        node: the condition with the random number.
        switch: the name that turns it on and off, '' if there is none.
    """

    node: ast.AST
    switch: str


def still_on(training: Training) -> Iterator[Found]:
    """Dropout that is on in an evaluation as it is in training: nothing turns it off."""
    script = training.script
    if len(training.steps) < LONG or not training.updated or script.loop is None:
        return
    drawn = [d for d in _draws(script) if not _turned(script, d.switch)]
    used = next((n for n in _afterwards(script)), None) if drawn else None
    if used is None:
        return
    d, at = drawn[0], script.statement(used)
    line = getattr(d.node, "lineno", 0)
    by = f"nothing turns {d.switch} off" if d.switch else "there is nothing that turns it off"
    averaged = any(isinstance(n, (ast.For, ast.comprehension)) and _counts_only(n) for n in _loops(script, used))
    yield Found(
        script.source(at or used)._replace(line=used.lineno),
        f"units are left out at random in line {line}, and {by}: here, where the model is used, they are left out as well",
        "turn it off where the model is used: net.training = False",
        {"line": float(line)},
        certainty=Certainty.HINT if averaged else None,  # the mean over many masks is a method of its own
    )


def _draws(script: Script) -> Iterator[Draw]:
    """The places in functions of the model where a random number decides if a unit is 0."""
    for n in script.inside:
        branches = [n.body, n.orelse] if isinstance(n, ast.IfExp) else []
        if not any(_is_nothing(b) for b in branches) or not isinstance(n, ast.IfExp) or not _compares_a_draw(n.test):
            continue
        function = script.function(n.lineno)
        if isinstance(function, ast.FunctionDef):
            tests = [a.test for a in script.around(n) if isinstance(a, (ast.If, ast.IfExp)) and a is not n]
            names = [_switch(t) for t in tests]
            yield Draw(n, next(filter(None, names), ""))


def _is_nothing(node: ast.AST) -> bool:
    """True for 0.0 and for a * 0.0."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _is_nothing(node.left) or _is_nothing(node.right)
    return isinstance(node, ast.Constant) and node.value == 0 and not isinstance(node.value, bool)


def _compares_a_draw(test: ast.AST) -> bool:
    names = {last_name(n.func) for n in ast.walk(test) if isinstance(n, ast.Call)}
    return isinstance(test, ast.Compare) and bool(names & _DRAWN)


def _switch(test: ast.AST) -> str:
    """The name in a condition that says if this is training: an attribute, or an argument; '' for another condition."""
    names = [n.attr for n in ast.walk(test) if isinstance(n, ast.Attribute)]
    names += [n.id for n in ast.walk(test) if isinstance(n, ast.Name) and n.id != "self"]
    return names[0] if len(names) == 1 else next((name for name in names if _SWITCH.search(name)), "")


def _turned(script: Script, switch: str) -> bool:
    """True if a program gives a switch several values: assigned, handed over, or by a function made for it."""
    if not switch:
        return False
    given: list[str] = []
    for n in script.module:
        if isinstance(n, (ast.Assign, ast.AnnAssign)) and n.value is not None:
            for t in n.targets if isinstance(n, ast.Assign) else [n.target]:
                pairs: Iterable[tuple[ast.expr, ast.expr]] = [(t, n.value)]
                if isinstance(t, ast.Tuple) and isinstance(n.value, ast.Tuple):
                    pairs = zip(t.elts, n.value.elts, strict=False)
                given += [ast.unparse(v) for x, v in pairs if last_name(x) == switch]
        elif isinstance(n, ast.keyword) and n.arg == switch:
            given.append(ast.unparse(n.value))
        elif isinstance(n, ast.FunctionDef):
            given += _defaults(script, n, switch)
        elif isinstance(n, ast.Call) and last_name(n.func) == "setattr":
            return True
    return len(set(given)) != 1


def _defaults(script: Script, function: ast.FunctionDef, switch: str) -> list[str]:
    """The values that an argument of this name has: the default, and what is handed over by place."""
    names = [a.arg for a in function.args.args]
    if switch not in names:
        return []
    place = names.index(switch)
    at = place - len(names) + len(function.args.defaults)
    values = [ast.unparse(function.args.defaults[at])] if at >= 0 else []
    place -= names[:1] == ["self"]
    own = {function.name, *(models(script) if function.name.startswith("__") else ())}
    calls = [n for n in script.module if isinstance(n, ast.Call) and last_name(n.func) in own]
    return values + [ast.unparse(n.args[place]) for n in calls if len(n.args) > place]


def _afterwards(script: Script) -> Iterator[ast.Call]:
    """The calls of the model after the loop that trains it, at which no gradient is asked for."""
    end = getattr(script.loop, "end_lineno", 0)
    known = {name for name in models(script) if _has_a_draw(script, name)}
    for n in sorted((n for n in script.module if isinstance(n, ast.Call)), key=lambda n: (n.lineno, n.col_offset)):
        if n.lineno > end and n.args and not script.runs(n) and last_name(n.func) in known:
            yield n


def _has_a_draw(script: Script, name: str) -> bool:
    """True if a name is that of a function, or of an object whose class has one, in which units are left out."""
    holders = {f for d in _draws(script) for f in script.around(d.node) if isinstance(f, (ast.FunctionDef, ast.ClassDef))}
    made = [n.value for n in script.assigned(name) if isinstance(n, ast.Assign)]
    names = {name, *(last_name(v.func) for v in made if isinstance(v, ast.Call))}
    return any(f.name in names for f in holders)


def _loops(script: Script, call: ast.AST) -> Iterator[ast.AST]:
    for n in script.around(call):
        yield n
        yield from getattr(n, "generators", [])


def _counts_only(loop: ast.For | ast.comprehension) -> bool:
    """True for a loop whose counter nobody asks for: for _ in range(50)."""
    return names_in(loop.target) == {"_"} and "range" in names_in(loop.iter)
