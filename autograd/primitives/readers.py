"""The readers: the number systems in which the table's formulas are read.

A formula of the table says `m.exp(u)`; what that does depends on the reader `m`:

    FLOAT    computes, with IEEE 754's edges (ieee.py): the eager engine and forward mode
    VALUE    applies primitives to whatever it is given - floats, `Value`s, duals: derivatives of derivatives
    TEXT     writes the formula down: labels, rule texts
    LATEX    writes it down in LaTeX
    ARRAY    computes on NumPy arrays (arrays.py, imported by whoever has NumPy)

A reader brings its own elementary functions, and reads all others from the table: FLOAT has no `gelu`, so
FLOAT.gelu(u) reads gelu's row with m = FLOAT. That is how one new row reaches every reader.
"""

from collections.abc import Callable, Sequence
from math import nextafter
from typing import Any

from ..errors import PrimitiveError
from . import gelu_digits, ieee
from .formulas import INF, nowhere
from .table import TABLE, Primitive, lookup

Function = Callable[..., Any]


class Reader:
    """A number system: the functions in `natives`, and every other primitive read from its row of the table."""

    def __init__(self, natives: dict[str, Function]) -> None:
        self.__dict__.update(natives)

    def __getattr__(self, name: str) -> Function:
        if name.startswith("__"):  # copy, pickle and inspect ask for these; they are not primitives
            raise AttributeError(name)
        function = self.__dict__[name] = self.function(lookup(name))  # the next call finds it without asking the table
        return function

    def count(self, us: Sequence[Any]) -> Any:
        """The number of operands, as a number of this system."""
        return float(len(us))

    def others(self, us: Sequence[Any]) -> tuple[Any, ...]:
        """The product of all other operands, for each operand: prod's partials."""
        return tuple([self.prod(*us[:i], *us[i + 1 :]) for i in range(len(us))])

    def function(self, row: Primitive) -> Function:
        """The function for a primitive without a native in this number system: its row's formula, read here."""
        return lambda *operands: row.value(self, *operands)

    def fixed(self, u: Any) -> Any:
        """The number as a constant, if the formula is differentiated."""
        return u


_IEEE = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot
    erf erfc floor ceil trunc round div floordiv mod fmod remainder pow sign copysign where maximum minimum
    sum dot prod others
