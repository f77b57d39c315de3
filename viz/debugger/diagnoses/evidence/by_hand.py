"""Numbers of nodes made by hand, worked out again with another operand: what their rules should be the derivatives of.

    out = Value(math.tanh(x.data), (x,), "tanh")
    def back(): x.grad += (1 - out.data ** 2) * out.grad
    out._backward = back

The line that makes the node says how its number is computed, and when the rule is given to it all that it is computed from is
in sight. So the expression is evaluated again, with stand-ins that have another number for one parent. Only arithmetic is:
what draws a random number, prints or changes something is never run a second time, and an expression that cannot be read so,
or does not give the node's number, is left alone. A few nodes of each rule are enough.
"""

import ast
import builtins
import collections
import contextlib
import linecache
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple

from autograd import Source, Value

from .arithmetic import holds_values, is_arithmetic
from .differences import Measured, measured
from .script import names_read
from .statements import text_of, tree_of

_EACH = 4  # nodes of a rule that are looked at, and then one at every power of two
_PARENTS = 8  # of a node
_SAME = 1e-12  # relative: the expression gives the node's number
_RANDOM = re.compile(r"random|gauss|uniform|normal|choice|shuffle|noise")
_ON_PURPOSE = re.compile(
    r"straight|\bste\b|surrogate|revers|adversar|guided|pseudo|fake|estimator|purpose|stop|detach|block|approx|trick|identity"
    r"|(scale|clip|damp|limit)\w* (of )?(the )?grad|grad\w*[ _](scal|clip|revers|limit)",
    re.IGNORECASE,
)


class Slope(NamedTuple):
    """The derivative of a node's number by a parent, measured.

    Attributes:
        place: that of the parent among the node's parents.
        by: the derivative by differences of the expression.
        source: the statement of the rule that adds to the parent's gradient; None if it is not known.
        assigns: True if it assigns the gradient.
    """

    place: int
    by: Measured
    source: Source | None
    assigns: bool


class Formula(NamedTuple):
    """The facts known of the number of a node made by hand.

    Attributes:
        slopes: by its parents.
        on_purpose: True if the program says that the rule is another one on purpose, or if the number is that of its parent.
        rough: True if a loop works the number out, step by step: its derivative may be that of the limit.
    """

    slopes: list[Slope]
    on_purpose: bool
    rough: bool


class UnreadableError(Exception):
    """An expression that cannot be worked out again."""


class Formulas:
    """The formulas of the nodes that are given rules, since the last pass."""

    def __init__(self) -> None:
        self._times: collections.Counter[CodeType] = collections.Counter()
        self.found: dict[Value, Formula] = {}

    def ruled(self, node: Value, frame: FrameType | None) -> None:
        """Look at a node that is given its rule.

        Args:
            frame: the user's, which gives it.
        """
        self.found.pop(node, None)  # of a rule that this one replaces
        code = getattr(node._backward, "__code__", None)
        if code is None or frame is None:
            return
        self._times[code] += 1
        times = self._times[code]
        if times > _EACH and times & (times - 1):
            return
        with contextlib.suppress(Exception):  # it is the user's expression, evaluated for our sake
            self.found[node] = formula_of(node, frame, code)


