"""The process in which a debugged script runs: it waits at every `backward()` until the debugger says go on.

At `backward()` the pass is recorded, the recording goes to the debugger over a socket, and the script goes on when a byte
comes back. Only data cross the socket. When the debugger is gone - closed, crashed, killed - so is the script, with what
it has started.
"""

import io
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from autograd import Recording, reverse
from autograd.errors import ArgumentError, RecordingError

from ..script import ScriptError
from .debuggee import Ended, running_to_backward
from .opening import opened
from .transfer import pack

GO_ON = b"g"


class Channel:
    """The connection to the debugger.

    Args:
        number: of the socket that was inherited.
    """

    def __init__(self, number: int) -> None:
        os.set_inheritable(number, False)  # what the script starts has no part in it
        self._socket = socket.socket(fileno=number)
        self._orders = threading.Semaphore(0)
        os.register_at_fork(after_in_child=self._leave)
        threading.Thread(target=self._listen, name="orders of the debugger", daemon=True).start()

    def show(self, recording: Recording) -> None:
        """Send a recording, and wait until somebody says go on."""
        data = pack(recording)
        self._socket.sendall(len(data).to_bytes(8, "big"))
        self._socket.sendall(data)
        self._orders.acquire()

    def _listen(self) -> None:
        while True:
            try:
                order = self._socket.recv(1)
            except OSError:
                order = b""
            if not order:  # nobody will ever say go on
                os.killpg(0, signal.SIGKILL)
            self._orders.release()

    def _leave(self) -> None:
        """A process that the script forks is not debugged: it has no thread that listens."""
        reverse.INTERCEPT = None
        self._socket.close()


def main(arguments: Sequence[str]) -> None:
    """Run a script or a module, or show a recording.

    Args:
        arguments: 'script', 'module' or 'recording'; the number of the socket; what to run; its own arguments; of
            a recording what `opened` takes as its mapping.
    """
    kind, number, what, *rest = arguments
    channel = Channel(int(number))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, write_through=False)  # seen at once though it is a pipe, in whole lines
    try:
        if kind == "recording":
            recording, notes = opened(what, rest)
            print("\n".join(notes), end="\n" * bool(notes), file=sys.stderr, flush=True)
            channel.show(recording)
        else:
            _exit(running_to_backward(what, rest, lambda arrival: channel.show(arrival.recording), module=kind == "module"))
    except (ArgumentError, RecordingError, ScriptError) as error:
        sys.exit(str(error))


def _exit(ended: Ended) -> None:
    """As the interpreter does: with the script's own traceback, message and status."""
    if ended.error is not None:
        sys.excepthook(type(ended.error), ended.error, ended.error.__traceback__)
    if ended.message:
        print(ended.message, file=sys.stderr)
    sys.exit(ended.status)
