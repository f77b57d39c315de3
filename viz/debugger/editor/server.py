"""The edge of the adapter: bytes on standard streams, a Unix socket or a loopback port, and the script's process.

Everything that happens - a message, something the script did, the end of the connection - goes through one queue to one
loop, which asks the `Adapter` what to do and does it. The thread that reads a connection only decodes, so that a `cancel`
is seen before the request it is about comes to its turn.
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
from typing import Any

from autograd.command_line import CommandLine

from .child import Child
from .dap import Adapter
from .dialogue import Order
from .protocol import Decoder, Malformed, Message, encode

TOKEN, LEAST = "STEPGRAD_DAP_TOKEN", 16  # the variable with a token of one's own, and how long it has to be
GRACE = 1.0  # seconds that a new client waits for the one before to be gone
WAITING = 1000  # things in the queue before a script that prints has to wait


class Conversation:
    """One client, from its first byte to its last.

    Args:
        read: gives some bytes; none at the end.
        write: sends bytes; OSError when nobody is there.
        strict: whether a wrong header ends it: on a socket it is not an editor that sent it.
        token: what the client has to know to have a script run; '' for nothing.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], None], strict: bool, token: str = "") -> None:
        self._read, self._write, self._strict = read, write, strict
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue(WAITING)
        self._adapter = Adapter(token)
        self._child: Child | None = None
        self._token: object = None  # of the script that runs: what one before it still reports is not about this one
        self._cancelled: set[Any] = set()
        self._over = threading.Event()
        self._questions: queue.SimpleQueue[tuple[object, Callable[[], str]]] = queue.SimpleQueue()
        self._thinker: threading.Thread | None = None

    def run(self) -> None:
        """Answer until the client has done or is gone; the script ends with it."""
        reader = threading.Thread(target=self._listen, name="messages of the client", daemon=True)
        reader.start()
        try:
            while self._turn(*self._queue.get()):
                pass
        except OSError:  # the client is gone
            pass
        finally:
            self._over.set()
            self._questions.put((None, str))  # wakes who waits for one
            self._kill()

    # --- in a thread of their own ------------------------------------------------------------------------------------

    def _listen(self) -> None:
        decoder = Decoder()
        with contextlib.suppress(OSError, ValueError):  # a closed stream is an end
            while data := self._read():
                for message in decoder.feed(data):
                    if isinstance(message, Malformed) and message.framing and self._strict:
                        self._put(("gone", None))
                        return
                    self._note_cancel(message)
                    self._put(("message", message))
        self._put(("gone", None))

    def _note_cancel(self, message: Message | Malformed) -> None:
        if isinstance(message, dict) and message.get("command") == "cancel" and isinstance(message.get("arguments"), dict):
            number = message["arguments"].get("requestId")
            if isinstance(number, int) and len(self._cancelled) < WAITING:
                self._cancelled.add(number)

    def _put(self, item: tuple[str, Any], token: object = None) -> bool:
        """Into the queue, as soon as there is room; False when nobody takes anything out, or wants it, any more."""
        while not self._over.is_set() and (token is None or token is self._token):
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _think(self) -> None:
        """Find long answers, one at a time: they are few, and the processor is shared."""
        while True:
            token, think = self._questions.get()
            if self._over.is_set():
                return
            if token is not self._token:
                continue  # about a pass that is gone
            try:
                answer = think()
            except Exception as error:  # noqa: BLE001 - a question that fails must not end the conversation
                answer = str(error) or type(error).__name__
            self._put(("answer", answer), token)

    # --- in the loop -------------------------------------------------------------------------------------------------

    def _turn(self, kind: str, item: Any) -> bool:
        """One thing that has happened; returns whether to go on."""
        if kind == "gone":
            return False
        if kind == "answer":
            return self._send(self._adapter.found(item))
        if kind == "report":
            token, report = item
            return token is not self._token or self._send(self._adapter.report(report))
        number = item.get("seq") if isinstance(item, dict) else None
        cancelled = isinstance(number, int) and number in self._cancelled
        if isinstance(number, int):
            self._cancelled = {other for other in self._cancelled if other > number}  # those before have had their turn
        return self._send(self._adapter.handle(item, cancelled))

    def _send(self, out: list[Message | Order]) -> bool:
        for one in out:
            if isinstance(one, Order):
                if not self._obey(one):
                    return False
            else:
                self._write(encode(one))
        return True

    def _obey(self, order: Order) -> bool:
        if order.kind == "leave":
            return False
        if order.kind == "run":
            return self._send(self._adapter.run(order.direction, order.times))
        if order.kind == "think" and order.think:
            self._questions.put((self._token, order.think))
            if self._thinker is None:
                self._thinker = threading.Thread(target=self._think, name="long answers", daemon=True)
                self._thinker.start()
        elif order.kind == "kill":
            self._kill()
        elif order.kind == "start" and order.launch:
            token = self._token = object()
            try:
                self._child = Child(order.launch, lambda report: self._put(("report", (token, report)), token))
            except OSError as error:
                return self._send(self._adapter.refused(str(error)))
            return self._send(self._adapter.started(self._child.pid))
        elif order.kind == "ask" and self._child:
            self._child.ask(order.question, order.node)
        elif self._child:
            self._child.go_on() if order.kind == "go on" else self._child.terminate()
        return True

    def _kill(self) -> None:
        self._token = None  # before its thread is waited for, which may be waiting for room in the queue
        if self._child:
            self._child.kill()
        self._child = None


def on_standard_streams() -> int:
    """Talk on standard input and output; whatever else is printed in this process goes to standard error.

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
    """Talk on a port of the loopback, to one client after the other; one that comes while another is there is sent away.

    Everybody on this machine can connect to it, so that a script is run only for who knows a token. It is that of the variable
    `STEPGRAD_DAP_TOKEN`, else a new one, which is announced with the port.

    Args:
        port: 0 for any that is free.
        ready: called with the announcement when clients can come.

    Returns:
        The exit status.
    """
    own = os.environ.pop(TOKEN, "")  # it is not the script's business
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
        path: where it is made; one that an adapter has left behind is replaced, any other file is not. It is removed
            at the end.
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
    """Whether there is a socket on which nobody listens."""
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
