"""Hidden dependences: what a function depends on, and no recording of it holds.

A plain number that was computed outside of the graph (a draw of `random`, the time, an entry of a list that changes) stands in
a tape as a constant. Two tapes of one function with the same decisions must be the same: a constant that moved betrays it, and
its line is known.
"""

import math
from collections.abc import Sequence
from typing import Any

from ..source import resolve
from .tape import Tape


def moved(numbers: Sequence[float], step: float) -> list[float]:
    """Other numbers near to given ones: no two differences are alike."""
    return [
        x + step * (1.0 + 0.1 * (i % 7)) * (abs(x) if x and math.isfinite(x) else 1.0) if math.isfinite(x) else x
        for i, x in enumerate(numbers)
    ]


def same_decisions(a: Tape, b: Tape) -> bool:
    """True if two tapes have the same decisions with the same outcomes."""
    return [(g.relation, g.outcome) for g in a.guards] == [(g.relation, g.outcome) for g in b.guards]


def reads(tape: Tape) -> bool:
    """True if a number of the tape was read as a plain one: then its constants may depend on that number."""
    return any(guard.relation == "is" for guard in tape.guards)


def difference(a: Tape, b: Tape) -> str:
    """The first difference of two tapes in words, with its line if b knows it; '' if there is none.

    Constants that a guard compares with are those of its relation; numbers that were read are no difference.
    """
    if a.op == b.op and a.start == b.start and a.operands == b.operands and a.constants.tobytes() == b.constants.tobytes():
        return "" if a.outputs == b.outputs and a.names == b.names else "the result is made of other nodes"
    for i in range(a.inputs, min(len(a), len(b))):
        x, y = a.operands_of(i), b.operands_of(i)
        if a.name(i) != b.name(i) or len(x) != len(y):
            return f"an operation was {a.name(i)} and is {b.name(i)}{_at(b, i)}"
        for u, v in zip(x, y, strict=True):
            if isinstance(u, float) and isinstance(v, float):
                if u.hex() != v.hex():
                    return f"a plain number was {u!r} and is {v!r}{_at(b, i)}"
            elif u != v or isinstance(u, float) or isinstance(v, float):
                return f"an operand of {b.name(i)} was another one{_at(b, i)}"
    if len(a) != len(b):
        return f"there were {len(a) - a.inputs:,} operations and are {len(b) - b.inputs:,}"
    for g, h in zip(a.guards, b.guards, strict=False):
        for o, p in ((g.left, h.left), (g.right, h.right)):
            u, v = a.operand(o), b.operand(p)
            if g.relation != "is" and str(u) != str(v):
                where = f" at {said(h.place)}" if h.place else ""
                return f"a number was compared with {u!r} and is compared with {v!r}{where}"
    for o, p in zip(a.outputs, b.outputs, strict=False):
        if str(a.operand(o)) != str(b.operand(p)):
            return f"a result that is no function of the inputs was {a.operand(o)!r} and is {b.operand(p)!r}"
    return ""


def _at(tape: Tape, i: int) -> str:
    place = tape.place[i] if tape.place else None
    return f" at {said(place)}" if place else ""


def said(place: Any) -> str:
    """A place in the source in words; '' if it is not known."""
    return str(resolve(place)) if type(place) is tuple else str(place or "")
