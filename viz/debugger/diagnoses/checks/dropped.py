"""Diagnoses of dropout, which leaves units out at random in training, and none where the trained model is used.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Nothing of an evaluation is
recorded: the source says whether it leaves units out, and the recorded passes say by which numbers they were multiplied.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .... import style
from ..evidence.evaluation import models
from ..evidence.found import Certainty, Found
from ..evidence.passes import Pass, is_product
from ..evidence.script import Script, last_name, names_in
from ..evidence.thresholds import LONG, SAMPLES
from ..evidence.training import Training

_SWITCH = re.compile(r"train|drop|eval", re.IGNORECASE)
_DRAWN = {"random", "choice", "choices", "uniform", "binomialvariate", "sample"}


class Draw(NamedTuple):
    """A place of the model that leaves units out at random.

    Attributes:
        node: what is 0 or something else by chance.
        test: the condition with the random number.
        switch: the name that turns it on and off, '' if there is none.
    """

    node: ast.AST
    test: ast.Compare
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
    averaged = any(map(_counts_only, script.rounds(used)))
    yield Found(
        script.source(at or used)._replace(line=used.lineno),
        f"units are left out at random in line {line}, and {by}: here, where the model is used, they are left out as well",
        "turn it off where the model is used: net.training = False",
        {"line": float(line)},
        certainty=Certainty.HINT if averaged else None,  # the mean over many masks is a method of its own
    )


def not_scaled(training: Training) -> Iterator[Found]:
    """Units that are left out at random in training and kept in use, where nothing makes up for it."""
    script = training.script
    if len(training.steps) < LONG or not training.updated or script.loop is None:
        return
    for d in _draws(script):
        function = script.function(getattr(d.node, "lineno", 0))
        if not d.switch or not _turned(script, d.switch) or _is_scaled(script, d):
            continue
        p = training.ends[-1]
        lines = range(getattr(function, "lineno", 0), getattr(function, "end_lineno", 0) + 1)
        masked = [i for i in p.interior if _is_masked(p, i) and (line := p.line(i)) and line[1] in lines]
        factors = [x for i in masked for x in p.operands_of(i) if isinstance(x, float)]
        if len(factors) >= SAMPLES and set(factors) == {0.0, 1.0}:
            share = factors.count(1.0) / len(factors)
            percent, times = style.number(round(100 * share)), style.number(round(1 / share, 1))
            yield Found(
                script.source(script.statement(d.node) or d.node)._replace(line=d.test.lineno),
                f"{percent} % of {style.counted(len(factors), 'unit')} are kept here, the others are 0; where {d.switch} turns "
                f"this off all are kept, and their sum is {times} times as large as the one that was trained",
                "divide what is kept by the share that is kept, in training",
                {"kept": share, "units": float(len(factors))},
                tuple(p.nodes.name(i) for i in masked[:1]),
            )
            return


def _is_masked(p: Pass, i: int) -> bool:
    """True for the product of something computed and a number."""
    parents = p.parents[i]
    return is_product(p.rows[i]) and len(parents) == 1 and len(p.shape.operands[i]) == 2 and bool(p.parents[parents[0]])


def _is_scaled(script: Script, draw: Draw) -> bool:
    """True if a line multiplies or divides by the share that is kept, or left out."""
    sides = [draw.test.left, *draw.test.comparators]
    shares = {ast.unparse(side) for side in sides if not any(isinstance(n, ast.Call) for n in ast.walk(side))}
    numbers = {float(side.value) for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, (int, float))}
    forms = {form for share in shares for form in (share, f"1 - {share}", f"1.0 - {share}")}
    for x in (x for x in numbers if 0.0 < x < 1.0):
        forms |= {repr(form) for form in (1 - x, 1 / x, 1 / (1 - x), round(1 / x), round(1 / (1 - x)))}
    return any(
        ast.unparse(operand) in forms
        for n in script.module
        if isinstance(n, (ast.BinOp, ast.AugAssign)) and isinstance(n.op, (ast.Mult, ast.Div))
        for operand in ((n.left, n.right) if isinstance(n, ast.BinOp) else (n.value,))
    )


def _draws(script: Script) -> Iterator[Draw]:
    """The places in functions of the model where a random number decides if a unit is 0."""
    for n in script.inside:
        function = script.function(getattr(n, "lineno", 0))
        if not isinstance(function, ast.FunctionDef):
            continue
        if isinstance(n, ast.IfExp) and isinstance(n.test, ast.Compare):
            test = n.test if _is_nothing(n.body) or _is_nothing(n.orelse) else None
        else:
            test = next((o for o in _factors(n) if isinstance(o, ast.Compare)), None)
        if test is not None and _compares_a_draw(test):
            tests = [a.test for a in script.around(n) if isinstance(a, (ast.If, ast.IfExp)) and a is not n]
            yield Draw(n, test, next(filter(None, map(_switch, tests)), ""))


def _factors(node: ast.AST) -> list[ast.expr]:
    """The factors of a product, float() and int() around them left out: h * float(u < keep)."""
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return []
    return [
        x.args[0] if isinstance(x, ast.Call) and last_name(x.func) in ("float", "int") and x.args else x
        for x in (node.left, node.right)
    ]


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


def _counts_only(loop: ast.For | ast.comprehension) -> bool:
    """True for a loop whose counter nobody asks for: for _ in range(50)."""
    return names_in(loop.target) == {"_"} and "range" in names_in(loop.iter)
