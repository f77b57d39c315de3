"""Rows of one operand as straight-line Python, which makes exp(v) as quick as an engine that has nothing else.

To read a formula of the table costs a call for every function in it. This reader does not compute: it writes the formula down,
one statement an operation, and the statements become one function per row, when the row is first used. They are the same
operations on the same floats in the same order, so the numbers are the same bit for bit. `math` raises where IEEE 754 has an
inf or a nan; then the table is read in the ordinary way, and no other error is the context of one that is raised there.

    def expm1(node):                                the function for the row of expm1
        try:
            u = node._data
            out = math_expm1(u)
            t1 = math_exp(u)
        except RAISED:
            pass
        else:
            return make(out, row, node, None, t1, None)
        return otherwise(node)
"""

import math
import os
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from .readers import FLOAT, NATIVES, Reader
from .table import Primitive

# The functions of `math` that the statements call: they differ from ieee.py only by raising.
_MATH = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot
    erf erfc pow copysign
"""
FUNCTIONS: dict[str, Any] = NATIVES | {name: getattr(math, name) for name in _MATH.split()}
RAISED = (ValueError, OverflowError, ZeroDivisionError)


class Term:
    """A variable of the function that is being written.

    Attributes:
        template, operands: the operation that it is assigned; '' for an operand of the row.
        opposite: the variable that it is the negative of.
    """

    __slots__ = ("name", "operands", "opposite", "template", "writer")

    def __init__(self, writer: "Statements", name: str, template: str = "", operands: tuple[Any, ...] = ()) -> None:
        self.writer, self.name, self.template, self.operands = writer, name, template, operands
        self.opposite: Term | None = None

    def __str__(self) -> str:
        return self.name

    def __neg__(self) -> "Term":
        if self.opposite is None:
            negative: Term = self.writer.assign("-{}", self)
            negative.opposite = self
            return negative
        return self.opposite

    def __rand__(self, other: bool) -> Any:
        return self if other else False

    def __ror__(self, other: bool) -> Any:
        return True if other else self

    __hash__ = None  # type: ignore[assignment]


def _operator(sign: str) -> Callable[[Any, Any], Any]:
    return lambda a, b: a.writer.assign(f"{{}} {sign} {{}}", a, b)


def _reflected(sign: str) -> Callable[[Any, Any], Any]:
    return lambda b, a: b.writer.assign(f"{{}} {sign} {{}}", a, b)


def _compared(sign: str, turned: str) -> Callable[[Any, Any], Any]:
    def compare(a: Any, b: Any) -> Any:
        if a.opposite is not None and b.__class__ is float and b == 0.0:  # -u < 0 is u > 0
            return a.writer.assign(f"{{}} {turned} {{}}", a.opposite, b)
        return a.writer.assign(f"{{}} {sign} {{}}", a, b)

    return compare


for _sign, _name in (("+", "add"), ("-", "sub"), ("*", "mul"), ("&", "and"), ("|", "or")):
    setattr(Term, f"__{_name}__", _operator(_sign))
    if _name not in ("and", "or"):  # a condition on constants is decided already
        setattr(Term, f"__r{_name}__", _reflected(_sign))
for _sign, _name, _turned in (
    ("<", "lt", ">"),
    ("<=", "le", ">="),
    (">", "gt", "<"),
    (">=", "ge", "<="),
    ("==", "eq", "=="),
    ("!=", "ne", "!="),
):
    setattr(Term, f"__{_name}__", _compared(_sign, _turned))


class Statements(Reader):
    """The reader that writes statements.

    Args:
        prefix: the beginning of the names of functions in the text.
    """

    def __init__(self, prefix: str) -> None:
        self.__dict__["_prefix"] = prefix
        super().__init__({name: partial(self.call, name) for name in FUNCTIONS})
        self.__dict__["div"] = lambda a, b: self.assign("{} / {}", a, b, constant=FLOAT.div)
        self.__dict__["abs"] = lambda u: self.call("abs", getattr(u, "opposite", None) or u)
        self.__dict__["where"] = self._where
        self.__dict__["others"] = None  # it takes a sequence: no statement
        self.lines: list[str] = []
        self.terms: dict[str, Term] = {}  # by the text of their operation

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        if isinstance(condition, bool):
            return a if condition else b
        return self.assign("{1} if {0} else {2}", condition, a, b, constant=FLOAT.where)

    def call(self, name: str, *us: Any) -> Any:
        """A new variable for a function of `math`."""
        return self.assign(f"{self._prefix}{name}({', '.join(['{}'] * len(us))})", *us, constant=getattr(FLOAT, name))

    def assign(self, template: str, *us: Any, constant: Callable[..., Any] | None = None) -> Any:
        """A new variable for an operation on terms and numbers; the result itself if all operands are numbers."""
        if constant is not None and not any(isinstance(u, Term) for u in us):
            return constant(*us)
        if template == "{} * {}" and us[0].__class__ is float and us[0] < 0.0 and f"{-us[0]!r} * {us[1]}" in self.terms:
            return -self.assign(template, -us[0], us[1])  # tanh' = 4 * sigmoid(2u) * sigmoid(-2u) needs one exp
        text = template.format(*[u if isinstance(u, Term) else repr(u) for u in us])
        if text not in self.terms:  # value and derivative often share operations: sigmoid's exp, gelu's normal_cdf
            self.terms[text] = term = Term(self, f"t{len(self.lines)}", template, us)
            self.lines.append(f"{term} = {text}")
        return self.terms[text]

    def needed(self, *results: Any) -> list[str]:
        """The statements that the results depend on."""
        used = set(map(str, results))
        kept = []
        for line in reversed(self.lines):
            if line.partition(" ")[0] in used:
                used.update(re.findall(r"\bt\d+\b", line))
                kept.append(line)
        return kept[::-1]


def straight(row: Primitive, make: Callable[..., Any], otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function that applies a row of one operand to a node; `otherwise` for a row of any number of operands.

    Args:
        make: makes a node from its number, its row, the node it is computed from, None, the derivative, and None.
        otherwise: called with the node where `math` raises, or with whatever is no node.
    """
    if row.variadic:
        return otherwise
    writer = Statements("math_")
    u = Term(writer, "u")
    out = row.value(writer, u)
    (slope,) = row.partials(writer, out, u)
    lines = "".join(f"\n        {line}" for line in writer.needed(out, slope))
    text = f"""def {row.name}(node):
    try:
        u = node._data{lines}
    except RAISED:
        pass
    else:
        return make({out}, row, node, None, {slope}, None)
    return otherwise(node)"""
    names = {f"math_{name}": f for name, f in FUNCTIONS.items()} | {"RAISED": (*RAISED, AttributeError)}
    names |= {"make": make, "otherwise": otherwise, "row": row, "inf": math.inf, "nan": math.nan}
    # A file name in this folder, so that the search for the user's line skips it.
    exec(compile(text, os.path.join(os.path.dirname(__file__), f"<{row.name}>"), "exec"), names)
    return names[row.name]  # type: ignore[no-any-return]
