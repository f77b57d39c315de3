"""`python -m autograd` prints what a report needs: run as a person runs it, in interpreters with and without extras."""

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from places import ROOT

import autograd
from autograd import __main__ as about
from autograd.operators import Tracer

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def run(*arguments: str, switches: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *switches, "-m", "autograd", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={**os.environ, **environment}
    )


def rows(text: str) -> dict[str, str]:
    return {line[:10].strip(): line[11:] for line in text.splitlines()}


def test_it_says_what_a_report_needs_and_that_three_gradients_are_right() -> None:
    done = run()
    said = rows(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(said) == [
        "stepgrad",
        "nodes",
        "Python",
        "platform",
        "viz",
        "cjk",
        "widget",
        "arrays",
        "nn",
        "torch",
        "jax",
        "dask",
        "dot",
        "gradients",
    ]
    assert said["stepgrad"] == f"{autograd.__version__}, from {about.shortened(ROOT / 'autograd')}"
    assert said["Python"].startswith(".".join(map(str, sys.version_info[:3])))
    assert said["arrays"] == f"numpy {importlib.metadata.version('numpy')}"
    assert re.fullmatch(r"3 of 3 right, in \d+ ms", said["gradients"])
    assert int(said["gradients"].split()[-2]) < 1000


@pytest.mark.parametrize("switches", [("-S", "-I"), ("-S", "-OO")])
def test_it_needs_the_standard_library_only(switches: tuple[str, ...]) -> None:
    program = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); runpy.run_module('autograd', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, *switches, "-W", "error", "-c", program],
        capture_output=True, text=True, timeout=60, check=False, env={"PATH": ""},
    )  # fmt: skip
    said = rows(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert said["viz"] == ", ".join(f"{package} missing" for package in about.EXTRAS["viz"])
    assert said["dot"] == "missing"
    assert said["gradients"].startswith("3 of 3 right")


def test_the_home_folder_is_not_shown() -> None:
    said = rows(run(HOME=str(ROOT.parent), USERPROFILE=str(ROOT.parent)).stdout)
    assert said["stepgrad"].endswith(f"from {pathlib.Path('~') / ROOT.name / 'autograd'}")
    assert str(ROOT.parent) not in said["stepgrad"]


@pytest.mark.parametrize(("script", "said"), [
    ("echo 'dot - graphviz version 9.9.9 (20990101)' >&2", "graphviz version 9.9.9 (20990101)"),
    ("exit 3", "says nothing, exit status 3"),
])  # fmt: skip
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for dot is a shell script")
def test_dot_is_asked_for_its_version(script: str, said: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dot").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert about.dot() == said


def test_a_wrong_gradient_is_told_and_is_the_exit_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, other: Any) -> Any:
        raise ZeroDivisionError("no powers today")

    monkeypatch.setattr(Tracer, "__pow__", broken)
    monkeypatch.setitem(about.CHECKS, "d tanh(w*x + b)/dw", lambda: (1.5, 1.25))
    assert about.main([]) == 1
    printed = capsys.readouterr().out
    assert "gradients  1 of 3 right" in printed
    assert "WRONG      d tanh(w*x + b)/dw: 1.5 instead of 1.25" in printed
    assert "WRONG      d3 u**4/du3: ZeroDivisionError: no powers today" in printed


def test_the_packages_it_looks_for_are_those_of_the_extras() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = {extra: tuple(re.split(r"[\[<>=]", line)[0] for line in extras[extra]) for extra in about.EXTRAS}
    unique = {extra: tuple(dict.fromkeys(packages)) for extra, packages in declared.items()}
    assert unique == about.EXTRAS
    assert set(extras) - set(about.EXTRAS) == {"demo", "docs", "test"}, "extras that are sums of others, or for development"


def test_help_and_version() -> None:
    assert "what a report of a fault needs" in " ".join(run("--help").stdout.split())
    assert "usage: python -m autograd" in run("--help", switches=("-OO",)).stdout
    assert run("--version").stdout == f"{autograd.__version__}\n"
    assert run("--nonsense").returncode == 2
