"""The diagnosis of a quantile that is sought from the wrong side: 10 % of the targets below the output, where 90 % were meant.

The cost of a quantile weighs errors of one sign by tau and those of the other by 1 - tau (Koenker and Bassett, Regression
quantiles, 1978). Its recorded graph says which share it looks for, and a name of the program says which one was meant.
"""

import ast
import math
import re
from collections.abc import Iterator

from .... import style
from ..evidence.found import Found
from ..evidence.passes import Pass, is_difference, is_product
from ..evidence.script import Script
from ..evidence.thresholds import SAMPLES
from ..evidence.training import Training

_NAMED = re.compile(r"(tau|q|quantile|percentile|share|level)s?(_.*)?|.*_(tau|q|quantile|percentile)", re.IGNORECASE)


def other_side(training: Training) -> Iterator[Found]:
    """A cost of quantiles that weighs what is above the output as it should weigh what is below, and the other way round."""
    p = training.sound[-1] if training.sound else None
    if p is None or not training.updated or (found := _share(training, p)) is None:
        return
    share, i = found
    named = _named(training.script)
    meant = next((name for name, x in named.items() if math.isclose(x, 1.0 - share, rel_tol=1e-9)), "")
    if not meant or any(math.isclose(x, share, rel_tol=1e-9) for x in named.values()):
        return
    percent = style.number(round(100 * share, 3))
    yield Found(
        p.source(i),
        f"the cost is least where {percent} % of the targets lie below the output, and {meant} is "
        f"{style.number(named[meant])}: a target above the output costs {style.number(share)} for each unit, one below it "
        f"{style.number(1.0 - share)}",
        f"weigh target - output by {meant} where it is positive, and by {meant} - 1 where it is negative",
        {"share": share, "meant": named[meant]},
        (p.nodes.name(i),),
    )


def _share(training: Training, p: Pass) -> tuple[float, int] | None:
    """The share of targets below the output that a cost looks for, and a node that weighs one of the differences."""
    slopes: dict[bool, set[float]] = {True: set(), False: set()}
    errors = 0
    for i in p.interior:
        operands = p.shape.operands[i]
        given = [o < 0 or not (p.parents[o] or p.key_of.get(o) in training.updated) for o in operands]
        if is_difference(p.rows[i]) and p.nodes.data[i] and p.upstream[i] and sum(given) == 1:
            slopes[(p.nodes.data[i] > 0.0) == given[0]].add(float(f"{abs(p.upstream[i]):.12g}"))
            errors, last = errors + 1, i
    if errors < 2 * SAMPLES or not all(len(s) == 1 for s in slopes.values()):
        return None
    (above,), (below,) = slopes[True], slopes[False]
    if not 0.0 < above != below > 0.0:
        return None
    return above / (above + below), next((user for user in p.users[last] if is_product(p.rows[user])), last)


def _named(script: Script) -> dict[str, float]:
    """The numbers that have a name of a quantile, as a variable or as an argument."""
    found: dict[str, float] = {}
    for n in script.module:
        pairs: list[tuple[str, ast.AST | None]] = []
        if isinstance(n, ast.Assign):
            pairs = [(t.id, n.value) for t in n.targets if isinstance(t, ast.Name)]
        elif isinstance(n, ast.keyword) and n.arg:
            pairs = [(n.arg, n.value)]
        elif isinstance(n, ast.FunctionDef):
            pairs = _arguments(script, n)
        for name, value in pairs:
            if isinstance(value, ast.Constant) and isinstance(value.value, float) and _NAMED.fullmatch(name):
                found.setdefault(name, value.value)
    return found


def _arguments(script: Script, function: ast.FunctionDef) -> list[tuple[str, ast.AST | None]]:
    """The arguments of a function with what they are called with, and with their defaults."""
    names = [a.arg for a in function.args.args]
    defaults = list(zip(names[::-1], function.args.defaults[::-1], strict=False))
    calls = [
        n for n in script.module if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == function.name
    ]
    return [*defaults, *((name, x) for call in calls for name, x in zip(names, call.args, strict=False))]
