"""Diagnoses of numbers: the origins of nan and inf, lost digits, poles, and values that differ from their formula.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Only the origin of a nan is
reported, never the nodes that became nan because of it.
"""

import math
import sys
from collections.abc import Iterator
from decimal import Decimal

from autograd import TABLE
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import UNKNOWN

from .... import style
from ..evidence.edges import EXPONENT, remedy
from ..evidence.exactly import DIGITS, at_fifty_digits, exactly
from ..evidence.found import Found
from ..evidence.passes import Pass, is_product
from ..evidence.statements import source_at
from ..evidence.thresholds import CANCELLED, DIGITS_LOST, LARGE_GRADIENT, NOISE, OVERFLOW, POLE, REACHED, ROUNDED, STALE
from ..evidence.training import Training

_EPSILON = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
_POW = TABLE["pow"]
_EVALUATED = 20_000  # nodes of a pass to compute again: more would take longer than the pass
_AT_FIFTY = 4000  # nodes of a pass to compute at fifty digits, which takes some 50 times as long


def _finite(x: float) -> bool:
    return x - x == 0.0


# --- nan and inf -------------------------------------------------------------------------------------------------------


def _broken(training: Training) -> Pass | None:
    return training.passes[training.broken] if training.broken < len(training.passes) else None


def _underflow(p: Pass, i: int) -> int | None:
    """The product that was rounded to 0 and made node i not finite; None if there is none."""
    for q in p.parents[i]:
        while p.nodes.data[q] == 0.0 and is_product(p.rows[q]):
            numbers = [p.nodes.data[o] if isinstance(o, int) else o for o in p.operands_of(q)]
            if all(numbers):
                return q
            zeros = [o for o in p.operands_of(q) if isinstance(o, int) and p.nodes.data[o] == 0.0]
            if not zeros:  # multiplied by a number that is 0, a mask for example
                break
            q = zeros[0]
    return None


def not_finite(training: Training) -> Iterator[Found]:
    """The node at which nan or inf begins in the forward pass."""
    p = _broken(training)
    i = p.nodes.origin(len(p.nodes) - 1) if p else None
    if p is None or i is None or _underflow(p, i) is not None:
        return
    x, constants = p.nodes.data[i], [o for o in p.operands_of(i) if isinstance(o, float) and not _finite(o)]
    evidence = {"pass": float(training.broken + 1), "value": x}
    if not p.parents[i]:
        yield Found(
            p.source(i),
            f"{p.name(i)} is {x!r} before anything is computed from it",
            "look at where the number comes from",
            evidence,
            (p.nodes.name(i),),
        )
    elif constants:
        yield Found(
            p.source(i),
            f"{p.written(i)} = {x!r}: a number that was given to it is {constants[0]!r} already",
            "look at where it comes from: a gap in the data, to be left out or filled; a division by a deviation of 0",
            evidence,
            (p.nodes.name(i),),
        )
    else:
        narrow = p.recording.precision if _finite(_evaluated(p, i) or 0.0) and p.recording.precision != "float64" else ""
        yield Found(
            p.source(i),
            f"{p.written(i)} = {x!r}, though every operand is finite: it begins here{_when(training)}"
            + (f", where {narrow} ends" if narrow else ""),
            "smaller numbers: data scaled to about 1, shorter steps, or float64"
            if narrow
            else _domain_remedy(p, i) + _why(training),
            evidence,
            (p.nodes.name(i),),
        )


def _why(training: Training) -> str:
    """The advice where it is training that has brought the number to the edge."""
    return "; if it is training that drives it there, look at the sign and the length of the steps" if training.broken else ""


def _when(training: Training) -> str:
    return f", in pass {training.broken + 1}" if training.broken else ""


def _domain_remedy(p: Pass, i: int) -> str:
    if p.recording.computed_by and p.rows[i] is UNKNOWN:
        return f"look at how the derivative of {p.ops[i]} is computed, and at what it divides by"
    return remedy(p.ops[i], [p.nodes.data[o] if isinstance(o, int) else o for o in p.operands_of(i)])


