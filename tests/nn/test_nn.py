"""Networks: that every node is the number, and has the name, that the mathematics of the course gives it.

z = W a + b is held to plain Python bit for bit. Gradients are held to the four equations of backpropagation, written out
below in lists of floats with derivatives of their own, so that neither the engine's graph nor its table of derivatives
can be wrong in the same way. Costs are held to their closed forms, fifty digits of them where floats would not do.
"""

import math
import pathlib
import random
import statistics
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import ArgumentError, AutogradError, OperandError, Value, no_grad, record_sources, scope
from autograd.operators import Tracer
from nn import (
    INITIALISATIONS,
    MLP,
    SGD,
    Layer,
    Module,
    Neuron,
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    mean_squared_error,
)

Vector = list[float]
Matrix = list[list[float]]
FINITE = st.floats(-1e6, 1e6)


def nodes(root: Value) -> Iterator[Value]:
    """Every node that a value was computed from, itself included, each once."""
    seen = {root}
    stack = [root]
    while stack:
        v = stack.pop()
        yield v
        fresh = set(v.parents) - seen
        seen |= fresh
        stack.extend(fresh)


def named(root: Value) -> dict[str, Value]:
    """The nodes of a graph by label; two of the same label would make every test of labels worthless."""
    found: dict[str, Value] = {}
    for v in nodes(root):
        if v.label:
            assert v.label not in found, f"two nodes are called {v.label}"
            found[v.label] = v
    return found


# --- shapes, names, order ----------------------------------------------------------------------------------------------


def test_a_neuron_has_a_weight_per_input_and_a_bias_of_zero() -> None:
    neuron = Neuron(3, rng=random.Random(0))
    assert [w.label for w in neuron.w] == ["w_1", "w_2", "w_3"]
    assert (neuron.b.label, neuron.b.data) == ("b", 0.0)
    assert neuron.parameters() == [*neuron.w, neuron.b]
    assert all(p.parents == () for p in neuron.parameters())


def test_the_nodes_of_a_lone_neuron_are_called_z_and_a() -> None:
    a = Neuron(2, activation="tanh", rng=random.Random(0))([1.0, -2.0])
    (z,) = a.parents
    assert (a.label, a.op, z.label, z.op) == ("a", "tanh", "z", "dot")


def test_the_weight_matrix_has_a_row_per_neuron_and_a_column_per_input() -> None:
    layer = Layer(3, 2, 5, rng=random.Random(0))
    assert [[w.label for w in row] for row in layer.W] == [["w^5_11", "w^5_12", "w^5_13"], ["w^5_21", "w^5_22", "w^5_23"]]
    assert [b.label for b in layer.b] == ["b^5_1", "b^5_2"]
    for row, neuron in zip(layer.W, layer.neurons, strict=True):
        assert all(w is v for w, v in zip(row, neuron.w, strict=True)), "W must show the weights, not copies of them"


@pytest.mark.parametrize("sizes", [[1, 1], [2, 3], [3, 2, 4, 1], [4, 1, 3], [1, 5, 5]])
def test_layers_fit_together_and_everything_is_counted_from_one(sizes: list[int]) -> None:
    model = MLP(sizes[0], sizes[1:], rng=random.Random(0))
    assert [layer for layer in model] == model.layers  # noqa: C416 - it is the iteration that is tested
    assert len(model.layers) == len(sizes) - 1
    labels = []
    for number, (nin, nout, layer) in enumerate(zip(sizes, sizes[1:], model.layers, strict=False), start=1):
        assert (len(layer.W), len(layer.b), {len(row) for row in layer.W}) == (nout, nout, {nin})
        for i in range(1, nout + 1):
            labels += [f"w^{number}_{i}{j}" for j in range(1, nin + 1)] + [f"b^{number}_{i}"]
    # The order of theta: layer by layer, neuron by neuron, the weights of a neuron before its bias.
    assert [p.label for p in model.parameters()] == labels


def test_a_single_output_of_zero_is_not_positive_and_the_first_of_equal_outputs_counts() -> None:
    assert [accuracy([score], [label]) for score in (0.0, -0.0, [0.0], Value(0.0)) for label in (1, 0, -1)] == [
        0.0,
        1.0,
        1.0,
    ] * 4
    assert [accuracy([[2.0, 7.0, 7.0]], [label]) for label in (0, 1, 2)] == [0.0, 1.0, 0.0]


def test_indices_that_could_be_confused_are_kept_apart_by_a_comma() -> None:
    labels = {w.label for row in Layer(12, 11, 1, rng=random.Random(0)).W for w in row}
    assert len(labels) == 11 * 12
    assert {"w^1_11", "w^1_1,11", "w^1_11,1", "w^1_11,11"} <= labels
    assert {"w^1_99", "w^1_9,10", "w^1_10,9", "w^1_10,10"} <= labels, "10 is the first of two digits"


