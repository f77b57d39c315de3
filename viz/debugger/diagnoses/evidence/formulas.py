"""Slips in formulas that everybody writes: parentheses, the deviation of a normal sample, the indices of a window.

Each rule is given the `Script` (script.py) and yields slips as those of reading.py are.
"""

import ast
import re
from collections.abc import Iterator

from autograd import TABLE

from .outputs import EXP
from .reading import Slip
from .script import Script, last_name, names_in, names_read

_ROOT, _SQUARE = TABLE["sqrt"], TABLE["square"]
_LOG_VARIANCE = re.compile(r".*log_?(var|variance|sigma_?2|sigma_?sq|s2)s?|lv", re.IGNORECASE)
_NOISE = re.compile(r"eps|epsilon|noise|xi|gauss|normal|normalvariate|randn", re.IGNORECASE)


def without_parentheses(script: Script) -> Iterator[Slip]:
    """A density of Gauss whose denominator has lost its parentheses: d**2 / 2 * s**2, and 1 / s * sqrt(2 * pi)."""
    for n in script.inside:
        quotient = n.left if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) else None
        if not isinstance(n, ast.BinOp) or not isinstance(quotient, ast.BinOp) or not isinstance(quotient.op, ast.Div):
            continue
        in_exp = any(isinstance(outer, ast.Call) and last_name(outer.func) == EXP.name for outer in script.around(n))
        two = isinstance(quotient.right, ast.Constant) and quotient.right.value == 2
        one = isinstance(quotient.left, ast.Constant) and quotient.left.value == 1
        exponent = in_exp and two and _is_square(quotient.left) and _is_square(n.right)
        if exponent or (
            one and isinstance(n.right, ast.Call) and last_name(n.right.func) == _ROOT.name and "pi" in _words(n.right)
        ):
            divided, by, times = (ast.unparse(x) for x in (quotient.left, quotient.right, n.right))
            yield Slip(
                script.at(n),
                f"{divided} / {by} * {times} divides by {by} and multiplies by {times}",
                f"{divided} / ({by} * {times})",
            )


def _is_square(node: ast.AST) -> bool:
    """True for x**2, -(x**2), square(x)."""
    if isinstance(node, ast.UnaryOp):
        return _is_square(node.operand)
    if isinstance(node, ast.Call):
        return last_name(node.func) == _SQUARE.name
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) in ("2", "2.0")


def _words(node: ast.AST) -> set[str]:
    return {last_name(n) for n in ast.walk(node)}


def variance_as_deviation(script: Script) -> Iterator[Slip]:
    """A normal sample that is drawn with its variance as the deviation: mean + exp(log_var) * noise."""
    for n in script.inside:
        if not isinstance(n, ast.BinOp) or not isinstance(n.op, ast.Mult):
            continue
        for spread, noise in ((n.left, n.right), (n.right, n.left)):
            if not isinstance(spread, ast.Call) or last_name(spread.func) != EXP.name or len(spread.args) != 1:
                continue
            log = spread.args[0]
            name = _gone_through(script, log.id, n) if isinstance(log, ast.Name) else _ends_in(log)
            drawn = last_name(noise.func) if isinstance(noise, ast.Call) else _ends_in(noise)
            if _LOG_VARIANCE.fullmatch(name) and _NOISE.fullmatch(drawn):
                yield Slip(
                    script.at(n),
                    f"{ast.unparse(spread)} is a variance, and what is drawn here gets it as its deviation",
                    f"exp(0.5 * {ast.unparse(log)})",
                    name,
                )


def _ends_in(node: ast.AST) -> str:
    """The name of a number that may stand in a list: log_var of self.log_var[k]."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return last_name(node)


def _gone_through(script: Script, name: str, node: ast.AST) -> str:
    """The list whose entries a name stands for: log_var for s in zip(mean, log_var); else the name itself."""
    for loop in script.rounds(node):
        if isinstance(loop.target, ast.Name) and loop.target.id == name:
            return _ends_in(loop.iter)
        if isinstance(loop.target, ast.Tuple) and isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "zip":
            for t, a in zip(loop.target.elts, loop.iter.args, strict=False):
                if isinstance(t, ast.Name) and t.id == name:
                    return _ends_in(a)
    return name


def index_of_another(script: Script) -> Iterator[Slip]:
    """A window whose second index has the counter of the first: kernel[i][j] * image[r + i][c + i]."""
    for n in script.inside:
        if not isinstance(n, ast.BinOp) or not isinstance(n.op, ast.Mult):
            continue
        for own, other, window in (
            (_two_indices(n.left), _two_indices(n.right), n.right),
            (_two_indices(n.right), _two_indices(n.left), n.left),
        ):
            if not own or not other or len(own[0]) != 1 or len(own[1]) != 1 or own[0] == own[1]:
                continue
            (i,), (j,) = own
            if i in other[0] and i in other[1] and j not in other[0] | other[1]:
                yield Slip(
                    script.at(n),
                    f"both indices of {ast.unparse(window)} have {i}, and none has {j}, which is counted beside it: it is read "
                    "along a diagonal",
                    f"{j} in the second index",
                    j,
                )


def _two_indices(node: ast.AST) -> tuple[set[str], ...]:
    """The names in the two indices of x[i][j]; () for anything else."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
        return names_read(node.value.slice), names_in(node.slice)
    return ()
