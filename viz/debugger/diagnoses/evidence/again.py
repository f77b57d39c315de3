"""A script run again, to check rules made by hand: only the script can tell if a rule is that of its number.

The edge to the process of rerun.py, which ends, with all processes that it started, when nobody waits for it any more.
"""

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from autograd import Recording

PATIENCE = 60.0  # seconds
ROOT = str(pathlib.Path(__file__).resolve().parents[4])  # the folder that holds the package viz
# Starts a module's `main`. The package is imported from where the debugger has found it; then the script gets
# its own path.
STARTING = (
    "import sys; from importlib import import_module; root, name = sys.argv[1:3]; del sys.argv[1:3]; before = sys.path[:]; "
    "sys.path.insert(0, root); main = import_module(name).main; sys.path[:] = before + [root] * (root not in before); "
    "main(sys.argv[1:])"
)


@dataclass(frozen=True)
class Program:
    """A script that can be run again.

    Attributes:
        target: the file, or the name of a module.
        arguments: its `sys.argv[1:]`.
        module: True if `target` is a module's name, as in `python -m`.
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
        """Run the script again, up to a backward pass.

        Args:
            number: the number of the pass, from 1.
            node: the id of the node whose derivative is asked for; None for the rules made by hand.
            patience: seconds after which the run is given up.

        Returns:
            The answer of `rerun`: 'problem' says why it has none.
        """
        if not hasattr(os, "fork"):
            return {"problem": "a script cannot be run again on this system"}
        question = {
            "target": self.target, "arguments": self.arguments, "module": self.module, "pass": number, "node": node,
            "patience": patience,
        }  # fmt: skip
        command = [self.python, "-P", "-c", STARTING, ROOT, "viz.debugger.program.rerun", json.dumps(question)]
        try:
            with subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, start_new_session=True,
            ) as process:  # fmt: skip
                assert process.stdout
                out = process.stdout.read()
        except OSError as error:
            return {"problem": str(error)}
        return dict(json.loads(out)) if out else {"problem": "it ended without a word"}


def is_same(found: dict[str, Any], recording: Recording) -> bool:
    """True if an answer of `Program.ask` is about the recorded pass: as many nodes, and the same number at the root."""
    root, again = recording.root.data, found["root"]
    return bool(found["nodes"] == len(recording.nodes) and (again == root or (again != again and root != root)))