def test_labels_of_activations_and_weighted_inputs() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=random.Random(0))
    out = model([0.5, -0.5])
    assert [a.label for a in out] == ["a^2_1", "a^2_2"]
    assert [a.parents[0].label for a in out] == ["z^2_1", "z^2_2"]
    found = named(autograd.sum(out))
    expected = {f"{letter}^{n}_{i}" for n, size in ((1, 3), (2, 2)) for i in range(1, size + 1) for letter in "za"}
    assert {label for label in found if label[0] in "za"} == expected
    # z^2_1 sees the activations of layer 1 in order, whatever else it sees.
    assert [v.label for v in found["z^2_1"].parents] == ["w^2_11", "w^2_12", "w^2_13", "a^1_1", "a^1_2", "a^1_3", "b^2_1"]


def test_a_linear_neuron_has_no_second_node() -> None:
    out = MLP(2, [2], rng=random.Random(0))([1.0, 2.0])
    assert [(v.label, v.op) for v in out] == [("z^1_1", "dot"), ("z^1_2", "dot")]


def test_every_node_of_a_layer_carries_its_place() -> None:
    found = named(autograd.sum(MLP(2, [3, 2], rng=random.Random(0))([1.0, 2.0])))
    for label, v in found.items():
        if label[0] in "za":
            layer, neuron = label[2:].split("_")
            assert v.scope == f"layer{layer}/neuron{neuron}"


@pytest.mark.parametrize("outer", [["encoder"], ["model", "head"]])
def test_a_network_called_in_a_scope_nests_in_it(outer: list[str]) -> None:
    model = MLP(2, [2, 1], rng=random.Random(0))
    lone = Neuron(1, rng=random.Random(0))
    blocks = [scope(name) for name in outer]
    for block in blocks:
        block.__enter__()
    out, a = model([1.0, 2.0]), lone([1.0])
    for block in reversed(blocks):
        block.__exit__()
    path = "/".join(outer)
    found = named(out)
    assert {found["z^1_2"].scope, found["a^1_2"].scope} == {f"{path}/layer1/neuron2"}
    assert out.scope == f"{path}/layer2/neuron1"
    assert (a.scope, a.parents[0].scope) == (path, path), "a neuron without a place has only the user's scope"
    assert model([1.0, 2.0]).scope == "layer2/neuron1", "the scope ends with its block"


def test_the_source_of_a_node_is_the_line_that_called_the_network() -> None:
    model = MLP(2, [2, 1], rng=random.Random(0))
    with record_sources():
        out = model([1.0, 2.0])
    made_here = [v for v in nodes(out) if v.parents]
    assert len(made_here) == 5  # z and a of two neurons, and z of the last
    for v in made_here:
        assert v.source is not None
        assert v.source.text == "model([1.0, 2.0])"
        assert pathlib.Path(v.source.file).name == pathlib.Path(__file__).name


def test_one_neuron_gives_a_number_and_several_give_a_list() -> None:
    rng = random.Random(0)
    assert isinstance(Layer(2, 1, rng=rng)([1.0, 2.0]), Value)
    assert [type(v) for v in Layer(2, 3, rng=rng)([1.0, 2.0])] == [Value] * 3
    assert isinstance(MLP(2, [3, 1], rng=rng)([1.0, 2.0]), Value)
    # A layer of one neuron inside a network is an input like any other.
    assert isinstance(MLP(2, [1, 1, 1], rng=rng)([1.0, 2.0]), Value)


@pytest.mark.parametrize(
    ("module", "shown"),
    [
        (Neuron(2), "ReLUNeuron(2)"),
        (Neuron(2, nonlin=False), "LinearNeuron(2)"),
        (Neuron(3, activation="tanh"), "TanhNeuron(3)"),
        (Layer(2, 2), "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"),
        (MLP(2, [1]), "MLP of [Layer of [LinearNeuron(2)]]"),
    ],
)
def test_repr(module: Module, shown: str) -> None:
    assert repr(module) == shown


def test_zero_grad_forgets_every_gradient_and_no_number() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    before = [p.data for p in model.parameters()]
    model([1.0, 2.0]).backward()
    assert all(p.has_grad for p in model.parameters())
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13
    assert not any(p.has_grad for p in model.parameters()), "a gradient of 0 and one not computed yet are two things"
    assert [p.data for p in model.parameters()] == before


def test_something_without_parameters_is_a_module_too() -> None:
    module = Module()
    assert module.parameters() == []
    module.zero_grad()


# --- the forward pass --------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=60)
@given(st.data())
def test_z_is_the_correctly_rounded_sum_of_products(data: st.DataObject) -> None:
    nin, nout = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    layer = Layer(nin, nout, activation="linear", rng=random.Random(0))
    for p in layer.parameters():
        p.data = data.draw(FINITE)
    x = [data.draw(FINITE) for _ in range(nin)]
    as_values = data.draw(st.booleans())
    z = layer([Value(u) for u in x] if as_values else x)
    expected = [math.fsum([neuron.b.data, *(w.data * u for w, u in zip(neuron.w, x, strict=True))]) for neuron in layer.neurons]
    assert [v.data for v in (z if isinstance(z, list) else [z])] == expected


