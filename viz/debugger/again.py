"""To run a script again, for what only the script itself can tell: whether a rule made by hand is that of its number.

The edge to the process of rerun.py: starts it, waits for it no longer than somebody has patience, and ends all of it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from .child import ROOT, STARTING

PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Program:
    """A script that can be run again.

    Attributes:
        target: the file, or the name of a module.
        arguments: what it finds in `sys.argv[1:]`.
        module: whether `target` is a module's name, as in `python -m`.
        folder: its working directory.
        environment: its variables, those of this process by default.
        python: the interpreter.
    """

    target: str
    arguments: tuple[str, ...] = ()
    module: bool = False
    folder: str = field(default_factory=os.getcwd)
    environment: dict[str, str] | None = None
    python: str = sys.executable

    def ask(self, number: int, node: int | None = None, patience: float = PATIENCE) -> dict[str, Any]:
        """Run it again, up to a backward pass.

        Args:
            number: which pass, from 1.
            node: the id of one whose derivative is asked for; None for the rules made by hand.
            patience: seconds after which it is given up.

        Returns:
            What `rerun` has found: 'problem' says why it has found nothing.
        """
        if not hasattr(os, "fork"):
            return {"problem": "a script cannot be run again on this system"}
        question = {"target": self.target, "arguments": self.arguments, "module": self.module, "pass": number, "node": node}
        command = [self.python, "-P", "-c", STARTING, ROOT, "viz.debugger.rerun", json.dumps(question)]
        try:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return {"problem": str(error)}
        try:
            out, said = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            return {"problem": f"it took more than {patience:g} seconds"}
        finally:  # also after Ctrl-C
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        if not out:
            return {"problem": (said.decode(errors="replace").strip().splitlines() or ["it ended without a word"])[-1]}
        return dict(json.loads(out))
