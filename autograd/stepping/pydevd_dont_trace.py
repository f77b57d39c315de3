"""The way from `backward()` into an emitted pass and out again, in a file in which pydevd never stops.

pydevd is the debugger inside PyCharm, and inside debugpy and so Visual Studio Code. It passes over the files that it takes
for its own, and it knows them by their names alone: this file bears one of these names on purpose. So a person who steps is
stopped at no line of it, and not on the return into it either, whether the engine is installed or a checkout. pdb has no
such list and is suspended instead.
"""

import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType, MethodType
from typing import Any

from .. import debuggers, reverse, turns
from ..observers import passes_are_observed
from ..operators import number
from . import switch

# pydevd's numbers for a person's commands. The last two are debugpy's, for "just my code".
NO_STEP, STEP_INTO, STEP_OVER, STEP_OUT, STEP_OVER_MINE, STEP_OUT_OF_MINE = -1, 107, 108, 109, 159, 160


def run(root: Any, seed: Any, tracer: Any, debug: bool = False) -> bool:
    """Run a backward pass as emitted code, if a debugger watches.

    `backward()` calls it with the trace function that it found (debuggers.py). If that may be pdb's, `backward()` has
    suspended it. Nobody should have to step through the preparation: debugging goes on with the first line of the emitted
    pass, and stops with its last. So `step` leads from `backward()` into the emitted pass, and from its end to the user's
    next line.

    Returns:
        True if it ran the pass; otherwise nothing has happened.
    """
    here = debuggers.frame()
    if tracer is None and debuggers.tool() == debuggers.BDB and (tracer := _tracer_of(here)) is not None:
        debuggers.drop()
    debugger = _debugger(tracer)
    now = tracer
    try:
        if debug or passes_are_observed() or not switch.wanted(tracer, here.f_back, debugger.steps):
            return False
        with turns.lock, turns.stepwise:
            prepared = _prepared(root, number(seed, "backward(seed)"))
            if prepared is None:
                return False
            try:
                debugger.resume()
                # One statement: pdb may follow this frame when the pass returns to it, and would stop at the next one.
                bars, _ = prepared.function(), (now := debugger.active()) and debugger.suspend()
            except BaseException:
                now = debugger.active()
                if now is not None:
                    debugger.suspend()
                    debugger.lead_out(here)
                prepared.undo()
                raise
            prepared.finish(bars)
        if now is not None:
            debugger.lead_out(here)
        return True
    finally:
        debugger.restore(now)


def _prepared(root: Any, seed: float) -> Any:
    """The emitted pass, ready to run; None if there is nothing to step through."""
    order = reverse.differentiable_order(root)
    if not order or switch.SETTINGS.most == 0:
        return None
    from . import emit, emitted  # imported here: only a person who steps needs it

    scope = switch.SETTINGS.scope
    if scope and scope not in emit.scopes_of(order):
        return None  # the scope of another graph
    return emitted.Pass(emit.emission(order, root, seed, scope, switch.SETTINGS.most), order, root, seed)


class _Nobody:
    """A debugger that is suspended and goes on; this one is none.

    Attributes:
        steps: True if a person steps into calls; None if only the debugger's trace function can tell.
        resume, suspend: let it stop in this thread, and keep it from stopping.
        active: the debugger that is active now, None if there is none: `continue` in pdb may have ended it.
    """

    steps: bool | None = None
    resume: Callable[[], Any]
    suspend: Callable[[], Any]
    active: Callable[[], Any]

    def __init__(self) -> None:
        self.resume = self.suspend = self.active = self._nothing

    def _nothing(self) -> None:
        """There is no debugger to tell."""

    def lead_out(self, here: FrameType) -> None:
        """Let a person who is still stepping stop in the user's frame next, none of the engine's on the way there."""

    def restore(self, now: Any) -> None:
        """Leave the debugger as `active` found it."""


