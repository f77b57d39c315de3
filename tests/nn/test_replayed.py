"""`fit` by replays: the costs, parameters and gradients of a run by nodes, to rounding; or by nodes, with the reason."""

import contextvars
import math
import random
from pathlib import Path
from typing import Any

import pytest

import nn.replayed
from autograd import ReplayError, Value, record_sources, strict
from autograd.replay.native.kernel import INTERPRETER
from nn import MLP
from nn.data import Data, xor
from nn.history import History
from nn.train import fit
from viz.debugger import watching

pytestmark = pytest.mark.skipif(INTERPRETER.module is None, reason=f"steps are taken by nodes here: {INTERPRETER.why}")


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nn.replayed, "WORTH", 1)


def blobs(n: int, classes: int) -> Data:
    r = random.Random(n)
    y = [k % classes for k in range(n)]
    x = [[math.cos(label) + r.gauss(0, 0.3), math.sin(label) + r.gauss(0, 0.3)] for label in y]
    return Data(x, y, ["x", "y"], [str(k) for k in range(classes)])


def curve(n: int) -> Data:
    x = [[k / n, (k * k) % 7 / 7] for k in range(n)]
    return Data(x, [math.sin(3 * a) - b for a, b in x], ["a", "b"], [])


def run(data: Data, layers: list[int], activation: Any = "tanh", **settings: Any) -> tuple[History, MLP]:
    model = MLP(2, layers, activation=activation, rng=random.Random(0))
    return fit(model, data, progress=False, **settings), model


RUNS: dict[str, tuple[Data, list[int], dict[str, Any]]] = {
    "classes": (blobs(50, 3), [6, 3], {"epochs": 4, "batch": 8}),
    "two classes": (blobs(40, 2), [5, 2], {"epochs": 3, "batch": 40, "validation": None}),
    "numbers": (curve(30), [6, 1], {"epochs": 4, "batch": 7, "optimiser": "sgd"}),
    "hinge": (xor(41), [4, 1], {"cost": "hinge", "epochs": 4, "l1": 1e-4, "l2": 1e-3, "clip": 0.5}),
    "a batch of one": (blobs(12, 3), [4, 3], {"epochs": 2, "batch": 1, "patience": 5}),
    "another activation": (blobs(30, 3), [5, 3], {"activation": "sigmoid", "epochs": 3}),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_by_replays_is_that_by_nodes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data, layers, settings = RUNS[name]
    history, model = run(data, layers, **settings)
    assert history.computed == "by replays"
    monkeypatch.setattr(nn.replayed, "WORTH", 10**9)
    expected, by_nodes = run(data, layers, **settings)
    assert expected.computed == "by nodes: a step is too small for a recording to pay"
    assert history.steps == pytest.approx(expected.steps, rel=1e-12, abs=1e-14)
    for epoch, other_epoch in zip(history.epochs, expected.epochs, strict=True):
        assert epoch == pytest.approx(other_epoch, rel=1e-12, abs=1e-14)
    for p, q in zip(model.parameters(), by_nodes.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-11, abs=1e-13)
        assert p.grad == pytest.approx(q.grad, rel=1e-10, abs=1e-13)
    for layer, other in zip(model.layers, by_nodes.layers, strict=True):  # the layers remember the same sample
        for a, b in zip(layer.neurons, other.neurons, strict=True):
            assert a.z is not None
            assert b.z is not None
            assert a.z.data == pytest.approx(b.z.data, abs=1e-12)


def by_if(z: Any) -> Any:
    return z if z > 0.0 else z * 0.1


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"cost": "norm"}, "no mean over the costs of its samples"),
        ({"cost": lambda outputs, labels: outputs[0][0] * 1.0}, "no mean over the costs of its samples"),
        ({"activation": by_if}, "decides by its numbers|other operations"),
        ({"activation": lambda z: z * random.random()}, "random draw"),
        ({"activation": "gelu"}, "gelu: computed for one sample at a time"),
    ],
)
def test_what_cannot_be_replayed_is_computed_by_nodes_and_says_so(settings: dict[str, Any], reason: str) -> None:
    data = blobs(20, 3) if settings.get("cost") != "norm" else Data(blobs(20, 3).x, [[1.0, 0.0, 0.0]] * 20, ["x", "y"], [])
    history, _ = run(data, [4, 3], epochs=2, **settings)
    assert history.computed.startswith("by nodes: ")
    assert any(part in history.computed for part in reason.split("|"))
    assert len(history.epochs) == 2


