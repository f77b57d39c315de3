"""Whole numbers that a caller gives: NumPy's are as good as Python's everywhere, and True, 2.0 and '2' are none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import viz
from autograd import ArgumentError, OperandError, Value
from nn import MLP, Layer, Neuron
from nn.data import moons
from nn.train import fit
from viz.debugger.walk.session import Session


def session() -> Session:
    x = Value(2.0, label="x")
    return Session(autograd.record_backward(x * x + x))


def fitted(**settings: Any) -> list[Any]:
    model = MLP(2, [1])
    history = fit(model, moons(8), progress=False, **{"epochs": 1, **settings})
    return [len(history.epochs), *(p.data for p in model.parameters())]


COST = Value(2.0) * Value(3.0) + 1.0
# A function of a whole number, and one that it takes.
TAKERS: dict[str, tuple[Callable[[Any], Any], int]] = {
    "derivative": (lambda n: autograd.derivative(lambda x: x**4, order=n)(2.0), 2),
    "grad": (lambda n: autograd.grad(lambda x, y: x * y * y, n)(2.0, 3.0), 1),
    "inputs": (lambda n: len(MLP(n, [1]).parameters()), 3),
    "neurons": (lambda n: len(MLP(2, [n, 1]).parameters()), 3),
    "layer": (lambda n: len(Layer(2, n).parameters()), 3),
    "neuron": (lambda n: len(Neuron(n).parameters()), 3),
    "points": (lambda n: moons(n).x, 10),
    "epochs": (lambda n: fitted(epochs=n)[0], 2),
    "batch": (lambda n: fitted(batch=n)[0], 2),
    "patience": (lambda n: fitted(patience=n, validation=0.5)[0], 2),
    "seed": (lambda n: fitted(seed=n)[0], 2),
    "walk": (lambda n: len(str(viz.walk(COST, most=n, file=None))), 2),
    "expression": (lambda n: str(viz.expression(COST, width=n)), 40),
    "derivation": (lambda n: str(viz.derivation(COST, COST.parents[0], digits=n)), 4),
    "node": (lambda n: session().id(n), 1),
    "position": (lambda n: session().jump(n).reason, 1),
}


@pytest.mark.parametrize("name", TAKERS)
def test_numpys_integers_are_whole_numbers(name: str) -> None:
    take, n = TAKERS[name]
    assert take(np.int64(n)) == take(n)


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("wrong", [True, 2.0, "2.", -1_000], ids=repr)
def test_nothing_else_is(name: str, wrong: Any) -> None:
    if (name, wrong) in (("seed", -1_000),):
        return
    with pytest.raises((ArgumentError, OperandError)):
        TAKERS[name][0](wrong)


SAID: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: autograd.derivative(abs, 2.0),  # type: ignore[arg-type]
        "derivative(order=2.0): it has to be a whole number, at least 0. derivative(f)(2.0) is the derivative at 2.0",
    ),
    (lambda: moons(1), "the number of points is 1; it has to be a whole number, at least 2, for 2 classes"),
    (lambda: fitted(seed=0.5), "fit: seed is 0.5; it has to be a whole number"),
]


@pytest.mark.parametrize(("ask", "message"), SAID)
def test_what_is_said(ask: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        ask()
    assert str(caught.value) == message


def test_settings_that_are_numpys_can_be_written_down(tmp_path: Any) -> None:
    file = tmp_path / "model.safetensors"
    fitted(epochs=np.int64(1), batch=np.int32(4), seed=np.int8(3), checkpoint=file)
    assert fitted(epochs=np.int64(2), batch=np.int32(4), seed=np.int8(3), checkpoint=file)[0] == 2