def underflow(training: Training) -> Iterator[Found]:
    """A product of many factors was rounded to 0, and 0 is outside the domain of the next operation."""
    p = _broken(training)
    i = p.nodes.origin(len(p.nodes) - 1) if p else None
    q = _underflow(p, i) if p and i is not None else None
    if p and i is not None and q is not None:
        yield Found(
            p.source(q),
            f"{p.written(q)} is rounded to 0, and {p.written(i)} = {p.nodes.data[i]!r} comes of it",
            "add logarithms instead of multiplying probabilities",
            {"value": 0.0},
            (p.nodes.name(q),),
        )


def _first_bad(p: Pass) -> int | None:
    """The first contribution that is not finite although its upstream gradient is finite."""
    columns = p.recording.columns
    for k, (c, u) in enumerate(zip(columns["contribution"], columns["upstream"], strict=True)):
        if not _finite(c) and _finite(u):
            return k
    return None


def _not_taken(p: Pass, i: int) -> int | None:
    """The choice that blocks the gradient to a node: a `where` that took the other branch, a `maximum` of a larger operand."""
    while len(p.users[i]) == 1:
        user = p.users[i][0]
        passed = [d for q, d in zip(p.parents[user], p.locals(user), strict=False) if q == i]
        if p.rows[user].gate and p.rows[user].arity != 1 and not any(passed):
            return user
        i = user
    return None


def _backward_trouble(training: Training) -> tuple[Pass, int, int | None] | None:
    """The pass, the contribution at which nan or inf begins in it, and the choice that blocks its branch."""
    p = _broken(training)
    if p is None or not _finite(p.cost):
        return None
    k = _first_bad(p)
    if k is None:
        return None
    step = p.recording[k]
    return p, k, _not_taken(p, step.node.id) if step.upstream == 0.0 else None


def where_trap(training: Training) -> Iterator[Found]:
    """A branch that is not taken has an infinite derivative: 0 * inf is nan."""
    trouble = _backward_trouble(training)
    if trouble and trouble[2] is not None:
        (p, k, _), choice = trouble, trouble[2]
        step = p.recording[k]
        yield Found(
            p.source(step.node.id),
            f"the derivative of {p.written(step.node.id)} is {step.local!r}; {p.ops[choice]}() does not take this "
            f"branch and passes 0 to it, and 0 × {step.local!r} is nan",
            "give the branch itself a harmless operand: where(x > 0, log(where(x > 0, x, 1.0)), 0.0)",
            {"local": step.local, "upstream": step.upstream},
            (p.nodes.name(step.node.id),),
        )


def not_finite_backward(training: Training) -> Iterator[Found]:
    """The first contribution that is nan or inf although the cost is finite."""
    trouble = _backward_trouble(training)
    if trouble is None or trouble[2] is not None:
        return
    p, k, _ = trouble
    step = p.recording[k]
    i = step.node.id
    product = f"{style.number(step.local)} × {style.number(step.upstream)} = {style.number(step.contribution)}"
    what = f"the derivative of {p.written(i)} is {step.local!r}" if not _finite(step.local) else "the gradient overflows"
    yield Found(
        p.source(i),
        f"{what}: {p.name(step.parent.id)}.grad += {product}, though the cost is finite{_when(training)}",
        _domain_remedy(p, i) if not _finite(step.local) else "make the factors smaller; clip_gradients",
        {"local": step.local, "upstream": step.upstream},
        (p.nodes.name(i),),
    )


# --- before it happens -------------------------------------------------------------------------------------------------


def pole(training: Training) -> Iterator[Found]:
    """An operation next to a pole, and a gradient that is large because of it."""
    for p in training.looked_at:
        largest = max((abs(p.upstream[i]) for i in p.leaves), default=0.0)
        if largest < LARGE_GRADIENT:
            continue
        steep = [
            (abs(d), i)
            for i in p.interior
            if p.rows[i].pole and (p.rows[i] is not _POW or _exponent(p, i) < 1.0)
            for q, d in zip(p.parents[i], p.locals(i), strict=False)
            if abs(d) > POLE and abs(d * p.upstream[i]) > LARGE_GRADIENT
        ]
        if steep:
            d, i = max(steep)
            yield Found(
                p.source(i),
                f"{p.written(i)} is next to a pole: its local derivative is {style.number(d)}, and the "
                f"largest gradient of a leaf {style.number(largest)}",
                _domain_remedy(p, i),
                {"local": d, "gradient": largest},
                (p.nodes.name(i),),
            )
            return


