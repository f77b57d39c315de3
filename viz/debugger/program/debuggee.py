"""Run a user's script and call the debugger at every `backward()`.

The script runs in this process as `python script.py` would run it: as `__main__`, with its folder first on the path, its own
arguments and its own exit status. Sources are recorded, so that every node knows the line that made it. An observer sees every
`backward()` and records the pass: the same additions in the same order, so that the script computes the same numbers as
without the debugger.
"""

import contextlib
import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd import Recording, Source, record_backward, record_sources
from autograd.observers import Pass, observing
from autograd.source import place_of_caller, resolve

from ...script import as_main, compiled
from ..diagnoses.watch import Watch
from ..lift.halting import halting
from . import pausing


class Arrival(NamedTuple):
    """A script that has come to `backward()`.

    Attributes:
        number: the number of the pass, from 1.
        recording: the recording of the pass; the gradients are set.
        source: the line that called `backward()`.
    """

    number: int
    recording: Recording
    source: Source | None


class Ended(NamedTuple):
    """A script that has ended.

    Attributes:
        status: its exit status, as a shell would see it.
        error: the exception that it did not catch, with a traceback that begins in the script; None if it ended well.
        message: the text of `sys.exit("message")`.
        passes: the number of backward passes it has run.
        left: True if it ended because the person at the debugger left.
    """

    status: int
    error: BaseException | None
    message: str
    passes: int
    left: bool = False


class Leave(SystemExit):
    """Raised out of `backward()` when the person at the debugger leaves; no `except Exception` catches it."""


class Interceptor:
    """The observer of passes while a script is debugged.

    Args:
        on_backward: called with every arrival; a `Leave` that it raises ends the script.
        wanted: says if the pass with a number is to be shown; without a watch the others run at full speed.
        watch: keeps all passes, for the diagnoses, until it is over.
    """

    def __init__(
        self, on_backward: Callable[[Arrival], None], wanted: Callable[[int], bool] = lambda _: True, watch: Watch | None = None
    ) -> None:
        self._on_backward, self._wanted, self._watch = on_backward, wanted, watch
        self._turn = threading.RLock()  # passes of several threads take turns
        self._process = os.getpid()
        self.passes = 0
        self.left: Leave | None = None

    def passing(self, p: Pass) -> None:
        """Show a pass that is wanted, before its `backward()` returns."""
        p.debug = False  # `backward(debug=True)` must not open a second debugger
        if os.getpid() != self._process:
            return  # a process that the script has forked shares the terminal, but is not debugged
        with self._turn:
            if self.left is not None:  # end also a script that catches every exception
                raise SystemExit(self.left.code)  # not `Leave`: a thread ends silently only by this
            self.passes += 1
            number = self.passes  # a hook may begin passes of its own
            wanted, watched = self._wanted(number), self._watch is not None and not self._watch.over
            if not wanted and not watched:
                return
            place = place_of_caller()
            recording = p.recorded(record_backward)
            if self._watch and watched:
                self._watch.passed(recording, p.root, place, number)
            if wanted:
                self._show(Arrival(number, recording, resolve(place) if place else None))

    def sick(self, step: int, graph: Recording) -> None:
        """Show a step of another framework in which something is wrong."""
        place = place_of_caller()
        with self._turn:
            self.passes += 1
            self._show(Arrival(step, graph, resolve(place) if place else None))

    def _show(self, arrival: Arrival) -> None:
        try:
            self._on_backward(arrival)
        except Leave as leave:
            self.left = leave
            if threading.current_thread() is not threading.main_thread():
                signal.raise_signal(signal.SIGINT)  # the main thread, which may wait for this one, has to end as well
            raise SystemExit(leave.code) from None