@pytest.mark.parametrize("kind", [list, tuple, np.array], ids=["list", "tuple", "array"])
def test_inputs_come_in_any_sequence(kind: Callable[[Any], Any]) -> None:
    model = MLP(3, [4, 2], activation="tanh", rng=random.Random(0))
    x = [0.25, -1.5, 3.0]
    assert [v.data for v in model(kind(x))] == [v.data for v in model(x)]
    assert [v.data for v in model(kind([0, 1, 2]))] == [v.data for v in model([0.0, 1.0, 2.0])]


def test_single_precision_inputs_are_the_numbers_they_are() -> None:
    model = MLP(2, [2], rng=random.Random(0))
    x: Any = np.array([0.1, 0.2], dtype=np.float32)
    assert [v.data for v in model(x)] == [v.data for v in model([float(u) for u in x])]


def test_without_gradients_the_numbers_are_the_same_and_nothing_is_kept() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    recorded = model([1.0, 2.0])
    with no_grad():
        out = model([1.0, 2.0])
    assert (out.data, out.parents) == (recorded.data, ())


ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1.0 / (1.0 + math.exp(-z)),
    "softplus": lambda z: math.log(1.0 + math.exp(z)),
    "leaky_relu": lambda z: z if z > 0.0 else 0.01 * z,
    "elu": lambda z: z if z > 0.0 else math.exp(z) - 1.0,
    "gelu": lambda z: 0.5 * z * (1.0 + math.erf(z / math.sqrt(2.0))),
    "silu": lambda z: z / (1.0 + math.exp(-z)),
    "sin": math.sin,
    "abs": abs,
    "square": lambda z: z * z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_by_name(name: str) -> None:
    neuron = Neuron(2, activation=name, rng=random.Random(3))
    for x in ([1.0, 2.0], [-1.0, 0.5], [-0.3, -0.7]):
        z = neuron.w[0].data * x[0] + neuron.w[1].data * x[1]
        assert neuron(x).data == pytest.approx(ACTIVATIONS[name](z), rel=1e-14)


@pytest.mark.parametrize(
    "function", [autograd.tanh, lambda z: z * z * z + 1.0, lambda z: autograd.exp(-z * z)], ids=["tanh", "cubic", "bell"]
)
def test_activation_by_function(function: Callable[[Any], Any]) -> None:
    neuron = Layer(2, 4, 3, activation=function, rng=random.Random(3)).neurons[1]
    a = neuron([1.0, -0.5])
    z = neuron.w[0].data - 0.5 * neuron.w[1].data
    assert a.data == pytest.approx(function(z), rel=1e-14)
    assert (a.label, a.scope) == ("a^3_2", "layer3/neuron2")
    assert named(a)["z^3_2"].data == pytest.approx(z, rel=1e-15)


def test_an_activation_that_returns_its_input_leaves_the_name_z() -> None:
    assert Neuron(1, activation=lambda z: z, rng=random.Random(0))([1.0]).label == "z"


@pytest.fixture
def doubled() -> Iterator[str]:
    """A primitive of the user's own, which no other test gets to see."""
    autograd.define_primitive("doubled", lambda m, u: 2.0 * u, lambda m, out, u: (2.0,))
    yield "doubled"
    del autograd.TABLE["doubled"]
    delattr(Tracer, "doubled")


def test_a_primitive_of_ones_own_is_an_activation_by_name(doubled: str) -> None:
    neuron = Neuron(1, activation=doubled, rng=random.Random(0))
    assert neuron([3.0]).data == 6.0 * neuron.w[0].data


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_nonlin_false_means_linear_whatever_the_activation(activation: str) -> None:
    neuron = Neuron(1, nonlin=False, activation=activation, rng=random.Random(0))
    assert neuron([-3.0]).data == -3.0 * neuron.w[0].data
    assert neuron.nonlin is False


def test_the_last_layer_has_an_activation_of_its_own() -> None:
    model = MLP(2, [2, 2, 2], activation="sin", output="sigmoid", rng=random.Random(0))
    assert [neuron.activation for layer in model for neuron in layer.neurons] == ["sin"] * 4 + ["sigmoid"] * 2
    assert MLP(2, [2, 1], rng=random.Random(0)).layers[-1].neurons[0].activation == "linear"


def test_forward_mode_and_second_derivatives_go_through_a_network() -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    x, v = [0.3, -0.8], [1.0, 2.0]
    with autograd.no_grad():  # or the derivatives would be Values that depend on the parameters
        gradient = autograd.grad(model)(x)
        out, slope = autograd.jvp(model, (x,), (v,))
        assert out == model(x).data
        assert slope == pytest.approx(gradient[0] * v[0] + gradient[1] * v[1], rel=1e-13)
        matrix = autograd.hessian(model)(x)
        h = 1e-5
        for j in range(2):
            ahead, behind = ([u + sign * h * (k == j) for k, u in enumerate(x)] for sign in (1.0, -1.0))
            column = [(p - m) / (2 * h) for p, m in zip(autograd.grad(model)(ahead), autograd.grad(model)(behind), strict=True)]
            assert [matrix[0][j], matrix[1][j]] == pytest.approx(column, rel=1e-7)  # the differences are good to h*h