class _Pdb(_Nobody):
    """pdb, and every other `bdb.Bdb`, by its trace function.

    `suspend` and `active` are no Python functions: it would stop in them.
    """

    def __init__(self, tracer: Any) -> None:
        self._bdb: Any = tracer.__self__ if switch.debugger(tracer) == "pdb" else None
        self.resume, self.suspend, self.active = partial(sys.settrace, tracer), debuggers.untrace, debuggers.gettrace

    def lead_out(self, here: FrameType) -> None:
        caller = here.f_back
        if self._bdb is None or caller is None:
            return
        if self._bdb.stopframe in (here, caller):  # after `r` at the end of the pass, or `u` and `n`
            self._bdb._set_stopinfo(caller.f_back, None)
        trace = here.f_trace or caller.f_trace
        here.f_trace = caller.f_trace = None
        if caller.f_back is not None and caller.f_back.f_trace is None:
            caller.f_back.f_trace = trace

    def restore(self, now: Any) -> None:
        sys.settrace(now)


class _MonitoringPdb(_Pdb):
    """pdb since Python 3.14, where it follows a program by sys.monitoring."""

    def __init__(self, tracer: Any) -> None:
        super().__init__(tracer)
        self.resume, self.suspend, self.active = tracer.__self__.start_trace, debuggers.drop, debuggers.tool

    def restore(self, now: Any) -> None:
        if now:
            self.resume()


class _Pydevd(_Nobody):
    """pydevd, with the step that a person takes put aside: it stops at breakpoints alone then.

    Its trace function, where it has one, is taken away as well, which is quicker. Where it uses sys.monitoring, that is left
    alone: PyCharm's pydevd can be told to look away from a thread, but not to look at it again.
    """

    def __init__(self, tracer: Any) -> None:
        threads: dict[int, threading.Thread] = getattr(threading, "_active", {})  # no call of threading to stop in
        self._thread: Any = getattr(threads.get(threading.get_ident()), "additional_info", None)
        self._step: int = getattr(self._thread, "pydev_step_cmd", STEP_INTO)  # if it is not found, assume the best
        self.steps = self._step not in (NO_STEP, STEP_OVER, STEP_OUT, STEP_OVER_MINE, STEP_OUT_OF_MINE)
        self._goal: Any = getattr(self._thread, "pydev_step_stop", None)  # the frame that a step ends in, None if in any
        self._tracer = tracer
        self._trace: Any = getattr(sys.modules.get("pydevd_tracing"), "SetTrace", None) if tracer is not None else None
        self.resume, self.suspend, self.active = self._take_up, self._put_aside, partial(int, 1)
        self._put_aside()

    def _put_aside(self) -> None:
        if self._trace is not None:
            self._trace(None)  # sys.settrace is pydevd's own at times, and warns
        if self._thread is not None:
            self._step, self._thread.pydev_step_cmd = self._thread.pydev_step_cmd, NO_STEP

    def _take_up(self) -> None:
        if self._thread is not None:
            self._thread.pydev_step_cmd = self._step
        if self._trace is not None:
            self._trace(self._tracer)

    def lead_out(self, here: FrameType) -> None:
        if self._thread is None or self._step == NO_STEP or here.f_back is None:
            return
        goal = self._thread.pydev_step_stop
        if goal is None or goal is not self._goal:  # otherwise it is a step over all this, which was not stopped at
            self._step, self._thread.pydev_step_stop = STEP_OVER, here.f_back.f_back

    def restore(self, _: Any) -> None:
        self._take_up()


def _debugger(tracer: Any) -> _Nobody:
    """The debugger that follows this thread."""
    if isinstance(tracer, MethodType):
        return _MonitoringPdb(tracer) if debuggers.tool() == debuggers.BDB else _Pdb(tracer)
    pydevd = _Pydevd(tracer)  # before anything else is called, which a person would step into
    if switch.debugger(tracer) == "pydevd":
        return pydevd
    pydevd.restore(tracer)
    return _Nobody()


def _tracer_of(inner: FrameType | None) -> Any:
    """The trace function of the `bdb.Bdb` that follows this thread by sys.monitoring; None if it follows another one.

    It has left its trace function on the frames that it may stop in, the outermost ones at least.
    """
    while inner is not None and not isinstance(inner.f_trace, MethodType):
        inner = inner.f_back
    return inner.f_trace if inner is not None and switch.debugger(inner.f_trace) == "pdb" else None


debuggers.WAY_IN.run = run