"""
_SPECIAL = "lgamma gamma digamma polygamma sinc_derivative"


def _special(name: str) -> Function:
    """A function of special.py, which is imported with the first call."""

    def special(*us: float) -> float:
        from . import special

        return getattr(special, name)(*us)  # type: ignore[no-any-return]

    return special


NATIVES: dict[str, Function] = (
    {name: getattr(ieee, name) for name in _IEEE.split()}
    | {name: _special(name) for name in _SPECIAL.split()}
    | {"gelu_apart": gelu_digits.gelu_apart, "gelu_slope_apart": gelu_digits.gelu_slope_apart}
    | {"abs": abs, "norm": ieee.hypot}
)
FLOAT = Reader(NATIVES)


class Applying(Reader):
    """Reads `m.f(...)` as "apply the primitive f", and lets a branch choose: conditions are already decided here.

    Choosing, rather than recording a `where` node, keeps the derivative of the branch not taken out of higher
    derivatives: its 0*inf would make them nan.
    """

    def __init__(self, apply: Callable[[Primitive, tuple[Any, ...]], Any]) -> None:
        super().__init__({"where": lambda condition, a, b: a if condition else b})
        self._apply = apply

    def function(self, row: Primitive) -> Function:
        """The primitive, applied."""
        return lambda *operands: self._apply(row, operands)


class Deriving(Applying):
    """Reads rules to differentiate them again.

    A step function is a plain number here: as a node it would have the derivative 0, and 0 * inf is nan. At a jump its
    number belongs to the piece on one side; a number of neither side, like the sign of 0, has no derivative.
    """

    def function(self, row: Primitive) -> Function:
        """The primitive, applied; for a step function its plain number."""
        if not row.step:
            return super().function(row)
        step: Function = lambda *operands: self.stepped(row, operands)  # noqa: E731
        alone = _alone(row)
        return step if not alone else lambda u: self.pin(nowhere(self, u), step(u)) if u in alone else step(u)

    def stepped(self, row: Primitive, operands: tuple[Any, ...]) -> Any:
        """The number of a step function."""
        return row.value(FLOAT, *map(self.fixed, operands))

    def fixed(self, u: Any) -> Any:
        """The plain number, below every level of differentiation."""
        return getattr(u, "number", u)

    def pin(self, formula: Any, number: float) -> Any:
        """`formula` with another number: its derivatives are those of the formula."""
        return self._apply(lookup("pinned"), (0.0, formula, number))


def _alone(row: Primitive) -> tuple[float, ...]:
    """The jumps of a step function of one operand at which its value is that of neither side, like the sign at 0."""

    def value(u: float) -> float:
        return row.value(FLOAT, u)  # type: ignore[no-any-return]

    jumps = [at[0] for at, _ in row.kinks if len(at) == 1]
    return tuple([u for u in jumps if value(u) not in (value(nextafter(u, -INF)), value(nextafter(u, INF)))])


class Expr:
    """A piece of written-down mathematics: its text, and how tightly it binds (9 an atom or a call, 1 a sum)."""

    __slots__ = ("binding", "text", "writer")

    def __init__(self, writer: "Writer", text: str, binding: int = 9) -> None:
        self.writer, self.text, self.binding = writer, text, binding

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def __add__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["add"], self, other)

    def __radd__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["add"], other, self)

    def __sub__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["sub"], self, other)

    def __rsub__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["sub"], other, self)

    def __mul__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["mul"], self, other)

    def __rmul__(self, other: Any) -> "Expr":
        return self.writer.write(TABLE["mul"], other, self)

    def __neg__(self) -> "Expr":
        return self.writer.write(TABLE["neg"], self)

    def _relation(self, sign: str, other: Any) -> "Expr":
        w = self.writer
        return Expr(w, f"{w.operand(self, 1)} {w.signs.get(sign, sign)} {w.operand(other, 1)}", 0)

    def __lt__(self, other: Any) -> "Expr":
        return self._relation("<", other)

    def __le__(self, other: Any) -> "Expr":
        return self._relation("<=", other)

    def __gt__(self, other: Any) -> "Expr":
        return self._relation(">", other)

    def __ge__(self, other: Any) -> "Expr":
        return self._relation(">=", other)

    def __eq__(self, other: Any) -> "Expr":  # type: ignore[override]  # an equation, written down
        return self._relation("==", other)

    def __ne__(self, other: Any) -> "Expr":  # type: ignore[override]
        return self._relation("!=", other)

    def __and__(self, other: Any) -> "Expr":
        return Expr(self.writer, f"{self} {self.writer.signs['and']} {other}", -1)

    def __or__(self, other: Any) -> "Expr":
        return Expr(self.writer, f"{self} {self.writer.signs['or']} {other}", -2)

    def __bool__(self) -> bool:
        raise PrimitiveError(f"a formula asks whether {self} holds: write m.where(condition, a, b) instead of a Python if")

    __hash__ = None  # type: ignore[assignment]


class Writer(Applying):
    r"""A reader that writes formulas down.

    >>> x, y = TEXT.symbol("x"), TEXT.symbol("y")
    >>> print((x + y) * TEXT.exp(-x))
    (x + y) * exp(-x)
    >>> print(LATEX.div(LATEX.symbol("x"), LATEX.symbol("y")))
    \frac{x}{y}
    """

    def __init__(
        self, template: Callable[[Primitive], str], signs: dict[str, str], binding: Callable[[Primitive], int]
    ) -> None:
        super().__init__(lambda row, operands: self.write(row, *operands))
        self.__dict__["where"] = lambda condition, a, b: self.write(TABLE["where"], condition, a, b)
        self.template, self.signs, self.binding = template, signs, binding

    def symbol(self, name: str) -> Expr:
        """An atom: a name that stands for itself."""
        return Expr(self, name)

    def number(self, x: float) -> Expr:
        """A number in its most readable form: 2 rather than 2.0; a negative number binds like a sign."""
        text = repr(int(x)) if x == x and abs(x) < 1e15 and x == int(x) else repr(float(x))
        return Expr(self, text.replace("inf", self.signs["inf"]), 3 if text.startswith("-") else 9)

    def operand(self, thing: Any, binding: int) -> str:
        """The text of an operand, in parentheses if it binds less tightly than `binding`."""
        e = self.as_expression(thing)
        return e.text if e.binding >= binding else f"{self.signs['(']}{e.text}{self.signs[')']}"

    def write(self, row: Primitive, *operands: Any) -> Expr:
        """The application of a primitive, written down."""
        if row.written is not None:
            return self.as_expression(row.written(self, *operands))
        template = self.template(row)
        if template == "{}" and len(operands) == 1:  # no sign of its own: its operand binds as before
            return self.as_expression(operands[0])
        pieces = template.split("{}")
        if row.infix:
            texts = [f" {row.infix} ".join(self.operand(u, row.precedence + 1) for u in operands)]
        elif row.variadic:
            texts = [", ".join(self.operand(u, 0) for u in operands)]
        else:
            texts = [self.operand(u, _needed(row, pieces, i)) for i, u in enumerate(operands)]
        # a command ends where no letter follows: \lfloor u, not \lflooru
        pieces = [f"{p} " if "\\" in p and p[-1].isalpha() else p for p in pieces[:-1]] + pieces[-1:]
        text = "".join(p + t for p, t in zip(pieces, (*texts, ""), strict=True))
        return Expr(self, text, self.binding(row))

    def as_expression(self, thing: Any) -> Expr:
        """An operand as an expression: a number is written down."""
        return thing if isinstance(thing, Expr) else self.number(thing)


def _needed(row: Primitive, pieces: list[str], i: int) -> int:
    """The precedence that an operand needs to stand without parentheses in its place of the template."""
    if pieces[i].endswith(_OPENS) and pieces[i + 1].startswith(_CLOSES):
        return 0
    if row.precedence == 9:  # next to a sign inside a call, exp({} - {}), or to a power, \sqrt{{}^2 + {}^2}
        return 5
    # The right operand of - / % has to bind tighter, and the left one of **.
    return row.precedence + (i != 0 if row.associates == "left" else i == 0)


_OPENS, _CLOSES = ("(", "{", ", ", "|", "lVert", "lfloor", "lceil"), (")", "}", ",", r"\right")


def _latex_template(row: Primitive) -> str:
    if row.latex:
        return row.latex
    if row.precedence < 9:
        return row.text
    name = row.name.replace("_", r"\_")
    return rf"\operatorname{{{name}}}\left({', '.join(['{}'] * row.text.count('{}'))}\right)"


def _latex_binding(row: Primitive) -> int:
    return row.precedence if row.latex_precedence is None else row.latex_precedence


TEXT = Writer(lambda row: row.text, {"(": "(", ")": ")", "and": "and", "or": "or", "inf": "inf"}, lambda row: row.precedence)
LATEX = Writer(
    _latex_template,
    {"(": r"\left(", ")": r"\right)", "and": r"\land", "or": r"\lor", "inf": r"\infty",
     "<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"},
    _latex_binding,
)  # fmt: skip
