"""The rows of the table as Python text: what a line of an emitted program says about a node.

The reader of straight.py writes the formulas of a row down. A formula of few operations stands in the line itself; a longer one
becomes a function at the top of the text, so that a line stays readable. Either way they are the table's operations on the same
floats in the same order, so the numbers are the same bit for bit.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..primitives.straight import FUNCTIONS, Statements, Term
from ..primitives.table import TABLE, Primitive, lookup
from .exact import DETACH

_SHORT = 3  # as many operations stand in a line
# The formulas of sums, products and quotients are the same for every constant; others may become shorter: v in u ** v.
_PLAIN = frozenset(name for name, row in TABLE.items() if row.linear and row.arity == 2)


class Helper(NamedTuple):
    """A function at the top of the text."""

    name: str
    text: str


class Phrase(NamedTuple):
    """The texts for a node.

    Attributes:
        value: its number, with {0}, {1}, ... for the operands.
        slopes: its partials, one for each operand, with {out} for its number ('' for a constant); or one text for all of
            them, a call.
        together: True if `slopes` is such a call, which gives a tuple.
        helpers: the functions that they call.
    """

    value: str
    slopes: tuple[str, ...]
    together: bool
    helpers: tuple[Helper, ...]


def phrase(name: str, operands: Sequence[float | None]) -> Phrase:
    """The text for an operation.

    Args:
        name: its row.
        operands: a constant each, or None for a node.

    Example:
        >>> phrase("mul", (None, None)).value, phrase("mul", (None, None)).slopes
        ('{0} * {1}', ('{1}', '{0}'))
        >>> phrase("pow", (None, 3.0)).slopes
        ('3.0 * pow({0}, 2.0)', '')
    """
    shape = tuple([None if name in _PLAIN else x for x in operands])
    return _phrase(name, shape, tuple([x is None for x in operands]))


@functools.lru_cache(maxsize=1000)
def _phrase(name: str, shape: tuple[float | None, ...], nodes: tuple[bool, ...]) -> Phrase:
    if name == DETACH:
        return Phrase("{0}", ("",), False, ())
    row = lookup(name)
    helpers: list[Helper] = []
    value = _text(lambda m, *us: (row.value(m, *us),), shape)
    if value is None:
        helpers.append(_function(row, row.name, lambda m, *us: row.value(m, *us), len(shape), ""))
        value = [_call(helpers[-1].name, len(shape))]
    slopes = _text(lambda m, *us: row.partials(m, Term(m, "{out}"), *us), shape, nodes)
    if slopes is not None:
        return Phrase(value[0], tuple(slopes), False, tuple(helpers))
    slopes_of = _function(row, f"{row.name}_slopes", lambda m, *us: row.partials(m, Term(m, "out"), *us), len(shape), "out, ")
    return Phrase(value[0], (_call(slopes_of.name, len(shape), "{out}, "),), True, (*helpers, slopes_of))


def _call(name: str, count: int, before: str = "") -> str:
    return f"{name}({before}{', '.join([f'{{{i}}}' for i in range(count)])})"


def _terms(writer: Statements, shape: Sequence[float | None], name: str) -> list[Any]:
    return [Term(writer, name.format(i)) if x is None else x for i, x in enumerate(shape)]


class _Line(Statements):
    """The reader for a formula in a line, which may become simpler by a constant."""

    def __init__(self) -> None:
        super().__init__("")
        power = self.pow
        self.__dict__["pow"] = lambda u, v: u if v.__class__ is float and v == 1.0 else power(u, v)


def _text(
    formula: Callable[..., Sequence[Any]], shape: Sequence[float | None], wanted: Sequence[bool] = (True,)
) -> list[str] | None:
    """The results of a formula as texts, '' for those that are not wanted; None if one of them is too long for a line."""
    writer = _Line()
    try:
        results = formula(writer, *_terms(writer, shape, "{{{}}}"))
    except (TypeError, ValueError, AttributeError):  # it computes with the numbers themselves: round's digits, prod's others
        return None
    texts = []
    for result, needed in zip(results, wanted, strict=True):
        if not needed:
            texts.append("")
            continue
        if _size(result) > _SHORT:
            return None
        texts.append(_written(result, False))
    return texts


def _size(thing: Any) -> int:
    """The number of operations, those counted twice that are used twice."""
    return 1 + sum(map(_size, thing.operands)) if isinstance(thing, Term) and thing.template else 0


def _written(thing: Any, inside: bool) -> str:
    if not isinstance(thing, Term):
        return f"({thing!r})" if inside and thing < 0.0 else repr(thing)
    if not thing.template:
        return thing.name
    call = thing.template.endswith(")")
    text = thing.template.format(*[_written(u, not call) for u in thing.operands])
    return f"({text})" if inside and not call else text


def _function(row: Primitive, name: str, formula: Callable[..., Any], count: int, before: str) -> Helper:
    """A function of the numbers of the operands, constants included."""
    parameters = ", ".join([f"u{i}" for i in range(count)])
    writer = Statements("")
    try:
        # All operands are variables here: one function serves all nodes of a row.
        results = formula(writer, *_terms(writer, [None] * count, "u{}"))
        lines = writer.needed(*(results if isinstance(results, (tuple, list)) else [results]))
        returned = _listed(results) if isinstance(results, (tuple, list)) else str(results)
    except (TypeError, ValueError, AttributeError):
        lines = []
        what, given = ("partials", f"out, {parameters}") if before else ("value", parameters)
        returned = f"TABLE[{row.name!r}].{what}(FLOAT, {given})"
    unique = f"{name}_of_{count}" if row.variadic else name
    if unique in FUNCTIONS:  # it would call itself
        unique += "_"
    body = "\n    ".join([*lines, f"return {returned}"])
    return Helper(unique, f"def {unique}({before}{parameters}):\n    {body}\n")


def _listed(results: Sequence[Any]) -> str:
    return f"({', '.join([str(r) if isinstance(r, Term) else repr(r) for r in results])},)"