# --- initial weights ---------------------------------------------------------------------------------------------------

NIN, NOUT = 80, 120  # enough draws to see a spread that is off by three percent
# Name: standard deviation, and the bound of a uniform distribution (None for a normal one).
SPREADS = {
    "uniform": (1.0 / math.sqrt(3.0), 1.0),
    "xavier_uniform": (math.sqrt(2.0 / (NIN + NOUT)), math.sqrt(6.0 / (NIN + NOUT))),
    "xavier_normal": (math.sqrt(2.0 / (NIN + NOUT)), None),
    "he_uniform": (math.sqrt(2.0 / NIN), math.sqrt(6.0 / NIN)),
    "he_normal": (math.sqrt(2.0 / NIN), None),
}


def test_every_initialisation_is_tested_here() -> None:
    assert set(INITIALISATIONS) == {*SPREADS, "zeros"}


@pytest.mark.parametrize("number", [None, 1], ids=["layer by itself", "layer of a network"])
@pytest.mark.parametrize("init", SPREADS)
def test_initial_weights_have_the_mean_and_spread_they_promise(init: str, number: int | None) -> None:
    layer = Layer(NIN, NOUT, number, init=init, rng=random.Random(0))
    weights = [w.data for row in layer.W for w in row]
    spread, bound = SPREADS[init]
    n = len(weights)
    assert abs(statistics.fmean(weights)) < 4.0 * spread / math.sqrt(n)  # four standard errors: one seed in 16,000
    assert statistics.pstdev(weights) == pytest.approx(spread, rel=4.0 / math.sqrt(2.0 * n))
    if bound is None:
        assert max(map(abs, weights)) > 3.0 * spread, "a normal distribution has a tail"
    else:
        assert 0.99 * bound < max(map(abs, weights)) <= bound
    assert {b.data for b in layer.b} == {0.0}


def test_zeros() -> None:
    assert {p.data for p in MLP(3, [4, 2], init="zeros").parameters()} == {0.0}


@pytest.mark.parametrize("init", SPREADS)
def test_a_seed_reproduces_the_weights(init: str) -> None:
    def weights(seed: int) -> Vector:
        return [p.data for p in MLP(3, [4, 2], init=init, rng=random.Random(seed)).parameters()]

    assert weights(7) == weights(7)
    assert weights(7) != weights(8)


def test_weights_are_drawn_row_by_row_and_a_bias_draws_nothing() -> None:
    model = MLP(2, [3, 1], rng=random.Random(5))
    draw = random.Random(5)
    for layer in model:
        for row in layer.W:
            assert [w.data for w in row] == [draw.uniform(-1, 1) for _ in row]


def test_without_a_generator_the_module_random_is_drawn_from() -> None:
    state = random.getstate()
    try:
        random.seed(11)
        first = [p.data for p in MLP(2, [2]).parameters()]
        random.seed(11)
        assert [p.data for p in MLP(2, [2]).parameters()] == first
    finally:
        random.setstate(state)
    other = random.Random(12)
    assert [p.data for p in MLP(2, [2], rng=other).parameters()] != first


# --- backpropagation, written out --------------------------------------------------------------------------------------
# delta^L = sigma'(z^L) * dC/da^L,   delta^l = sigma'(z^l) * (W^(l+1))^T delta^(l+1),   dC/db = delta,   dC/dw_ij = a_j delta_i

SLOPES: dict[str, Callable[[float], float]] = {
    "linear": lambda z: 1.0,
    "relu": lambda z: 1.0 if z > 0.0 else 0.0,
    "tanh": lambda z: 1.0 / math.cosh(z) ** 2,
    "sigmoid": lambda z: math.exp(-z) / (1.0 + math.exp(-z)) ** 2,
    "softplus": lambda z: 1.0 / (1.0 + math.exp(-z)),
    "sin": math.cos,
}


def squared_error_slope(a: Vector, y: Vector) -> Vector:
    return [2.0 * (f - t) / len(a) for f, t in zip(a, y, strict=True)]


def cross_entropy_slope(a: Vector, label: int) -> Vector:
    total = math.fsum(map(math.exp, a))
    return [math.exp(f) / total - (i == label) for i, f in enumerate(a)]


def hinge_slope(a: Vector, y: float) -> Vector:
    return [-y if 1.0 - y * a[0] > 0.0 else 0.0]


# Name: (number of outputs, targets of two samples, cost of a batch, its slope by the outputs of one sample).
COSTS: dict[str, tuple[int, list[Any], Callable[..., Any], Callable[..., Vector]]] = {
    "mean squared error": (3, [[0.5, -1.0, 2.0], [0.0, 0.25, -0.5]], mean_squared_error, squared_error_slope),
    "cross-entropy": (3, [2, 0], cross_entropy, cross_entropy_slope),
    "hinge": (1, [1, -1], hinge, hinge_slope),
}
INPUTS = [[0.9, -0.4, 1.3, 0.2], [-0.6, 0.8, -0.1, 1.7]]


