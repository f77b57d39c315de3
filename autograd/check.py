"""`check_gradients`: is the derivative right?

Three independent answers to one question are compared: reverse mode, forward mode, and central differences extrapolated
to step zero (Ridders' method; C. J. F. Ridders, Advances in Engineering Software 4, 1982), for first derivatives and,
with the gradient in the place of the function, for second ones. When they disagree, every primitive of the graph is
checked alone, and the worst is named.
"""

import math
from collections.abc import Callable
from typing import Any

from .adjoints import gradients
from .adjoints import plain as _plain
from .dual import Dual
from .errors import ArgumentError, GradientCheckError
from .foreign import teach_keywords
from .levels import new_level
from .modes import no_grad
from .operators import Tracer, apply, partials_of
from .primitives import Primitive
from .readers import FLOAT
from .reverse import topological_order
from .structure import flatten
from .value import Value


def central_difference(f: Callable[[float], float], x: float) -> tuple[float, float]:
    """The derivative of f at x from values of f alone, and an estimate of its error.

    Args:
        f: a function of one float; where it gives nan or inf, smaller steps are tried.

    Returns:
        (slope, error), both nan if f is finite nowhere around x.

    Example:
        >>> slope, error = central_difference(lambda x: x * x, 3.0)
        >>> abs(slope - 6.0) < 1e-9
        True
    """
    # Two scales: the function's own may be 1 or the point's, and only trying tells.
    answers = [_ridders(f, x, 0.02 * scale) for scale in {max(abs(x), 0.05), abs(x) or 0.05}]
    return min(answers, key=lambda answer: answer[1] / max(abs(answer[0]), 1e-300) if answer[0] == answer[0] else math.inf)


def _ridders(f: Callable[[float], float], x: float, h: float) -> tuple[float, float]:
    """Central differences with shrinking steps, extrapolated to step zero; (slope, error)."""
    best, best_error = float("nan"), float("inf")
    row: list[float] = []
    for _ in range(24):
        slope = (f(x + h) - f(x - h)) / (2.0 * h)
        h /= 1.6
        if slope - slope != 0.0:  # a step out of the domain
            row = []
            continue
        new = [slope]
        for k, earlier in enumerate(row):  # each column removes one more even power of h
            factor = 1.6 ** (2 * (k + 1))
            new.append((factor * new[k] - earlier) / (factor - 1.0))
            error = max(abs(new[k + 1] - new[k]), abs(new[k + 1] - earlier))
            if error < best_error:
                best, best_error = new[k + 1], error
        if len(row) > 3 and abs(new[-1] - row[-1]) > 8.0 * best_error:
            break  # rounding has taken over
        row = new
    return best, best_error if best == best else float("nan")


@teach_keywords
def check_gradients(f: Callable[..., Any], *args: Any, order: int = 2, rtol: float = 1e-6, atol: float = 1e-8) -> None:
    """Compare f's derivatives in both modes with central differences, up to second order.

    Args:
        f: a function of numbers or nested sequences of numbers, giving numbers in any structure.
        args: the point; keep away from kinks, where there is no derivative to compare with.
        order: 1 for first derivatives only, 2 for second ones as well.
        rtol, atol: derivatives a and b agree if |a - b| <= atol + rtol * max(|a|, |b|) + the differences' own error.

    Raises:
        GradientCheckError: two of the three disagree. The message names the function, the argument, the point, both
            numbers, and the primitive whose rule is the likely culprit.
        ArgumentError: the order is neither 1 nor 2, or there are no arguments.

    Example:
        >>> from autograd import check_gradients, exp
        >>> check_gradients(lambda x: exp(x) * x, 0.5)
    """
    if order not in (1, 2):
        raise ArgumentError(f"check_gradients(order={order!r}): 1 (first derivatives) or 2 (second ones too)")
    if not args:
        raise ArgumentError("check_gradients: no point given; check_gradients(f, 0.5, ...)")
    _Check(f, args, rtol, atol).run(order)


