"""Forward mode: numbers that carry their derivative along.

A `Dual` is primal + tangent*epsilon with epsilon**2 = 0. Applying a primitive reads the same row of the table as reverse
mode does, but knows nothing of graphs or sweeps: out_tangent = sum of partial * operand's tangent. Primal and tangent
may themselves be duals of an inner level (higher derivatives) or `Value`s (reverse inside forward). Levels keep
perturbations apart: what belongs to another derivative is a constant for this one.
"""

import itertools
from typing import Any

from .modes import MODES, observe_dual, recording
from .operators import Tracer, apply, partials_of
from .primitives import Primitive
from .readers import FLOAT

_levels = itertools.count(1)


def new_level() -> int:
    """A level above all those in use: a forward pass inside another perturbs innermost."""
    return next(_levels)


class Dual(Tracer):
    """A number and its derivative along one direction.

    Args:
        level: which forward pass it belongs to (`new_level()`).
        primal: the number: a float, a `Value`, or a dual of an inner level.
        tangent: its derivative along the direction of that pass.

    Example:
        >>> x = Dual(new_level(), 3.0, 1.0)
        >>> (x * x).tangent
        6.0
    """

    __slots__ = ("__dict__", "level", "primal", "tangent")

    def __init__(self, level: int, primal: Any, tangent: Any) -> None:
        self.level = level
        self.primal = primal
        self.tangent = tangent

    @property
    def number(self) -> float:  # type: ignore[override]  # a dual is not assigned to
        """The plain number, below every level."""
        x = self.primal
        return x.number if isinstance(x, Tracer) else float(x)

    data = number  # as on a Value

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> "Dual":
        """The dual that applies a primitive: its value, and the sum of partial * tangent over the operands of this level."""
        level = self.level
        mine = [isinstance(o, Dual) and o.level == level for o in operands]
        primals = tuple(o.primal if m else o for o, m in zip(operands, mine, strict=True))
        out = apply(primitive, primals)
        if any(isinstance(p, Tracer) for p in primals):
            with recording(rules=True):
                partials = partials_of(primitive, out, primals)
        else:
            partials = primitive.partials(FLOAT, out, *primals)
        if MODES.active:
            observe_dual(primitive, operands, out)
        tangent: Any = None
        for operand, m, partial in zip(operands, mine, partials, strict=True):
            if m:
                term = partial * operand.tangent
                tangent = term if tangent is None else tangent + term
        return Dual(level, out, tangent)

    def detach(self) -> "Dual":
        """The same number with no derivative in any direction."""
        return Dual(self.level, self.number, 0.0)

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, tangent={self.tangent!r})"
