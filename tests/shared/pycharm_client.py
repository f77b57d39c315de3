"""A client of pydevd-pycharm, as PyCharm is one: its lines of text over a socket, to drive an unmodified pydevd with.

A message is a line of three fields: a command's number, the message's own number, and the rest. PyCharm listens, and pydevd
connects to it. Only what the tests need is here.
"""

import html
import importlib.metadata
import itertools
import os
import pathlib
import re
import socket
import subprocess
import sys
from urllib.parse import unquote

from patience import PATIENCE

RUN, SUSPENDED, SET_BREAKPOINT, EVALUATE, VERSION = 101, 105, 111, 113, 501
STEPS = {"into": 107, "over": 108, "out": 109, "continue": 106}


class PyCharm:
    """A script under pydevd as PyCharm starts it, and the connection to it."""

    def __init__(self, script: pathlib.Path, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(PATIENCE)
            pydevd = importlib.metadata.distribution("pydevd-pycharm").locate_file("pydevd.py")
            address = ["--client", "127.0.0.1", "--port", str(server.getsockname()[1])]
            self.process = subprocess.Popen(
                [sys.executable, str(pydevd), "--multiprocess", "--qt-support=auto", *address, "--file", str(script)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                env=os.environ | {"PYCHARM_HOSTED": "1", "PYTHONUNBUFFERED": "1"} | environment,
            )  # fmt: skip
            self._socket = server.accept()[0]
        self._socket.settimeout(PATIENCE)
        self.script = script
        self._buffer = b""
        self._numbers = itertools.count(1, 2)  # the even ones are pydevd's
        self._send(VERSION, "0.1\tUNIX")

    def start(self, line: int) -> tuple[str, int]:
        """Let the script run to a line of it."""
        self.set_breakpoint(str(self.script), line)
        self._send(RUN, "")
        return self.stopped()

    def set_breakpoint(self, path: str, line: int, condition: str = "None") -> None:
        """Stop at a line of a file; 'None' is no condition."""
        self._send(SET_BREAKPOINT, f"python-line\t{path}\t{line}\tNone\tALL\t{condition}\tNone")

    def stopped(self) -> tuple[str, int]:
        """Wait until the program stops; the name of the file and the line it stops at."""
        text = self._receive(SUSPENDED)
        self._thread = re.findall(r'<thread id="([^"]*)"', text)[0]
        self._frame, path, line = re.findall(r'<frame id="([^"]*)" name="[^"]*" file="([^"]*)" line="(\d+)"', text)[0]
        self.path = unquote(html.unescape(path))
        return os.path.basename(self.path), int(line)

    def step(self, *steps: str) -> list[tuple[str, int]]:
        """Go on by each of 'into', 'over', 'out' or 'continue', and where each of them stops."""
        stops = []
        for step in steps:
            self._send(STEPS[step], self._thread)
            stops.append(self.stopped())
        return stops

    def evaluate(self, expression: str) -> str:
        """What an expression is worth in the frame that the program stopped in."""
        self._send(EVALUATE, f"{self._thread}\t{self._frame}\tLOCAL\t{expression}\t1")
        return unquote(html.unescape(re.findall(r'value="([^"]*)"', self._receive(EVALUATE))[0]))

    def output_to_the_end(self) -> str:
        """Let the program go on, and give what it printed."""
        self._send(STEPS["continue"], self._thread)
        return self.process.communicate(timeout=PATIENCE)[0]

    def close(self) -> None:
        """Hang up, and end the process."""
        self._socket.close()
        self.process.kill()
        self.process.communicate()

    def _send(self, command: int, text: str) -> None:
        self._socket.sendall(f"{command}\t{next(self._numbers)}\t{text}\n".encode())

    def _receive(self, command: int) -> str:
        """Wait for a message of a kind; other ones are dropped."""
        while True:
            while b"\n" not in self._buffer:
                data = self._socket.recv(65536)
                assert data, "pydevd has hung up"
                self._buffer += data
            line, _, self._buffer = self._buffer.partition(b"\n")
            kind, _, text = line.decode().split("\t", 2)
            if int(kind) == command:
                return unquote(text)