def formula_of(node: Value, frame: FrameType, code: CodeType) -> Formula:
    """The formula of a node, with the derivatives of its number.

    Args:
        frame: where the node has been made.
        code: of its rule.

    Raises:
        UnreadableError: the expression is not one that can be worked out again.
    """
    names = collections.ChainMap(dict(frame.f_locals), frame.f_globals, vars(builtins))
    here = Source(frame.f_code.co_filename, frame.f_lineno, "", "")
    linecache.checkcache(here.file)
    function, tree = _function(here, frame.f_code.co_firstlineno)
    made, expression = _made(tree, node, names, frame.f_lineno)
    if _RANDOM.search(" ".join((*code.co_names, *code.co_freevars))) or expression is None:
        raise UnreadableError
    statements = _slice(function, made, expression, names)
    work = _Work(statements, expression, names, here.file)
    if not math.isclose(work(), node._data, rel_tol=_SAME, abs_tol=1e-300):
        raise UnreadableError
    parents = list(dict.fromkeys(node.parents))
    lines = _adding(code, len(parents), names)
    every = max(1, -(-len(parents) // _PARENTS))
    slopes = [
        Slope(node.parents.index(p), measured(lambda x, p=p: work(p, x), p._data, math.nan), *lines(p))  # type: ignore[misc]
        for p in dict.fromkeys((*parents[::every], parents[-1]))
        if id(p) in work.read
    ]
    if not slopes:
        raise UnreadableError  # the number comes from elsewhere
    parts = [n for s in (*statements, expression) for n in ast.walk(s)]
    copied = not any(isinstance(n, (ast.Call, ast.BinOp, ast.UnaryOp, ast.IfExp)) for n in parts)  # its number is the parent's
    stepwise = any(isinstance(n, ast.For) for n in parts)
    return Formula(slopes, copied or _said(here.file, function, code), stepwise)


# --- the expression ----------------------------------------------------------------------------------------------------------


def _function(here: Source, first: int) -> tuple[ast.AST, list[ast.AST]]:
    """The function that a line is in, or the module, and its syntax."""
    tree = tree_of(here, everything=True)
    around = [n for n in tree if isinstance(n, ast.FunctionDef) and n.lineno <= here.line <= (n.end_lineno or 0)]
    own = [n for n in around if first in (n.lineno, *(d.lineno for d in n.decorator_list))]
    if not tree or (around and not own):
        raise UnreadableError
    function = own[-1] if own else tree[0]
    return function, list(ast.walk(function))


def _made(tree: list[ast.AST], node: Value, names: Mapping[str, Any], line: int) -> tuple[ast.Assign, ast.expr | None]:
    """The assignment that made a node, out = Value(expression, ...), and the expression."""
    found = [
        n
        for n in tree
        if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name) and names.get(n.targets[0].id) is node
        and isinstance(n.value, ast.Call) and n.lineno <= line
    ]  # fmt: skip
    if len(found) != 1:
        raise UnreadableError
    call = found[0].value
    assert isinstance(call, ast.Call)
    given = next((k.value for k in call.keywords if k.arg == "data"), None)
    return found[0], call.args[0] if call.args else given


def _slice(function: ast.AST, made: ast.Assign, expression: ast.expr, names: Mapping[str, Any]) -> list[ast.stmt]:
    """The statements before a line that work out the numbers in an expression."""
    before = _before(function.body, made) or []  # type: ignore[attr-defined]
    stored = set().union(*map(_stored, before))
    kept: list[ast.stmt] = []
    needed = names_read(expression)
    for s in reversed(before):
        own = _stored(s) & needed
        if not own or any(holds_values(names.get(name)) for name in own):
            continue  # the nodes themselves have stand-ins
        if not is_arithmetic(ast.walk(s), names, stored):
            if any(name in stored or holds_values(names.get(name)) for name in names_read(s)):
                raise UnreadableError
            continue  # a number that was drawn, and stays as it is
        kept.insert(0, s)
        needed |= names_read(s)
    parts = [n for s in (*kept, expression) for n in ast.walk(s)]
    written = {n.attr for s in before for n in ast.walk(s) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    if not is_arithmetic(parts, names) or any(isinstance(n, ast.Attribute) and n.attr in written for n in parts):
        raise UnreadableError
    return kept


def _before(block: Sequence[ast.stmt], target: ast.stmt) -> list[ast.stmt] | None:
    """The statements that run before another one, in the same round of the innermost loop or function."""
    for k, s in enumerate(block):
        if s is target:
            return list(block[:k])
        for field in ("body", "orelse", "finalbody"):
            inner = _before(getattr(s, field, ()), target)
            if inner is not None:
                return inner if isinstance(s, (ast.For, ast.While, ast.FunctionDef, ast.ClassDef)) else [*block[:k], *inner]
    return None


def _stored(s: ast.stmt) -> set[str]:
    """The names that a statement gives a number, or adds to."""
    if isinstance(s, (ast.FunctionDef, ast.ClassDef)):
        return set()
    found = {n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for n in ast.walk(s):
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store):
            found |= names_read(n.value)
        elif isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "append":
            found |= names_read(n.func.value)
    return found


def _said(file: str, function: ast.AST, code: CodeType) -> bool:
    """True if names, comments or texts beside a rule say that it is no derivative on purpose."""
    begin = getattr(function, "lineno", code.co_firstlineno)
    end = getattr(function, "end_lineno", None) or code.co_firstlineno + 5
    lines = [linecache.getline(file, n) for n in range(max(1, begin - 2), end + 1)]
    # a gradient that is bounded or squashed on its way is so on purpose
    cut = any(re.search(r"(min|max|clip\w*|clamp\w*|copysign|sign|tanh)\([^=]*\.grad", line) for line in lines)
    return cut or any(map(_ON_PURPOSE.search, lines))


# --- its value ---------------------------------------------------------------------------------------------------------------


_Numbers = tuple[dict[int, float], set[int]]


class _Work:
    """An expression with the statements before it, as a function of one parent's number."""

    def __init__(self, statements: list[ast.stmt], expression: ast.expr, names: Mapping[str, Any], file: str) -> None:
        result = ast.Assign([ast.Name("_", ast.Store())], expression)
        module = ast.fix_missing_locations(ast.Module([*statements, ast.copy_location(result, expression)], []))
        self._code = compile(module, file, "exec")
        self._numbers: dict[int, float] = {}
        self.read: set[int] = set()  # the nodes whose numbers it has read, by id()
        read = set().union(names_read(expression), *map(names_read, statements))
        given = read - set().union(*map(_stored, statements))
        if any(isinstance(names.get(name), Iterator) for name in given):
            raise UnreadableError  # whoever reads it takes something away
        self._names = {name: _stand_in(names[name], (self._numbers, self.read)) for name in read if name in names}

    def __call__(self, parent: Value | None = None, number: float = 0.0) -> float:
        """The number of a node if a parent had another number; nan if there is none."""
        self._numbers.clear()
        if parent is not None:
            self._numbers[id(parent)] = number
        space = dict(self._names)
        try:
            exec(self._code, space)
        except (ArithmeticError, ValueError):
            return math.nan
        return math.nan if isinstance(space["_"], complex) else float(space["_"])


def _stand_in(x: Any, numbers: _Numbers) -> Any:
    """Something that reads like x, in which parents have other numbers; what is read is noted."""
    if isinstance(x, (list, tuple)):
        return type(x)([_stand_in(y, numbers) for y in x]) if type(x) in (list, tuple) else x
    if type(x) is dict:
        return {key: _stand_in(y, numbers) for key, y in x.items()}
    return _StandIn(x, numbers) if holds_values(x) else x


class _StandIn:
    """A node or an object, as far as its numbers are read."""

    def __init__(self, of: Any, numbers: _Numbers) -> None:
        self.__dict__.update(_of=of, _numbers=numbers)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(x, Value) asks for it
        return type(self.__dict__["_of"])

    def __getattr__(self, name: str) -> Any:
        of, numbers = self.__dict__["_of"], self.__dict__["_numbers"]
        if not isinstance(of, Value):
            if isinstance(getattr(type(of), name, None), property):
                raise UnreadableError  # it may do anything
            return _stand_in(getattr(of, name), numbers)
        if name in ("data", "_data"):
            others, read = numbers
            read.add(id(of))
            return others.get(id(of), of._data)
        raise UnreadableError

    def __setattr__(self, name: str, number: Any) -> None:
        raise UnreadableError


# --- the rule ----------------------------------------------------------------------------------------------------------------


def _adding(code: CodeType, parents: int, names: Mapping[str, Any]) -> Callable[[Value], tuple[Source | None, bool]]:
    """The statement of a rule that adds to a parent's gradient, and whether it assigns it, as a function of the parent.

    Args:
        parents: how many there are.
    """
    rule = [
        f
        for f in tree_of(Source(code.co_filename, code.co_firstlineno, "", ""), everything=True)
        if isinstance(f, (ast.FunctionDef, ast.Lambda)) and f.lineno == code.co_firstlineno
    ]
    tree = list(ast.walk(rule[0])) if rule else []
    found: list[tuple[ast.Attribute, bool]] = []
    for n in tree:
        target = n.targets[0] if isinstance(n, ast.Assign) else n.target if isinstance(n, ast.AugAssign) else None
        if isinstance(target, ast.Attribute) and target.attr in ("grad", "_grad"):
            found.append((target, isinstance(n, ast.Assign) and ast.unparse(target) not in ast.unparse(n.value)))
    rounds = [(n.target, n.iter) for n in tree if isinstance(n, ast.For)]

    def line(parent: Value) -> tuple[Source | None, bool]:
        own = [f for f in found if _may_be(parent, f[0].value, rounds, names)] or (found if len(found) == 1 == parents else [])
        if not own:
            return None, False
        target, assigns = own[0]
        return Source(code.co_filename, target.lineno, code.co_name, text_of(code.co_filename, target.lineno)), assigns

    return line


def _may_be(parent: Value, owner: ast.expr, rounds: list[tuple[ast.expr, ast.expr]], names: Mapping[str, Any]) -> bool:
    """True if an expression in a rule, such as self.w[i], may be a parent."""
    x = _resolved(owner, rounds, names)
    items = [*x.values()] if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x]
    return any(y is parent for y in items)


def _resolved(e: ast.expr, rounds: list[tuple[ast.expr, ast.expr]], names: Mapping[str, Any]) -> Any:
    """The value that an expression stands for, or a container that it is an entry of."""
    if isinstance(e, ast.Name):
        for target, over in rounds:
            places = target.elts if isinstance(target, ast.Tuple) else [target]
            for k, t in enumerate(places):
                if isinstance(t, ast.Name) and t.id == e.id:
                    if isinstance(over, ast.Call) and over.args:
                        return _resolved(over.args[min(k, len(over.args) - 1)], rounds, names)
                    return _resolved(over, rounds, names)
        return names.get(e.id)
    if isinstance(e, ast.Attribute):
        return getattr(_resolved(e.value, rounds, names), e.attr, None)
    if isinstance(e, ast.Subscript):
        x = _resolved(e.value, rounds, names)
        known = isinstance(e.slice, ast.Constant) and isinstance(x, (list, tuple))
        return x[e.slice.value] if known else x  # type: ignore[attr-defined]
    return None
