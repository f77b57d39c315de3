"""What derivatives ought to be where a rule has to choose: at kinks, edges of domains, zeros, ties and switches of branches.

Nothing here knows a rule. A derivative at a point is the limit of derivatives beside it, each a difference of the oracle's
textbook function at a precision so high that nothing is lost: from every side, at two distances. Where the limits of all
orders agree from all sides, the function is smooth, and its derivative is the limit; where they do not, no number is right.
"""

from __future__ import annotations

import itertools
import math
import types
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from mpmath import mp, mpf
from oracle import ORACLE

from autograd.primitives import formulas
from autograd.primitives.table import Primitive

Point = tuple[float, ...]
Index = tuple[int, ...]
NEAR, NEARER = -100, -200  # binary exponents of the distances at which derivatives beside the point are taken
STEP = -40  # the difference's step, against the distance
BITS = 1400


class Limits(NamedTuple):
    """The derivative of one index beside a point, per side: a number, an infinity, or nan outside of the domain."""

    sides: tuple[float, ...]

    @property
    def inside(self) -> tuple[float, ...]:
        return tuple(x for x in self.sides if x == x)

    @property
    def agreed(self) -> float | None:
        """What all sides of the domain agree on; None if they do not, or if there are none."""
        first, *rest = self.inside or (math.nan,)
        return first if all(x == first or close(x, first) for x in rest) and first == first else None


def close(a: float, b: float, tolerance: float = 1e-9) -> bool:
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def directions(n: int) -> list[tuple[float, ...]]:
    """Sides from which a point of n moving operands is looked at: none along an axis or a diagonal, where kinks lie."""
    sizes: dict[int, list[tuple[float, ...]]] = {
        1: [(1.0,)],
        2: [(1.0, 0.375), (0.4375, 1.0)],
        3: [(1.0, 0.5625, 0.3125)],
    }
    signs = list(itertools.product((1.0, -1.0), repeat=n))
    return [tuple([s * x for s, x in zip(sign, size, strict=True)]) for size in sizes[n] for sign in signs]


