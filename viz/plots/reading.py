"""Shared by the figures of a history: reading it, with words for its missing parts, and panels for its layers."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import ArgumentError, OperandError
from autograd.errors import described

from . import axes as on
from .axes import Figure

Size = tuple[float, float]
Summary = dict[str, Any]


def field_of(history: Any, name: str, who: str) -> Any:
    """A field of a history, or of the dictionary that a checkpoint keeps of it."""
    if isinstance(history, dict):
        return history.get(name, [])
    if not hasattr(history, "steps") or not hasattr(history, "epochs"):
        raise OperandError(
            f"{who}: drawn from a history, got {described(history)}; give what fit returned: "
            f"history = fit(model, data), {who}(history)"
        )
    return getattr(history, name, [])


def step_costs(history: Any, who: str) -> Sequence[float]:
    """The cost of every step.

    Raises:
        ArgumentError: there was none.
    """
    steps: Sequence[float] = field_of(history, "steps", who)
    if not steps:
        raise ArgumentError(f"{who}: the history is empty, no step of training was taken; give one from fit(..., epochs=1) on")
    return steps


def epoch_ends(steps: Sequence[float], epochs: Sequence[Any]) -> list[float]:
    """The number of steps taken up to the end of each epoch; older files lack it: their epochs count as equally long."""
    each = len(steps) // max(len(epochs), 1)
    return [epoch.get("step", float(each * n)) for n, epoch in enumerate(epochs, start=1)]


def measurements_of(history: Any, what: str, who: str) -> tuple[list[int], list[list[Any]]]:
    """The measured steps, and per layer the measurements at each of them.

    Raises:
        ArgumentError: nothing was measured.
    """
    steps = step_costs(history, who)
    records = field_of(history, "monitor", who)
    if not records:
        raise ArgumentError(
            f"{who}: the history has the cost of {len(steps)} steps, but no measurements of the layers; train with "
            "fit(..., monitor=True), or monitor=10 for a measurement in every 10 steps"
        )
    count = len(records[-1]["layers"])
    return [r["step"] for r in records], [[r["layers"][n][what] for r in records] for n in range(count)]


def all_numbers(layers: Iterable[Sequence[Summary]]) -> list[float]:
    """All numbers that fans show, and nan for numbers that they leave out."""
    numbers = []
    for summaries in layers:
        for s in summaries:
            numbers += [s["min"], s["5%"], s["25%"], s["50%"], s["75%"], s["95%"], s["max"]]
            if s["nonfinite"]:
                numbers.append(math.nan)
    return numbers


def panels_of(count: int, size: Size | None, *heights: float) -> tuple[Figure, list[Any]]:
    """A figure with a panel per layer, or several above one another, in rows of at most four."""
    rows = -(-count // 4)
    columns = -(-count // rows)
    made = on.figure(*(size or (7.2, 1.1 + (2.2 if len(heights) == 1 else 3.2) * rows)))
    grid = made.subplots(rows * len(heights), columns, squeeze=False, sharex=True, height_ratios=heights * rows,
                         sharey=len(heights) == 1)  # fmt: skip
    panels = []
    for place in range(rows * columns):
        row, column = divmod(place, columns)
        group = [grid[row * len(heights) + k][column] for k in range(len(heights))]
        if place >= count:
            for axes in group:
                axes.remove()
            continue
        panels.append(group if len(group) > 1 else group[0])
        if place + columns >= count:  # nothing below it
            group[-1].set_xlabel("step")
            group[-1].tick_params(labelbottom=True)
    return made, panels


def percent(share: float) -> str:
    """A share in percent: 0 % and 100 % only if the share is exactly 0 or 1."""
    if 0.0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1.0 else f"{share:.0%}".replace("%", " %")
