"""stepgrad's engine: a scalar automatic-differentiation engine for plain Python.

    from autograd import Value

    x = Value(3.0)
    y = x * x + 2.0 * x
    y.backward()
    x.grad                     # 8.0

`Value` records ordinary arithmetic; `backward()` applies the chain rule in reverse. `grad`, `jacobian`, `hessian`, `jvp`
and their family differentiate whole functions, to any order. `record_backward` keeps a pass as data that a person can
step through. It needs only the standard library.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from . import namesake as _namesake  # noqa: F401 - first: it stops with what to do where two packages share this folder

# isort: split
from . import foreign as _foreign
from . import functions
from . import numpy_protocol as _numpy_protocol  # noqa: F401 - it gives Value its methods
from .checking.check import check_gradients
from .errors import (
    ArgumentError,
    AutogradError,
    ForeignImportError,
    ForeignNameError,
    GradientCheckError,
    GradientCheckWarning,
    GraphError,
    IdentityWarning,
    LostGradientError,
    NonFiniteError,
    OperandError,
    PrimitiveError,
    RecordingError,
    ReplayError,
    ReplayWarning,
    StaleDataWarning,
)
from .extend import define_primitive
from .functions import *  # noqa: F403 - the list of functions is the table of primitives
from .modes import no_grad, record_sources, scope, strict
from .primitives.table import TABLE, Primitive
from .recording.file import load_recording
from .recording.recording import Recording, Step, record_backward
from .reverse import breakpoint as breakpoint  # not in __all__, see there
from .source import Source
from .stepping import pydevd_dont_trace as _way_in  # noqa: F401 - it puts itself in place
from .stepping.emit import emitted_source
from .stepping.switch import remember_sources as _remember_sources
from .transforms.adjoints import gradients
from .transforms.forward import derivative, jvp
from .transforms.transforms import grad, hessian, hvp, jacobian, value_and_grad, vjp
from .value import Value, core

__all__ = [
    "TABLE", "ArgumentError", "AutogradError", "ForeignImportError", "ForeignNameError", "GradientCheckError",
    "GradientCheckWarning", "GraphError", "IdentityWarning", "LostGradientError", "NonFiniteError", "OperandError",
    "Primitive", "PrimitiveError", "Program", "Recording", "RecordingError", "ReplayError", "ReplayWarning", "Source",
    "StaleDataWarning", "Step", "Value", "check_gradients", "core", "define_primitive", "derivative", "emitted_source", "grad",
    "gradients", "hessian", "hvp", "jacobian", "jvp", "load_recording", "no_grad", "record_backward", "record_sources",
    "scope", "strict", "value_and_grad", "vjp",
]  # fmt: skip
# `from autograd import *` leaves Python's own sum, abs, round, pow and breakpoint alone; autograd.sum and the others are there.
__all__ += [name for name in vars(functions)["__all__"] if name not in ("abs", "pow", "round", "sum")]

_remember_sources()


def __dir__() -> list[str]:
    """The names for users: completion shows no inner modules between the functions."""
    return sorted({*__all__, "abs", "breakpoint", "compile", "extend", "pow", "round", "sum", "__version__"})


if _TYPE_CHECKING:
    from .replay.program import Program as Program
    from .replay.program import compile as compile  # not in __all__: `from autograd import *` leaves Python's own alone
else:  # type checkers would believe that every name is here
    _foreign_name = _foreign.teach_module(__name__, _foreign.AUTOGRAD)

    def __getattr__(name: str) -> object:
        if name in ("Program", "compile"):  # loaded when they are first used
            from .replay import program

            globals().update(Program=program.Program, compile=program.compile)
            return globals()[name]
        return _foreign_name(name)


__version__ = "0.1.0"