def backpropagation(
    weights: list[Matrix], biases: list[Vector], names: list[str], x: Vector, slope: Callable[[Vector], Vector]
) -> tuple[list[Vector], list[Matrix]]:
    """delta^l and dC/dW^l of every layer, by the recursion, from plain numbers."""
    activations, zs = [x], []
    for W, b, name in zip(weights, biases, names, strict=True):
        zs.append([sum(w * a for w, a in zip(row, activations[-1], strict=True)) + bi for row, bi in zip(W, b, strict=True)])
        activations.append([ACTIVATIONS[name](z) for z in zs[-1]])
    deltas = [[SLOPES[names[-1]](z) * g for z, g in zip(zs[-1], slope(activations[-1]), strict=True)]]
    for n in range(len(weights) - 2, -1, -1):
        following = weights[n + 1]
        carried = [sum(following[i][j] * deltas[0][i] for i in range(len(following))) for j in range(len(zs[n]))]
        deltas.insert(0, [SLOPES[names[n]](z) * g for z, g in zip(zs[n], carried, strict=True)])
    return deltas, [[[d * a for a in activations[n]] for d in delta] for n, delta in enumerate(deltas)]


def numbers_of(model: MLP) -> tuple[list[Matrix], list[Vector]]:
    for layer in model:
        for i, b in enumerate(layer.b):
            b.data = 0.1 * (i + 1)  # biases of 0 would hide that they are added at all
    return [[[w.data for w in row] for row in layer.W] for layer in model], [[b.data for b in layer.b] for layer in model]


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("output", ["linear", "tanh"])
@pytest.mark.parametrize("activation", SLOPES)
def test_one_sample_obeys_the_equations_of_backpropagation(activation: str, output: str, cost: str) -> None:
    nout, targets, cost_of, slope_of = COSTS[cost]
    model = MLP(4, [5, 3, nout], activation=activation, output=output, rng=random.Random(1))
    weights, biases = numbers_of(model)
    x, y = INPUTS[0], targets[0]
    deltas, gradients = backpropagation(weights, biases, [activation, activation, output], x, lambda a: slope_of(a, y))
    inputs = [Value(u, label=f"x_{j}") for j, u in enumerate(x, start=1)]
    root = cost_of(model(inputs), y)
    root.backward()
    found = named(root)
    assert sum(abs(g) for matrix in gradients for row in matrix for g in row) > 1e-3, "a network that learns nothing"
    for n, (layer, delta, gradient) in enumerate(zip(model, deltas, gradients, strict=True), start=1):
        assert [found[f"z^{n}_{i}"].grad for i in range(1, len(delta) + 1)] == pytest.approx(delta, rel=1e-12)
        assert [b.grad for b in layer.b] == pytest.approx(delta, rel=1e-12)
        for row, expected in zip(layer.W, gradient, strict=True):
            assert [w.grad for w in row] == pytest.approx(expected, rel=1e-12)
    onto_inputs = [math.fsum(weights[0][i][j] * deltas[0][i] for i in range(5)) for j in range(4)]
    assert [u.grad for u in inputs] == pytest.approx(onto_inputs, rel=1e-12)


@pytest.mark.parametrize("cost", COSTS)
def test_a_batch_has_the_mean_of_its_samples_gradients(cost: str) -> None:
    nout, targets, cost_of, slope_of = COSTS[cost]
    model = MLP(4, [4, nout], activation="tanh", rng=random.Random(2))
    weights, biases = numbers_of(model)
    outputs = [model(x) for x in INPUTS]
    cost_of(outputs, targets).backward()
    each = [
        backpropagation(weights, biases, ["tanh", "linear"], x, lambda a, y=y: slope_of(a, y))  # type: ignore[misc]
        for x, y in zip(INPUTS, targets, strict=True)
    ]
    for n, layer in enumerate(model):
        for i, (row, b) in enumerate(zip(layer.W, layer.b, strict=True)):
            assert b.grad == pytest.approx(statistics.fmean(deltas[n][i] for deltas, _ in each), rel=1e-12)
            for j, w in enumerate(row):
                assert w.grad == pytest.approx(statistics.fmean(g[n][i][j] for _, g in each), rel=1e-12)


# --- costs -------------------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6))
def test_mean_squared_error_is_the_mean_of_squares(pairs: list[tuple[float, float]]) -> None:
    outputs, targets = zip(*pairs, strict=True)
    expected = math.fsum((f - y) ** 2 for f, y in pairs) / len(pairs)
    assert mean_squared_error(outputs, targets) == pytest.approx(expected, rel=1e-14, abs=1e-300)
    nodes_ = [Value(f) for f in outputs]
    root = mean_squared_error(nodes_, targets)
    root.backward()
    assert root.data == pytest.approx(expected, rel=1e-14, abs=1e-300)
    assert [v.grad for v in nodes_] == pytest.approx([2.0 * (f - y) / len(pairs) for f, y in pairs], rel=1e-14, abs=1e-300)


