"""The engine: whatever is computed from a `Value` is one."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_type

import numpy as np

import autograd
from autograd import (
    Recording,
    Step,
    Value,
    define_primitive,
    derivative,
    dot,
    exp,
    grad,
    gradients,
    jvp,
    mean,
    record_backward,
    tanh,
    value_and_grad,
    vjp,
    where,
)


def operators() -> None:
    """With numbers of every kind, on both sides."""
    x, y = Value(3.0), Value(Fraction(1, 2), label="y")
    assert_type(x + y, Value)
    assert_type(2 * x - 1, Value)
    assert_type(1.0 / x, Value)
    assert_type(2**x, Value)
    assert_type(x**2 // 3 % 2, Value)
    assert_type(-x + Fraction(1, 3), Value)
    assert_type(x * Decimal("0.5"), Value)
    assert_type(x * np.float32(2.0), Value)
    assert_type(np.float64(2.0) * x, Value)
    assert_type(abs(x), Value)
    assert_type(round(x, 1), Value)
    assert_type(divmod(x, 2.0), tuple[Value, Value])
    assert_type(x < y, bool)
    assert_type(x <= 1.0, bool)
    assert_type(x.data, float)
    assert_type(x.grad, float)
    assert_type(x.parents, tuple[Value, ...])
    assert_type(x.detach(), Value)


def arrays() -> None:
    """Arithmetic with an array is NumPy's, and gives an array."""
    x = Value(3.0)
    assert_type(x * np.array([x, x]), Any)
    assert_type(np.array([1.0, 2.0]) * x, Any)
    assert_type(x * np.array([1.0, 2.0]), Any)


def methods() -> None:
    """Those of the table, their aliases, and those with further operands."""
    x = Value(0.5)
    assert_type(x.tanh(), Value)
    assert_type(x.arctan2(2.0), Value)
    assert_type(x.leaky_relu(slope=0.1), Value)
    assert_type(x.maximum(x, 1.0), Value)


def functions() -> None:
    """A float of floats; a Value as soon as one is among the operands."""
    x, w = Value(0.5), [Value(1.0), Value(2.0)]
    assert_type(exp(x), Value)
    assert_type(exp(0.5), float)
    assert_type(exp(Fraction(1, 2)), float)
    assert_type(autograd.atan2(1.0, x), Value)
    assert_type(autograd.atan2(1.0, 2.0), float)
    assert_type(autograd.leaky_relu(0.5, x), Value)
    assert_type(autograd.pow(2.0, x), Value)
    assert_type(autograd.log(2.0, x), Value)
    assert_type(autograd.clamp(x, 0.0, 1.0), Value)
    assert_type(autograd.modf(x), tuple[Value, Value])
    assert_type(autograd.modf(2.5), tuple[float, float])
    assert_type(where(x > 0, x, 0.0), Value)
    assert_type(where(True, 1, 2.0), float)
    assert_type(autograd.isnan(x), bool)
    assert_type(autograd.sum(w), Value)
    assert_type(autograd.sum(1.0, x), Value)
    assert_type(autograd.sum(tanh(v) for v in w), Value)
    assert_type(autograd.sum([0.1] * 10), float)
    assert_type(autograd.prod(), float)
    assert_type(mean(w), Value)
    assert_type(dot(w, [1.0, 2.0], 0.5), Value)
    assert_type(dot([1.0], [2.0], x), Value)
    assert_type(dot([1.0], [2.0]), float)
    assert_type(autograd.softmax(w), list[Value])
    assert_type(autograd.softmax(0.0, 1.0), list[float])
    assert_type(autograd.cumsum([x, 1.0]), list[Value])


def transforms() -> None:
    """What the function returns is known again; what has the structure of an argument is anything."""

    def cubed(x: float) -> float:
        return x**3

    assert_type(derivative(cubed)(2.0), float)
    assert_type(derivative(exp)(0.0), float)
    assert_type(value_and_grad(cubed)(2.0)[0], float)
    assert_type(grad(cubed)(2.0), Any)
    assert_type(jvp(cubed, (2.0,), (1.0,)), tuple[float, float])
    assert_type(vjp(cubed, 2.0)[0], float)
    x = Value(2.0)
    assert_type(gradients(x * x, x), float)
    assert_type(gradients(x * x, [x]), list[float])
    assert_type(gradients(x * x, x, create_graph=True), Value)
    assert_type(gradients(x * x, [x], create_graph=True), list[Value])
    cube = define_primitive("typed_cube", lambda m, u: u * u * u, lambda m, out, u: (3.0 * u * u,))
    assert_type(cube(x), Value)
    assert_type(cube(2.0), float)


def recordings() -> None:
    """A pass, its steps, and where a node was made."""
    recording = record_backward(Value(2.0) * 3.0)
    assert_type(recording, Recording)
    assert_type(recording[0], Step)
    assert_type(recording[0].contribution, float)
    assert_type([str(step) for step in recording], list[str])


def mistakes() -> None:
    """What a checker says before the program runs."""
    x = Value(2.0)
    x * "3"  # type: ignore[operator]
    x + None  # type: ignore[operator]
    x - [1.0]  # type: ignore[operator]
    x - 1j  # type: ignore[operator]
    _ = x < "1"  # type: ignore[operator]
    Value("3")  # type: ignore[arg-type]
    exp("1")  # type: ignore[call-overload]
    x.tahn()  # type: ignore[attr-defined]
    x.backward("1")  # type: ignore[arg-type]
    dot([x], [1.0], None)  # type: ignore[call-overload]
