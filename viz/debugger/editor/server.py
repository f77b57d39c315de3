"""The edge of the adapter: bytes on standard streams, a Unix socket or a loopback port, and the script's process.

Every event - a message, a report about the script, the end of the connection - goes through one queue to one loop, which
carries out the orders of the `Adapter`. The thread that reads a connection only decodes, so that a `cancel` is seen before the
turn of the request that it cancels.
"""

import contextlib
import os
import queue
import secrets
import socket
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from autograd.command_line import CommandLine

from .child import Child
from .dap import Adapter
from .launching import Launch
from .orders import Ask, EndConversation, GoOn, Kill, Order, Run, Start, Terminate, Think
from .protocol import Decoder, Malformed, Message, encode
from .reports import Report

TOKEN, LEAST = "STEPGRAD_DAP_TOKEN", 16  # the variable for a token that the user chooses, and the least length of such a token
GRACE = 1.0  # seconds that a new client waits for the end of the conversation before
WAITING = 1000  # events in the queue before a script that prints has to wait


@dataclass(frozen=True, slots=True)
class _Gone:
    """The client has closed the connection, or has sent bytes that no editor sends."""


@dataclass(frozen=True, slots=True)
class _Received:
    """The client has sent a message."""

    message: Message | Malformed


@dataclass(frozen=True, slots=True)
class _Reported:
    """A script has done something."""

    token: object
    report: Report


@dataclass(frozen=True, slots=True)
class _Found:
    """A long answer has been found."""

    answer: str