@pytest.mark.parametrize(
    ("outputs", "targets"),
    [
        (3.0, 1.0),
        ([3.0], [1.0]),
        ([[3.0], [3.0]], [[1.0], [1.0]]),
        ([[3.0, 3.0], [3.0, 3.0]], [[1.0, 1.0], [1.0, 1.0]]),
        ((3.0, 3.0), np.array([1.0, 1.0])),
        (np.array([3.0, 3.0]), [1, 1]),
        ([[3.0, 3.0]], np.array([[1.0, 1.0]])),
    ],
)
def test_mean_squared_error_of_any_shape(outputs: Any, targets: Any) -> None:
    assert mean_squared_error(outputs, targets) == 4.0


LOGITS = st.one_of(st.floats(-30.0, 30.0), st.floats(-1e4, 1e4), st.floats(-1e300, 1e300))


@settings(derandomize=True, max_examples=120)
@given(st.lists(LOGITS, min_size=1, max_size=6), st.data())
def test_cross_entropy_is_minus_log_softmax_at_any_size_of_logits(logits: list[float], data: st.DataObject) -> None:
    label = data.draw(st.integers(0, len(logits) - 1))
    zs = [Value(z) for z in logits]
    root = cross_entropy(zs, label)
    root.backward()
    with mpmath.workdps(60):
        top = mpmath.mpf(max(logits))
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(z) - top) for z in logits)
        expected = float(top + mpmath.log(total) - mpmath.mpf(logits[label]))
        shares = [float(mpmath.exp(mpmath.mpf(z) - top) / total) for z in logits]
    # The result is a difference of two numbers as large as the largest logit, each rounded once.
    assert root.data == pytest.approx(expected, abs=4.0 * math.ulp(max(map(abs, logits))), rel=1e-15)
    assert [z.grad for z in zs] == pytest.approx([s - (i == label) for i, s in enumerate(shares)], rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    ("logits", "label", "cost", "gradient"),
    [
        ([0.0, 0.0], 1, math.log(2.0), [0.5, -0.5]),
        ([0.0] * 10, 3, math.log(10.0), [0.1] * 3 + [-0.9] + [0.1] * 6),
        ([1000.0, 0.0], 0, 0.0, [0.0, 0.0]),
        ([1000.0, 0.0], 1, 1000.0, [1.0, -1.0]),
        ([-1e6, -1e6], 0, math.log(2.0), [-0.5, 0.5]),
        ([1e308, -1e307], 1, 1.1e308, [1.0, -1.0]),
        ([math.log(1.0), math.log(3.0)], 1, math.log(4.0 / 3.0), [0.25, -0.25]),
    ],
)
def test_cross_entropy_closed_forms(logits: Vector, label: int, cost: float, gradient: Vector) -> None:
    zs = [Value(z) for z in logits]
    root = cross_entropy(zs, label)
    root.backward()
    assert root.data == pytest.approx(cost, rel=1e-9 if logits[0] == -1e6 else 1e-15, abs=1e-15)
    assert [z.grad for z in zs] == pytest.approx(gradient, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("labels", [[1, 0], (1, 0), np.array([1, 0]), [1.0, 0.0], [np.int64(1), np.int64(0)]])
def test_cross_entropy_of_a_batch_is_the_mean(labels: Any) -> None:
    batch = [[0.0, 1.0], [2.0, -1.0]]
    assert cross_entropy(batch, labels) == pytest.approx((cross_entropy(batch[0], 1) + cross_entropy(batch[1], 0)) / 2)


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(FINITE, st.sampled_from([-1, 1, -1.0, True, np.int64(-1)])), min_size=1, max_size=6))
def test_hinge_is_the_mean_of_missing_margins(pairs: list[tuple[float, Any]]) -> None:
    scores = [Value(f) for f, _ in pairs]
    root = hinge(scores, [y for _, y in pairs])
    root.backward()
    expected = math.fsum(max(0.0, 1.0 - float(y) * f) for f, y in pairs) / len(pairs)
    assert root.data == pytest.approx(expected, rel=1e-14)
    slopes = [-float(y) / len(pairs) if float(y) * f < 1.0 else 0.0 for f, y in pairs]
    assert [v.grad for v in scores] == pytest.approx(slopes, rel=1e-14)


