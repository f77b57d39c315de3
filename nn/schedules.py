"""Schedules: the learning rate as a function of progress.

A schedule is a function (step, steps) -> factor: from the number of steps done and of steps in all to the factor of the
initial rate. Functions compose: `warm_up(10, cosine())`. Those that are made here say so if they are called in another way.
"""

import functools
import math
from collections.abc import Callable
from numbers import Real
from typing import Any, ParamSpec

from autograd import ArgumentError, OperandError
from autograd.arguments import whole
from autograd.foreign import teach_keywords

Schedule = Callable[[int, int], float]
P = ParamSpec("P")


def _maker(make: Callable[P, Schedule]) -> Callable[P, Schedule]:
    """A function that makes a schedule; it and the schedule explain calls that confuse the two."""
    name, most = make.__name__, make.__code__.co_argcount
    checked = teach_keywords(make)

    @functools.wraps(make)
    def maker(*args: P.args, **kwargs: P.kwargs) -> Schedule:
        if len(args) > most:
            raise OperandError(
                f"{name}{_listed(args)}: this makes a schedule, which takes the steps done and the steps in all; write "
                f"schedule = {name}(...), then schedule{_listed(args[:2])}"
            )
        factor = checked(*args, **kwargs)

        @functools.wraps(factor)
        def schedule(step: Any = None, steps: Any = None) -> float:
            if isinstance(step, Real) and isinstance(steps, Real):
                return factor(step, steps)  # type: ignore[arg-type]  # whole numbers, as a rule
            given = tuple(x for x in (step, steps) if x is not None)
            raise OperandError(
                f"{name}(...){_listed(given)}: a schedule takes two numbers, the steps done and the steps in all, and gives "
                f"the factor of the rate; of 100 steps write schedule({step if isinstance(step, Real) else 0}, 100)"
            )

        return schedule

    return maker


def _listed(args: tuple[Any, ...]) -> str:
    return f"({', '.join(map(repr, args))})"


def misused(given: Any) -> str | None:
    """The kind of thing that a schedule has to be, if something else was given; None for a schedule."""
    for make in SCHEDULES.values():
        if given is make:
            return f"called to make the schedule: nn.{make.__name__}(...)"
    return None if callable(given) else "a function (step, steps) -> factor, such as nn.cosine()"


@_maker
def constant() -> Schedule:
    """The rate stays the same."""
    return lambda *_: 1.0


@_maker
def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """The rate is multiplied by `factor` after every `every` steps.

    Example:
        >>> [round(step_decay(10)(step, 100), 3) for step in (0, 9, 10, 25)]
        [1.0, 1.0, 0.1, 0.01]
    """
    every = whole(every, "step_decay(every=...)", remedy=": the number of steps")
    if not isinstance(factor, Real) or not factor > 0.0:
        raise ArgumentError(f"step_decay(factor={factor!r}): it has to be a number above 0")
    return lambda step, _: factor ** (step // every)


@_maker
def cosine(last: float = 0.0) -> Schedule:
    """The rate falls along half a cosine to `last` times itself (Loshchilov & Hutter 2017).

    Example:
        >>> [round(cosine()(step, 100), 3) for step in (0, 50, 100)]
        [1.0, 0.5, 0.0]
    """
    if not isinstance(last, Real) or not 0.0 <= last <= 1.0:
        raise ArgumentError(
            f"cosine(last={last!r}): it has to be a number from 0 to 1, the factor at the end; the step is given to the "
            "schedule, cosine()(step, steps)"
        )
    return lambda step, steps: last + (1.0 - last) * 0.5 * (1.0 + math.cos(math.pi * min(step / max(steps, 1), 1.0)))


@_maker
def warm_up(over: int, then: Schedule | None = None) -> Schedule:
    """The rate rises linearly during the first `over` steps, then follows another schedule from its beginning.

    Example:
        >>> [warm_up(4)(step, 100) for step in (0, 1, 3, 4, 50)]
        [0.25, 0.5, 1.0, 1.0, 1.0]
    """
    over = whole(over, "warm_up(over=...)", remedy=": the number of steps")
    after = constant() if then is None else then
    if wanted := misused(after):
        raise ArgumentError(f"warm_up(then={after!r}): it has to be {wanted}")
    return lambda step, steps: (step + 1) / over if step < over else after(step - over, steps - over)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": constant,
    "step": step_decay,
    "cosine": cosine,
    "warm-up": warm_up,
}
