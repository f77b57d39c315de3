"""Remedies at the edges of an operation's domain, by its row of the table: changes that keep the operand inside.

"Keep the operand away from 0" helps sqrt and misleads for acos, whose edges are -1 and 1, and for log(-1), where adding a small
number changes nothing.
"""

import re
from collections.abc import Sequence

from autograd import TABLE

_UNIT = "keep the operand strictly between -1 and 1: clamp(x, -1 + 1e-7, 1 - 1e-7)"
_ORIGIN = "keep the point away from the origin: sqrt(x*x + y*y + 1e-12), or work with the square of the length"
_DIVISOR = "keep the divisor away from 0: divide by (x + 1e-8); or, if it is a root, add it under the root: sqrt(x + 1e-8)"
EXPONENT = "softmax and logsumexp take the largest exponent out first; or keep the exponent small"
_LARGE = (
    "look at what grows from step to step: a weight above 1 in a recurrence, steps that are too long; clip_gradients, smaller "
    "initial weights"
)
_GAMMA = "keep the operand above 0: it is infinite at 0, -1, -2, ..."
_NEAR = 1.0  # a divisor below it makes a quotient large
_ZERO = "keep the operand away from 0, where the derivative is infinite, or use a square instead"
_REMEDIES = {
    "log1p": "keep the operand above -1: log1p(x) is log(1 + x)",
    "asin": _UNIT,
    "acos": _UNIT,
    "atanh": _UNIT,
    "acosh": "keep the operand above 1: maximum(x, 1 + 1e-7)",
    "tan": "keep the operand away from pi/2 and whole multiples of pi from it",
    "cbrt": _ZERO,
    "div": _DIVISOR,
    "floordiv": _DIVISOR,
    "mod": _DIVISOR,
    "fmod": _DIVISOR,
    "remainder": _DIVISOR,
    "atan2": _ORIGIN,
    "hypot": _ORIGIN,
    "norm": _ORIGIN,
    "dist": _ORIGIN,
    "xlogy": "keep the second operand above 0",
    "gamma": _GAMMA,
    "lgamma": _GAMMA,
    "digamma": _GAMMA,
    "polygamma": _GAMMA,
} | dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), EXPONENT)


def remedy(op: str, operands: Sequence[float]) -> str:
    """The change that makes an operation, or its derivative, finite.

    Args:
        op: the name of its row.
        operands: the numbers that it was given.

    Example:
        >>> remedy("acosh", [1.0])
        'keep the operand above 1: maximum(x, 1 + 1e-7)'
        >>> remedy("log", [-1.0])
        'keep the operand above 0, where it is -1: what should be positive is a square, exp(x), softplus(x)'
    """
    first = operands[0] if operands else 0.0
    if op in ("log", "log2", "log10", "sqrt") and first < 0.0:
        return f"keep the operand above 0, where it is {first:g}: what should be positive is a square, exp(x), softplus(x)"
    if op in ("log", "log2", "log10"):
        return "compute the logarithm from logits (cross_entropy, logsumexp, logsigmoid), or add a small number to the operand"
    if op == "sqrt":
        return "keep the operand above 0: sqrt(x + 1e-12), norm(...) whose derivative at 0 is 0, or a square instead"
    if op == "div" and operands[-1]:
        if abs(operands[-1]) > _NEAR:
            return _LARGE
        at = f"keep the divisor away from 0, where it is {operands[-1]:g}"
        return f"{at}: begin elsewhere, or bound it, as maximum(x, 0.01) does"
    if op == "pow":
        if first < 0.0:
            return f"keep the base above 0, where it is {first:g}: a fraction as exponent has no real value below; or abs(x)"
        return "keep the base above 0, e.g. (x + 1e-8): at 0 an exponent below 1 gives an infinite value or derivative"
    row = TABLE.get(op)
    if row is not None and row.linear and op not in _REMEDIES:
        return _LARGE  # sums and products have no edges: a number has grown beyond the largest
    return _REMEDIES.get(op) or _by_domain(op, operands)


def _by_domain(op: str, operands: Sequence[float]) -> str:
    """The domain from the row, with the operands' numbers: for rows that somebody has defined."""
    row = TABLE.get(op)
    names = row.operand_names if row else ()
    if row is None or row.domain == "True" or len(names) != len(operands):
        return "keep the operands inside the domain; strict() raises here at once"
    used = [f"{name} = {x:g}" for name, x in zip(names, operands, strict=True) if re.search(rf"\b{name}\b", row.domain)]
    return f"keep to {row.domain}, where {op} is differentiable; here {', '.join(used)}"
