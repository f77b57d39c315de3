"""A client of the debug adapter made of nothing but sockets and pipes, which can also send what no editor would."""

import contextlib
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from patience import PATIENCE

from viz.debugger.editor.protocol import Decoder, Malformed, encode

COMMAND = [sys.executable, "-m", "viz.debugger"]
Message = dict[str, Any]


class Client:
    """A conversation with an adapter.

    Args:
        connection: a socket; None starts an adapter on standard streams.
        command: which adapter.
    """

    def __init__(self, connection: socket.socket | None = None, command: Sequence[str] = (*COMMAND, "--dap")) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.connection = connection
        if connection is None:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.seq = 0
        self.events: list[Message] = []
        self.seconds = 0.0  # that the last response took
        self._queue: queue.Queue[Message | Malformed | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = Decoder()
        with contextlib.suppress(OSError, ValueError):
            while data := self._bytes():
                for message in decoder.feed(data):
                    self._queue.put(message)
        self._queue.put(None)

    def _bytes(self) -> bytes:
        if self.connection is not None:
            return self.connection.recv(65536)
        assert self.process
        assert self.process.stdout
        return os.read(self.process.stdout.fileno(), 65536)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self.connection is not None:
            self.connection.sendall(data)
            return
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def next(self, timeout: float = PATIENCE) -> Message | None:
        """The next message; None at the end."""
        message = self._queue.get(timeout=timeout)
        assert not isinstance(message, Malformed), message
        return message

    def post(self, command: str, **arguments: Any) -> int:
        """Send a request and return its number."""
        self.seq += 1
        self.send(encode({"seq": self.seq, "type": "request", "command": command, "arguments": arguments}))
        return self.seq

    def answer(self, number: int) -> Message:
        """The response to a request; events that come before are kept."""
        while True:
            message = self.next()
            assert message is not None, "the adapter has ended"
            if message["type"] == "event":
                self.events.append(message)
                continue
            assert message["request_seq"] == number
            return message

    def request(self, command: str, **arguments: Any) -> Message:
        """Send a request and return its response."""
        start = time.perf_counter()
        response = self.answer(self.post(command, **arguments))
        self.seconds = time.perf_counter() - start
        return response

    def body(self, command: str, **arguments: Any) -> Message:
        """The body of a response that has to be a success."""
        response = self.request(command, **arguments)
        assert response["success"], response
        return dict(response.get("body", {}))

    def event(self, name: str) -> Message:
        """The body of the next event of a name."""
        seen = 0
        while True:
            while seen < len(self.events):
                if self.events[seen]["event"] == name:
                    return dict(self.events.pop(seen)["body"])
                seen += 1
            message = self.next()
            assert message is not None, f"the adapter has ended before {name}"
            if message["type"] == "event":
                self.events.append(message)

    def launch(self, program: str, **more: Any) -> None:
        """Start a script as an editor does."""
        self.body("initialize")
        self.body("launch", program=program, **more)
        self.body("configurationDone")

    def close(self) -> None:
        """Leave without a word."""
        if self.connection is not None:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()
        if self.process:
            assert self.process.stdin
            assert self.process.stdout
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            self.process.wait(PATIENCE)
            self._reader.join(PATIENCE)
            self.process.stdout.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@contextlib.contextmanager
def listening(*options: str, **environment: str) -> Iterator[str]:
    """An adapter on a port, a free one if no options are given, or on a socket: gives what it announces."""
    command = [*COMMAND, *(options or ("--dap-port", "0"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        try:
            assert process.stdout
            yield process.stdout.readline()
        finally:
            process.terminate()


def announced(line: str) -> tuple[int, str]:
    """The port and the token that an adapter has announced."""
    match = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+), token (.+)\n", line)
    assert match, line
    return int(match[1]), match[2]


def connected(port: int) -> Client:
    """A client on a port of the loopback."""
    return Client(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))


def is_alive(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def gone(pid: int, patience: float = PATIENCE) -> bool:
    """Whether a process ends soon."""
    end = time.monotonic() + patience
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_alive(pid)
