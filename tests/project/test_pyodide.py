"""What tests/pyodide/checks.py says of the engine in Pyodide holds here too, with the finaliser that nodes have there."""

import os
import subprocess
import sys

import pytest
from places import TESTS

CHECKS = TESTS / "pyodide"

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import checks
from autograd.pure import Value
from autograd.freeing import hand_over
assert not hasattr(Value, "__del__"), "elsewhere a finaliser would cost every node"
depth, deepest, freed = 0, 0, 0

def counted(node):
    global depth, deepest, freed
    depth += 1
    deepest, freed = max(deepest, depth), freed + 1
    hand_over(node)
    depth -= 1

Value.__del__ = counted
failed = checks.main()
print("depth", deepest, "freed", freed > 200_000)
sys.exit(failed)
"""


@pytest.mark.slow
def test_the_checks_hold_with_the_finaliser_and_nodes_go_one_after_the_other() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(CHECKS)],
        capture_output=True,
        text=True,
        timeout=120.0,
        env=os.environ | {"AUTOGRAD_CORE": "pure"},
    )
    assert done.stderr == ""
    assert "FAILED" not in done.stdout
    assert done.stdout.splitlines()[-1] == "depth 2 freed True"
    assert done.returncode == 0