@pytest.mark.parametrize(("cost", "no"), [(binary_cross_entropy, 0), (hinge, -1)])
def test_several_yes_or_no_labels_of_each_sample_are_the_mean_over_all(cost: Any, no: int) -> None:
    """PyTorch's binary_cross_entropy_with_logits of the same numbers, and its derivatives, are stored beside."""
    scores = [[Value(0.3), Value(-1.2)], [Value(2.0), Value(0.0)], [Value(-0.7), Value(4.0)]]
    targets = [[1, no], [no, 1], [1, 1]]
    root = cost(scores, targets)
    root.backward()
    assert root.data == pytest.approx(cost([z.data for row in scores for z in row], [y for row in targets for y in row]))
    if cost is binary_cross_entropy:
        assert root.data == pytest.approx(0.7931748133687906, rel=1e-14)
        slopes = [-0.070926247, 0.038579203, 0.146799513, -0.083333333, -0.111364629, -0.002997702]
        assert [z.grad for row in scores for z in row] == pytest.approx(slopes, abs=1e-9)
    with pytest.raises(ArgumentError, match="in the same shape"):
        cost(scores, [1, no, 1])


def test_hinge_of_one_sample() -> None:
    assert hinge(0.5, 1) == 0.5
    assert hinge(Value(-2.0), -1).data == 0.0


# --- gradient descent --------------------------------------------------------------------------------------------------


def test_a_step_moves_every_parameter_against_its_gradient() -> None:
    w, b = Value(1.0), Value(-2.0)
    descent = SGD([w, b], rate=0.25)
    (w * w * 3.0 + b * 5.0).backward()
    descent.step()
    assert (w.data, b.data) == (1.0 - 0.25 * 6.0, -2.0 - 0.25 * 5.0)
    assert (w.grad, b.grad) == (6.0, 5.0), "the step reads gradients and leaves them"


def test_the_rate_may_change_between_steps_and_gradients_add_up_until_zeroed() -> None:
    w = Value(4.0)
    descent = SGD([w], rate=0.5)
    for _ in range(2):
        (w * 3.0).backward()
    descent.step()
    assert w.data == 4.0 - 0.5 * 6.0
    descent.zero_grad()
    assert not w.has_grad
    descent.step()
    assert w.data == 1.0, "without a gradient nothing moves"
    descent.rate = 0.125
    (w * 2.0).backward()
    descent.step()
    assert w.data == 0.75


def test_parameters_come_from_any_iterable_once() -> None:
    w = Value(1.0)
    descent = SGD((p for p in [w]), rate=1.0)
    for _ in range(2):
        descent.zero_grad()
        (w * 1.0).backward()
        descent.step()
    assert w.data == -1.0


@pytest.mark.parametrize("cost", COSTS)
def test_descent_goes_down(cost: str) -> None:
    nout, targets, cost_of, _ = COSTS[cost]
    model = MLP(4, [6, nout], activation="tanh", rng=random.Random(4))
    descent = SGD(model.parameters(), rate=0.1)
    history = []
    for _ in range(60):
        root = cost_of([model(x) for x in INPUTS], targets)
        descent.zero_grad()
        root.backward()
        descent.step()
        history.append(root.data)
    assert history[-1] < 0.1 * history[0]


# --- mistakes ----------------------------------------------------------------------------------------------------------
# Each is answered by an error of this project, that says what was given and what to give.


