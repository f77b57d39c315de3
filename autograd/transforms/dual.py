"""Forward mode: numbers that carry their derivative along.

A `Dual` is primal + tangent*epsilon with epsilon**2 = 0. Applying a primitive reads the same row of the table as reverse
mode does, but knows nothing of graphs or sweeps: out_tangent = sum of partial * operand's tangent. Primal and tangent
may themselves be duals of an outer level (higher derivatives) or `Value`s (reverse inside forward). Levels keep
perturbations apart: a number of another derivative is a constant for this one, and a number of a finished derivative is
a constant for all (levels.py).

The operators + - * / restate their rules here instead of asking the table, as those of `Value` do; a test holds the two
together.
"""

from typing import Any

from ..conversions import vanishes
from ..levels import IN_PROGRESS
from ..modes import MODES, made_dual, recording_nodes
from ..operators import Tracer, apply, partials_of
from ..primitives.readers import FLOAT
from ..primitives.table import Primitive


class Dual(Tracer):
    """A number and its derivative along one direction.

    Args:
        level: the level of its forward pass (levels.py).
        primal: the number: a float, a `Value`, or a dual of an outer level.
        tangent: its derivative along the direction of that pass.

    Example:
        >>> from autograd.levels import Level
        >>> with Level() as level:
        ...     x = Dual(level.number, 3.0, 1.0)
        ...     (x * x).tangent
        6.0
    """

    __slots__ = ("__dict__", "level", "primal", "tangent")

    def __init__(self, level: int, primal: Any, tangent: Any) -> None:
        self.level: int = level
        self.primal: Any = primal
        self.tangent: Any = tangent

    @property
    def number(self) -> float:  # type: ignore[override]  # a dual is not assigned to
        """The plain number, below every level."""
        x = self.primal
        return x.number if isinstance(x, Tracer) else float(x)

    @property
    def _number(self) -> float:  # type: ignore[override]
        x = self.primal
        return x._number if isinstance(x, Tracer) else float(x)

    data = number  # as on a Value

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        """The dual that applies a primitive: its value, and the sum of partial * tangent over the operands of this level."""
        level = self.level
        if level not in IN_PROGRESS:
            return apply(primitive, tuple([alive(o) for o in operands]))
        if len(operands) == 1 and self.primal.__class__ is float and not MODES.active:  # the most frequent case, the quickest
            u = self.primal
            out = primitive.value(FLOAT, u)
            return Dual(level, out, primitive.partials(FLOAT, out, u)[0] * self.tangent)
        mine = [o.__class__ is Dual and o.level == level for o in operands]
        primals = tuple([o.primal if m else o for o, m in zip(operands, mine, strict=True)])
        out = apply(primitive, primals)
        if out.__class__ is float:
            partials = primitive.partials(FLOAT, out, *primals)
        elif MODES.active:
            with recording_nodes(rules=True):
                partials = partials_of(primitive, out, primals)
        else:
            partials = partials_of(primitive, out, primals)
        if MODES.active:
            made_dual(primitive, operands, out)
        tangent: Any = None
        for operand, m, partial in zip(operands, mine, partials, strict=True):
            if m:
                term = partial * operand.tangent
                tangent = term if tangent is None else tangent + term
        return Dual(level, out, tangent)

    def __add__(self, other: Any) -> Any:
        if self.level in IN_PROGRESS and not MODES.active:
            if other.__class__ is float:
                return Dual(self.level, self.primal + other, self.tangent)
            if other.__class__ is Dual and other.level == self.level:
                return Dual(self.level, self.primal + other.primal, self.tangent + other.tangent)
        return Tracer.__add__(self, other)

    def __radd__(self, other: Any) -> Any:
        if other.__class__ is float and self.level in IN_PROGRESS and not MODES.active:
            return Dual(self.level, other + self.primal, self.tangent)
        return Tracer.__radd__(self, other)

    def __sub__(self, other: Any) -> Any:
        if self.level in IN_PROGRESS and not MODES.active:
            if other.__class__ is float:
                return Dual(self.level, self.primal - other, self.tangent)
            if other.__class__ is Dual and other.level == self.level:
                return Dual(self.level, self.primal - other.primal, self.tangent - other.tangent)
        return Tracer.__sub__(self, other)

    def __rsub__(self, other: Any) -> Any:
        if other.__class__ is float and self.level in IN_PROGRESS and not MODES.active:
            return Dual(self.level, other - self.primal, -self.tangent)
        return Tracer.__rsub__(self, other)

    def __mul__(self, other: Any) -> Any:
        if self.level in IN_PROGRESS and not MODES.active:
            if other.__class__ is float:
                return Dual(self.level, self.primal * other, other * self.tangent)
            if other.__class__ is Dual and other.level == self.level:
                u, v = self.primal, other.primal
                return Dual(self.level, u * v, v * self.tangent + u * other.tangent)
        return Tracer.__mul__(self, other)

    def __rmul__(self, other: Any) -> Any:
        if other.__class__ is float and self.level in IN_PROGRESS and not MODES.active:
            return Dual(self.level, other * self.primal, other * self.tangent)
        return Tracer.__rmul__(self, other)

    def __truediv__(self, other: Any) -> Any:
        if self.level in IN_PROGRESS and not MODES.active:
            if other.__class__ is float and other != 0.0:
                return Dual(self.level, self.primal / other, (1.0 / other) * self.tangent)
            if other.__class__ is Dual and other.level == self.level and other.primal.__class__ is float and other.primal:
                v = other.primal
                out = self.primal / v
                return Dual(self.level, out, (1.0 / v) * self.tangent + -(out / v) * other.tangent)
        return Tracer.__truediv__(self, other)

    def __neg__(self) -> Any:
        if self.level in IN_PROGRESS and not MODES.active:
            return Dual(self.level, -self.primal, -self.tangent)
        return Tracer.__neg__(self)

    def _plain(self, kind: str) -> float:
        x = alive(self)  # a number of a finished derivative is a constant: nothing is lost
        if x is self:
            return Tracer._plain(self, kind)
        return x._plain(kind) if isinstance(x, Tracer) else float(x)

    def _has_no_gradient(self) -> bool:
        x = self.primal
        return _vanishes(self.tangent) and (not isinstance(x, Tracer) or x._has_no_gradient())

    def detach(self) -> Any:
        """The same number with no derivative in any direction."""
        x = alive(self)
        if x is not self:
            return x.detach() if isinstance(x, Tracer) else x
        return Dual(self.level, self.primal.detach() if isinstance(self.primal, Tracer) else self.primal, 0.0)

    def __repr__(self) -> str:
        if self.level not in IN_PROGRESS:
            return f"<{alive(self)!r}, kept from a derivative that has finished: a constant; float(...) is the number>"
        return f"Dual({self.primal!r}, tangent={self.tangent!r})"


def alive(x: Any) -> Any:
    """`x` without the parts of finished derivatives."""
    while x.__class__ is Dual and x.level not in IN_PROGRESS:
        x = x.primal
    return x


def _vanishes(tangent: Any) -> bool:
    """True if a tangent is 0, in all its own derivatives too."""
    if isinstance(tangent, Dual):
        return _vanishes(tangent.primal) and _vanishes(tangent.tangent)
    return vanishes(tangent) if isinstance(tangent, Tracer) else bool(tangent == 0.0)