class Conversation:
    """One client, from its first byte to its last.

    Args:
        read: gives some bytes; at the end it gives none.
        write: sends bytes; it raises OSError if the client is gone.
        strict: True if a wrong header ends the conversation: on a socket no editor sends one.
        token: the token that the client has to know to run a script; '' if it needs none.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], None], strict: bool, token: str = "") -> None:
        self._read, self._write, self._strict = read, write, strict
        self._queue: queue.Queue[_Gone | _Received | _Reported | _Found] = queue.Queue(WAITING)
        self._adapter = Adapter(token)
        self._child: Child | None = None
        self._token: object = None  # stands for the script that runs: late reports of a script before it have another token
        self._cancelled: set[Any] = set()
        self._over = threading.Event()
        self._questions: queue.SimpleQueue[tuple[object, Think] | None] = queue.SimpleQueue()  # None after the last
        self._thinker: threading.Thread | None = None

    def run(self) -> None:
        """Answer until the client disconnects or is gone; then the script ends, too."""
        reader = threading.Thread(target=self._listen, name="messages of the client", daemon=True)
        reader.start()
        try:
            while self._turn(self._queue.get()):
                pass
        except OSError:  # the client is gone
            pass
        finally:
            self._over.set()
            self._questions.put(None)
            self._kill()

    # --- in a thread of their own ------------------------------------------------------------------------------------

    def _listen(self) -> None:
        decoder = Decoder()
        with contextlib.suppress(OSError, ValueError):  # a closed stream is an end
            while data := self._read():
                for message in decoder.feed(data):
                    if isinstance(message, Malformed) and message.framing and self._strict:
                        self._put(_Gone())
                        return
                    self._note_cancel(message)
                    self._put(_Received(message))
        self._put(_Gone())

    def _note_cancel(self, message: Message | Malformed) -> None:
        if isinstance(message, dict) and message.get("command") == "cancel" and isinstance(message.get("arguments"), dict):
            number = message["arguments"].get("requestId")
            if isinstance(number, int) and len(self._cancelled) < WAITING:
                self._cancelled.add(number)

    def _put(self, event: _Gone | _Received | _Reported | _Found, token: object = None) -> bool:
        """Put an event into the queue as soon as there is room; False if the conversation is over or the script was ended."""
        while not self._over.is_set() and (token is None or token is self._token):
            try:
                self._queue.put(event, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _think(self) -> None:
        """Find long answers, one at a time: they are few, and the processor is shared."""
        while True:
            asked = self._questions.get()
            if asked is None or self._over.is_set():
                return
            token, question = asked
            if token is not self._token:
                continue  # the question is about a script that has been ended
            try:
                answer = question.find()
            except Exception as error:  # noqa: BLE001 - a question that fails must not end the conversation
                answer = str(error) or type(error).__name__
            self._put(_Found(answer), token)

    # --- in the loop -------------------------------------------------------------------------------------------------

    def _turn(self, event: _Gone | _Received | _Reported | _Found) -> bool:
        """Handle one event; returns False if the conversation is over."""
        match event:
            case _Gone():
                return False
            case _Received(message):
                return self._send(self._adapter.handle(message, self._is_cancelled(message)))
            case _Reported(token, report):
                return token is not self._token or self._send(self._adapter.report(report))
            case _Found(answer):
                return self._send(self._adapter.found(answer))

    def _is_cancelled(self, message: Message | Malformed) -> bool:
        """True if the client has cancelled a request; forgets earlier requests, which have had their turn."""
        number = message.get("seq") if isinstance(message, dict) else None
        if not isinstance(number, int):
            return False
        cancelled = number in self._cancelled
        self._cancelled = {other for other in self._cancelled if other > number}
        return cancelled

    def _send(self, out: list[Message | Order]) -> bool:
        for one in out:
            if isinstance(one, dict):
                self._write(encode(one))
            elif not self._obey(one):
                return False
        return True

    def _obey(self, order: Order) -> bool:
        """Carry out an order of the adapter; returns False if the conversation is over."""
        match order:
            case EndConversation():
                return False
            case Run(direction, times):
                return self._send(self._adapter.run(direction, times))
            case Start(launch):
                return self._start(launch)
            case Think():
                self._think_about(order)
            case Kill():
                self._kill()
            case Ask(question, node):
                if self._child:
                    self._child.ask(question, node)
            case GoOn():
                if self._child:
                    self._child.go_on()
            case Terminate():
                if self._child:
                    self._child.terminate()
            case _:
                assert_never(order)
        return True

    def _start(self, launch: Launch) -> bool:
        token = self._token = object()
        try:
            self._child = Child(launch, lambda report: self._put(_Reported(token, report), token))
        except OSError as error:
            return self._send(self._adapter.refused(str(error)))
        return self._send(self._adapter.started(self._child.pid))

    def _think_about(self, question: Think) -> None:
        self._questions.put((self._token, question))
        if self._thinker is None:
            self._thinker = threading.Thread(target=self._think, name="long answers", daemon=True)
            self._thinker.start()

    def _kill(self) -> None:
        self._token = None  # first, as `kill` waits for the child's thread, which may wait for room in the queue
        if self._child:
            self._child.kill()
        self._child = None


def on_standard_streams() -> int:
    """Talk on standard input and output; any other output of this process goes to standard error.

    Returns:
        The exit status.
    """
    output = os.dup(1)
    os.dup2(2, 1)
    os.set_inheritable(output, False)

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(output, view) :]

    Conversation(lambda: os.read(0, 65536), write, strict=False).run()
    return 0


def on_port(port: int, ready: Callable[[str], None] | None = None) -> int:
    """Talk on a port of the loopback, to one client at a time; a client that comes meanwhile is turned away.

    Everybody on this machine can connect to the port, so a client has to know a token before it can run a script. The token is
    the value of the variable `STEPGRAD_DAP_TOKEN`, or a new one, which is announced with the port.

    Args:
        port: the number of the port; 0 for any free port.
        ready: called with the announcement when clients can come.

    Returns:
        The exit status.
    """
    own = os.environ.pop(TOKEN, "")  # the script must not see it
    if own and len(own) < LEAST:
        print(f"{TOKEN} has {len(own)} characters; a token that nobody guesses has {LEAST} or more", file=sys.stderr)
        return 1
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        print(f"cannot listen on port {port} of 127.0.0.1: {error}", file=sys.stderr)
        return 1
    token = own or secrets.token_urlsafe(16)
    with listener:
        shown = f"that of {TOKEN}" if own else token
        (ready or _announce)(f"listening on 127.0.0.1:{listener.getsockname()[1]}, token {shown}")
        _clients(listener, token)
    return 0


def on_socket(path: str, ready: Callable[[str], None] | None = None) -> int:
    """Talk on a Unix socket that only its owner can connect to, otherwise as `on_port` does.

    Args:
        path: the path of the socket. A socket that an adapter has left behind is replaced, any other file is kept. The socket
            is removed at the end.
        ready: called with the announcement when clients can come.

    Returns:
        The exit status.
    """
    if not hasattr(socket, "AF_UNIX"):
        print("this system has no Unix sockets; write --dap-port, or --dap for standard input and output", file=sys.stderr)
        return 1
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            if _is_left_behind(path):
                os.unlink(path)
            listener.bind(path)
            os.chmod(path, 0o600)  # before anybody can connect
            listener.listen()
        except (OSError, ValueError) as error:
            print(f"cannot listen on the socket {path}: {error}", file=sys.stderr)
            return 1
        try:
            (ready or _announce)(f"listening on {path}")
            _clients(listener, "")
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    return 0


def _is_left_behind(path: str) -> bool:
    """True if there is a socket at a path on which nobody listens."""
    if not os.path.lexists(path) or not stat.S_ISSOCK(os.lstat(path).st_mode):
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
    return False


def _announce(text: str) -> None:
    print(text, flush=True)


def _clients(listener: socket.socket, token: str) -> None:
    """Talk to one client after the other, until Ctrl-C."""
    serving: threading.Thread | None = None
    with contextlib.suppress(KeyboardInterrupt, ConnectionAbortedError):
        while True:
            client, _ = listener.accept()
            if serving:
                serving.join(GRACE)
            if serving and serving.is_alive():
                client.close()
                continue
            serving = threading.Thread(target=_serve, args=(client, token), name="conversation", daemon=True)
            serving.start()


def _serve(client: socket.socket, token: str) -> None:
    with client:
        if client.family == socket.AF_INET:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Conversation(lambda: client.recv(65536), client.sendall, strict=True, token=token).run()
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads


def main(argv: Sequence[str]) -> int:
    """`python -m viz.debugger --dap`, `--dap-socket PATH` and `--dap-port N`.

    Returns:
        The exit status.
    """
    parser = CommandLine(prog="python -m viz.debugger", description="The gradient debugger for editors.")
    parser.add_argument("--dap", action="store_true", help="speak the Debug Adapter Protocol on standard input and output")
    parser.add_argument("--dap-socket", metavar="PATH", help="on a Unix socket instead, which is its owner's only")
    parser.add_argument(
        "--dap-port", type=int, metavar="N", help="on this port of 127.0.0.1, for who has the token it prints; 0 for a free one"
    )
    options = parser.parse_args(argv)
    if options.dap_socket is not None:
        return on_socket(options.dap_socket)
    return on_port(options.dap_port) if options.dap_port is not None else on_standard_streams()
