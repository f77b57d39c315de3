"""A tape as a call of C: Python's floats in, the number and its gradients out, with the bits of the engine.

    kernel(tape, shape=(2, -1))            a call with a list of two numbers and a number
    kernel(tape, shape, by=(0, 1)).value_and_grad([1.0, 2.0], 3.0)

Rows of the table without a rule in C (`called_back` names them) are asked of the table, which costs a microsecond each.
AUTOGRAD_TAPES=python says that there shall be no compiled interpreter.
"""

import os
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ...primitives.readers import FLOAT
from ...primitives.table import lookup

if TYPE_CHECKING:
    from ..tape import Tape
    from ._tape import Kernel

# Reasons besides the number of a guard: arguments of another shape; the call that is to be looked at; something is going on.
UNLIKE, LOOK, BUSY = -1, -2, -3
Otherwise = Callable[[int, float, str, tuple[Any, ...], dict[str, Any]], Any]


class Interpreter(NamedTuple):
    """The compiled interpreter.

    Attributes:
        module: the module; None if it cannot be used.
        why: the reason, in words.
    """

    module: ModuleType | None
    why: str


def _load() -> Interpreter:
    if os.environ.get("AUTOGRAD_TAPES") == "python":
        return Interpreter(None, "AUTOGRAD_TAPES=python asks for tapes in Python")
    try:
        from . import _tape
    except ImportError as error:
        return Interpreter(None, f"the compiled interpreter cannot be used: {error}")
    return Interpreter(_tape, "the compiled interpreter is installed")


INTERPRETER = _load()


class _Front:
    """An object that is called in place of a function; the compiled one calls a kernel without a frame of Python in between.

    Attributes:
        call: the method of a kernel; None if there is none that fits.
        otherwise: the function that answers all other calls.
    """

    def __init__(self) -> None:
        self.call: Any = None
        self.otherwise: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.otherwise(*args, **kwargs)


if TYPE_CHECKING:
    Front = _Front
else:
    Front = INTERPRETER.module.Front if INTERPRETER.module is not None else _Front


def by_the_table(name: str, operands: tuple[float, ...], partials: bool) -> tuple[float, ...]:
    """The number of a row, and with `partials` those too, as the engine computes them."""
    row = lookup(name)
    out = getattr(FLOAT, name)(*operands)
    return (out, *row.partials(FLOAT, out, *operands)) if partials else (out,)


def called_back(names: Sequence[str]) -> list[str]:
    """The rows among these that have no rule in C: each of their nodes asks the table."""
    known = INTERPRETER.module.names if INTERPRETER.module is not None else frozenset()
    return [name for name in names if name not in known]


def kernel(
    tape: "Tape",
    shape: Sequence[int],
    by: int | Sequence[int] = 0,
    single: bool = True,
    otherwise: Otherwise | None = None,
    busy: Sequence[Any] = (),
) -> "Kernel":
    """A tape as something that can be called.

    Args:
        tape: the tape.
        shape: per argument of the call, -1 for a number, or how many numbers its list or tuple has. Together they are the
            inputs of the tape, in order.
        by: the argument to differentiate by; a sequence of them gives a tuple of gradients.
        single: False if the results are a list, even of one.
        otherwise: answers for a call that is out of the ordinary, `otherwise(reason, number, name, arguments, keywords)`:
            `reason` is the number of a guard that came out differently, `UNLIKE`, `LOOK` or `BUSY`, `number` the number on
            the left of the guard, `name` the method that was called. If there is none, such a call is an error.
        busy: containers; a call while one of them holds something is out of the ordinary, too.

    Returns:
        A `Kernel`, whose methods `value`, `value_and_grad` and `jacobian` take the arguments.

    Raises:
        ValueError: the columns of the tape contradict each other, or the shape does.
        ImportError: there is no compiled interpreter.
    """
    if INTERPRETER.module is None:
        raise ImportError(INTERPRETER.why)
    one = isinstance(by, int)
    made: Kernel = INTERPRETER.module.Kernel(
        names=list(tape.names),
        op=tape.op,
        start=tape.start,
        operands=tape.operands,
        constants=tape.constants,
        inputs=tape.inputs,
        outputs=tuple(tape.outputs),
        guards=tuple([(g.relation, g.left, g.right, g.outcome, g.after) for g in tape.guards]),
        shape=tuple(shape),
        by=(by,) if isinstance(by, int) else tuple(by),
        single=single,
        one=one,
        table=by_the_table,
        otherwise=otherwise or _refuse,
        busy=tuple(busy),
    )
    return made


def _refuse(reason: int, number: float, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    what = {
        UNLIKE: f"its arguments have another shape than the tape: {arguments!r} {keywords or ''}".rstrip(),
        LOOK: "this call is to be looked at",
        BUSY: "something else is going on",
    }
    raise ValueError(
        f"{name}: {what.get(reason, f'guard {reason} of the tape came out differently, with {number!r} on its left')}"
    )