def _exponent(p: Pass, i: int) -> float:
    """The exponent of a power: from 1 on there is no pole, and the derivative is large because the base is."""
    exponent = p.operands_of(i)[1]
    return p.nodes.data[exponent] if isinstance(exponent, int) else exponent


def near_overflow(training: Training) -> Iterator[Found]:
    """An exponential that is about to overflow."""
    for p in training.looked_at:
        for i in p.interior:
            limit = _overflows_at(p, i)
            if limit is not None:
                yield Found(
                    p.source(i),
                    f"{p.written(i)} = {style.number(p.nodes.data[i])}; from {p.ops[i]}({limit:.1f}) on it is inf",
                    EXPONENT,
                    {"value": p.nodes.data[i]},
                    (p.nodes.name(i),),
                )
                return


def _overflows_at(p: Pass, i: int) -> float | None:
    """The operand at which an exponential (a function whose slope is about its value) overflows, if it is near; else None."""
    if p.rows[i].arity != 1:
        return None
    u, out = p.nodes.data[p.parents[i][0]], abs(p.nodes.data[i])
    if not abs(u) > OVERFLOW or not 1.0 < out < math.inf:
        return None
    slope = abs(p.locals(i)[0])
    return math.copysign(abs(u) + math.log(sys.float_info.max / out) * out / slope, u) if slope >= 0.5 * out else None


def lost_digits(training: Training) -> Iterator[Found]:
    """A number whose digits are lost by rounding, so many that it can be seen in the cost."""
    # What is left of a cost that has become 0 is rounding, and nobody misses its digits.
    least = REACHED * abs(training.first.cost) if training.first else 0.0
    found = next((f for p in training.looked_at if not _is_rounding(p) and (f := _cancelling(p, least))), None)
    if found is None and training.first and not _is_rounding(training.first):
        found = _differs(training.first)  # later errors may be no more than rounding, and that is well
    if found:
        yield found


def _is_rounding(p: Pass) -> bool:
    """True for a cost whose terms cancel, as those of a policy gradient do that are centred: it is 0 in truth."""
    return abs(p.cost) <= CANCELLED * math.fsum(abs(c * p.nodes.data[i]) for i, c in p.terms)


def _cancelling(p: Pass, least: float) -> Found | None:
    """A difference of nearly equal computed numbers.

    Args:
        least: a cost below which rounding does not matter.
    """
    for i in p.interior:
        operands = p.parents[i]
        if (
            len(operands) != 2
            or p.rows[i].linear != "all"
            or len(p.shape.operands[i]) != 2
            or not all(p.parents[o] for o in operands)
        ):
            continue  # leaves and constants are exact
        size = max(abs(p.nodes.data[o]) for o in operands)
        shift = abs(p.upstream[i]) * size * _EPSILON[p.recording.precision]
        if abs(p.nodes.data[i]) < DIGITS_LOST * size and p.cost and shift > NOISE * max(abs(p.cost), least):
            exact = None if i in p.recording.by_hand else exactly(p, i)
            if exact is not None and abs(exact - p.nodes.data[i]) <= NOISE * abs(exact):
                continue  # nothing was rounded: these digits are right
            evidence = {"difference": p.nodes.data[i], "operand": size}
            return Found(
                p.source(i),
                f"{p.written(i)} = {style.number(p.nodes.data[i])}: nearly all digits cancel, and the "
                f"rounding of the operands moves the cost by {shift / abs(p.cost):.0e} of itself"
                + ("" if exact is None else f"; without any rounding it is {style.number(exact)}"),
                "subtract before squaring: mean((x - m)**2) instead of mean(x**2) - m**2",
                evidence if exact is None else evidence | {"exact": exact},
                (p.nodes.name(i),),
            )
    return None


