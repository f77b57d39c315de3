"""`define_primitive`: a row of one's own in the table, with everything that a row brings.

The second public surface, for those who extend the engine. A new row is read once as text when it is defined, which
finds most mistakes (a Python `if`, `math.exp` instead of `m.exp`, too few partials) before the first number is computed.
"""

import keyword
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import PrimitiveError
from .operators import VALUE, Tracer, add_methods, function_of
from .table.primitives import TABLE, Formula, Kink, Primitive
from .table.readers import TEXT

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
    text: str = "",
    latex: str = "",
    domain: str = "True",
    kinks: Sequence[Kink] = (),
    defaults: Sequence[float] = (),
    aliases: Sequence[str] = (),
    doc: str = "",
    higher: Formula | None = None,
) -> "Function":
    """Add a primitive: a function with its derivative, in every reader and both modes, and a method on `Value`.

    Args:
        name: a new name, a Python identifier.
        value: `value(m, u, v, ...)`, a formula over the reader `m`: `m.exp(u)`, `m.div(u, v)`, `m.where(u > 0, a, b)`.
        partials: `partials(m, out, u, v, ...)`, a tuple with one local derivative per operand. Second derivatives are made
            by differentiating it, so that the branches of an `m.where` have to be right on whole intervals: u > 0, not u == 0.
        text, latex: how an application is written, a pair of braces per operand; by default 'name({}, {})'.
        domain: where it is differentiable, as a Python expression over the operands.
        kinks: (operands, partials) at points without a derivative: the choice made there.
        defaults: trailing operands a caller may leave out.
        aliases: further names of the method.
        doc: a description in one line.
        higher: for a rule that chooses a number at a point, m.where(u == 0.0, 0.0, ...): the partials again without the
            choice, as formulas to be differentiated. Their numbers do not count, only their derivatives; nan says that there
            are none.

    Returns:
        The function, for numbers and `Value`s.

    Raises:
        PrimitiveError: a name that is taken or no identifier, a formula that cannot be read, or partials that choose a number
            at a point and no `higher`.

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
    row = Primitive(name, value, partials, text, latex, domain=domain, kinks=tuple(kinks), defaults=tuple(defaults),
                    aliases=tuple(aliases), doc=doc or name, higher=higher)  # fmt: skip
    _read_once(row)
    TABLE[name] = row
    add_methods(row)
    return function_of(row)


def _read_once(row: Primitive) -> None:
    """Read the formulas as text, which no number can make succeed by accident.

    Raises:
        PrimitiveError: they cannot be read, do not give one partial per operand, or choose a number at a point.
    """
    from .table.choices import Watching  # with ast, which few programs need

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
