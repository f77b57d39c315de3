"""Tracers that Python is about to turn into plain numbers: `float(v)`, `int(v)`, `xs[v]`, `math.exp(v)`, `statistics.mean(vs)`.

A plain number has no gradient, so this is refused, with what to write instead. It is allowed where nothing is lost: for a
number whose derivative is 0 wherever it has one, such as floor(v), so that `table[floor(x)]` is what it looks like; and for
a node computed inside `no_grad()`, whose gradient has been given up in the open.
"""

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

from .errors import ArgumentError, LostGradientError
from .foreign import AUTOGRAD, LIBRARIES
from .modes import UNRECORDED
from .source import call_of_user

FUNCTIONS: set[str] = set()  # the names of all functions, for a message: functions.py, which needs this module, notes them

# The ends of messages.
_DATA = "or v.data if only the number is wanted"
_ENGINE = f"use the engine's functions (autograd.exp(v) instead of math.exp(v)) to keep the gradient, {_DATA}"
_REMEDIES = {
    "float": _ENGINE,
    "int": "write int(v.data), or int(math.floor(v)), whose derivative is 0 anyway",
    "whole number": "write xs[int(v.data)] or range(int(v.data)), or math.floor(v), whose derivative is 0 anyway",
    "complex": f"the engine is real: differentiate the real and the imaginary part separately, {_DATA}",
    "float()": "a Value computes as it is, without float(v); write v.data if only the number is wanted",
    "array": (
        "use an array of objects, np.zeros(3, dtype=object), which holds Values where an array of floats cannot, to keep the "
        f"gradient, {_DATA}"
    ),
    "library": "it takes plain numbers: write v.data, or [v.data for v in values]",
}


def is_piecewise_constant(node: Any) -> bool:
    """True if the derivative of a `Value` is 0 wherever it has one: a step function, or computed from such numbers alone.

    >>> from autograd import Value, floor
    >>> x = Value(2.5)
    >>> is_piecewise_constant(2 * floor(x) + 1), is_piecewise_constant(2 * x)
    (True, False)
    """
    return not _reaches_a_variable(
        node, lambda v: () if v.primitive is not None and v.primitive.step and not any(v.partials) else v.parents
    )


def vanishes(node: Any) -> bool:
    """True if a `Value` is 0 and no change of a variable moves it: 0 times a variable, not a variable that is 0."""
    return node._number == 0.0 and not _reaches_a_variable(
        node, lambda v: [parent for parent, d in zip(v.parents, v.partials, strict=True) if d]
    )


def _reaches_a_variable(node: Any, through: Callable[[Any], Iterable[Any]]) -> bool:
    """True if a way of those that `through` gives of each node leads to a leaf, or to a rule made by hand."""
    left, seen = [node], set()
    while left:
        v = left.pop()
        if v in seen or v._grad is UNRECORDED:
            continue
        seen.add(v)
        if not v.parents or v.partials is None:
            return True
        left.extend(through(v))
    return False


def formatted(number: float, spec: str) -> str:
    """The number of a `Value` in a format.

    Raises:
        ArgumentError: no format of floats.
    """
    try:
        return format(number, spec)
    except ValueError as error:
        raise ArgumentError(
            f"a Value is formatted as a float: {error}; write f'{{int(v.data):d}}' for a whole number, "
            "f'{v!s:>30}' for its text"
        ) from None


def lost(v: Any, kind: str) -> LostGradientError:
    """The error for a conversion that would drop the gradient; it names the call that asked for it, if visible.

    Args:
        kind: the kind of the plain number: 'float', 'int', 'complex', or 'whole number' for an index or a count.
    """
    source, library = call_of_user(sys._getframe(1))
    text = source.text if source else ""
    what = f"{text or 'this'} would turn {v!r} into a plain {kind}{library and f', in {library},'} and drop its gradient"
    if library and not library.startswith("numpy."):
        return LostGradientError(f"{what}; {_of_library(library)}", v)
    if text.startswith(("'", '"')):
        return LostGradientError(f"{what}; format it by f'{{v:.2f}}' or '{{:.2f}}'.format(v), or use v.data", v)
    called = text.partition("(")[0].rpartition(".")[2]
    if hasattr(math, called) and (known := _of_math(called, kind)):
        return LostGradientError(f"{text} takes a plain {kind}, which drops the gradient of {v!r}; {_or_data(known)}", v)
    if kind == "float" and (text.endswith("]") or "dtype" in text or "astype" in text):  # an item, or the making of an array
        kind = "array"
    return LostGradientError(f"{what}; {_REMEDIES['float()' if called == kind == 'float' else kind]}", v)


def _of_math(called: str, kind: str) -> str:
    """The code to write instead of a function of `math`; '' for one of whole numbers."""
    if called in AUTOGRAD:
        return AUTOGRAD[called]
    ours = f"autograd.{called}" if called in FUNCTIONS else "the engine's functions (autograd.exp, ...)"
    return "" if kind == "whole number" and called not in FUNCTIONS else f"use {ours} to keep the gradient"


def _of_library(library: str) -> str:
    """The code to write instead of a function of another library."""
    known = LIBRARIES.get(library) or LIBRARIES.get(library.partition(".")[0])
    return _or_data(known) if known else _REMEDIES["library"]


def _or_data(remedy: str) -> str:
    return remedy if ".data" in remedy else f"{remedy}, {_DATA}"
