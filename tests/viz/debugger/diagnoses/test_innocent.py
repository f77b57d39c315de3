"""Programs that look unusual and are right: the debugger has nothing to say of them.

tests/innocent/name.py is a script as somebody might write it. Its first line says what looks unusual, and every one of them
has been accused once, or might be. A false alarm is answered by a script here that keeps it from coming back.
"""

import ast
import pathlib

import pytest
from places import TESTS

from autograd import Recording
from viz.debugger.diagnoses.watch import watching
from viz.script import running

SCRIPTS = sorted((TESTS / "innocent").glob("*.py"))


def watched(path: pathlib.Path) -> tuple[list[str], list[Recording]]:
    """What is found in a script, and the passes it made."""
    with watching() as watch, running(str(path)):
        pass
    return [str(finding) for finding in watch.findings()], watch.recordings


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_nothing_is_found(path: pathlib.Path) -> None:
    findings, recordings = watched(path)
    assert findings == []
    assert recordings, "it has to make a backward pass, or there is nothing to be silent about"
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "its first line says what looks unusual"


def test_a_script_that_is_guilty_would_be_noticed(tmp_path: pathlib.Path) -> None:
    text = (TESTS / "innocent" / "converged_line.py").read_text(encoding="utf-8")
    guilty = tmp_path / "guilty.py"
    guilty.write_text(text.replace("        p.zero_grad()\n", ""), encoding="utf-8")
    assert guilty.read_text(encoding="utf-8") != text
    assert "gradients not zeroed" in watched(guilty)[0][0]


def test_there_are_many() -> None:
    assert len(SCRIPTS) >= 32
