"""A worker as the program sees it: a process that is asked and answers, and is ended if it takes too long."""

import json
import subprocess
import threading
from typing import Any

from .peers import Peer


class GoneError(Exception):
    """The process ended, or took too long and was ended."""


class Process:
    """The process of one peer.

    Attributes:
        peer: whose process it is.
        facts: what it said of itself: the version, and the nodes.

    Raises:
        GoneError: it did not begin: what it needs is not installed.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        # A session of its own: Ctrl-C at the terminal is for the program, which then ends its workers.
        self._process = subprocess.Popen(
            [peer.python(), "-P", "-m", "speed.worker"], env=peer.environment(), text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self.facts = self.ask(120.0, do="hello", engine=peer.engine, package=peer.package)
            if "error" in self.facts:
                raise GoneError(self.facts["error"])
            if peer.core and self.facts["core"] != peer.core:
                raise GoneError(self.facts["why"])
        except BaseException:
            self.close()
            raise

    def ask(self, limit: float, **question: Any) -> dict[str, Any]:
        """The answer to a question.

        Args:
            limit: the seconds after which the process is ended.

        Raises:
            GoneError: there is none.
        """
        assert self._process.stdin
        assert self._process.stdout
        timer = threading.Timer(limit, self._process.kill)
        try:
            timer.start()  # an interruption right after it must not leave it running: the program would wait for it
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError as error:
            raise GoneError(f"its process ended: {error}") from None
        finally:
            timer.cancel()
        if not line:
            code = self._process.wait()
            raise GoneError(f"not within {limit:.0f} s" if code == -9 else f"its process ended with exit code {code}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
