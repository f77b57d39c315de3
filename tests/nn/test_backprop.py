"""The engine against the course's equations: `Value`s and graphs on one side, matrices and recursions on the other.

They share nothing but the numbers of the network, and agree to 1e-12 relative on networks of any depth, width, activation
and cost.
"""

import random
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError
from nn import MLP, backprop, cross_entropy, mean_squared_error, norm_cost

ACTIVATIONS = [*backprop.SIGMA, "softmax"]

# Cost: what the engine computes, and dC/da^L as a formula.
COSTS: dict[str, tuple[Any, Any]] = {
    "norm": (norm_cost, lambda a, y: (a - y) / np.linalg.norm(a - y)),
    "mean squared error": (mean_squared_error, lambda a, y: 2.0 * (a - y) / len(y)),
    "cross-entropy": (
        lambda out, y: cross_entropy(out, int(np.argmax(y))),
        lambda a, y: backprop.softmax(a) - np.eye(len(y))[int(np.argmax(y))],
    ),
}


def close(got: Any, want: Any) -> bool:
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    size = max(float(np.max(np.abs(want))), 1e-3)  # a derivative far below its neighbours is a difference of them
    return bool(np.all(np.abs(got - want) <= 1e-12 * np.maximum(np.abs(want), size)))


@settings(max_examples=120, derandomize=True)
@given(st.data())
def test_engine_and_equations_agree(data: st.DataObject) -> None:
    depth = data.draw(st.integers(1, 6))
    sizes = data.draw(st.lists(st.integers(1, 7), min_size=depth + 1, max_size=depth + 1))
    sizes[-1] = max(sizes[-1], 2)
    each = data.draw(st.lists(st.sampled_from(ACTIVATIONS), min_size=depth, max_size=depth))
    cost_name = data.draw(st.sampled_from(sorted(COSTS)))
    rng = random.Random(data.draw(st.integers(0, 10**6)))
    model = MLP(sizes[0], sizes[1:], activation=each, init="xavier_uniform", rng=rng)
    for layer in model.layers:
        for b in layer.b:
            b.data = rng.uniform(-0.5, 0.5)
    x = [rng.uniform(-2.0, 2.0) for _ in range(sizes[0])]
    y = [rng.uniform(-1.0, 1.0) for _ in range(sizes[-1])]

    function, slope = COSTS[cost_name]
    function(model(x), y).backward()
    weights, biases, names = backprop.parameters_of(model)
    zs, activities = backprop.forward_pass(weights, biases, np.array(x), names)
    dW, db, deltas = backprop.gradients(weights, biases, np.array(x), names, lambda a: slope(a, np.array(y)))
    for n, layer in enumerate(model.layers):
        assert close([z.data for z in layer.z], zs[n])
        assert close([a.data for a in layer.a], activities[n + 1])
        assert close(layer.delta, deltas[n])
        assert close(layer.dW, dW[n])
        assert close(layer.db, db[n])


def test_a_wrong_equation_is_seen() -> None:
    model = MLP(2, [3, 2], activation="tanh", rng=random.Random(0))
    mean_squared_error(model([1.0, -1.0]), [0.0, 1.0]).backward()
    weights, biases, names = backprop.parameters_of(model)
    dW, *_ = backprop.gradients(
        weights, biases, np.array([1.0, -1.0]), names, lambda a: 2.0001 * (a - np.array([0.0, 1.0])) / 2
    )
    assert not close(model.layers[0].dW, dW[0])


def test_the_gradient_of_a_batch_is_the_sum_over_its_samples() -> None:
    model = MLP(2, [3, 2], activation="sigmoid", rng=random.Random(1))
    samples = [([0.5, -1.0], [1.0, 0.0]), ([0.1, 0.9], [0.0, 1.0]), ([-0.3, 0.2], [1.0, 1.0])]
    norm_cost([model(x) for x, _ in samples], [y for _, y in samples]).backward()
    weights, biases, names = backprop.parameters_of(model)
    total = np.zeros((3, 2))
    for x, y in samples:
        dW, *_ = backprop.gradients(weights, biases, np.array(x), names, partial(COSTS["norm"][1], y=np.array(y)))
        total += dW[0]
    assert close(model.layers[0].dW, total)


def test_the_gradient_vector_has_the_names_of_the_course() -> None:
    model = MLP(2, [2, 1], activation="tanh", rng=random.Random(2))
    mean_squared_error([model([1.0, 2.0])], [0.5]).backward()
    gradient = model.gradient()
    assert list(gradient) == ["w^1_11", "w^1_12", "b^1_1", "w^1_21", "w^1_22", "b^1_2", "w^2_11", "w^2_12", "b^2_1"]
    assert gradient["w^1_21"] == model.layers[0].dW[1][0]
    assert gradient["b^2_1"] == model.layers[1].delta[0]


def test_layers_say_when_there_is_nothing_to_answer() -> None:
    model = MLP(2, [2, 1])
    with pytest.raises(ArgumentError, match="not seen an input"):
        _ = model.layers[0].z
    y = model([1.0, 2.0])
    assert len(model.layers[0].a) == 2
    with pytest.raises(ArgumentError, match=r"cost\.backward"):
        _ = model.layers[0].delta
    autograd.square(y).backward()
    assert len(model.layers[0].delta) == 2


def test_unknown_activations_have_no_equations() -> None:
    with pytest.raises(ArgumentError, match="Did you mean 'tanh'"):
        backprop.sigma("tahn", np.array([1.0]))
