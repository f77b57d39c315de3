"""Backward passes that a Python debugger can step through.

A sweep is a loop over nodes: stepping through it shows the engine, not the chain rule. So when somebody who uses pdb or
debugpy steps into `backward()`, the pass is emitted as Python source (emit.py), one line per contribution, and that runs
instead; gradients are the same bit for bit. The source is a file in a temporary folder and an entry of linecache, so that
debuggers list it, step it and stop at its lines. Passes of the same graph, such as those of a training loop, share a file
and with it its breakpoints.

Who watches is found out without asking the debugger to do anything

    pdb             its trace function is a method of a `bdb.Bdb`, or since Python 3.14 a `bdb.Bdb` is the tool in the
                    debugger's slot of sys.monitoring; and it has set a trace on the frame of `backward()`, which it
                    does exactly if somebody steps into it, or it has a breakpoint in an emitted pass
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

from .. import reverse, turns
from ..errors import ArgumentError
from ..modes import record_sources
from ..operators import number

# The calls that `Value.backward` makes before pdb may stop again: none of them is a Python function, which pdb would enter.
gettrace: Callable[[], Any] = sys.gettrace
untrace: Callable[[], Any] = partial(sys.settrace, None)
frame: Callable[[], FrameType] = sys._getframe
# `tool` names the tool in the debugger's slot of sys.monitoring, None if there is none. `drop` silences it and leaves it in
# the slot. Before Python 3.12 there is no such slot.
_monitoring: Any = getattr(sys, "monitoring", None)
tool: Callable[[], Any] = partial(_monitoring.get_tool if _monitoring else {}.get, 0)
drop: Callable[[], Any] = partial(getattr(_monitoring, "clear_tool_id", int), 0)
BDB = "bdbtracer"  # the name under which a `bdb.Bdb(backend="monitoring")` takes the slot

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
    if tracer is None and tool() == BDB and (tracer := _tracer_of(frame())) is not None:
        drop()
    resume, suspend, still, restore = _switch(tracer, debugpy)
    now = tracer
    here = frame()
    try:
        if debug or reverse.INTERCEPT is not None or not wanted(tracer, here.f_back):
            return False
        with turns.lock:
            prepared = _prepared(root, number(seed, "backward(seed)"))
            if prepared is None:
                return False
            try:
                # One line, so that a debugger which traces this frame too finds no further line in it to stop at.
                _, bars, _ = resume(), prepared.function(), (now := still()) and suspend()
            except BaseException:
                (now := still()) and suspend()
                prepared.undo()
                if now is not None and _debugger(tracer) == "pdb":
                    _hand_over(here, tracer)
                raise
            prepared.finish(bars)
        if now is not None and _debugger(tracer) == "pdb":
            _hand_over(here, tracer)
        return True
    finally:
        restore(now)


def _tracer_of(inner: FrameType | None) -> Any:
    """The trace function of the `bdb.Bdb` that follows this thread by sys.monitoring; None if it follows another one.

    It has left its trace function on the frames that it may stop in, the outermost ones at least.
    """
    while inner is not None and not isinstance(inner.f_trace, MethodType):
        inner = inner.f_back
    return inner.f_trace if inner is not None and _debugger(inner.f_trace) == "pdb" else None


class _Switch(NamedTuple):
    """How a debugger's tracing of this thread is suspended and goes on.

    Attributes:
        resume, suspend: do it; `suspend` and `still` are no Python functions, in which a debugger could stop.
        still: what traces now, None if nothing does: somebody who says `continue` to pdb may end tracing.
        restore: leaves tracing as `still` found it.
    """

    resume: Callable[[], Any]
    suspend: Callable[[], Any]
    still: Callable[[], Any]
    restore: Callable[[Any], Any]


def _switch(tracer: Any, debugpy: Any) -> _Switch:
    """The switch for the debugger that traces this thread; one that does nothing if none does."""
    if tracer.__class__ is MethodType:
        if tool() == BDB:
            debugger: Any = tracer.__self__
            return _Switch(debugger.start_trace, drop, tool, lambda now: now and debugger.start_trace())
        return _Switch(partial(sys.settrace, tracer), untrace, gettrace, sys.settrace)
    if debugpy is not None and debugpy.is_client_connected():
        resume = partial(debugpy.trace_this_thread, True)
        return _Switch(resume, partial(debugpy.trace_this_thread, False), partial(int, 1), lambda _: resume())
    return _Switch(int, int, int, bool)


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


def wanted(tracer: Any, backward: FrameType | None) -> bool:
    """Whether a pass is to be emitted.

    Args:
        tracer: the trace function that is set.
        backward: the frame of `Value.backward`.
    """
    if SETTINGS.always is not None:
        return SETTINGS.always
    debugger = _debugger(tracer)
    if debugger == "pdb":
        stepped_into = backward is not None and backward.f_trace is not None
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
    name = tool()
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    if "pydevd" in str(module) or "pydevd" in str(name):
        debugpy = sys.modules.get("debugpy")
        return "debugpy" if debugpy is None or debugpy.is_client_connected() else ""
    return name or ""


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
    emitted = sys.modules.get("autograd.stepping.emitted")
    return emitted is not None and file in emitted.FILES
