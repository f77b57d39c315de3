"""A tape run by the compiled interpreter, where there is one: the same bits as its text gives, some forty times faster."""

from collections.abc import Sequence
from typing import Any

from . import exact
from .native.kernel import INTERPRETER, kernel
from .tape import Tape
from .written import Written


class Interpreted(Written):
    """The reader that runs a tape in C; the text is still there for a person, and for pdb."""

    def __init__(self, tape: Tape, names: Sequence[str], title: str = "") -> None:
        super().__init__(tape, names, title)
        run = kernel(tape, (tape.inputs,), single=False, otherwise=_left)
        self.value = run.value  # type: ignore[method-assign]
        self.gradient = run.gradient  # type: ignore[method-assign, assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return reader, (self.tape, self.names, self.title)


def _left(reason: int, *call: Any) -> Any:
    if reason >= 0:
        raise exact.Left(reason)
    raise ValueError(f"a tape takes a list of floats, one for each input, got {call!r}")


def reader(tape: Tape, names: Sequence[str], title: str = "") -> Written:
    """The quickest reader that there is here.

    Args:
        names: those of the inputs.
        title: a comment above the text.
    """
    if INTERPRETER.module is None or not tape.outputs:
        return Written(tape, names, title)
    return Interpreted(tape, names, title)