@pytest.mark.parametrize(
    ("mistake", "kind", "said"),
    [
        pytest.param(lambda: MLP(2, [2])([1.0]), ArgumentError, ["2 inputs", "1"], id="too few inputs"),
        pytest.param(lambda: MLP(2, [2])([1.0, 2.0, 3.0]), ArgumentError, ["2 inputs", "3"], id="too many inputs"),
        pytest.param(lambda: Layer(2, 2)([]), ArgumentError, ["2 inputs", "0"], id="no inputs"),
        pytest.param(lambda: Neuron(2)([1.0]), ArgumentError, ["2 weights", "1 inputs"], id="too few for a neuron"),
        pytest.param(lambda: Neuron(1)(["1"]), OperandError, ["float('1')"], id="text for a number"),  # type: ignore[list-item]
        pytest.param(lambda: Neuron(0), ArgumentError, ["number of inputs", "0"], id="neuron of no inputs"),
        pytest.param(lambda: Neuron(True), ArgumentError, ["True"], id="truth for a width"),
        pytest.param(lambda: Layer(2, 0), ArgumentError, ["number of neurons", "0"], id="layer of no neurons"),
        pytest.param(lambda: Layer(0, 2), ArgumentError, ["number of inputs", "0"], id="layer of no inputs"),
        pytest.param(lambda: MLP(0, [1]), ArgumentError, ["number of inputs", "0"], id="network of no inputs"),
        pytest.param(lambda: MLP(2, [3, 0, 1]), ArgumentError, ["layer 2", "0"], id="a layer of width 0"),
        pytest.param(lambda: MLP(2, [-3]), ArgumentError, ["layer 1", "-3"], id="a negative width"),
        pytest.param(lambda: MLP(2, [2.5]), ArgumentError, ["layer 1", "2.5"], id="a fractional width"),  # type: ignore[list-item]
        pytest.param(lambda: MLP(2, []), ArgumentError, ["at least one layer"], id="no layers"),
        pytest.param(
            lambda: Neuron(1, activation="tahn"), ArgumentError, ["'tahn'", "Did you mean", "'tanh'"], id="misspelt activation"
        ),
        pytest.param(
            lambda: MLP(1, [1], output="sigmiod"), ArgumentError, ["Did you mean 'sigmoid'"], id="misspelt output activation"
        ),
        pytest.param(lambda: Neuron(1, activation="atan2"), ArgumentError, ["'atan2'"], id="function of two numbers"),
        pytest.param(lambda: Neuron(1, activation="dot"), ArgumentError, ["'dot'"], id="function of many numbers"),
        pytest.param(lambda: Neuron(1, activation=""), ArgumentError, ["''"], id="empty activation"),
        pytest.param(
            lambda: Neuron(1, init="unifrom"), ArgumentError, ["Did you mean 'uniform'", "he_normal"], id="misspelt init"
        ),
        pytest.param(lambda: cross_entropy([1.0, 2.0], 2), ArgumentError, ["2 classes", "0 to 1"], id="label too large"),
        pytest.param(lambda: cross_entropy([1.0, 2.0], -1), ArgumentError, ["-1"], id="negative label"),
        pytest.param(lambda: cross_entropy([1.0, 2.0], 0.5), ArgumentError, ["0.5"], id="fractional label"),
        pytest.param(lambda: cross_entropy([1.0, 2.0], math.nan), ArgumentError, ["nan"], id="label nan"),
        pytest.param(lambda: cross_entropy([], 0), ArgumentError, ["cross_entropy"], id="no logits"),
        pytest.param(
            lambda: cross_entropy([[1.0, 2.0]], [0, 1]), ArgumentError, ["1 outputs but 2 labels"], id="labels too many"
        ),
        pytest.param(lambda: cross_entropy([[1.0, 2.0], [0.0, 1.0]], 0), ArgumentError, ["2 outputs"], id="one label for two"),
        pytest.param(
            lambda: mean_squared_error([1.0, 2.0], [1.0]),
            ArgumentError,
            ["a list of 2 numbers, targets a list of 1 number;"],
            id="mse: too few targets",
        ),
        pytest.param(lambda: mean_squared_error([1.0], 1.0), ArgumentError, ["mean_squared_error"], id="mse: list and number"),
        pytest.param(
            lambda: mean_squared_error([1.0, 2.0], 1.0),
            ArgumentError,
            ["a list of 2 numbers, targets one number"],
            id="mse: two and a number",
        ),
        pytest.param(lambda: mean_squared_error([], []), ArgumentError, ["nothing in the outputs"], id="mse: nothing"),
        pytest.param(
            lambda: mean_squared_error([[1.0], [2.0, 3.0]], [[1.0], [2.0]]),
            ArgumentError,
            ["a list of 1 number and a list of 2 numbers"],
            id="mse: ragged",
        ),
        pytest.param(
            lambda: mean_squared_error([1.0, 2.0], [[1.0], [2.0]]), ArgumentError, ["mean_squared_error"], id="mse: y nested"
        ),
        pytest.param(
            lambda: mean_squared_error([Value(1.0)], [[1.0]]), ArgumentError, ["mean_squared_error"], id="mse: y nested, Value"
        ),
        pytest.param(
            lambda: mean_squared_error([[1.0], [2.0]], [1.0, 2.0]), ArgumentError, ["mean_squared_error"], id="mse: f nested"
        ),
        pytest.param(lambda: mean_squared_error("1", "2"), AutogradError, ["mean_squared_error"], id="mse: text"),  # type: ignore[arg-type]
        pytest.param(
            lambda: hinge([1.0, 2.0], [1]), ArgumentError, ["a list of 2 numbers, targets"], id="hinge: too few targets"
        ),
        pytest.param(lambda: hinge([1.0], [0]), ArgumentError, ["target 0", "-1 and 1"], id="hinge: target 0"),
        pytest.param(lambda: hinge([1.0], [0.5]), ArgumentError, ["0.5", "-1 and 1"], id="hinge: target 0.5"),
        pytest.param(lambda: hinge([[1.0]], [1]), AutogradError, ["hinge"], id="hinge: nested scores"),
        pytest.param(lambda: SGD([], rate=0.1), ArgumentError, ["no parameters"], id="no parameters"),
        pytest.param(lambda: SGD([1.0], rate=0.1), OperandError, ["float 1.0", "parameters()"], id="a number to change"),  # type: ignore[list-item]
        pytest.param(lambda: SGD(MLP(1, [1]), rate=0.1), OperandError, ["Layer", "parameters()"], id="a model to change"),  # type: ignore[arg-type]
        *[
            pytest.param(lambda rate=rate: SGD([Value(1.0)], rate=rate), ArgumentError, ["rate", repr(rate)], id=f"rate {rate}")
            for rate in (0.0, -0.1, math.nan, math.inf)
        ],
    ],
)
def test_mistakes_are_answered_in_a_sentence(mistake: Callable[[], Any], kind: type[AutogradError], said: list[str]) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    for words in said:
        assert words in str(caught.value)
