"""What a newcomer writes first: every usual mistake with networks and costs is answered with what to write instead.

Where there is one meaning - a generator, a map, a range, NumPy's arrays - it is understood.
"""

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import ArgumentError, AutogradError, ForeignNameError, OperandError, Value
from nn import (
    MLP,
    SGD,
    Layer,
    accuracy,
    binary_cross_entropy,
    clip_gradients,
    cosine,
    cross_entropy,
    hinge,
    l1,
    l2,
    mean_squared_error,
    norm_cost,
    r_squared,
)
from nn.data import Data, Standardisation, checked_data, moons
from nn.train import fit, predict

ONE = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
THREE = MLP(2, [4, 3], activation="tanh", rng=random.Random(0))
X = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
AS_ARRAYS: Any = np.array(X)


def ones() -> list[Any]:
    return [ONE(x) for x in X]


def threes() -> list[Any]:
    return [THREE(x) for x in X]


def learn(model: Any, data: Any, *more: Any, **settings: Any) -> Any:
    return fit(model, data, *more, **({"progress": False, "epochs": 1, "validation": None} | settings))


def data(y: Any, classes: Any = (), x: Any = None) -> Any:
    return Data(x or X, y, ["a", "b"], list(classes))


# --- costs ---------------------------------------------------------------------------------------------------------------

COSTS: dict[str, tuple[Callable[[], Any], str]] = {
    "a list and a number": (lambda: norm_cost([1.0], 1.0), r"a list of 1 number, targets one number.*list: outputs\[0\]"),
    "a number and a list": (lambda: norm_cost(1.0, [1.0]), r"one number, targets a list of 1 number.*targets\[0\]"),
    "targets as a column": (
        lambda: mean_squared_error(ones(), [[1.0], [0.0], [1.0]]),
        r"a list of 3 numbers, targets 3 lists of 1 number each.*targets are a column: \[y for \(y,\) in targets\]",
    ),
    "targets as an array with a column": (
        lambda: mean_squared_error(ones(), np.array([[1.0], [0.0], [1.0]])),
        "targets 3 lists of 1 number each.*targets are a column",
    ),
    "outputs as a column": (lambda: mean_squared_error([[f] for f in ones()], [1.0, 0.0, 1.0]), "outputs are a column"),
    "a network with too many outputs": (
        lambda: mean_squared_error(threes(), [0.0, 1.0, 2.0]),
        "has 3 outputs: for classes there is cross_entropy",
    ),
    "targets of another number": (
        lambda: mean_squared_error(ones(), [1.0, 0.0]),
        "a list of 3 numbers, targets a list of 2 numbers",
    ),
    "no targets": (lambda: mean_squared_error(ones(), []), "nothing in the targets"),
    "targets as text": (lambda: mean_squared_error(ones(), ["1", "0", "1"]), r"targets\[0\].*float\('1'\)"),  # type: ignore[list-item]
    "None for outputs": (lambda: mean_squared_error(None, [1.0]), "outputs.*forgot its `return`"),  # type: ignore[call-overload]
    "rows that differ": (lambda: mean_squared_error([[1.0], [1.0, 2.0]], [[1.0], [2.0]]), "outputs have rows that differ"),
    "a one-hot label": (lambda: cross_entropy(THREE(X[0]), [0, 1, 0]), r"label \[0, 1, 0\] is one-hot.*here 1"),
    "one-hot labels": (lambda: cross_entropy(threes(), np.eye(3)), r"label \[1.0, 0.0, 0.0\] is one-hot.*here 0"),
    "a label as text": (lambda: cross_entropy(THREE(X[0]), "cat"), r"label 'cat'.*names.index\('cat'\)"),  # type: ignore[arg-type]
    "labels from 1": (lambda: cross_entropy(THREE(X[0]), 3), "labels are 0 to 2. They are counted from 0"),
    "a label as a column": (lambda: cross_entropy(threes(), [[0], [1], [2]]), r"label \[0\] is a list.*\(y,\) in labels"),
    "no label": (lambda: cross_entropy(THREE(X[0]), None), "label None with 3 classes"),  # type: ignore[call-overload]
    "a label that is a Value": (lambda: cross_entropy(THREE(X[0]), Value(1.0)), "labels are 0 to 2"),
    "one output for each sample": (lambda: cross_entropy(ones(), [0, 1, 1]), "goes with binary_cross_entropy"),
    "one output": (lambda: cross_entropy(ONE(X[0]), 1), "goes with binary_cross_entropy"),
    "one label for a batch": (lambda: cross_entropy(threes(), 1), "3 outputs but 1 labels"),
    "-1 for binary_cross_entropy": (lambda: binary_cross_entropy(ones(), [-1, 1, 1]), r"0 and 1.*\(y \+ 1\) / 2"),
    "0 for hinge": (lambda: hinge(ones(), [0, 1, 1]), r"-1 and 1.*2 \* y - 1"),
    "several outputs for binary_cross_entropy": (lambda: binary_cross_entropy(threes(), [0, 1, 1]), "there is cross_entropy"),
    "accuracy of a number": (lambda: accuracy(1.0, 1), "outputs are a list"),  # type: ignore[arg-type]
    "accuracy of text": (lambda: accuracy(ones(), ["a", "b", "c"]), "label 'a'"),
    "accuracy of one-hot labels": (lambda: accuracy(threes(), [[0, 1, 0], [1, 0, 0], [0, 0, 1]]), "one-hot.*here 1"),
}


