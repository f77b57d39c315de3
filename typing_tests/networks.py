"""Networks, costs, optimisers and `fit`."""

import random
from typing import assert_type

from autograd import Value
from nn import MLP, SGD, AdamW, Layer, Neuron, accuracy, cosine, cross_entropy, hinge, l2, mean_squared_error
from nn.data import Data, Standardisation, xor
from nn.train import History, fit, predict


def outputs() -> None:
    """A neuron gives a Value, and what is computed from the output of a network is one."""
    assert_type(Neuron(2)([1.0, Value(2.0)]), Value)
    one, two = MLP(2, [3, 1], rng=random.Random(0)), MLP(2, [3, 2], activation=["tanh", "linear"])
    assert_type(one([1.0, 2.0]) * 2.0, Value)
    assert_type((one([1.0, 2.0]) - 1.0) ** 2, Value)
    assert_type(one([1.0, 2.0]).data, float)
    assert_type(two([1.0, 2.0])[0], Value)
    assert_type([a.data for a in two([1.0, 2.0])], list[float])
    assert_type(Layer(2, 2)([1.0, 2.0])[1], Value)
    assert_type(one.parameters(), list[Value])
    assert_type(one.layers[0].W, list[list[Value]])
    assert_type(two.layers[1].z, list[Value])
    assert_type(two.layers[1].dW, list[list[float]])
    assert_type(one.gradient(), dict[str, float])
    assert_type(predict(one, [1.0, 2.0]), list[float])


def costs() -> None:
    """Of numbers a cost is a float, of outputs a Value."""
    one, two = MLP(2, [1]), MLP(2, [2])
    assert_type(mean_squared_error([one([1.0, 2.0])], [1.0]), Value)
    assert_type(mean_squared_error([1.0, 2.0], [0.0, 0.0]), float)
    assert_type(cross_entropy(two([1.0, 2.0]), 1), Value)
    assert_type(cross_entropy([two([1.0, 2.0])], [1]), Value)
    assert_type(hinge(one([1.0, 2.0]), 1), Value)
    assert_type(hinge([0.5, -3.0], [1, -1]), float)
    assert_type(l2(one.parameters()), Value)
    assert_type(accuracy([[0.1, 0.9]], [1]), float)


def training() -> None:
    """The settings of `fit` are checked by name, though they are many."""
    model = MLP(2, [4, 2], activation="tanh", rng=random.Random(0))
    data = xor(8)
    assert_type(data, Data)
    assert_type(data.split(0.5), tuple[Data, Data])
    assert_type(Standardisation.of(data.x)([1.0, 2.0]), list[float])
    history = fit(model, data, epochs=1, rate=0.05, schedule=cosine(), validation=None, progress=False)
    assert_type(history, History)
    assert_type(history.last, dict[str, float])
    assert_type(AdamW(model.parameters(), 0.1, beta1=0.5).step(), None)


def mistakes() -> None:
    """What a checker says before the program runs."""
    model = MLP(2, [1])
    fit(model, xor(4), epoch=3)  # type: ignore[call-arg]
    fit(model, xor(4), rate="fast")  # type: ignore[arg-type]
    fit(model, [[1.0]])  # type: ignore[arg-type]
    model([[1.0, 2.0]])  # type: ignore[list-item]
    model("ab")  # type: ignore[arg-type]
    MLP(2, [1], rng=42)  # type: ignore[arg-type]
    SGD(model.parameters)  # type: ignore[arg-type]
    AdamW(model.parameters(), beta3=0.1)  # type: ignore[call-arg]
    mean_squared_error("1", "2")  # type: ignore[arg-type]
