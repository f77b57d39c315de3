"""`define_primitive`: a row of one's own in the table, with everything that a row brings.

The second public surface, for those who extend the engine. A new row is read once as text when it is defined, which
finds most mistakes (a Python `if`, `math.exp` instead of `m.exp`, too few partials) before the first number is computed.
"""

import keyword
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .errors import PrimitiveError
from .operators import VALUE, Tracer, add_methods, function_of
from .primitives.formulas import INF
from .primitives.readers import TEXT
from .primitives.table import TABLE, Formula, InCost, Kink, Primitive, primitive

if TYPE_CHECKING:
    from ._typed import Function

__all__ = ["TABLE", "Kink", "Primitive", "define_primitive"]

_VARARGS = 0x04  # the flag of a code object with *operands
_WORDS = frozenset(dir(VALUE)) | frozenset(dir(TEXT))  # names to which `m.` gives another meaning


def define_primitive(
    name: str,
    value: Formula,
    partials: Formula,
    *,
    higher: Formula | None = None,
    rules: Sequence[str] = (),
    domain: str = "True",
    kinks: Sequence[Kink] = (),
    defaults: Sequence[float] = (),
    aliases: Sequence[str] = (),
    text: str = "",
    latex: str = "",
    symbol: str = "",
    precedence: int = 9,
    latex_precedence: int | None = None,
    associates: Literal["left", "right"] = "left",
    range: tuple[float, float] | None = None,
    steepest: float | None = None,
    activation: bool | None = None,
    gate: bool = False,
    pole: bool | None = None,
    in_cost: InCost | None = None,
    doc: str = "",
) -> "Function":
    """Add a primitive: a function with its derivative, in every reader and both modes, and a method on `Value`.

    Args:
        name: a new name, a Python identifier.
        value: `value(m, u, v, ...)`, a formula over the reader `m`: `m.exp(u)`, `m.div(u, v)`, `m.where(u > 0, a, b)`.
        partials: `partials(m, out, u, v, ...)`, a tuple with one local derivative per operand. Second derivatives are made
            by differentiating it, so that the branches of an `m.where` have to be right on whole intervals: u > 0, not u == 0.
        higher: for a rule that chooses a number at a point, m.where(u == 0.0, 0.0, ...): the partials again without the
            choice, as formulas to be differentiated. Their numbers do not count, only their derivatives; nan says that there
            are none.
        rules: the partials as a textbook writes them, one text per operand over {u}, {v}, ... and {out}, for pictures and
            derivations: "1 - {out} ** 2". By default they are written as they are computed.
        domain: where it is differentiable, as a Python expression over the operands.
        kinks: points without a derivative, and the choice made there: `Kink(at=(0.0,), partials=(0.0,))`.
        defaults: trailing operands a caller may leave out.
        aliases: further names of the method.
        text, latex: how an application is written, a pair of braces per operand; by default 'name({}, {})'.
        symbol: the short name on a node of a picture; by default the name.
        precedence, latex_precedence: how tightly the text and the LaTeX bind: 1 as a sum, 2 a product, 3 a sign, 4 a power, 9 a
            call. By default a call, and the LaTeX as the text.
        associates: the side on which an operand of the same precedence needs no parentheses.
        range: (least, largest) result, if that does not depend on further operands.
        steepest: the largest slope of a function of one operand that levels off on both sides, as tanh does: how flat a
            saturated unit is follows from it.
        activation: whether layers of a network end with it; by default if it has a `steepest`, or is a gate of one operand.
        gate: whether its derivative is 0 on whole intervals and not everywhere, as relu's.
        pole: whether its derivative grows without bound towards an edge of its domain; by default if a kink says so.
        in_cost: 'distance', 'error' or 'likelihood', see `Primitive`; by default a distance if it is 0 at 0 and
            positive elsewhere.
        doc: a description in one line.

    Whether it is linear, a step function, or commutes is read off the formulas.

    Returns:
        The function, for numbers and `Value`s.

    Raises:
        PrimitiveError: a name that is taken or no identifier, a formula that cannot be read, partials that choose a number
            at a point and no `higher`, or a property that the formulas contradict.

    Example:
        >>> from autograd import Value, define_primitive
        >>> cube = define_primitive("cube", lambda m, u: u * u * u, lambda m, out, u: (3.0 * u * u,), doc="u cubed")
        >>> x = Value(2.0)
        >>> cube(x).backward()
        >>> x.grad
        12.0

        A number at a point, where the formula for everywhere else is 0/0. The second derivative is that of `higher`:

        >>> from autograd import derivative
        >>> slope = lambda m, u: m.div(m.cos(u) - m.div(m.sin(u), u), u)
        >>> wave = define_primitive("wave", lambda m, u: m.where(u == 0.0, 1.0, m.div(m.sin(u), u)),
        ...                         lambda m, out, u: (m.where(u == 0.0, 0.0, slope(m, u)),),
        ...                         higher=lambda m, out, u: (slope(m, u),), doc="sin(u) / u")
        >>> wave(0.0), derivative(wave)(0.0), derivative(wave, 2)(0.0)
        (1.0, 0.0, nan)

        An activation, with what the diagnoses of saturated units ask for:

        >>> softsign = define_primitive("softsign", lambda m, u: m.div(u, 1.0 + m.abs(u)),
        ...                             lambda m, out, u: (m.div(1.0, m.square(1.0 + m.abs(u))),),
        ...                             range=(-1.0, 1.0), steepest=1.0, doc="u / (1 + |u|)")
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise PrimitiveError(f"define_primitive({name!r}): the name has to be a Python identifier without leading underscore")
    for taken in (name, *aliases):
        if taken in TABLE or hasattr(Tracer, taken) or taken in _WORDS:
            raise PrimitiveError(f"define_primitive({name!r}): {taken!r} is taken already; choose another name")
    if not callable(value) or not callable(partials):
        raise PrimitiveError(f"define_primitive({name!r}): value and partials are functions, lambda m, u: ...")
    code = getattr(value, "__code__", None)
    arity = code.co_argcount - 1 if code is not None and not code.co_flags & _VARARGS else 0
    if arity < 1:
        raise PrimitiveError(
            f"define_primitive({name!r}): value takes the reader and its operands by name, lambda m, u, v: ..."
        )
    text = text or f"{name}({', '.join(['{}'] * arity)})"
    if text.count("{}") != arity or latex.count("{}") not in (0, arity):
        raise PrimitiveError(f"define_primitive({name!r}): text and latex need {arity} pairs of braces, one per operand")
    _check_columns(name, precedence, latex_precedence, associates, in_cost)
    row = primitive(
        name, value, partials, higher=higher, rules=tuple(rules), domain=domain, kinks=tuple(Kink(*kink) for kink in kinks),
        defaults=tuple(defaults), aliases=tuple(aliases), text=text, latex=latex, symbol=symbol, precedence=precedence,
        latex_precedence=latex_precedence, associates=associates, range=range, steepest=steepest, gate=gate, doc=doc or name,
    )  # fmt: skip
    _read_once(row)
    row = _characterised(row, activation, pole, in_cost)
    TABLE[name] = row
    add_methods(row)
    return function_of(row)


def _check_columns(name: str, precedence: object, latex_precedence: object, associates: object, in_cost: object) -> None:
    """Refuse what is none of the values that a column has.

    Raises:
        PrimitiveError: one is not.
    """
    bindings = (1, 2, 3, 4, 9)
    for column, given, possible in (
        ("precedence", precedence, bindings),
        ("latex_precedence", latex_precedence, (None, *bindings)),
        ("associates", associates, ("left", "right")),
        ("in_cost", in_cost, (None, "", "distance", "error", "likelihood")),
    ):
        if given not in possible:
            listed = ", ".join(map(repr, possible))
            raise PrimitiveError(f"define_primitive({name!r}): {column} is one of {listed}; got {given!r}")


def _characterised(row: Primitive, activation: bool | None, pole: bool | None, in_cost: InCost | None) -> Primitive:
    """The row with the properties that follow from its formulas, and from what was said of it.

    Raises:
        PrimitiveError: what was said is not so.
    """
    from .primitives.character import character, contradiction  # only definitions need it

    found = character(row)
    if activation is None:
        activation = row.steepest is not None or (row.gate and row.arity - len(row.defaults) == 1)
    if pole is None:
        pole = any(abs(d) == INF for kink in row.kinks for d in kink.partials)
    if in_cost is not None:
        found["in_cost"] = in_cost
    row = row._replace(activation=activation, pole=pole, **found)
    problem = contradiction(row)
    if problem:
        raise PrimitiveError(f"define_primitive({row.name!r}): {problem}")
    return row


def _read_once(row: Primitive) -> None:
    """Read the formulas as text, which no number can make succeed by accident.

    Raises:
        PrimitiveError: they cannot be read, do not give one partial per operand, or choose a number at a point.
    """
    from .primitives.choices import Watching  # with ast, which few programs need

    reader = Watching(("out", *row.operand_names))
    symbols = [reader.symbol(name) for name in row.operand_names]
    try:
        row.value(TEXT, *symbols)
        read = {"partials": row.partials(reader, reader.symbol("out"), *symbols)}
        if row.higher is not None:
            read["higher"] = row.higher(TEXT, TEXT.symbol("out"), *symbols)
    except PrimitiveError:
        raise
    except Exception as error:
        raise PrimitiveError(
            f"define_primitive({row.name!r}): the formula cannot be read as text ({type(error).__name__}: {error}). A "
            "formula uses the reader's functions: m.exp(u) instead of math.exp(u), m.div(u, v) instead of u / v"
        ) from error
    for name, partials in read.items():
        if not isinstance(partials, tuple) or len(partials) != row.arity:
            given = f"{len(partials)} of them" if isinstance(partials, tuple) else type(partials).__name__
            raise PrimitiveError(
                f"define_primitive({row.name!r}): {name} has to return a tuple of {row.arity}, one per operand, got {given}; "
                "a single one is written (d,)"
            )
    if row.higher is None and reader.chosen:
        number, condition = reader.chosen[0]
        raise PrimitiveError(
            f"define_primitive({row.name!r}): the partials choose the number {number} at the point {condition}, and the "
            "derivative of a number is 0: second derivatives would be wrong there without a word. Give higher=, the partials "
            "again without the choice, as formulas to be differentiated"
        )
