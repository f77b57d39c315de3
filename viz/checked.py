"""Checks of a picture's arguments, made before any work is done: an error says what is wrong and what belongs there.

Each function returns its argument in the form in which it is used. `what` is the argument as a user writes it, such as
'draw(boxes=...)'.
"""

import inspect
import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeGuard

from autograd import ArgumentError, OperandError, Value
from autograd.errors import described, did_you_mean, shown

DIGITS = 50  # digits of a number; floats have 17, and Python writes no more than 2**31
DENSE = 2400.0  # pixels of an inch: no printer has more
LARGE = 1000.0  # inches: a wider figure would have more than 72,000 points


def not_a_root(thing: Any, caller: str) -> OperandError:
    """The error for a root that no picture can begin at, with the remedy for the usual suspects."""
    if hasattr(thing, "save_as"):
        remedy = ": this is a picture already; write picture.save_as('graph.svg')"
    elif hasattr(thing, "layers") or hasattr(thing, "parameters"):
        remedy = ": give what it computes, such as the cost; viz.network(model) draws the network itself"
    elif isinstance(thing, (list, tuple)) and any(isinstance(item, Value) for item in thing):
        remedy = ": give one of the values, or what they are added up to"
    elif isinstance(thing, (int, float)):
        remedy = ": a plain number does not know how it was computed"
    elif callable(thing):
        remedy = ": call it, and give what it returns"
    elif isinstance(thing, (str, os.PathLike)):
        remedy = ": open a file with load_recording(path)"
    else:
        remedy = ""
    return OperandError(f"{caller} a Value or a Recording, got {described(thing)}{remedy}")


def truth(answer: Any, what: str) -> bool:
    """True or False.

    Raises:
        ArgumentError: it is something else: whoever writes terms='no' means the opposite of what Python understands.
    """
    if not isinstance(answer, bool) and type(answer).__name__ not in ("bool", "bool_"):  # bool_ is NumPy's
        raise ArgumentError(f"{what.replace('...', shown(answer))}: it is True or False")
    return bool(answer)


def is_function(thing: Any) -> TypeGuard[Callable[..., Any]]:
    """True for what is called with a node; a class is not, although it can be called."""
    return callable(thing) and not isinstance(thing, type)


def choice(name: Any, what: str, known: Sequence[str], meaning: str) -> str:
    """One of several names.

    Raises:
        ArgumentError: it is none of them.
    """
    if not isinstance(name, str) or name not in known:
        near = next((k for k in known if str(name).casefold() == k.casefold()), None)
        hint = f" Did you mean {near!r}?" if near else did_you_mean(str(name), known)
        raise ArgumentError(f"{what.replace('...', shown(name))}: {meaning}.{hint}")
    return name


def text(words: Any, what: str) -> str:
    """Text.

    Raises:
        ArgumentError: it is something else.
    """
    if not isinstance(words, str):
        raise ArgumentError(f"{what.replace('...', shown(words))}: it is text, got {type(words).__name__}")
    return words


def inches(size: Any, what: str) -> tuple[float, float]:
    """The width and the height of a figure.

    Raises:
        ArgumentError: not two numbers, or no possible ones.
    """
    try:
        width, height = (math.nan if isinstance(side, (str, bool, Value)) else float(side) for side in size)
    except (TypeError, ValueError):
        width = height = math.nan
    if not (0.0 < width <= LARGE and 0.0 < height <= LARGE):
        raise ArgumentError(f"{what.replace('...', shown(size))}: it is (width, height) in inches, above 0 and up to {LARGE:g}")
    return width, height


def dots(x: Any, what: str) -> float:
    """The pixels of an inch.

    Raises:
        ArgumentError: no number, or not from 1 to 2400.
    """
    density = number(x, what)
    if not 1.0 <= density <= DENSE:
        raise ArgumentError(f"{what.replace('...', shown(x))}: it is the number of pixels of an inch, from 1 to {DENSE:g}")
    return density


def number(x: Any, what: str) -> float:
    """A plain finite number.

    Raises:
        ArgumentError: it is something else.
    """
    try:
        value = math.nan if isinstance(x, (str, bool, Value)) else float(x)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise ArgumentError(f"{what.replace('...', shown(x))}: it is a number")
    return value


def known_options(options: Iterable[str], of: Callable[..., Any], caller: str) -> None:
    """Check that a function has these options.

    Args:
        of: the function.
        caller: the function that was given them, for the message.

    Raises:
        ArgumentError: it does not have one of them.
    """
    known = [p.name for p in inspect.signature(of).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise ArgumentError(f"{caller} has no option {name!r}.{did_you_mean(name, known)} There are: {', '.join(known)}")
