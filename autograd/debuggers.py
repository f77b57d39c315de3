"""The test for a Python debugger that steps into `backward()`, made so that the debugger does not stop in it.

A person who steps with pdb or pydevd is led through the chain rule as source, in a pass that is emitted for it (the room
`stepping`). Nobody else should pay for that, so this module is its only part in the engine: it tests for any tracer at all,
and only then calls the function that `stepping` has put in `WAY_IN`.
"""

import functools
import sys
from collections.abc import Callable
from types import FrameType, MethodType
from typing import Any, Protocol, TypeVar

# Called before pdb may stop again: none of them is a Python function, which pdb would enter.
gettrace: Callable[[], Any] = sys.gettrace
untrace: Callable[[], Any] = functools.partial(sys.settrace, None)
frame: Callable[[], FrameType] = sys._getframe
# `tool` names the tool in the debugger's slot of sys.monitoring, None if there is none. `drop` silences it and leaves it in
# the slot. Before Python 3.12 there is no such slot.
_monitoring: Any = getattr(sys, "monitoring", None)
tool: Callable[[], Any] = functools.partial(_monitoring.get_tool if _monitoring else {}.get, 0)
drop: Callable[[], Any] = functools.partial(getattr(_monitoring, "clear_tool_id", int), 0)
BDB = "bdbtracer"  # the name under which a `bdb.Bdb(backend="monitoring")` takes the slot


class WayIn:
    """The way into a pass that can be stepped through; `import autograd` sets it.

    Attributes:
        run: called with the root, the seed, the trace function and `debug`; returns True if it has run the pass.
        always: True if `run` is called even if nobody traces.
    """

    __slots__ = ("always", "run")

    def __init__(self) -> None:
        self.run: Callable[[Any, Any, Any, bool], bool] = lambda *_: False
        self.always: bool = False


WAY_IN = WayIn()


class _Backward(Protocol):
    def __call__(self, root: Any, /, seed: float = 1.0, *, debug: bool = False) -> None: ...


B = TypeVar("B", bound=_Backward)


def steppable(run: Callable[[Any, Any, bool], None]) -> Callable[[B], B]:
    """`Value.backward`, which somebody may step into: the pass then runs as source that can be stepped through.

    Args:
        run: runs any other pass, of a root, with a seed, and `debug`, if the nodes do not run it at once.
    """

    def backward(self: Any, seed: float = 1.0, *, debug: bool = False) -> None:
        # Few lines, because a person passes each of them with a `step`. The first one suspends pdb until the emitted pass
        # begins: one that has a trace function, and one that has the slot of sys.monitoring and is stepping in this frame.
        # What `untrace()` and `drop()` return is never true: `not` in front of them calls them and is true.
        pdb = not untrace() if type(tracer := gettrace()) is MethodType else tool() == BDB and frame().f_trace and not drop()
        stepped = (pdb or tracer or WAY_IN.always or tool()) and WAY_IN.run(self, seed, tracer, debug)
        if not stepped and (debug or not self._pass_at_once(seed)):
            run(self, seed, debug)

    return lambda method: functools.update_wrapper(backward, method)  # type: ignore[return-value]
