"""A client of debugpy, as an editor is one: the Debug Adapter Protocol over a socket, to drive an unmodified debugpy with.

Only what the tests need: messages are JSON with a Content-Length before it, requests are answered in any order with events
in between.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from typing import Any

from patience import PATIENCE


class Editor:
    """A script under debugpy, and the connection to it.

    Args:
        script: the file to run.
        not_stepped_into: a pattern of paths that count as a library's, as all below site-packages do.
    """

    def __init__(self, script: pathlib.Path, *, not_stepped_into: str = "") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-X", "frozen_modules=off", "-m", "debugpy", "--listen", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(
            [*command, "--wait-for-client", str(script)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        )  # fmt: skip
        self.script = script
        self._socket = _connected(port, self.process)
        self._buffer = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []
        self.request("initialize", adapterID="tests", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        rules = [{"path": not_stepped_into, "include": False}] if not_stepped_into else []
        self._send("attach", justMyCode=True, rules=rules)  # answered after configurationDone
        self.event("initialized")

    def start(self, *lines: int) -> None:
        """Let the script run, with breakpoints at lines of it."""
        self.set_breakpoints(str(self.script), *lines)
        self.request("configurationDone")

    def set_breakpoints(self, path: str, *lines: int) -> list[bool]:
        """Set the breakpoints of a file; says which of them are where debugpy can stop."""
        answer = self.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": n} for n in lines])
        return [b["verified"] for b in answer["breakpoints"]]

    def stopped(self) -> tuple[str, int]:
        """Wait until the program stops; the file and the line it stops at."""
        self.thread = self.event("stopped")["body"]["threadId"]
        self.frame = self.request("stackTrace", threadId=self.thread)["stackFrames"][0]
        return self.frame["source"]["path"], self.frame["line"]

    def step(self, command: str) -> tuple[str, int]:
        """'next', 'stepIn', 'stepOut' or 'continue', and where that stops."""
        self.request(command, threadId=self.thread)
        return self.stopped()

    def evaluate(self, expression: str) -> str:
        """What an expression is worth in the frame that the program stopped in."""
        answer = self.request("evaluate", expression=expression, frameId=self.frame["id"], context="hover")
        return str(answer["result"])

    def source(self) -> str:
        """The text of the file that the program stopped in, as the editor gets it."""
        reference = self.frame["source"].get("sourceReference", 0)
        if not reference:
            return pathlib.Path(self.frame["source"]["path"]).read_text(encoding="utf-8")
        return str(self.request("source", sourceReference=reference)["content"])

    def output_to_the_end(self) -> str:
        """Let the program go on, and give what it printed."""
        self.request("continue", threadId=self.thread)
        self.event("terminated")
        self._socket.close()  # debugpy waits for it
        return self.process.communicate(timeout=PATIENCE)[0]

    def close(self) -> None:
        """Hang up, and end the process."""
        self._socket.close()
        self.process.kill()
        self.process.communicate()

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and wait for its answer; events that come in between are kept."""
        number = self._send(command, **arguments)
        while True:
            message = self._receive()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                body: dict[str, Any] = message.get("body") or {}
                return body
            self._events.append(message)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for an event of that name."""
        while True:
            for message in self._events:
                if message.get("event") == name:
                    self._events.remove(message)
                    return message
            self._events.append(self._receive())

    def _send(self, command: str, **arguments: Any) -> int:
        self._number += 1
        content = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        data = json.dumps(content).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        return self._number

    def _receive(self) -> dict[str, Any]:
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        header, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = int(header.split(b":")[1])
        while len(rest) < length:
            self._more()
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        message: dict[str, Any] = json.loads(rest[:length])
        return message

    def _more(self) -> None:
        data = self._socket.recv(65536)
        assert data, "debugpy has hung up"
        self._buffer += data


def _connected(port: int, process: "subprocess.Popen[str]") -> socket.socket:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < end, "debugpy does not listen"
            time.sleep(0.05)