def step_at_rate(rate: Any) -> None:
    descent = SGD(ONE.parameters(), 0.1)
    descent.rate = rate
    descent.step()


# --- numbers, functions --------------------------------------------------------------------------------------------------

UNTYPED: Any = autograd
VALUE: Any = Value(2.5)
UNTYPED_MODEL: Any = ONE

NUMBERS: dict[str, tuple[Callable[[], Any], str]] = {
    "text for digits": (lambda: VALUE.__round__("1"), r"round\(v, '1'\): it has to be a whole number"),
    "a whole number's format": (lambda: f"{VALUE:d}", r"as a float: Unknown format code 'd'.*f'{int\(v.data\):d}'"),
    "a text's format": (lambda: f"{VALUE:>8s}", "Unknown format code 's'.*f'{v!s:>30}'"),
    "a dict of numbers": (lambda: UNTYPED.mean({"a": 1.0}), r"a dict with the keys 'a'; give its .values\(\)"),
    "a range as an argument": (lambda: UNTYPED.grad(sum)(range(3)), r"got range\(0, 3\); make it a list first: list\(...\)"),
    "a generator as a result": (lambda: UNTYPED.grad(lambda x: (x for _ in "ab"))(1.0), r"make it a list first: list\(...\)"),
    "an array in a Value": (lambda: Value(np.ones(2)), "got ndarray .*apply the operation to each element"),  # type: ignore[arg-type]
    "a function in a Value": (lambda: Value(math.sin), r"a function is no number; give its result, sin\(...\)"),  # type: ignore[arg-type]
    "a model as a number": (lambda: autograd.exp(ONE), r"got MLP of .*give its parameters.*or call it, model\(x\)"),  # type: ignore[call-overload]
    "two arguments of one": (
        lambda: UNTYPED.derivative(lambda x, y: x * y)(1.0, 2.0),
        r"a function of one number, and 2 arguments are given; write grad\(f, argnums=\(0, 1\)\)",
    ),
}


def test_wrong_calls_name_the_class_that_people_know() -> None:
    with pytest.raises(TypeError, match=r"^Value.__init__\(\) missing"):
        Value()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^Value.backward\(\) got an unexpected keyword argument 'retain_graph'"):
        VALUE.backward(retain_graph=True)
    with pytest.raises(ForeignNameError, match=r"write layer.W, rows of Values, or neuron.w"):
        UNTYPED_MODEL.layers[0].w
    match VALUE:
        case Value(number):
            assert number == 2.5


# --- networks, optimisers -----------------------------------------------------------------------------------------------