def test_a_checkpoint_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, model = run(blobs(40, 3), [5, 3], epochs=5)
    for epochs in (2, 5):
        parts, again = run(blobs(40, 3), [5, 3], epochs=epochs, checkpoint=tmp_path / "run.safetensors")
        assert parts.computed == "by replays"
    assert parts.steps == whole.steps
    assert [p.data for p in again.parameters()] == [p.data for p in model.parameters()]


def test_whoever_looks_at_nodes_sees_them() -> None:
    with watching() as watch:
        history, _ = run(blobs(20, 3), [4, 3], epochs=2, validation=None)
    assert watch.count == len(history.steps)
    assert history.computed == "by nodes: somebody looks at nodes"
    with strict():
        history, _ = run(blobs(20, 3), [4, 3], epochs=1)
    assert history.computed == "by nodes: somebody looks at nodes"
    history, _ = run(blobs(20, 3), [4, 3], epochs=1, monitor=1)
    assert history.computed == "by nodes: a step that is measured is taken by nodes"
    measured, model = run(blobs(40, 3), [4, 3], epochs=2, monitor=2)
    assert [record["step"] for record in measured.monitor] == [1, 3, 5]
    assert all(isinstance(n.z, Value) for n in model.layers[0].neurons)


def test_a_callback_may_change_the_network() -> None:
    def freeze(history: History, model: MLP) -> None:
        if len(history.epochs) == 1:
            for neuron in model.layers[0].neurons:
                neuron.activation = "sin"

    def trained(worth: int) -> list[float]:
        nn.replayed.WORTH = worth
        history, model = run(blobs(30, 3), [4, 3], epochs=3, callbacks=[freeze])
        assert history.computed.startswith("by nodes") is (worth > 1)
        return [p.data for p in model.parameters()]

    assert trained(1) == pytest.approx(trained(10**9), rel=1e-11)


def test_a_network_that_changes_in_the_middle_of_an_epoch_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP(2, [4, 3], activation="tanh", rng=random.Random(0))
    other, calls = MLP(2, [4, 3], activation="tanh", rng=random.Random(1)), [0]
    forward = type(model).__call__

    def changing(self: MLP, x: Any) -> Any:
        calls[0] += 1
        return forward(other if calls[0] > 14 else self, x)

    monkeypatch.setattr(MLP, "__call__", changing)
    with pytest.raises(ReplayError, match="the network has changed in the middle of an epoch"):
        fit(model, blobs(30, 3), epochs=12, validation=None, progress=False)


def test_a_task_that_somebody_else_has_started_in_a_block_does_not_look() -> None:
    """A library that calls back later keeps the context of its caller, and the state of a block in it."""
    expected, own = run(curve(24), [4, 1], epochs=2, batch=8)
    with record_sources():
        held = contextvars.copy_context()
    history, model = run(curve(24), [4, 1], epochs=2, batch=8)
    assert (history.computed, history.steps) == (expected.computed, expected.steps) == ("by replays", history.steps)
    assert [p.data for p in model.parameters()] == [p.data for p in own.parameters()]
    assert "looks at nodes" in held.run(lambda: run(curve(24), [4, 1], epochs=2, batch=8)[0].computed)
    with record_sources():
        assert "looks at nodes" in run(curve(24), [4, 1], epochs=2, batch=8)[0].computed
