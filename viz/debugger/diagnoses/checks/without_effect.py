"""Diagnoses of what a cost has, and what has no effect: a penalty that is a number, a mask that is undone by an exponential.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import ast
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.found import Found
from ..evidence.outputs import CROSS_ENTROPY, EXP
from ..evidence.passes import Pass, is_difference, is_product, is_sum
from ..evidence.script import Script, names_in
from ..evidence.thresholds import LONG, SAMPLES
from ..evidence.training import Training

_NUMBERS = {"data", "number", "detach"}


# --- numbers in a cost ---------------------------------------------------------------------------------------------------


def numbers_added(training: Training) -> Iterator[Found]:
    """A part of the cost that is computed from the parameters as numbers: it is added, and has no gradient."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < LONG or not training.updated or training.script.loop is None:
        return
    alike = [q for q in training.sound if q.shape is p.shape]
    for i in sorted(p.linear, reverse=True):
        if not (is_sum(p.rows[i]) or is_difference(p.rows[i])) or len(alike) < LONG:
            continue
        for o in p.shape.operands[i]:
            if o >= 0 and not (o in p.leaves and p.key_of.get(o) not in training.trained):
                continue
            numbers = [q.nodes.data[o] if o >= 0 else q.nodes.constants[-1 - o] for q in alike]
            source = p.source(i)
            made = _made_of_numbers(training.script, source) if source and len(set(numbers)) > LONG // 2 else None
            if made is not None:
                yield Found(
                    training.script.source(made),
                    f"a part of the cost is a plain number, {style.number(numbers[0])} in the first pass and "
                    f"{style.number(numbers[-1])} in the last: it is computed from numbers of the parameters, and nothing "
                    "comes back through it",
                    "compute it from the parameters themselves: p, and not p.data",
                    {"first": numbers[0], "last": numbers[-1]},
                    (p.nodes.name(i),),
                )
                return


def _made_of_numbers(script: Script, source: Source) -> ast.AST | None:
    """The statement that makes a number of the numbers of parameters: that of a line, or of a name in it."""
    here = [n for n in script.inside if isinstance(n, ast.stmt) and n.lineno == source.line and not hasattr(n, "body")]
    for n in here:
        if _takes_numbers(n):
            return n
        for name in sorted(names_in(n)):
            for made in script.assigned(name):
                if script.runs(made) and made not in here and _takes_numbers(made):
                    return made
    return None


def _takes_numbers(statement: ast.AST) -> bool:
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Return) and isinstance(value, ast.Tuple):
        return False  # what is returned beside the cost is no part of it
    return any(isinstance(n, ast.Attribute) and n.attr in _NUMBERS and isinstance(n.ctx, ast.Load) for n in ast.walk(statement))


# --- masks before an exponential -----------------------------------------------------------------------------------------


def masked_by_zero(training: Training) -> Iterator[Found]:
    """Scores that a mask multiplies by 0 before a softmax: e to the 0 is 1, and they take part in it."""
    p = training.first
    if p is None or len(training.steps) < LONG:
        return
    seen: list[tuple[int, list[float]]] = []
    for i in p.interior:
        scores = p.parents[i] if p.rows[i] is CROSS_ENTROPY and len(p.parents[i]) > 1 else ()
        factors = [_factor(p, j) for j in scores]
        if scores and all(f in (0.0, 1.0) for f in factors):
            seen.append((i, [f for f in factors if f is not None]))
    seen = seen or _by_hand(p)
    zeros, ones = (sum(fs.count(x) for _, fs in seen) for x in (0.0, 1.0))
    if min(zeros, ones) >= SAMPLES and len({tuple(fs) for _, fs in seen}) > 1:
        i = next(i for i, fs in seen if 0.0 in fs)
        j = next(j for j in p.parents[i] if _factor(p, j) == 0.0)
        yield Found(
            p.source(j),
            f"{zeros} of {zeros + ones} scores are multiplied by 0 before a softmax, such as {p.written(j)}: their exponential "
            "is 1, and they have a share of it like all others",
            "a large negative number for what is left out: s if kept else -1e9",
            {"zeros": float(zeros), "ones": float(ones)},
            (p.nodes.name(j),),
        )


def _by_hand(p: Pass) -> list[tuple[int, list[float]]]:
    """The exponentials of masked scores, where they are not multiplied by the mask as well."""
    found = []
    for i in p.interior:
        f = _factor(p, p.parents[i][0]) if p.rows[i] is EXP else None
        if f in (0.0, 1.0) and any(is_sum(p.rows[user]) for user in p.users[i]):
            found.append((i, [f]))
    return found


def _factor(p: Pass, i: int) -> float | None:
    """The number that a computed score is multiplied by; None for another node."""
    numbers = [o for o in p.operands_of(i) if isinstance(o, float)]
    computed = len(p.parents[i]) == 1 and p.parents[p.parents[i][0]]
    return numbers[0] if is_product(p.rows[i]) and computed and len(numbers) == 1 else None
