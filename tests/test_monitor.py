"""What `fit(..., monitor=...)` measures: held to NumPy and to the nodes themselves, and no part of the training."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import ArgumentError
from nn import MLP, SGD, mean_squared_error
from nn.data import moons
from nn.monitor import Measurement, magnitudes, quantiles, update_ratio
from nn.train import fit

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(NUMBERS)
def test_quantiles_are_numpys(numbers: list[float]) -> None:
    found = quantiles(numbers)
    for name, share in (("min", 0.0), ("5%", 0.05), ("25%", 0.25), ("50%", 0.5), ("75%", 0.75), ("95%", 0.95), ("max", 1.0)):
        assert found[name] == pytest.approx(float(np.quantile(numbers, share)), rel=1e-12, abs=1e-9), name


@settings(deadline=None, derandomize=True, max_examples=100)
@given(NUMBERS)
def test_magnitudes_count_zeros_and_have_the_root_mean_square(numbers: list[float]) -> None:
    found = magnitudes(numbers)
    assert found["rms"] == pytest.approx(math.hypot(*numbers) / math.sqrt(len(numbers)), rel=1e-12)
    assert found["zeros"] == pytest.approx(numbers.count(0.0) / len(numbers))
    assert found["max"] == max(map(abs, numbers))


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


@pytest.mark.parametrize("monitor", [-1, 0.5, "yes", None])
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
