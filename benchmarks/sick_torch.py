"""Sick models of PyTorch, as `watching()` of stepgrad and PyTorch's anomaly mode look at them; see sick_models.py."""

import linecache
import re
import warnings
from collections.abc import Callable

import torch
from pytorch_sick import SICK

from viz.debugger.lift.pytorch import watching

Seen = tuple[str, bool]  # in words, and whether the guilty line is named


def guilty(line: str) -> bool:
    """True if a line of source is marked as the fault."""
    return line.rstrip().endswith("# fault")


def by_watching(train: Callable[[], None]) -> Seen:
    """The kind of the first finding, and whether it has the guilty line."""
    with watching() as watch:
        train()
    found = watch.findings()
    return (found[0].kind, guilty(linecache.getline(found[0].file, found[0].line))) if found else ("", False)


def by_anomaly_mode(train: Callable[[], None]) -> Seen:
    """The name of the function that anomaly mode raises about, and whether its traceback has the guilty line."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                train()
        except RuntimeError as error:
            name = re.search(r"Function '(\w+)'", str(error))
            lines = [line for warning in told for line in str(warning.message).splitlines()]
            return (name[1] if name else "an error", any(map(guilty, lines)))
    return "", False


def rows() -> list[tuple[str, list[Seen]]]:
    """For each model its description, and what each tool says."""
    found = []
    for train in SICK.values():
        seen = []
        for look in LOOKS.values():
            torch.manual_seed(0)
            seen.append(look(train))
        found.append(((train.__doc__ or "").strip().rstrip("."), seen))
    return found


LOOKS: dict[str, Callable[[Callable[[], None]], Seen]] = {
    "`watching()` of stepgrad": by_watching,
    f"anomaly mode of PyTorch {torch.__version__.split('+')[0]}": by_anomaly_mode,
}
