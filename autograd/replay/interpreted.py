"""A tape run by the compiled interpreter, where there is one: the same bits as its text gives, some forty times faster.

It is asked in two ways: as a reader, with the numbers of all inputs in one list, and by a call with the function's own
arguments, which comes to it without a frame of Python in between (`direct`).
"""

import copyreg
from collections.abc import Sequence
from typing import Any

from . import exact
from .calls import Call
from .native.kernel import BUSY, INTERPRETER, LOOK, kernel
from .tape import Tape
from .written import Written


class Interpreted(Written):
    """The reader that runs a tape in C; the text is still there for a person, and for pdb."""

    def __init__(self, tape: Tape, names: Sequence[str], title: str = "") -> None:
        super().__init__(tape, names, title)
        run = kernel(tape, (tape.inputs,), single=False, otherwise=_left)
        self.value = run.value  # type: ignore[method-assign]
        self.gradient = run.gradient  # type: ignore[method-assign, assignment]
        self.rows = run.jacobian  # type: ignore[method-assign]

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


def direct(tape: Tape, call: Call, otherwise: "Otherwise", busy: Sequence[Any]) -> Any:
    """The interpreter for the function's own arguments, one result; None if they are not numbers and flat lists of numbers.

    Args:
        otherwise, busy: as for `kernel`.
    """
    if INTERPRETER.module is None or call.kwargs or len(call.traced) != len(call.args) or len(tape.outputs) != 1:
        return None
    shape = [-1 if x.__class__ is float else len(x) if x.__class__ in (list, tuple) else -2 for x in call.args]
    if -2 in shape or sum([abs(n) for n in shape]) != tape.inputs or not shape:
        return None
    made = kernel(tape, shape, otherwise=otherwise, busy=busy)
    made.look_at = 2
    return made


class Otherwise:
    """The answer to the calls that the interpreter of a variant hands over.

    Attributes:
        program: the program that they are calls of.
    """

    __slots__ = ("_case", "_variant", "program")

    def __init__(self, program: Any, case: Any, variant: Any) -> None:
        self.program: Any = program
        self._case, self._variant = case, variant

    def __call__(self, reason: int, _: float, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The answer to one call."""
        self._variant.passed_on += reason != BUSY and not named
        if reason == LOOK:
            self._variant.kernel.look_at *= 2
            self._case.look = True
        program = self.program
        return program._value(*args, **named) if name == "value" else type(program).value_and_grad(program, *args, **named)


def _reduced(made: Any) -> tuple[Any, ...]:
    """An interpreter is pickled as the program that it is of: `program.value_and_grad` may be a method of either."""
    program = getattr(made.otherwise, "program", None)
    if program is None:
        raise TypeError("an interpreter of a tape is not pickled; pickle the tape")
    return _itself, (program,)


def _itself(thing: Any) -> Any:
    return thing


if INTERPRETER.module is not None:
    copyreg.pickle(INTERPRETER.module.Kernel, _reduced)
