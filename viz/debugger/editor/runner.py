"""The process in which a debugged script runs: it waits at every `backward()` until the debugger says go on.

At `backward()` the pass is recorded, the recording goes to the debugger over a socket, and the script waits for the order to go
on. Questions that need the script itself - about all passes so far, or about rules made by hand - are answered here. Only data
cross the socket. When the debugger ends - closed, crashed, killed - the script and all processes it has started end too.
"""

import io
import json
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Recording
from autograd.errors import ArgumentError, RecordingError

from ...script import ScriptError
from ..commands.console import Console
from ..diagnoses.evidence.again import Program
from ..diagnoses.watch import Watch
from ..program.debuggee import Arrival, Ended, running_to_backward
from ..program.opening import opened
from ..walk.session import Session
from ..walk.stopped import Stopped
from .transfer import pack

GO_ON, ASK = b"g", b"q"  # orders of the debugger; ASK is followed by a length and by the question in JSON
RECORDING, ANSWER = b"r", b"a"  # messages to the debugger, followed by a length and by the recording or the answer


class Channel:
    """The connection to the debugger.

    Args:
        number: the number of the inherited socket.
    """

    def __init__(self, number: int) -> None:
        os.set_inheritable(number, False)  # processes that the script starts do not inherit it
        self._socket = socket.socket(fileno=number)
        self._orders: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()  # questions, and None to go on
        os.register_at_fork(after_in_child=self._leave)
        threading.Thread(target=self._listen, name="orders of the debugger", daemon=True).start()

    def show(self, recording: Recording, answer: Callable[[str, int], str] | None = None) -> None:
        """Send a recording, and wait until somebody says go on.

        Args:
            answer: answers a question about a node.
        """
        self._send(RECORDING, pack(recording))
        while (question := self._orders.get()) is not None:
            try:
                text = answer(question["text"], question["node"]) if answer else "there is no script"
            except Exception as error:  # noqa: BLE001 - the script goes on after any error
                text = str(error) or type(error).__name__
            self._send(ANSWER, text.encode())

    def _send(self, kind: bytes, data: bytes) -> None:
        self._socket.sendall(kind + len(data).to_bytes(8, "big"))
        self._socket.sendall(data)

    def _listen(self) -> None:
        with self._socket.makefile("rb") as orders:
            while True:
                try:
                    order = orders.read(1)
                    question = json.loads(orders.read(int.from_bytes(orders.read(8), "big"))) if order == ASK else None
                except (OSError, ValueError):
                    order = b""
                if not order:  # the debugger is gone: nobody will say go on
                    os.killpg(0, signal.SIGKILL)
                self._orders.put(question)

    def _leave(self) -> None:
        """Close the socket in a process that the script forks: it has no thread that listens, so it is not debugged."""
        self._socket.close()


def main(arguments: Sequence[str]) -> None:
    """Run a script or a module, or show a recording.

    Args:
        arguments: 'script', 'module' or 'recording', after 'torch ' if a model of PyTorch is trained; the number of the socket;
            the program or the recording; and the arguments of the program, or the `mapping` of `opened` for a recording.
    """
    kind, number, what, *rest = arguments
    torch, kind = kind.startswith("torch "), kind.removeprefix("torch ")
    channel = Channel(int(number))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, write_through=False)  # whole lines are seen at once, although it is a pipe
    try:
        if kind == "recording":
            recording, notes = opened(what, rest)
            if notes:
                print("\n".join(notes), file=sys.stderr, flush=True)
            channel.show(recording)
        else:
            watch, program = Watch(), Program(what, tuple(rest), kind == "module")

            def arrived(arrival: Arrival) -> None:
                channel.show(arrival.recording, lambda text, node: answered(arrival, watch, program, text, node))

            _exit(running_to_backward(what, rest, arrived, module=kind == "module", watch=watch, torch=torch))
    except (ArgumentError, RecordingError, ScriptError) as error:
        sys.exit(str(error))


def answered(arrival: Arrival, watch: Watch, program: Program, text: str, node: int) -> str:
    """The answer of the prompt to a question.

    Args:
        arrival: the pass in which the script stands.
        watch, program: the observations of the script, and the way to run it again.
        text: one of the prompt's questions.
        node: the selected node.
    """
    from .evaluating import QUESTIONS, WIDTH  # imported here, as few scripts are asked

    head, _, rest = text.strip().partition(" ")
    console = Console.at(Stopped(Session(arrival.recording)), node, WIDTH)
    console.arrival, console.watch, console.program, console.passes = arrival, watch, program, watch.recordings
    return str(QUESTIONS[head].run(console, rest.strip()))


def _exit(ended: Ended) -> None:
    """End as the interpreter would, with the script's own traceback, message and status."""
    if ended.error is not None:
        sys.excepthook(type(ended.error), ended.error, ended.error.__traceback__)
    if ended.message:
        print(ended.message, file=sys.stderr)
    sys.exit(ended.status)