def _differs(p: Pass) -> Found | None:
    """The node at which a graph loses the digits that the same graph has at fifty digits, if its cost differs."""
    if len(p.nodes) > _AT_FIFTY or p.recording.by_hand or p.recording.precision != "float64" or p.recording.computed_by:
        return None
    exact = at_fifty_digits(p, range(len(p.nodes)))
    root = len(p.nodes) - 1
    errors = {i: _error(p.nodes.data[i], x) for i, x in exact.items()}
    if not exact or not p.cost or not NOISE < errors[root] < 1.0:
        return None  # a number that is 0 in truth has no digits
    for i in p.interior:
        own = max((errors[q] for q in p.parents[i]), default=0.0)
        right = float(exact[i])
        moved = abs(p.upstream[i] * (right - p.nodes.data[i]))
        if errors[i] > NOISE and own < ROUNDED and moved > 0.1 * errors[root] * abs(p.cost):
            return Found(
                p.source(i),
                f"{p.written(i)} = {style.number(p.nodes.data[i], 8)}, at {DIGITS} digits {style.number(right, 8)}: the "
                f"cost is {style.number(p.cost, 8)} for {style.number(float(exact[root]), 8)}",
                "another form: log1p(x) for log(1 + x), expm1(x) for exp(x) - 1, a difference before its squares",
                {"value": p.nodes.data[i], "exact": right, "cost": p.cost, "exact cost": float(exact[root])},
                (p.nodes.name(i),),
            )
    return None


def _error(x: float, exact: Decimal) -> float:
    """The difference to the exact number, relative to it."""
    return abs(float((Decimal(x) - exact) / exact)) if exact else 0.0 if x == 0.0 else math.inf


# --- values that are not those of their formula ------------------------------------------------------------------------


def _evaluated(p: Pass, i: int) -> float | None:
    """A node computed again from its operands; None if its operation is not in the table, or the node was made by hand."""
    row = TABLE.get(p.ops[i])
    if row is None or i in p.recording.by_hand:
        return None
    return float(row.value(FLOAT, *(p.nodes.data[o] if isinstance(o, int) else o for o in p.operands_of(i))))


def stale(p: Pass) -> int | None:
    """The first node whose value differs from the value that its operands give now."""
    data, operands_of, ops, by_hand, last = p.nodes.data.tolist(), p.operands_of, p.ops, p.recording.by_hand, ""
    for i in range(len(p.leaves), min(len(p.nodes), _EVALUATED)):
        if ops[i] != last:
            last, row = ops[i], TABLE.get(ops[i])
        if row is None or i in by_hand:
            continue
        now, then = row.value(FLOAT, *[data[o] if o.__class__ is int else o for o in operands_of(i)]), data[i]
        if now != then and abs(now - then) > STALE * max(abs(now), abs(then), 1e-300):
            return i
    return None


def _stale_pass(training: Training) -> tuple[Pass, int] | None:
    # The numbers of another framework are rounded in its own way.
    passes = (p for p in training.looked_at if not p.recording.computed_by)
    return training.once("stale", lambda: next(((p, i) for p in passes if (i := stale(p)) is not None), None))


def data_changed(training: Training) -> Iterator[Found]:
    """Data was assigned between the forward and the backward pass: the local derivatives are taken at other numbers."""
    stale = _stale_pass(training)
    if stale is None or stale[1] in stale[0].old:
        return
    p, i = stale
    now = _evaluated(p, i)
    leaves = [q for q in p.parents[i] if not p.parents[q]]
    changed = [q for q in leaves if (u := p.updates.get(p.key_of.get(q))) and u.moved]
    source = source_at(p.updates[p.key_of[changed[0]]].place) if changed else p.source(i)
    leaves = changed or leaves
    names = ", ".join(p.name(q) for q in leaves[:3]) or p.name(i)
    yield Found(
        source,
        f"the data of {names} was changed between the forward and the backward pass: {p.name(i)} was "
        f"{style.number(p.nodes.data[i], 6)}, from what is there now it would be {style.number(now or 0.0, 6)}",
        "change data after backward(), and compute the cost again before the next",
        {"recorded": p.nodes.data[i], "now": now or 0.0},
        (p.nodes.name(i),),
    )


def forward_not_repeated(training: Training) -> Iterator[Found]:
    """The cost is computed from nodes of an earlier forward pass although parameters have changed since."""
    stale = _stale_pass(training)
    if stale is not None and stale[1] in stale[0].old:
        p, i = stale
        yield Found(
            p.source(i),
            f"{p.name(i)} was computed before the parameters changed, and is used again: it is "
            f"{style.number(p.nodes.data[i], 6)}, now it would be {style.number(_evaluated(p, i) or 0.0, 6)}",
            "compute the outputs inside the loop, once per step",
            {"recorded": p.nodes.data[i]},
            (p.nodes.name(i),),
        )