NETWORKS: dict[str, tuple[Callable[[], Any], str]] = {
    "a batch": (
        lambda: ONE(X),  # type: ignore[arg-type]
        r"the network takes one sample.*given 3 lists: for a batch write \[model\(x\) for x in batch\]",
    ),
    "a batch as long as a sample": (lambda: ONE(X[:2]), r"given 2 lists: for a batch"),  # type: ignore[arg-type]
    "an array of a batch": (lambda: ONE(AS_ARRAYS[:]), "given 3 lists"),
    "a sample in a list": (lambda: ONE([X[0]]), "given 1 list:"),  # type: ignore[list-item]
    "a batch for prediction": (lambda: predict(ONE, X), "given 3 lists"),  # type: ignore[arg-type]
    "a number": (lambda: ONE(1.0), "the network takes a list of 2 inputs, got a float 1.0"),  # type: ignore[arg-type]
    "a generator": (lambda: ONE(v for v in X[0]), r"got a generator: list\(x\)"),  # type: ignore[arg-type]
    "a set": (lambda: ONE({1.0, 2.0}), "got a set"),  # type: ignore[arg-type]
    "a dict": (lambda: ONE({"a": 1.0, "b": 2.0}), r"list\(x.values\(\)\)"),  # type: ignore[dict-item]
    "text": (lambda: ONE("ab"), "got a str 'ab'"),  # type: ignore[arg-type]
    "inputs as text": (lambda: ONE(["1", "2"]), r"float\('1'\)"),  # type: ignore[list-item]
    "too many inputs": (lambda: ONE([1.0, 2.0, 3.0]), "the network takes 2 inputs, got 3"),
    "too many inputs of a layer": (lambda: Layer(2, 2)([1.0]), "the layer takes 2 inputs, got 1"),
    "no activation": (lambda: MLP(2, [3, 1], activation=None), "activation None is not known"),  # type: ignore[arg-type]
    "softmax as a function": (lambda: MLP(2, [3], output=autograd.softmax), "name it: 'softmax'"),
    "an activation that returns nothing": (
        lambda: MLP(2, [3, 1], activation=lambda z: None)(X[0]),
        "gives NoneType None; it has to give one number",
    ),
    "an activation that returns a list": (lambda: MLP(2, [3, 1], activation=lambda z: [z])(X[0]), "gives list"),
    "a seed for a generator": (lambda: MLP(2, [1], rng=42), r"rng=random.Random\(42\)"),  # type: ignore[arg-type]
    "an error before the forward pass": (lambda: MLP(2, [1]).layers[0].delta, "delta: this layer has not seen an input"),
    "the method of the parameters": (lambda: SGD(ONE.parameters, 0.1), "without a call; pass model.parameters"),  # type: ignore[arg-type]
    "a schedule as the rate": (lambda: step_at_rate(cosine()), "SGD: rate is a number, got <function cosine"),
    "a rate as text, assigned": (lambda: step_at_rate("0.1"), "SGD: rate is a number, got str '0.1'"),
    "a rate that is a Value": (lambda: step_at_rate(Value(0.1)), r"SGD: rate is a number, got Value\(data=0.1\)"),
    "a rate below 0, assigned": (lambda: step_at_rate(-1), "SGD: rate is -1; it has to be at least 0"),
    "the rate first": (lambda: SGD(0.1, ONE.parameters()), "got float 0.1"),  # type: ignore[arg-type]
    "one parameter": (lambda: SGD(ONE.parameters()[0], 0.1), r"alone; write \[value\]"),  # type: ignore[arg-type]
    "their names": (lambda: SGD(ONE.named_parameters(), 0.1), "a dict with the keys"),  # type: ignore[arg-type]
    "what is computed": (lambda: SGD([ONE.parameters()[0] * 2.0], 0.1), "computed from others"),
    "a rate as text": (lambda: SGD(ONE.parameters(), "0.1"), "rate is a number, got str '0.1'"),  # type: ignore[arg-type]
    "a norm as text": (lambda: clip_gradients(ONE.parameters(), "1"), "largest norm is '1'"),  # type: ignore[arg-type]
    "clipping a model": (lambda: clip_gradients(ONE, 1.0), "pass model.parameters"),  # type: ignore[arg-type]
    "a penalty on a model": (lambda: l2(ONE), "pass model.parameters"),  # type: ignore[arg-type]
    "a penalty on a method": (lambda: l1(ONE.parameters), "pass model.parameters"),  # type: ignore[arg-type]
}

# --- training ------------------------------------------------------------------------------------------------------------

