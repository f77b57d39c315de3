"""`check_gradients`: is the derivative right?

Three independent answers to one question are compared: reverse mode, forward mode, and differences of the function's values
(differences.py), for first derivatives and, with the gradient in the place of the function, for second derivatives. When
they disagree, every primitive of the graph is checked alone, and the worst is named. Where differences cannot tell, at a
kink or where rounding hides the answer, a warning says so: right code is not accused.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..errors import ArgumentError, GradientCheckError, GradientCheckWarning
from ..foreign import teach_keywords
from ..modes import no_grad
from ..notices import warn
from ..operators import Tracer, apply, partials_of
from ..primitives.readers import FLOAT
from ..primitives.table import Primitive
from ..reverse import topological_order
from ..structure import flatten
from ..transforms.adjoints import gradients, plain
from ..transforms.forward import function, push
from ..value import Value
from .differences import Ladder, Verdict, climb, steps
from .rounding import Rounding


@teach_keywords
def check_gradients(f: Callable[..., object], *args: Any, order: int = 2, rtol: float = 1e-6, atol: float = 0.0) -> None:
    """Compare f's derivatives in both modes with differences of its values, up to second order.

    Args:
        f: a function of numbers or nested sequences of numbers, giving numbers in any structure.
        args: the point.
        order: 1 for first derivatives only, 2 for second derivatives as well.
        rtol, atol: derivatives a and b agree if |a - b| <= atol + rtol * max(|a|, |b|) + the differences' own error.

    Raises:
        GradientCheckError: two of the three disagree. The message names the function, the argument, the point, both
            numbers, and the primitive whose rule is the likely culprit.
        ArgumentError: the order is neither 1 nor 2, or there are no arguments.
        OperandError: f is no function, or something is not made of numbers.

    Warns:
        GradientCheckWarning: nothing can be told: at a kink, a jump or the edge of a domain, or where rounding hides the
            answer. Check beside such a point; `warnings.filterwarnings("error", category=GradientCheckWarning)` insists.

    Example:
        >>> from autograd import check_gradients, exp
        >>> check_gradients(lambda x: exp(x) * x, 0.5)
    """
    function(f, "check_gradients", "{name}(f, x)")
    if order not in (1, 2):
        raise ArgumentError(f"check_gradients(order={order!r}): 1 (first derivatives) or 2 (second ones too)")
    if not args:
        raise ArgumentError("check_gradients: no point given; check_gradients(f, 0.5, ...)")
    _Check(f, args, rtol, atol).run(order)


_CANCELLED = 1e-12  # a derivative that is so much smaller than its terms is rounding


class _Claim(NamedTuple):
    """A derivative as the two modes have it: of output k, by the arguments in `by`; `scale` is the size of its terms."""

    k: int
    by: tuple[int, ...]
    reverse: float
    forward: float
    scale: float


class _Check:
    """One call of `check_gradients`: the point, and the three ways of differentiating there."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], rtol: float, atol: float) -> None:
        self.f, self.rtol, self.atol = f, rtol, atol
        leaves, self.rebuild = flatten(args, "check_gradients: arguments")
        self.point = [x.number if isinstance(x, Tracer) else x for x in leaves]
        self.doubts: list[str] = []

    def outputs(self, xs: list[Any]) -> list[Any]:
        """F's results at a point, as a flat list."""
        return flatten(self.f(*self.rebuild(xs)), "check_gradients: result of the function")[0]

    def run(self, order: int) -> None:
        variables = [Value(x) for x in self.point]
        ys = self.outputs(variables)
        again = self._values(self.point)
        if any(_number(y) != z and z == z for y, z in zip(ys, again, strict=False)) or len(ys) != len(again):
            self.doubts.append(f"{self._name()} gives other numbers when it is called a second time at the same point")
        else:
            self._first(ys, variables, again)
        if order == 2 and not self.doubts:
            self._second(ys, variables)
        if self.doubts:
            more = f" (and {len(self.doubts) - 1} more like it)" if len(self.doubts) > 1 else ""
            warn(f"check_gradients cannot tell: {self.doubts[0]}{more}. Nothing was found wrong; check beside this point",
                 GradientCheckWarning)  # fmt: skip

    # --- the three ways -------------------------------------------------------------------------------------------------

    def _values(self, xs: list[float]) -> list[float]:
        with no_grad():
            return [_number(y) for y in self.outputs([Value(x) for x in xs])]

    def _slopes(self, xs: list[float]) -> list[float]:
        """The gradients of all outputs at a point, one after the other."""
        variables = [Value(x) for x in xs]
        return [s for y in self.outputs(variables) for s in _gradients(y, variables)]

    def _along(self, f: Callable[[list[Any]], list[Any]], i: int, xs: list[Any]) -> list[Any]:
        """The derivatives of all outputs by argument i in forward mode."""
        directions = [float(n == i) for n in range(len(xs))]
        slopes: list[Any] = push(f, xs, directions, "check_gradients")[1]
        return slopes

    def _first(self, ys: list[Any], variables: list[Value], here: list[float]) -> None:
        reverse = [_gradients(y, variables) for y in ys]
        rounding = Rounding(ys, variables)
        for i in range(len(variables)):
            forward = self._along(self.outputs, i, list(self.point))
            bounds = rounding.bounds(i)
            ladders = self._ladders(self._values, i, bounds, here)
            for k, y in enumerate(ys):
                claim = _Claim(k, (i,), reverse[k][i], _number(plain(forward[k])), bounds[k][2])
                self._compare(claim, y, ladders[k])

    def _second(self, ys: list[Any], variables: list[Value]) -> None:
        slopes = [s for y in ys for s in _gradients(y, variables, create_graph=True)]
        reverse = [_gradients(s, variables) for s in slopes]
        rounding, here = Rounding(slopes, variables), [_number(s) for s in slopes]
        n = len(variables)
        for j in range(n):
            bounds = rounding.bounds(j)
            ladders = self._ladders(self._slopes, j, bounds, here)
            for i in range(n):
                forward = self._along(partial(self._along, self.outputs, i), j, list(self.point))
                for k, y in enumerate(ys):
                    at = k * n + i
                    claim = _Claim(k, (i, j), reverse[at][j], _number(plain(forward[k])), bounds[at][2])
                    self._compare(claim, y, ladders[at])

    def _ladders(
        self,
        g: Callable[[list[float]], list[float]],
        i: int,
        bounds: Sequence[tuple[float, float, float]],
        here: list[float],
    ) -> list[Ladder]:
        """Differences of several numbers along argument i; `here` are the numbers at the point."""
        x = self.point[i]

        def at(t: float) -> list[float]:
            return g([*self.point[:i], t, *self.point[i + 1 :]])

        def beside(t: float) -> list[float]:
            try:
                return at(t)
            except Exception:  # noqa: BLE001 - a step too far for the function; ours give nan
                return [math.nan] * len(bounds)

        hs = steps(x)
        above, below = [beside(x + h) for h in hs], [beside(x - h) for h in hs]
        return [
            Ladder(hs, here[k], [v[k] for v in above], [v[k] for v in below], lambda h, b=b: b[0] + b[1] * h)  # type: ignore[misc]
            for k, b in enumerate(bounds)
        ]

    # --- the comparison ---------------------------------------------------------------------------------------------------

    def _compare(self, claim: _Claim, y: Any, ladder: Ladder) -> None:
        """Compare the derivatives of the two modes with the differences, and with each other.

        Raises:
            GradientCheckError: one is wrong.
        """
        for way, claimed in (("reverse", claim.reverse), ("forward", claim.forward)):
            verdict = ladder.judge(claimed, self.rtol, self.atol + _CANCELLED * claim.scale)
            if verdict.kind == "differs":
                verdict = self._confirmed(claim, claimed, y, verdict)
            if verdict.kind == "differs":
                raise GradientCheckError(
                    f"{self._what(claim)}: {way} mode gives {claimed!r}, differences {verdict.slope!r} "
                    f"(+- {verdict.error:.1g}). {likely_culprit(y, len(claim.by)) or _NO_CULPRIT}",
                    claimed,
                    verdict.slope,
                )
            if verdict.kind != "agrees":
                self.doubts.append(f"{self._what(claim)}: {way} mode gives {claimed!r}; {verdict.why}")
                break
        apart = abs(claim.reverse - claim.forward)
        size = max(abs(claim.reverse), abs(claim.forward))
        if math.isfinite(apart) and apart > self.atol + self.rtol * size + _CANCELLED * claim.scale:
            raise GradientCheckError(
                f"{self._what(claim)}: reverse mode gives {claim.reverse!r}, forward mode {claim.forward!r}. "
                f"{likely_culprit(y, len(claim.by)) or _NO_CULPRIT}",
                claim.reverse,
                claim.forward,
            )

    def _confirmed(self, claim: _Claim, claimed: float, y: Any, verdict: Verdict) -> Verdict:
        """The verdict against a claim, or 'unknown' if something else than a wrong rule explains the difference."""
        if not math.isfinite(claimed) and not likely_culprit(y, len(claim.by)):
            return verdict._replace(kind="unknown", why="no rule alone is wrong: a tie or a kink inside, or 0 * inf")
        if not verdict.steady(claimed, claim.reverse, self._beside(claim, verdict.steps)):
            return verdict._replace(kind="unknown", why="it changes within the smallest step that rounding leaves")
        return verdict

    def _beside(self, claim: _Claim, hs: Sequence[float]) -> list[float]:
        """The derivatives of reverse mode a step above and below."""
        along, slopes = claim.by[-1], []
        for step in (sign * h for h in hs for sign in (1.0, -1.0)):
            xs = list(self.point)
            xs[along] += step
            variables = [Value(x) for x in xs]
            y = self.outputs(variables)[claim.k]
            slope = _gradients(y, variables, create_graph=len(claim.by) == 2)[claim.by[0]]
            slopes.append(_number(slope if len(claim.by) == 1 else _gradients(slope, variables)[along]))
        return slopes

    def _name(self) -> str:
        return getattr(self.f, "__name__", repr(self.f))

    def _what(self, claim: _Claim) -> str:
        what = "derivative by" if len(claim.by) == 1 else "second derivative by"
        names = " and ".join(f"argument {i} (= {self.point[i]!r})" for i in claim.by)
        return f"{self._name()}: {what} {names}, output {claim.k}, at {self.rebuild(self.point)}"


