"""Rows of one operand as straight-line Python, which makes exp(v) as quick as an engine that has nothing else.

To read a formula of the table costs a call for every function in it. This reader does not compute: it writes the formula down,
one statement an operation, and the statements become one function per row, when the row is first used. They are the same
operations on the same floats in the same order, so the numbers are the same bit for bit. `math` raises where IEEE 754 has an
inf or a nan; the caller then reads the table in the ordinary way.

    def expm1(node, operands):                      the function for the row of expm1
        u = node._data
        out = math_expm1(u)
        t1 = math_exp(u)
        return make(out, row, operands, operands, (t1,))
"""

import math
import os
from collections.abc import Callable
from typing import Any

from .readers import FLOAT, NATIVES, Reader
from .table import Primitive

# The functions of `math` that the statements call: they differ from ieee.py only by raising.
_MATH = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot
    erf erfc pow copysign
"""
_NATIVES: dict[str, Any] = NATIVES | {name: getattr(math, name) for name in _MATH.split()}
RAISED = (ValueError, OverflowError, ZeroDivisionError)


class _Term:
    """A variable of the function that is being written."""

    __slots__ = ("name", "writer")

    def __init__(self, writer: "_Straight", name: str) -> None:
        self.writer, self.name = writer, name

    def __str__(self) -> str:
        return self.name

    def __neg__(self) -> "_Term":
        return self.writer.assign("-{}", self)  # type: ignore[no-any-return]

    __hash__ = None  # type: ignore[assignment]


def _operator(template: str) -> Callable[[Any, Any], Any]:
    return lambda a, b: a.writer.assign(template, a, b)


def _reflected(template: str) -> Callable[[Any, Any], Any]:
    return lambda b, a: b.writer.assign(template, a, b)


for _sign, _name in (("+", "add"), ("-", "sub"), ("*", "mul")):
    setattr(_Term, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))
    setattr(_Term, f"__r{_name}__", _reflected(f"{{}} {_sign} {{}}"))
for _sign, _name in (
    ("<", "lt"),
    ("<=", "le"),
    (">", "gt"),
    (">=", "ge"),
    ("==", "eq"),
    ("!=", "ne"),
    ("&", "and"),
    ("|", "or"),
):
    setattr(_Term, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))


class _Straight(Reader):
    """The reader that writes statements."""

    def __init__(self) -> None:
        super().__init__({name: self._call(name) for name in _NATIVES})
        self.__dict__["div"] = lambda a, b: self.assign("{} / {}", a, b, constant=FLOAT.div)
        self.__dict__["where"] = lambda c, a, b: self.assign("{1} if {0} else {2}", c, a, b, constant=FLOAT.where)
        self.lines: list[str] = []
        self.terms: dict[str, _Term] = {}  # by the text of their operation

    def _call(self, name: str) -> Callable[..., Any]:
        return lambda *us: self.assign(
            f"math_{name}({', '.join(['{}'] * len(us))})", *us, constant=lambda *numbers: getattr(FLOAT, name)(*numbers)
        )

    def assign(self, template: str, *us: Any, constant: Callable[..., Any] | None = None) -> Any:
        """A new variable for an operation on terms and numbers; the result itself if all operands are numbers."""
        if constant is not None and not any(isinstance(u, _Term) for u in us):
            return constant(*us)
        text = template.format(*[u if isinstance(u, _Term) else repr(u) for u in us])
        if text not in self.terms:  # value and derivative often share operations: sigmoid's exp, gelu's normal_cdf
            self.terms[text] = term = _Term(self, f"t{len(self.lines)}")
            self.lines.append(f"{term} = {text}")
        return self.terms[text]


def straight(row: Primitive, make: Callable[..., Any]) -> Callable[[Any, tuple[Any, ...]], Any]:
    """The function that applies a row of one operand to a node.

    Args:
        make: makes a node from its number, row, operands, parents and partials.

    Returns:
        A function of the node and of the tuple with it alone; it raises one of `RAISED` where `math` does.
    """
    writer = _Straight()
    u = _Term(writer, "u")
    out = row.value(writer, u)
    (slope,) = row.partials(writer, out, u)
    body = "\n    ".join([f"def {row.name}(node, operands):", "u = node._data", *writer.lines,
                          f"return make({out}, row, operands, operands, ({slope},))"])  # fmt: skip
    names = {f"math_{name}": f for name, f in _NATIVES.items()} | {"make": make, "row": row, "inf": math.inf, "nan": math.nan}
    # A file name in this folder, so that the search for the user's line skips it.
    exec(compile(body, os.path.join(os.path.dirname(__file__), f"<{row.name}>"), "exec"), names)
    return names[row.name]  # type: ignore[no-any-return]
