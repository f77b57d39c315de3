"""Faces: what completion shows of a package is what it means to show, and every one of those names is there."""

import importlib

import pytest

import autograd

FACES = {
    "autograd": {"abs", "breakpoint", "compile", "extend", "pow", "round", "sum", "__version__"},
    "nn": {"backprop", "checkpoint", "data", "train"},
    "viz": {"debugger"},
    "stepgrad": set(),
}


@pytest.mark.parametrize("name", FACES)
def test_dir_shows_what_is_meant_and_nothing_else(name: str) -> None:
    package = importlib.import_module(name)
    assert set(dir(package)) == {*package.__all__, *FACES[name]}
    assert all(getattr(package, shown) is not None for shown in dir(package))


def test_a_module_has_a_name_of_its_own() -> None:
    """`import viz.page` gave the function: a name is a function or a module, never both."""
    for name in ("autograd", "nn", "viz"):
        package = importlib.import_module(name)
        for shown in package.__all__:
            if callable(getattr(package, shown)):
                with pytest.raises(ImportError):
                    importlib.import_module(f"{name}.{shown}")


def test_the_engine_extends_by_one_module() -> None:
    assert {"define_primitive", "Primitive", "TABLE"} <= set(autograd.extend.__all__)
