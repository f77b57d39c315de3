"""What `fit(..., monitor=...)` measures: held to NumPy and to the nodes themselves, and no part of the training."""

import json
import math
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError
from nn import MLP, SGD, cross_entropy, mean_squared_error
from nn.backprop import forward_pass, gradients, parameters_of
from nn.data import Data, moons
from nn.monitor import QUANTILES, Measurement, magnitudes, quantiles, update_ratio
from nn.train import fit

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@settings(derandomize=True, max_examples=100)
@given(NUMBERS)
def test_quantiles_are_numpys(numbers: list[float]) -> None:
    found = quantiles(numbers)
    for name, share in (("min", 0.0), ("5%", 0.05), ("25%", 0.25), ("50%", 0.5), ("75%", 0.75), ("95%", 0.95), ("max", 1.0)):
        assert found[name] == pytest.approx(float(np.quantile(numbers, share)), rel=1e-12, abs=1e-9), name


@settings(derandomize=True, max_examples=100)
@given(NUMBERS)
def test_magnitudes_count_zeros_and_have_the_root_mean_square(numbers: list[float]) -> None:
    found = magnitudes(numbers)
    assert found["rms"] == pytest.approx(math.hypot(*numbers) / math.sqrt(len(numbers)), rel=1e-12)
    assert found["zeros"] == pytest.approx(numbers.count(0.0) / len(numbers))
    assert found["max"] == max(map(abs, numbers))


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_quantiles_rise_and_neither_overflow_nor_leave_the_numbers(numbers: list[float]) -> None:
    found = list(quantiles(numbers).values())
    assert (found[0], found[-1]) == (min(numbers), max(numbers))
    assert all(a <= b or a == pytest.approx(b, rel=1e-15) for a, b in pairwise(found))
    assert all(map(math.isfinite, found))
    sizes = magnitudes(numbers)
    assert sizes["min"] * (1.0 - 1e-12) <= sizes["rms"] <= sizes["max"] * (1.0 + 1e-12)


def test_what_is_not_finite_is_counted_and_not_averaged() -> None:
    found = magnitudes([1.0, math.nan, math.inf, 3.0])
    assert found["nonfinite"] == 0.5
    assert found["max"] == 3.0


def test_a_measurement_is_what_the_nodes_say() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    descent = SGD(model.parameters(), rate=0.5)
    measurement = Measurement(model, step=7)
    outputs, zs, activations = [], [], []
    for x in ([0.5, -1.0], [1.0, 2.0]):
        outputs.append(model(x))
        measurement.after_forward()
        zs.append(list(model.layers[0].z))
        activations += [a.data for a in model.layers[0].a]
    mean_squared_error(outputs, [1.0, 0.0]).backward()
    measurement.after_backward()
    before = [w.data for row in model.layers[0].W for w in row]
    gradients = [w.grad for row in model.layers[0].W for w in row]
    errors = [abs(z.grad) for sample in zs for z in sample]
    descent.step()
    record = measurement.after_step()
    layer = record["layers"][0]
    assert record["step"] == 7
    assert layer["gradients"]["max"] == max(map(abs, gradients))
    assert layer["errors"]["max"] == max(errors)
    assert layer["errors"]["rms"] == pytest.approx(math.sqrt(sum(e * e for e in errors) / len(errors)))
    assert (layer["activations"]["min"], layer["activations"]["max"]) == (min(activations), max(activations))
    moved = math.hypot(*(0.5 * g for g in gradients))
    assert layer["update_ratio"] == pytest.approx(moved / math.hypot(*before))


def test_dead_and_saturated_units_are_told() -> None:
    def measured(activation: str, bias: float) -> dict[str, Any]:
        model = MLP(1, [4, 1], activation=activation, rng=random.Random(0))
        for b in model.layers[0].b[:2]:
            b.data = bias
        measurement = Measurement(model, 1)
        outputs = []
        for x in ([0.1], [0.2]):
            outputs.append(model(x))
            measurement.after_forward()
        mean_squared_error(outputs, [0.0, 0.0]).backward()
        measurement.after_backward()
        found: dict[str, Any] = measurement.after_step()["layers"][0]["activations"]
        return found

    assert measured("relu", -50.0)["dead"] >= 0.5
    assert measured("relu", 50.0)["dead"] <= 0.5
    assert measured("tanh", 50.0)["saturated"] >= 0.5
    assert measured("tanh", 0.0)["saturated"] == 0.0


