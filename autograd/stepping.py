"""Backward passes that a Python debugger can step through.

A sweep is a loop over nodes: stepping through it shows the engine, not the chain rule. So when somebody who uses pdb or
debugpy steps into `backward()`, the pass is emitted as Python source (emit.py), one line per contribution, and that runs
instead; gradients are the same bit for bit. The source is a file in a temporary folder and an entry of linecache, so that
debuggers list it, step it and stop at its lines. Passes of the same graph, such as those of a training loop, share a file
and with it its breakpoints.

Who watches is found out without asking the debugger to do anything

    pdb             its trace function is a method of a `bdb.Bdb`, and it has set a trace on the frame of `backward()`:
                    it does that exactly if somebody steps into it, or if a breakpoint is near
    debugpy         pydevd's trace function, or since Python 3.12 a tool in the debugger's slot of sys.monitoring, with an
                    editor connected that is stepping or has a breakpoint in an emitted pass
    AUTOGRAD_STEP   1 or the name of a scope: always; 0: never

Trace functions of coverage tools and profilers are none of these. The settings are read when the engine is imported.
"""

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType, MethodType
from typing import Any, NamedTuple

from . import reverse
from .errors import ArgumentError
from .modes import record_sources
from .operators import number

gettrace: Callable[[], Any] = sys.gettrace
settrace: Callable[[Any], Any] = sys.settrace
# Which tool uses the debugger's slot of sys.monitoring: None if none does. Before Python 3.12 there is no such slot.
_monitoring: Any = getattr(sys, "monitoring", None)
tool_in_slot: Callable[[int], Any] = _monitoring.get_tool if _monitoring else {}.get
SLOT = 0

MOST = 5_000  # contributions written out, unless another number is asked for: a fifth of a second to emit and to compile


class Settings(NamedTuple):
    """What the environment says.

    Attributes:
        always: emit every pass; None: if a debugger watches.
        scope: what to write out; '' for everything.
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


SETTINGS = settings(os.environ)


def run(root: Any, seed: Any, tracer: Any, debug: bool = False) -> bool:
    """Run a backward pass as emitted code, if somebody watches.

    `Value.backward` calls it with the trace function that it found; if that may be pdb's, it has suspended it already. What
    has to be prepared is nothing to step through: tracing goes on with the first line of the emitted pass, and stops with
    its last. So `step` leads from `backward()` into the emitted pass, and from its end to the user's next line.

    Returns:
        Whether it did; otherwise nothing has happened.
    """
    (debugpy := sys.modules.get("debugpy")) and debugpy.is_client_connected() and debugpy.trace_this_thread(False)
    resume, suspend = _switch(tracer, debugpy)
    now = tracer
    here = sys._getframe()
    try:
        if debug or reverse.INTERCEPT is not None or not wanted(tracer, here.f_back):
            return False
        with reverse._lock:
            prepared = _prepared(root, number(seed, "backward(seed)"))
            if prepared is None:
                return False
            try:
                # One line, so that a debugger which traces this frame too finds no further line in it to stop at.
                _, bars, now, _ = resume(), prepared.function(), gettrace(), suspend()
            except BaseException:
                now = gettrace()
                suspend()
                prepared.undo()
                if now is not None and _debugger(tracer) == "pdb":
                    _hand_over(here, tracer)
                raise
            prepared.finish(bars)
        if now is not None and _debugger(tracer) == "pdb":
            _hand_over(here, tracer)
        return True
    finally:
        if tracer.__class__ is MethodType:
            settrace(now)  # somebody who said `continue` to pdb may have ended tracing
        else:
            resume()


def _switch(tracer: Any, debugpy: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """How tracing goes on in this thread, and how it is suspended: calls that a debugger does not stop in."""
    if tracer.__class__ is MethodType:
        return partial(settrace, tracer), partial(settrace, None)
    if debugpy is not None and debugpy.is_client_connected():
        return partial(debugpy.trace_this_thread, True), partial(debugpy.trace_this_thread, False)
    return int, int


def _prepared(root: Any, seed: float) -> Any:
    """The emitted pass, ready to run; None if there is nothing to step through."""
    order = reverse.differentiable_order(root)
    if not order or SETTINGS.most == 0:
        return None
    from . import emit, emitted  # only who steps pays for it

    scope = SETTINGS.scope
    if scope and scope not in emit.scopes_of(order):
        return None  # the scope of another graph
    return emitted.Pass(emit.emission(order, root, seed, scope, SETTINGS.most), order, root, seed)


def _hand_over(here: FrameType, tracer: Any) -> None:
    """Let pdb, if it is stepping, stop in the user's frame next, and not in those of the engine on the way there."""
    caller = here.f_back
    assert caller is not None
    if tracer.__self__.stopframe in (here, caller):  # after `r` at the end of the pass, or `u` and `n`
        tracer.__self__._set_stopinfo(caller.f_back, None)
    trace = here.f_trace or caller.f_trace
    here.f_trace = caller.f_trace = None
    if caller.f_back is not None and caller.f_back.f_trace is None:
        caller.f_back.f_trace = trace


# --- who watches -----------------------------------------------------------------------------------------------------------


def wanted(tracer: Any, frame: FrameType | None) -> bool:
    """Whether a pass is to be emitted.

    Args:
        tracer: the trace function that is set.
        frame: of `Value.backward`.
    """
    if SETTINGS.always is not None:
        return SETTINGS.always
    debugger = _debugger(tracer)
    if debugger == "pdb":
        stepped_into = frame is not None and frame.f_trace is not None
        return stepped_into or any(map(_is_emitted, tracer.__self__.breaks))
    return _editor_looks() if debugger == "debugpy" else bool(debugger)


def remember_sources() -> None:
    """Record sources from now on if a debugger is there or is asked for: emitted lines tell the line of the forward pass.

    It is done when the engine is imported; a program that meets its debugger later can use `record_sources()`.
    """
    if SETTINGS.always or (SETTINGS.always is None and _debugger(gettrace())):
        record_sources().__enter__()


def _debugger(tracer: Any) -> str:
    """Which debugger is there, '' if none is."""
    bdb = sys.modules.get("bdb")
    if bdb is not None and isinstance(getattr(tracer, "__self__", None), bdb.Bdb):
        return "pdb"
    tool = tool_in_slot(SLOT)
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    if "pydevd" in str(module) or "pydevd" in str(tool):
        debugpy = sys.modules.get("debugpy")
        return "debugpy" if debugpy is None or debugpy.is_client_connected() else ""
    return tool or ""


def _editor_looks() -> bool:
    """Whether the person at the editor is stepping, or has a breakpoint in an emitted pass."""
    # What pydevd keeps on threads is its own business: if it is not found, assume that somebody is stepping.
    information = getattr(threading.current_thread(), "additional_info", None)
    if getattr(information, "pydev_step_cmd", None) != -1:
        return True
    pydevd = sys.modules.get("pydevd")
    debugger = pydevd.get_global_debugger() if pydevd is not None else None
    return any(map(_is_emitted, getattr(debugger, "breakpoints", ())))


def _is_emitted(file: str) -> bool:
    emitted = sys.modules.get("autograd.emitted")
    return emitted is not None and file in emitted.FILES
