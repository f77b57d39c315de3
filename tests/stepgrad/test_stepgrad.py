"""One name for all: `stepgrad` shows what its parts show, and its parts are the modules that they are."""

import importlib
import pickle
import subprocess
import sys

import pytest
from places import ROOT

import autograd
import nn.train
import stepgrad
import viz.debugger


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


def test_the_parts_are_the_modules_themselves() -> None:
    assert stepgrad.nn is nn
    assert stepgrad.viz is viz
    assert stepgrad.autograd is autograd
    for name in ("nn.train", "viz.debugger", "viz.debugger.diagnoses.watch", "autograd.recording.file"):
        assert importlib.import_module(f"stepgrad.{name}") is importlib.import_module(name)
    assert stepgrad.viz.debugger is viz.debugger


@pytest.mark.parametrize("first", ["import nn.train, viz.debugger, ", "import "])
def test_whatever_is_imported_first_there_is_one_module(first: str) -> None:
    code = (
        f"{first}stepgrad.nn.train as a; from stepgrad.viz.debugger import Session as b; import sys, nn.train, viz.debugger\n"
        "print(a is nn.train, b is viz.debugger.Session, nn.__spec__.name, nn.train.__spec__.name, nn.train.__name__)\n"
        "print(len([m for m in list(sys.modules.values()) if getattr(m, '__file__', None) == nn.train.__file__]))\n"
    )
    assert run(code) == "True True nn nn.train nn.train\n2"  # one module under two names


def test_it_shows_what_the_engine_shows_and_the_parts() -> None:
    assert set(dir(stepgrad)) == {*autograd.__all__, "autograd", "nn", "viz"}
    assert all(getattr(stepgrad, name) is getattr(autograd, name) for name in autograd.__all__)
    assert stepgrad.__version__ == autograd.__version__
    assert stepgrad.sum is autograd.sum
    x = stepgrad.Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_a_part_costs_nothing_before_it_is_asked_for() -> None:
    code = "import stepgrad, sys; print('nn' in sys.modules, 'viz' in sys.modules); stepgrad.nn.MLP; print('nn' in sys.modules)"
    assert run(code) == "False False\nTrue"


def test_names_that_are_not_there_are_answered_as_by_the_engine() -> None:
    with pytest.raises(AttributeError, match="hessian"):
        getattr(stepgrad, "hesian")  # noqa: B009
    with pytest.raises(ModuleNotFoundError, match="xyzzy"):
        importlib.import_module("stepgrad.nn.xyzzy")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'stepgrad\.xyzzy'"):
        importlib.import_module("stepgrad.xyzzy")


def test_what_is_pickled_under_one_name_opens_under_the_other() -> None:
    assert pickle.loads(pickle.dumps(stepgrad.nn.MLP)) is nn.MLP