class _Check:
    """One call of `check_gradients`: the point, and the three ways of differentiating there."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], rtol: float, atol: float) -> None:
        self.f, self.rtol, self.atol = f, rtol, atol
        leaves, self.rebuild = flatten(args, "check_gradients: arguments")
        self.point = [float(_plain(x) if isinstance(x, Tracer) else x) for x in leaves]

    def outputs(self, xs: list[Any]) -> list[Any]:
        """F's results at a point, as a flat list."""
        return flatten(self.f(*self.rebuild(xs)), "check_gradients: result of the function")[0]

    def run(self, order: int) -> None:
        variables = [Value(x) for x in self.point]
        ys = self.outputs(variables)
        for k, y in enumerate(ys):
            self._compare_first(k, y, variables)
        if order == 2:
            for k, y in enumerate(ys):
                self._compare_second(k, y, variables)

    def _compare_first(self, k: int, y: Any, variables: list[Value]) -> None:
        def f_k(xs: list[float]) -> float:
            with no_grad():
                out = self.outputs([Value(x) for x in xs])[k]
            return out.number if isinstance(out, Tracer) else float(out)

        reverse = gradients(y, variables) if isinstance(y, Value) else [0.0] * len(variables)
        for i in range(len(variables)):
            self._compare(k, (i,), y, reverse[i], self._forward(k, i, self.point), *self._difference(f_k, i))

    def _compare_second(self, k: int, y: Any, variables: list[Value]) -> None:
        if not isinstance(y, Value):
            return
        slopes = gradients(y, variables, create_graph=True)
        for i, slope in enumerate(slopes):

            def slope_i(xs: list[float], i: int = i) -> float:
                here = [Value(x) for x in xs]
                out = self.outputs(here)[k]
                return float(gradients(out, here[i])) if isinstance(out, Value) else 0.0

            reverse = gradients(slope, variables) if isinstance(slope, Value) else [0.0] * len(variables)
            for j in range(len(variables)):
                forward = self._forward(k, i, [Dual(_OUTER, x, 1.0) if n == j else x for n, x in enumerate(self.point)])
                forward = forward.tangent if isinstance(forward, Dual) else 0.0
                self._compare(k, (i, j), y, reverse[j], forward, *self._difference(slope_i, j))

    def _forward(self, k: int, i: int, point: list[Any]) -> Any:
        """Output k's derivative by argument i in forward mode, the other arguments held constant."""
        level = new_level()
        # the other arguments are `Value`s, so that f finds their methods
        here = [Dual(level, x, 1.0) if n == i else x if isinstance(x, Dual) else Value(x) for n, x in enumerate(point)]
        y = self.outputs(here)[k]
        slope = y.tangent if isinstance(y, Dual) and y.level == level else 0.0
        return _plain(slope)

    def _difference(self, g: Callable[[list[float]], float], i: int) -> tuple[float, float]:
        return central_difference(lambda x: g([*self.point[:i], x, *self.point[i + 1 :]]), self.point[i])

    def _compare(
        self, k: int, by: tuple[int, ...], y: Any, reverse: float, forward: float, numeric: float, error: float
    ) -> None:
        for way, analytic in (("reverse mode", reverse), ("forward mode", forward)):
            size = max(abs(analytic), abs(numeric))
            allowed = self.atol + self.rtol * size + min(10.0 * error, 1e-4 * size)
            if analytic == numeric or (math.isfinite(size) and abs(analytic - numeric) <= allowed):
                continue
            name = getattr(self.f, "__name__", repr(self.f))
            what = "derivative by" if len(by) == 1 else "second derivative by"
            names = " and ".join(f"argument {i} (= {self.point[i]!r})" for i in by)
            culprit = likely_culprit(y, len(by)) if isinstance(y, Value) else ""
            raise GradientCheckError(
                f"{name}: {what} {names}, output {k}, at {self.rebuild(self.point)}: {way} gives {analytic!r}, "
                f"central differences {numeric!r} (+- {error:.1g}). "
                + (culprit or "Every primitive alone agrees: look for a kink or a jump near the point, detach(), or .data used "
                              "inside the function")
            )  # fmt: skip


_OUTER = new_level()  # below every level made later: the outer of two nested forward passes


def likely_culprit(root: Value, order: int) -> str:
    """The primitive of a graph whose own rule is furthest from its own differences, as a sentence; '' if all agree."""
    worst, sentence = 1e-5, ""
    for v in topological_order(root):
        row = v.primitive
        if row is None:
            return f"{v!r} (op {v.op!r}) has a rule made by hand: look there"
        numbers = [o if isinstance(o, float) else o.data for o in v.operands]
        for i, operand in enumerate(v.operands):
            if isinstance(operand, float):
                continue
            for j in [i] if order == 1 else [j for j, o in enumerate(v.operands) if not isinstance(o, float)]:
                rule, numeric = _rule_and_difference(row, numbers, i, j, order)
                size = max(abs(rule), abs(numeric), 1e-6)
                off = abs(rule - numeric) / size if math.isfinite(size) else 0.0 if rule == numeric else math.inf
                if off > worst:
                    worst = off
                    shown = ", ".join(f"{x!r}" for x in numbers[:4]) + (", ..." if len(numbers) > 4 else "")
                    what = "its partial" if order == 1 else "the derivative of its partial"
                    by = f"operand {i}" if i == j else f"operand {i}, by operand {j},"
                    sentence = (
                        f"The likely culprit is {row.name}: at ({shown}) {what} by {by} is {rule!r}, "
                        f"differences give {numeric!r}"
                    )
    return sentence


def _rule_and_difference(row: Primitive, numbers: list[float], i: int, j: int, order: int) -> tuple[float, float]:
    """A primitive's derivative by operand i, from its rule and from differences; of order 2 that partial's by operand j."""

    def value(x: float) -> float:
        operands = (*numbers[:j], x, *numbers[j + 1 :])
        out = row.value(FLOAT, *operands)
        return out if order == 1 else row.partials(FLOAT, out, *operands)[i]  # type: ignore[no-any-return]

    if order == 1:
        rule = row.partials(FLOAT, row.value(FLOAT, *numbers), *numbers)[i]
    else:
        x = Value(numbers[j])
        operands = (*numbers[:j], x, *numbers[j + 1 :])
        partial = partials_of(row, apply(row, operands), operands)[i]
        rule = gradients(partial, x) if isinstance(partial, Value) else 0.0
    return rule, central_difference(value, numbers[j])[0]
