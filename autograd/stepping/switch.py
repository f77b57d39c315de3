"""The switch for emitted passes: a Python debugger that steps into `backward()` gets one to step through.

A sweep is a loop over nodes: stepping through it shows the engine, not the chain rule. So when a user of pdb or pydevd
steps into `backward()`, the pass is emitted as Python source (emit.py), one line per contribution, and the source runs
instead (pydevd_dont_trace.py); gradients are the same bit for bit. The source is a file in a temporary folder and an entry
of linecache, so that debuggers list it, step it and stop at its lines. Passes of the same graph, such as those of a training
loop, share a file and with it its breakpoints.

The debugger is recognised without asking it to do anything

    pdb             its trace function is a method of a `bdb.Bdb`, or since Python 3.14 a `bdb.Bdb` is the tool in the
                    debugger's slot of sys.monitoring; and it has set a trace on the frame of `backward()`, which it
                    does exactly if somebody steps into it, or it has a breakpoint in an emitted pass
    pydevd          the debugger of PyCharm and of debugpy, by its trace function, or since Python 3.12 by its name in the
                    debugger's slot of sys.monitoring; with an editor connected that is stepping or has a breakpoint in an
                    emitted pass
    AUTOGRAD_STEP   1 or the name of a scope: always; 0: never

Trace functions of coverage tools and profilers are none of these. The settings are read when the engine is imported.
"""

import os
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any, NamedTuple

from .. import debuggers
from ..errors import ArgumentError
from ..modes import record_sources

MOST = 5_000  # contributions written out, unless the user sets another number: a fifth of a second to emit and to compile


class Settings(NamedTuple):
    """The settings in the environment.

    Attributes:
        always: emit every pass; None: if a debugger watches.
        scope: the scope to write out; '' for everything.
        most: contributions to write out at most.
    """

    always: bool | None
    scope: str
    most: int


def settings(environment: Any) -> Settings:
    """The settings in environment variables AUTOGRAD_STEP and AUTOGRAD_STEP_MAX.

    Raises:
        ArgumentError: AUTOGRAD_STEP_MAX is not a number.

    >>> settings({"AUTOGRAD_STEP": "layer2", "AUTOGRAD_STEP_MAX": "100"}), settings({}).always
    (Settings(always=True, scope='layer2', most=100), None)
    """
    step, most = environment.get("AUTOGRAD_STEP", ""), environment.get("AUTOGRAD_STEP_MAX") or str(MOST)
    if not most.isdecimal():
        raise ArgumentError(f"AUTOGRAD_STEP_MAX={most}: how many contributions to write out at most, e.g. {MOST}")
    return Settings(None if not step else step != "0", step if step not in ("0", "1") else "", int(most))


def obey(environment: Any) -> None:
    """Apply these environment variables from now on."""
    global SETTINGS
    SETTINGS = settings(environment)
    debuggers.WAY_IN.always = bool(SETTINGS.always)


SETTINGS: Settings
obey(os.environ)


# --- who watches -----------------------------------------------------------------------------------------------------------


def wanted(tracer: Any, backward: FrameType | None, steps: bool | None = None) -> bool:
    """True if a pass is to be emitted.

    Args:
        tracer: the trace function that is set.
        backward: the frame of `Value.backward`.
        steps: True if a person steps with pydevd.
    """
    if SETTINGS.always is not None:
        return SETTINGS.always
    name = debugger(tracer)
    if name == "pdb":
        stepped_into = backward is not None and backward.f_trace is not None
        return stepped_into or any(map(_is_emitted, tracer.__self__.breaks))
    if name == "pydevd":
        return steps or any(map(_is_emitted, _breakpoints_of_pydevd()))
    return bool(name)


def remember_sources() -> None:
    """Record sources from now on if a debugger is there or is asked for: emitted lines tell the line of the forward pass.

    It is done when the engine is imported; a program that meets its debugger later can use `record_sources()`.
    """
    if SETTINGS.always or (SETTINGS.always is None and debugger(debuggers.gettrace())):
        record_sources().__enter__()


def debugger(tracer: Any) -> str:
    """The name of the debugger that is present, '' if there is none."""
    bdb = sys.modules.get("bdb")
    if bdb is not None and isinstance(getattr(tracer, "__self__", None), bdb.Bdb):
        return "pdb"
    name = debuggers.tool()
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    if "pydevd" in str(module) or "pydevd" in str(name):
        debugpy = sys.modules.get("debugpy")
        return "pydevd" if debugpy is None or debugpy.is_client_connected() else ""
    return name or ""


def _breakpoints_of_pydevd() -> Iterable[str]:
    """The files in which there are breakpoints."""
    constants = sys.modules.get("_pydevd_bundle.pydevd_constants")
    debugger = constants.get_global_debugger() if constants is not None else None
    return getattr(debugger, "breakpoints", ())


def _is_emitted(file: str) -> bool:
    emitted = sys.modules.get("autograd.stepping.emitted")
    return emitted is not None and file in emitted.FILES