def _number(y: Any) -> float:
    return y.number if isinstance(y, Tracer) else float(y)


def _gradients(y: Any, variables: list[Value], create_graph: bool = False) -> list[Any]:
    return list(gradients(y, variables, create_graph)) if isinstance(y, Value) else [0.0] * len(variables)


# --- the culprit -----------------------------------------------------------------------------------------------------------


_NO_CULPRIT = (
    "Every primitive alone agrees: look for a kink or a jump near the point, detach(), or .data used inside the function"
)


def likely_culprit(root: Any, order: int) -> str:
    """The primitive of a graph whose own rule is furthest from its own differences, as a sentence; '' if all agree."""
    worst, sentence = 0.0, ""
    if not isinstance(root, Value):
        return ""
    for v in topological_order(root):
        row = v.primitive
        if row is None:
            return f"{v!r} (op {v.op!r}) has a rule made by hand: look there"
        numbers = [o if isinstance(o, float) else o.data for o in v.operands]
        for i, operand in enumerate(v.operands):
            if isinstance(operand, float):
                continue
            for j in [i] if order == 1 else [j for j, o in enumerate(v.operands) if not isinstance(o, float)]:
                rule, verdict = _judge_rule(row, numbers, i, j, order)
                size = max(abs(rule), abs(verdict.slope))
                off = abs(rule - verdict.slope) / size if size and math.isfinite(size) else math.inf
                if verdict.kind == "differs" and off > worst:
                    worst = off
                    shown = ", ".join(f"{x!r}" for x in numbers[:4]) + (", ..." if len(numbers) > 4 else "")
                    what = "its partial" if order == 1 else "the derivative of its partial"
                    by = f"operand {i}" if i == j else f"operand {i}, by operand {j},"
                    sentence = (
                        f"The likely culprit is {row.name}: at ({shown}) {what} by {by} is {rule!r}, "
                        f"differences give {verdict.slope!r}"
                    )
    return sentence


def _judge_rule(row: Primitive, numbers: list[float], i: int, j: int, order: int) -> tuple[float, Verdict]:
    """A primitive's derivative by operand i beside differences; for order 2, the derivative of its partial by operand j."""

    def value(x: float) -> float:
        operands = (*numbers[:j], x, *numbers[j + 1 :])
        out = row.value(FLOAT, *operands)
        return out if order == 1 else row.partials(FLOAT, out, *operands)[i]  # type: ignore[no-any-return]

    x = Value(numbers[j])
    operands = (*numbers[:j], x, *numbers[j + 1 :])
    root = apply(row, operands)
    if order == 1:
        rule = row.partials(FLOAT, row.value(FLOAT, *numbers), *numbers)[i]
    else:
        root = partials_of(row, root, operands)[i]
        rule = gradients(root, x) if isinstance(root, Value) else 0.0
    ((here, moved, _),) = Rounding([root], [x]).bounds(0)
    return rule, climb(value, numbers[j], lambda h: here + moved * h).judge(rule, 1e-6)