TRAINING: dict[str, tuple[Callable[[], Any], str]] = {
    "Data gone through": (lambda: [*moons(4)], r"zip\(data.x, data.y\) has pairs"),
    "an optimiser as its class": (lambda: learn(ONE, moons(20), optimiser=SGD), "Did you mean 'sgd'"),
    "samples and targets apart": (lambda: learn(ONE, X, [0, 1, 0]), r"fit\(model, Data\(x, y, columns, classes\)\)"),
    "a pair": (lambda: learn(ONE, (X, [0, 1, 0])), r"Data\(x, y, columns, classes\), got a tuple"),
    "labels as text": (lambda: learn(THREE, data(list("abc"), "abc")), "row 1: label 'a'.*The class 'a' is 0"),
    "labels as text, no names": (lambda: learn(THREE, data(list("abc"))), "row 1 has target 'a'.*number them from 0"),
    "one-hot targets": (lambda: learn(THREE, data([[1, 0, 0], [0, 1, 0], [0, 0, 1]], "abc")), "row 1: label.*one-hot.*here 0"),
    "inputs as text": (
        lambda: learn(THREE, data([0, 1, 2], "abc", [["1", "2"]] * 3)),
        r"row 1, column 1 \(a\) is '1', not a n",
    ),
    "single numbers for samples": (lambda: learn(THREE, data([0, 1, 2], "abc", [1.0, 2.0, 3.0])), "sample 1 is 1.0"),
    "numbers for three outputs": (lambda: learn(THREE, data([1.0, 2.0, 3.0])), "The network has 3 outputs"),
    "cross-entropy of one output": (lambda: learn(ONE, moons(20), cost="cross_entropy"), "try binary_cross_entropy"),
    "a softmax before its cost": (
        lambda: learn(MLP(2, [3, 2], output="softmax"), moons(20)),
        "a softmax of its own.*output='linear'",
    ),
    "a softmax before its cost, as a function": (
        lambda: learn(MLP(2, [3, 2], output="softmax"), moons(20), cost=cross_entropy),
        "a softmax of its own",
    ),
    "a sigmoid before its cost": (
        lambda: learn(MLP(2, [3, 1], output="sigmoid"), moons(20)),
        "a sigmoid of its own.*output='linear'",
    ),
    "a cost that gives a number": (lambda: learn(ONE, moons(20), cost=lambda f, y: 1.0), "the cost gives float 1.0"),
    "a cost that returns nothing": (lambda: learn(ONE, moons(20), cost=lambda f, y: None), "the cost gives NoneType"),
    "a list of models": (lambda: learn([ONE], moons(20)), "it trains an MLP, got list"),
    "a rate below 0": (lambda: learn(ONE, moons(20), rate=-1), "rate is -1"),
    "a schedule that is not made": (lambda: learn(ONE, moons(20), schedule=cosine), r"nn.cosine\(\.\.\.\)"),
    "a schedule by name": (lambda: learn(ONE, moons(20), schedule="cosine"), r"such as nn.cosine\(\)"),
    "a number of samples for a share": (lambda: moons(20).split(5), "a share of the samples"),
    "a share of points": (lambda: moons(20.0), "the number of points is 20.0; it has to be a whole number"),  # type: ignore[arg-type]
    "numbers to standardise": (lambda: Standardisation.of([1.0, 2.0]), r"\[\[v\], \.\.\.\]"),  # type: ignore[list-item]
    "a sample to standardise": (lambda: Standardisation([0.0], [1.0])([1.0, 2.0]), "2 numbers.*1 columns"),
}
ALL = COSTS | NUMBERS | NETWORKS | TRAINING


@pytest.mark.parametrize("name", ALL)
def test_a_mistake_is_answered_with_what_to_write(name: str) -> None:
    mistake, hint = ALL[name]
    before = [p.data for p in (*ONE.parameters(), *THREE.parameters())]
    with pytest.raises((ArgumentError, OperandError), match=hint) as caught:
        mistake()
    assert isinstance(caught.value, AutogradError)
    assert [p.data for p in (*ONE.parameters(), *THREE.parameters())] == before
    assert len(str(caught.value)) < 400


def test_what_has_one_meaning_is_understood() -> None:
    y = [1.0, 0.0, 1.0]
    expected = mean_squared_error(ones(), y).data
    for outputs, targets in (
        ((ONE(x) for x in X), y),
        (map(ONE, X), iter(y)),
        (tuple(ones()), np.array(y)),
        (np.array(ones(), dtype=object), tuple(y)),
    ):
        assert mean_squared_error(outputs, targets).data == expected
    expected = cross_entropy(threes(), [0, 1, 2]).data
    for labels in (range(3), (k for k in range(3)), np.arange(3), [0.0, 1.0, 2.0], np.arange(3.0)):
        assert cross_entropy((THREE(x) for x in X), labels).data == expected
    assert accuracy((THREE(x) for x in X), range(3)) == accuracy(threes(), [0, 1, 2])
    assert r_squared(map(ONE, X), y) == r_squared(ones(), y)
    assert ONE(AS_ARRAYS[0]).data == ONE(X[0]).data == ONE(tuple(X[0])).data
    assert math.isfinite(MLP(2, [2, 1], rng=np.random.default_rng(0))(X[0]).data)
    model = MLP(2, [1], rng=random.Random(0))
    model.freeze("w^1_11")
    assert [p.label for p in model.parameters() if getattr(p, "frozen", False)] == ["w^1_11"]


def test_arrays_are_data() -> None:
    plain = data([0, 1, 2], "abc")
    arrays = Data(np.array(X), np.array([0, 1, 2]), ["a", "b"], ["a", "b", "c"])  # type: ignore[arg-type]
    assert checked_data(arrays) == plain
    ours, theirs = (MLP(2, [3], rng=random.Random(1)) for _ in range(2))
    assert learn(ours, plain) == learn(theirs, arrays)
    assert [p.data for p in ours.parameters()] == [p.data for p in theirs.parameters()]


def test_no_epochs_change_nothing() -> None:
    before = [p.data for p in ONE.parameters()]
    history = learn(ONE, moons(20), epochs=0)
    assert (history.epochs, history.stopped) == ([], "finished")
    assert [p.data for p in ONE.parameters()] == before