def _real(f: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """F's value; None outside of its domain, where mpmath goes on with complex numbers or raises."""
    try:
        y = f(*operands)
    except (ValueError, ZeroDivisionError):
        return None
    return None if isinstance(y, mp.mpc) or mp.isnan(y) else mpf(y)


def _beside(f: Callable[..., Any], p: Point, index: Index, side: dict[int, float], exponent: int) -> Any:
    """The derivative of that index at p + 2**exponent * side; None outside of the domain."""
    moves = Counter(index)
    total = mpf(0)
    around = [mpf(u) + mp.ldexp(side.get(i, 0.0), exponent) for i, u in enumerate(p)]
    grids = [[(k, (-1) ** k * math.comb(n, k)) for k in range(n + 1)] for n in moves.values()]
    for corner in itertools.product(*grids):
        point, weight = list(around), 1
        for i, (k, w) in zip(moves, corner, strict=True):
            point[i] += mp.ldexp(moves[i] - 2 * k, exponent + STEP)
            weight *= w
        y = _real(f, point)
        if y is None:
            return None
        total += weight * y
    return mp.ldexp(total, -len(index) * (exponent + STEP + 1))


def _limit(near: Any, nearer: Any) -> float:
    if near is None or nearer is None:
        return math.nan
    if not mp.isfinite(nearer):
        return float(nearer)
    if abs(nearer - near) <= 1e-9 * max(1, abs(nearer)):
        return float(nearer) if abs(nearer) > 1e-50 else 0.0  # rounding
    assert abs(nearer) > 1.5 * abs(near), f"neither converges nor grows: {near}, {nearer}"
    return math.inf if nearer > 0 else -math.inf


@cache
def limits_of(f: Callable[..., Any], p: Point, index: Index, moving: Index = ()) -> Limits:
    """The limits of the derivative of that index, from every side in the operands that move."""
    moving = moving or tuple(sorted(set(index)))
    with mp.workprec(BITS):
        return Limits(
            tuple(
                _limit(*(_beside(f, p, index, dict(zip(moving, d, strict=True)), e) for e in (NEAR, NEARER)))
                for d in directions(len(moving))
            )
        )


def value_at(f: Callable[..., Any], p: Point) -> float:
    """The function itself at p; nan where it has no value."""
    here = _real(f, [mpf(u) for u in p])
    return math.nan if here is None else float(here)


def smooth(f: Callable[..., Any], p: Point, index: Index) -> bool:
    """Whether the function has derivatives up to that index at p, as far as limits from all sides can tell."""
    moving = tuple(sorted(set(index)))
    here = value_at(f, p)
    beside = limits_of(f, p, (), moving)
    return all(close(x, here) for x in beside.sides) and all(
        _agree(f, p, lower, moving) for n in range(1, len(index) + 1) for lower in itertools.combinations(index, n)
    )


def at_an_edge(f: Callable[..., Any], p: Point, index: Index) -> bool:
    """Whether the function's domain ends at p on some side, and it runs to its value there, or to a pole, on the others."""
    beside = limits_of(f, p, (), tuple(sorted(set(index))))
    here = value_at(f, p)
    return 0 < len(beside.inside) < len(beside.sides) and (
        here != here or all(x == here or close(x, here) for x in beside.inside)
    )


def smooth_beside(f: Callable[..., Any], p: Point, index: Index) -> bool:
    """Whether a first derivative exists all around p and is smooth, whatever the function itself does there: a step's is."""
    moving = tuple(sorted(set(index)))
    rests = {(i, index[:k] + index[k + 1 :]) for k, i in enumerate(index)}
    return any(
        all(_agree(f, p, (i, *lower), moving) for n in range(len(rest) + 1) for lower in itertools.combinations(rest, n))
        for i, rest in rests
    )


def _agree(f: Callable[..., Any], p: Point, index: Index, moving: Index) -> bool:
    found = limits_of(f, p, tuple(sorted(index)), moving)
    return len(found.inside) == len(found.sides) and found.agreed is not None and math.isfinite(found.agreed)


# --- the points --------------------------------------------------------------------------------------------------------


def constants(row: Primitive) -> set[float]:
    """The numbers that a row's formulas are written with: a branch that switches, switches at one of them."""
    found: set[float] = set()
    seen: set[Any] = set()
    codes: list[Any] = [f.__code__ for f in (row.value, row.partials, row.higher) if f is not None]
    while codes:
        code = codes.pop()
        if code in seen:
            continue
        seen.add(code)
        for x in code.co_consts:
            if isinstance(x, float):
                found.add(x)
            elif isinstance(x, types.CodeType):
                codes.append(x)
        helpers = (vars(formulas).get(name) for name in code.co_names)
        codes += [f.__code__ for f in helpers if isinstance(f, types.FunctionType)]
    return {x for x in found if abs(x) <= 100.0}


def special_points(row: Primitive) -> list[Point]:
    """Points at which something may happen: zeros, ones, whole and broken exponents, ties, kinks, switches of branches."""
    kinks = [operands for operands, _ in row.kinks if all(map(math.isfinite, operands))]
    edges = {0.0, 1.0, 2.0} | {u for p in kinks for u in p}
    written = {s * x for x in constants(row) for s in (1.0, -1.0)}
    grids: dict[str, list[Sequence[float]]] = {
        "pow": [(0.0, 1.0, 2.0, -1.0), (0.0, 1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 1.5, 2.5)],
        "pow_derivative": [(0.0, 1.0, -2.0), (0.0, 1.0, 2.0, 1.5), (1.0, 2.0), (0.0, 1.0)],
        "gauss": [sorted(written | edges), (0.5, 1.0)],
        "floordiv": [(0.0, 1.0, 4.0, -3.0, 0.5), (2.0, -1.0, 0.5)],  # beside a divisor of 0 jumps lie without end
        "mod": [(0.0, 1.0, 4.0, -3.0, 0.5), (2.0, -1.0, 0.5)],
        "fmod": [(0.0, 1.0, 4.0, -3.0, 0.5), (2.0, -1.0, 0.5)],
        "remainder": [(0.0, 1.0, 4.0, -3.0, 0.5), (2.0, -1.0, 0.5)],
        "polygamma": [(0.0, 1.0), (0.0, 1.0, -1.0, 0.5, 2.0)],
        "sinc_derivative": [(1.0, 2.0), (0.0, 1.0, -1.0, 0.5)],
        "round": [(0.0, 0.5, 1.0, 1.25, -2.5), (0.0, 1.0)],
        "pinned": [(1.0,), (0.0, 1.0), (0.0, 2.0)],
    }
    if row.name in grids:
        return list(itertools.product(*grids[row.name]))
    if row.variadic:
        lengths = (3, 5) if row.name == "dot" else (1, 2, 3)
        few = [p for n in lengths for p in itertools.product((0.0, 1.0, -1.0), repeat=n)]
        return kinks + (few if len(few) < 30 else few[::6] if row.name != "dot" else few[::25])
    if row.arity == 1:
        return [(u,) for u in sorted(edges | {-u for u in edges} | written | {0.5, -0.5, 3.0, math.pi / 2.0})]
    if row.arity == 2:
        return list(itertools.product(sorted(edges | {-1.0, 0.5}), repeat=2))
    return kinks + list(itertools.product((0.0, 1.0, -1.0, 2.0), repeat=row.arity))[::2]


def indices(name: str, p: Point) -> Iterator[Index]:
    """The second and third derivatives by operands that may move: of many operands, three of them."""
    orders = {"polygamma": (0,), "sinc_derivative": (0,), "pow_derivative": (2, 3)}.get(name, ())
    moving = [i for i in range(len(p)) if i not in ORACLE[name].flat and i not in orders]
    if len(moving) > 3:
        moving = [moving[0], moving[len(moving) // 2], moving[-1]]
    for n in (2, 3):
        yield from itertools.combinations_with_replacement(moving, n)