def running_to_backward(
    path: str,
    arguments: Sequence[str],
    on_backward: Callable[[Arrival], None],
    *,
    module: bool = False,
    wanted: Callable[[int], bool] = lambda _: True,
    watch: Watch | None = None,
    torch: bool = False,
) -> Ended:
    r"""Run a script and be called at every one of its backward passes.

    Args:
        path: the file, or the name of a module.
        arguments: the arguments that the script finds in `sys.argv[1:]`.
        on_backward: called when a pass has been run and before `backward()` returns; see `Interceptor`.
        module: True if `path` is a module's name, as in `python -m`.
        wanted: says if the pass with a number, from 1, is to be shown.
        watch: keeps all passes, and the changes of parameters between them, for the diagnoses.
        torch: True to show the steps of PyTorch, too, in which something is wrong (viz/debugger/lift/).

    Returns:
        The end of the script; an exception of the script is in it and is not raised.

    Raises:
        ScriptError: the file is missing or contains no Python.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     script = pathlib.Path(folder) / "script.py"
        ...     _ = script.write_text("from autograd import Value\nx = Value(3.0)\n(x * x).backward()\n")
        ...     running_to_backward(str(script), [], lambda arrival: print(arrival.recording, arrival.source.line))
        <Recording of 2 contributions to 2 nodes, from v1> 3
        Ended(status=0, error=None, message='', passes=1, left=False)
    """
    interceptor = Interceptor(on_backward, wanted, watch)
    ruled, assigned, zeroed = (watch.ruled, watch.assigned, watch.zeroed) if watch else (None, None, None)
    observed = observing(passing=interceptor.passing, ruled=ruled, assigned=assigned, zeroed=zeroed, threads=True)
    torch_steps = _torch_steps(interceptor) if torch else contextlib.nullcontext()
    with observed, halting(interceptor.sick), torch_steps:
        ended = run(path, arguments, module=module)
    ended = ended._replace(passes=interceptor.passes)
    if interceptor.left is not None:
        status, message = _exit_status(interceptor.left)
        ended = ended._replace(status=status, message=message, error=None, left=True)
    return ended


def _torch_steps(interceptor: Interceptor) -> contextlib.AbstractContextManager[object]:
    from ..lift import pytorch  # needs PyTorch

    return pytorch.watching(stop=interceptor.sick)


def run(path: str, arguments: Sequence[str], *, module: bool = False) -> Ended:
    """Run a script to its end, as the main program, with sources recorded.

    Args:
        path, arguments, module: as for `running_to_backward`.

    Returns:
        The end of the script; its passes are not counted.

    Raises:
        ScriptError: the file is missing or contains no Python.
    """
    execute = _module(path) if module else _script(path)
    error: BaseException | None = None
    status, message = 0, ""
    file = os.path.abspath(path)
    folder = os.getcwd() if module else os.path.dirname(file)
    with as_main(file, [path, *arguments], folder), record_sources(threads=True):
        try:
            execute()
            _join_threads()
        except SystemExit as exit_:
            status, message = _exit_status(exit_)
        except BaseException as raised:  # noqa: BLE001 - also KeyboardInterrupt ends the script and not the debugger
            status = 130 if isinstance(raised, KeyboardInterrupt) else 1  # the status that a shell gives
            error = _from_the_script(raised)
    return Ended(status, error, message, 0)


def _join_threads() -> None:
    """Wait for the threads of a script and the threads that they start, as the interpreter does at its end."""
    while waiting := [
        t for t in threading.enumerate() if not t.daemon and t not in (threading.current_thread(), threading.main_thread())
    ]:
        for thread in waiting:
            thread.join()


def _script(path: str) -> Callable[[], object]:
    code = compiled(os.path.abspath(path))  # absolute, as the script may change the directory and its lines must still be found
    return lambda: exec(code, sys.modules["__main__"].__dict__)


def _module(name: str) -> Callable[[], object]:
    return lambda: runpy.run_module(name, run_name="__main__", alter_sys=True)


def _exit_status(exit_: SystemExit) -> tuple[int, str]:
    """The status and message of the interpreter: for None 0, for a number the number, for anything else 1 and a text."""
    if exit_.code is None:
        return 0, ""
    return (exit_.code, "") if isinstance(exit_.code, int) else (1, str(exit_.code))


def _from_the_script(error: BaseException) -> BaseException:
    """An exception whose traceback begins in the script, and ends there if Ctrl-C has raised it."""
    trace = last = error.__traceback__
    while last is not None and last.tb_next is not None:
        if last.tb_next.tb_frame.f_code.co_filename == pausing.__file__:
            last.tb_next = None
            break
        last = last.tb_next
    while trace is not None and (trace.tb_frame.f_code.co_filename == __file__ or "runpy" in trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return error.with_traceback(trace)