def numpys(values: Any) -> dict[str, float]:
    return {name: float(np.quantile(values, share)) for name, share in QUANTILES.items()}


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_fit_measures_what_the_equations_say(activation: str) -> None:
    """A whole step of `fit`, from nn/backprop.py and NumPy: they know neither Values nor the code that measures."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)) * 3.0, rng.normal(size=12)
    model = MLP(2, [7, 5, 1], activation=activation, init="he_normal", rng=random.Random(4))
    weights, biases, names = parameters_of(model)
    data = Data(x.tolist(), y.tolist(), ["u", "v"], [])
    options: dict[str, Any] = {"optimiser": "sgd", "rate": 0.3, "clip": 1e-3, "validation": None, "progress": False}
    history = fit(model, data, epochs=1, batch=12, monitor=True, **options)

    passes = [forward_pass(weights, biases, sample, names) for sample in x]

    def backward(sample: Any, target: float) -> Any:
        return gradients(weights, biases, sample, names, lambda a: 2.0 * (a - target) / 12.0)

    back = [backward(sample, target) for sample, target in zip(x, y, strict=True)]
    norm = math.hypot(*(float(np.linalg.norm(sum(b[kind][n] for b in back))) for kind in (0, 1) for n in range(3)))
    slopes = {"tanh": lambda z: 1 / np.cosh(z) ** 2, "sigmoid": lambda z: 1 / (2 + 2 * np.cosh(z)), "relu": lambda z: z > 0}
    for n, layer in enumerate(history.monitor[0]["layers"]):
        dW = sum(b[0][n] for b in back)
        deltas, activations = np.array([b[2][n] for b in back]), np.array([a[n + 1] for _, a in passes])
        for measured, values in (
            (layer["gradients"], np.abs(dW)),
            (layer["errors"], np.abs(deltas)),
            (layer["activations"], activations),
        ):
            assert {key: measured[key] for key in QUANTILES} == pytest.approx(numpys(values), rel=1e-9, abs=1e-15)
            assert measured["nonfinite"] == 0.0
        assert layer["errors"]["zeros"] == pytest.approx(float((deltas == 0.0).mean()))
        assert layer["errors"]["rms"] == pytest.approx(float(np.sqrt((deltas**2).mean())))
        moved = 0.3 * 1e-3 / norm * np.linalg.norm(dW)  # the step is of the clipped gradient, what is measured is not
        assert layer["update_ratio"] == pytest.approx(moved / np.linalg.norm(weights[n]), rel=1e-6)
        flat = np.array([slopes[activation](z[n]) for z, _ in passes]) if n < 2 else np.ones((12, 1))
        assert layer["activations"]["dead"] == pytest.approx(float((flat.max(axis=0) < 1e-7).mean()))
        steepest = {"tanh": 1.0, "sigmoid": 0.25}.get(activation) if n < 2 else None
        expected = None if steepest is None else pytest.approx(float((flat < 0.05 * steepest).mean()))
        assert layer["activations"]["saturated"] == expected
    assert norm > 1e-3, "the gradient was clipped"


@pytest.mark.parametrize("name", [name for name, row in autograd.TABLE.items() if row.steepest is not None])
def test_the_steepest_slope_is_at_0(name: str) -> None:
    def slope(z: float) -> float:
        return abs(float(autograd.derivative(getattr(autograd, name))(z)))

    assert slope(0.0) == pytest.approx(autograd.TABLE[name].steepest, rel=1e-15)
    assert max(slope(0.01 * n) for n in range(-500, 501)) == slope(0.0)
    assert slope(30.0) < 0.05 * slope(0.0) > slope(-30.0), "it levels off on both sides"


def test_activations_without_a_slope_of_their_own_are_neither_dead_nor_saturated() -> None:
    def shares(**options: Any) -> list[tuple[float | None, float | None]]:
        model = MLP(2, [3, 2], rng=random.Random(0), **options)
        settings: dict[str, Any] = {"epochs": 1, "validation": None, "progress": False, "monitor": True}
        found = fit(model, moons(10), cost=lambda f, y: cross_entropy(f, y), **settings).monitor[0]["layers"]
        return [(layer["activations"]["dead"], layer["activations"]["saturated"]) for layer in found]

    assert shares(activation="tanh", output="softmax") == [(0.0, 0.0), (None, None)]
    assert shares(activation=lambda z: z * z) == [(None, None), (0.0, None)]
    assert shares(activation=lambda z: z.tanh()) == [(0.0, 0.0), (0.0, None)]
    assert shares(activation=lambda z: 1.0) == [(None, None), (0.0, None)]


def test_a_weight_that_is_frozen_does_not_move() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    model.freeze([p.label for p in model.layers[0].parameters()])
    history = fit(model, moons(20), epochs=2, validation=None, progress=False, monitor=True)
    assert {record["layers"][0]["update_ratio"] for record in history.monitor} == {0.0}
    assert all(record["layers"][1]["update_ratio"] > 0.0 for record in history.monitor)


def test_measurements_are_plain_data() -> None:
    history, _ = trained(True)
    assert json.loads(json.dumps(history.monitor)) == history.monitor


def test_update_ratios_of_weights_that_are_zero() -> None:
    assert update_ratio([0.0], [1.0]) == math.inf
    assert math.isnan(update_ratio([0.0], [0.0]))


def trained(monitor: Any, **options: Any) -> Any:
    model = MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
    return fit(model, moons(40), epochs=3, batch=8, validation=None, progress=False, monitor=monitor, **options), model


def test_watching_changes_nothing() -> None:
    plain, model = trained(False)
    watched, same = trained(2)
    assert plain.steps == watched.steps
    assert [p.data for p in model.parameters()] == [p.data for p in same.parameters()]
    assert plain.monitor == []
    assert [record["step"] for record in watched.monitor] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert [record["step"] for record in trained(True)[0].monitor] == [1, 6, 11]


@pytest.mark.parametrize("monitor", [-1, 0, 0.5, "yes", None])
def test_what_monitor_may_be(monitor: Any) -> None:
    with pytest.raises(ArgumentError, match="monitor is"):
        trained(monitor)


def test_a_resumed_run_has_the_measurements_of_an_uninterrupted_one(tmp_path: Any) -> None:
    def run(epochs: int, path: Any) -> Any:
        model = MLP(2, [4, 1], activation="tanh", rng=random.Random(0))
        return fit(model, moons(40), epochs=epochs, validation=None, progress=False, monitor=True, checkpoint=path)

    whole = run(4, tmp_path / "whole.safetensors")
    run(2, tmp_path / "parts.safetensors")
    parts = run(4, tmp_path / "parts.safetensors")
    assert repr(parts.monitor) == repr(whole.monitor)
    assert parts.epochs == whole.epochs
