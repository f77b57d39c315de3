"""Schedules: the learning rate as a function of progress.

A schedule is a function (step, steps) -> factor: from the number of steps done and of steps in all to the factor of the
initial rate. Functions compose: `warm_up(10, cosine())`.
"""

import math
from collections.abc import Callable

from autograd import ArgumentError

Schedule = Callable[[int, int], float]


def constant() -> Schedule:
    """The rate stays the same."""
    return lambda *_: 1.0


def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """The rate is multiplied by `factor` after every `every` steps.

    Example:
        >>> [round(step_decay(10)(step, 100), 3) for step in (0, 9, 10, 25)]
        [1.0, 1.0, 0.1, 0.01]
    """
    if every < 1 or not factor > 0.0:
        raise ArgumentError(
            f"step_decay(every={every!r}, factor={factor!r}): a number of steps from 1 on, and a factor above 0"
        )
    return lambda step, _: factor ** (step // every)


def cosine(last: float = 0.0) -> Schedule:
    """The rate falls along half a cosine to `last` times itself (Loshchilov & Hutter 2017).

    Example:
        >>> [round(cosine()(step, 100), 3) for step in (0, 50, 100)]
        [1.0, 0.5, 0.0]
    """
    if not 0.0 <= last <= 1.0:
        raise ArgumentError(f"cosine(last={last!r}): a factor from 0 to 1")
    return lambda step, steps: last + (1.0 - last) * 0.5 * (1.0 + math.cos(math.pi * min(step / max(steps, 1), 1.0)))


def warm_up(over: int, then: Schedule | None = None) -> Schedule:
    """The rate rises linearly during the first `over` steps, then follows another schedule from its beginning.

    Example:
        >>> [warm_up(4)(step, 100) for step in (0, 1, 3, 4, 50)]
        [0.25, 0.5, 1.0, 1.0, 1.0]
    """
    if over < 1:
        raise ArgumentError(f"warm_up(over={over!r}): a number of steps from 1 on")
    after = then or constant()
    return lambda step, steps: (step + 1) / over if step < over else after(step - over, steps - over)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": constant,
    "step": step_decay,
    "cosine": cosine,
    "warm-up": warm_up,
}
