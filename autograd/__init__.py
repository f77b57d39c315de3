"""stepgrad's engine: a scalar automatic-differentiation engine in plain Python.

    from autograd import Value

    x = Value(3.0)
    y = x * x + 2.0 * x
    y.backward()
    x.grad                     # 8.0

`Value` records ordinary arithmetic; `backward()` applies the chain rule in reverse. `grad`, `jacobian`, `hessian`, `jvp`
and their family differentiate whole functions, to any order. `record_backward` keeps a pass as data that a person can
step through. The standard library is all it needs.
"""

import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

_here = _os.path.dirname(__file__)
if _os.path.exists(_os.path.join(_here, "differential_operators.py")) or _os.path.isdir(_os.path.join(_here, "numpy")):
    raise ImportError(
        f"{_here} holds two packages at once: PyPI's 'autograd' (HIPS) and 'stepgrad' both install the import name "
        "'autograd', and pip has merged them into one folder, in which neither works. Use an environment of its own for "
        "each: pip uninstall autograd stepgrad, then install the one you want here"
    )

from . import foreign as _foreign  # noqa: E402 - the check above has to come first
from . import functions  # noqa: E402
from . import numpy_protocol as _numpy_protocol  # noqa: E402, F401 - it gives Value its methods
from .check import check_gradients  # noqa: E402
from .emit import emitted_source  # noqa: E402
from .errors import (  # noqa: E402
    ArgumentError,
    AutogradError,
    ForeignImportError,
    ForeignNameError,
    GradientCheckError,
    GraphError,
    IdentityWarning,
    LostGradientError,
    NonFiniteError,
    OperandError,
    PrimitiveError,
    RecordingError,
    StaleDataWarning,
)
from .extend import define_primitive  # noqa: E402
from .functions import *  # noqa: E402, F403 - the list of functions is the table of primitives
from .modes import no_grad, record_sources, scope, strict  # noqa: E402
from .primitives import TABLE, Primitive  # noqa: E402
from .recording import Recording, Step, record_backward  # noqa: E402
from .recording_file import load_recording  # noqa: E402
from .reverse import breakpoint as breakpoint  # noqa: E402 - not in __all__, see there
from .reverse import gradients  # noqa: E402
from .source import Source  # noqa: E402
from .stepping import remember_sources as _remember_sources  # noqa: E402
from .transforms import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp  # noqa: E402
from .value import Value  # noqa: E402

__all__ = [
    "TABLE", "ArgumentError", "AutogradError", "ForeignImportError", "ForeignNameError", "GradientCheckError",
    "GraphError", "IdentityWarning", "LostGradientError", "NonFiniteError", "OperandError", "Primitive", "PrimitiveError",
    "Recording", "RecordingError", "Source", "StaleDataWarning", "Step", "Value", "check_gradients", "define_primitive",
    "derivative", "emitted_source", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "load_recording", "no_grad",
    "record_backward", "record_sources", "scope", "strict", "value_and_grad", "vjp",
]  # fmt: skip
# `from autograd import *` leaves Python's own sum, abs, round, pow and breakpoint alone; autograd.sum and the others are there.
__all__ += [name for name in vars(functions)["__all__"] if name not in ("abs", "pow", "round", "sum")]

_remember_sources()

if not _TYPE_CHECKING:  # or type checkers would believe that every name is here
    __getattr__ = _foreign.teach_module(__name__, _foreign.AUTOGRAD)

__version__ = "0.1.0"
