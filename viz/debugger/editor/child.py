"""The edge to the process of a debugged script: starts it, passes on its output and its recordings, and ends it.

Each child has a thread here, which reads everything that comes from it. The child is the head of a process group of its own,
and the whole group is ended with it, so that no process that a script has forked outlives the debugger. POSIX only: Windows
passes no socket to a child in this way, and has no process groups; `launching` says so before anything is started.
"""

import codecs
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from autograd.errors import RecordingError

from ..diagnoses.evidence.again import ROOT, STARTING
from ..walk.session import Session
from .launching import Launch
from .reports import Answered, PassLost, PassRecorded, Printed, Report, ScriptEnded
from .runner import ANSWER, ASK, GO_ON
from .transfer import unpack

PATIENCE = 2.0  # seconds between asking a script to end and ending it


class Child:
    """A script that runs.

    Args:
        launch: the program to run.
        report: called from the child's thread with everything the child does; returns False when nobody listens any more.

    Raises:
        OSError: the interpreter or the folder does not exist.
    """

    def __init__(self, launch: Launch, report: Callable[[Report], bool]) -> None:
        self._report = report
        self._deadline: float | None = None
        self._begun: dict[str, str] = {}  # for each category, the line that has been printed in part
        self._ours, theirs = socket.socketpair()
        self._lock = threading.Lock()
        environment = os.environ | launch.environment
        python = launch.python or sys.executable
        kind = f"torch {launch.kind}" if launch.torch else launch.kind
        what = [kind, str(theirs.fileno()), launch.program, *launch.arguments]
        command = [*launch.undebugged] if launch.free else ["-P", "-c", STARTING, ROOT, "viz.debugger.editor.runner", *what]
        try:
            self._process = subprocess.Popen(
                [python, *command],
                cwd=launch.folder or None,
                env={name: value for name, value in environment.items() if value is not None},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[] if launch.free else [theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            self._ours.close()
            raise
        finally:
            theirs.close()
        self.pid = self._process.pid
        self._thread = threading.Thread(target=self._watch, name=f"child {self.pid}", daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """Let the script leave `backward()`."""
        with contextlib.suppress(OSError):  # the script has ended meanwhile; its thread reports that
            self._ours.sendall(GO_ON)

    def ask(self, text: str, node: int) -> None:
        """Ask the script, which stands in `backward()`, a question about a node; the answer is reported."""
        question = json.dumps({"text": text, "node": node}).encode()
        with contextlib.suppress(OSError):
            self._ours.sendall(ASK + len(question).to_bytes(8, "big") + question)

    def terminate(self) -> None:
        """Ask the script to end, and end it if it does not."""
        self._deadline = time.monotonic() + PATIENCE
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the script and everything it has started; no process of it is left when this returns."""
        self._report = lambda _: False
        self._signal(signal.SIGKILL)
        self._thread.join()

    def _signal(self, number: int) -> None:
        # The group exists at least until its head has been waited for, which `_watch` does under the same lock.
        with self._lock, contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.returncode is None:
                os.killpg(self.pid, number)

    # --- in the child's thread ---------------------------------------------------------------------------------------

    def _watch(self) -> None:
        assert self._process.stdout and self._process.stderr
        with self._process.stdout as out, self._process.stderr as err, self._ours, selectors.DefaultSelector() as selector:
            decode = codecs.getincrementaldecoder("utf-8")
            selector.register(out, selectors.EVENT_READ, ("stdout", decode("replace")))
            selector.register(err, selectors.EVENT_READ, ("stderr", decode("replace")))
            selector.register(self._ours, selectors.EVENT_READ, ("channel", None))
            quiet, hurry = False, False
            while selector.get_map() and not (quiet and self._is_over()):
                events = selector.select(timeout=0.05 if hurry or self._deadline or self._begun else 0.5)
                quiet = not events  # the output of a process is read to the end, even if the process is over
                if quiet:
                    self._flush()
                if self._deadline and time.monotonic() > self._deadline:
                    self._signal(signal.SIGKILL)
                for key, _ in events:
                    category, decoder = key.data
                    alive = self._message() if category == "channel" else self._output(key.fd, category, decoder)
                    if not alive:
                        selector.unregister(key.fileobj)
                        hurry = True  # it is about to end; but a process that it has forked may hold its output open
            self._flush()
            status = self._end()
        self._report(ScriptEnded(status))

    def _is_over(self) -> bool:
        """True if the process has ended. It is not waited for, as its group has to stay until `_end`."""
        if hasattr(os, "waitid"):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        # macOS before Python 3.13: `poll` takes the ended process away, so its group is ended under the same lock.
        with self._lock:
            if self._process.poll() is None:
                return False
            self._end_group()
            return True

    def _end(self) -> int:
        """Wait for the process, then end the processes that it has left behind."""
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                self._end_group()
                return self._process.wait()
        while self._process.returncode is None and not self._is_over():
            if self._deadline and time.monotonic() > self._deadline:
                self._signal(signal.SIGKILL)
            time.sleep(0.05)
        return self._process.wait()

    def _end_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _output(self, number: int, category: str, decoder: Any) -> bool:
        data = os.read(number, 65536)
        text = self._begun.pop(category, "") + decoder.decode(data, final=not data)
        # A traceback is written piece by piece: whole lines are passed on, and a part of a line when nothing more comes.
        whole, newline, begun = text.rpartition("\n")
        if newline:
            self._report(Printed(whole + newline, category))
        if begun:
            self._begun[category] = begun
            if len(begun) > 65536 or not data:
                self._flush()
        return bool(data)

    def _flush(self) -> None:
        """Pass on the lines that were begun."""
        while self._begun:
            category, text = self._begun.popitem()
            self._report(Printed(text, category))

    def _message(self) -> bool:
        try:
            kind = self._exactly(1)
            data = self._exactly(int.from_bytes(self._exactly(8), "big"))
        except (EOFError, OSError):
            return False
        self._flush()
        if kind == ANSWER:
            self._report(Answered(data.decode(errors="replace")))
            return True
        try:
            recording = unpack(data)
            del data  # as large as the recording
            session = Session(recording)
            _ = session.places, session.remarkable  # computed here rather than when an editor waits for it
        except RecordingError as error:
            self._report(PassLost(str(error)))
            return True
        self._report(PassRecorded(session))
        return True

    def _exactly(self, size: int) -> bytearray:
        data = bytearray()
        while len(data) < size:
            part = self._ours.recv(min(size - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return data
