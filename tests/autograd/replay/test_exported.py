"""Programs written down for other libraries, from the function to the text that runs."""

import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, tanh


def run(text: str) -> dict[str, Any]:
    """The names that a text defines."""
    names: dict[str, Any] = {}
    exec(text, names)
    return names


def network(w: list[Any], xs: list[list[float]]) -> Any:
    """A cost as a loop of + and * writes it."""
    total = 0.0
    for x in xs:
        out = 0.0
        for i in range(3):
            z = w[4 * i + 3]
            for j in range(3):
                z = z + w[4 * i + j] * x[j]
            out = out + tanh(z)
        total = total + (out - 1.0) ** 2
    return total


def test_the_text_for_numpy_has_values_and_gradients_of_the_program() -> None:
    rng = np.random.default_rng(0)
    xs, w = rng.normal(size=(9, 3)).tolist(), rng.normal(size=12).tolist()
    program = autograd.compile(lambda w: network(w, xs), w)
    text = program.to_numpy()
    assert "matmul(" in text
    assert "autograd" not in text
    value, gradient = run(text)["value_and_grad"](w)
    wanted, slopes = program.value_and_grad(w)
    assert value == pytest.approx(wanted, rel=1e-13)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-12)


def test_captured_parameters_come_after_the_arguments() -> None:
    a = Value(3.0)
    program = autograd.compile(lambda x: x * x + a, 2.0)
    value, gradient = run(program.to_numpy())["value_and_grad"]([2.0, 3.0])
    assert (value, gradient.tolist()) == (7.0, [4.0, 1.0])


def test_decisions_are_looked_at_by_the_text_for_numpy_and_said_by_the_others() -> None:
    program = autograd.compile(lambda x: x * x if x > 0.0 else -x, 2.0)
    names = run(program.to_numpy())
    assert names["value"]([3.0]) == (9.0, -1)
    assert names["value"]([-3.0])[1] == 0
    for text in (program.to_jax(), program.to_torch()):
        assert "# holds where this is true: v0 > 0.0\n" in text


def test_a_detached_number_gets_no_gradient() -> None:
    program = autograd.compile(lambda x: autograd.detach(tanh(x[0])) * x[0] * x[1], [0.5, 2.0])
    value, gradient = run(program.to_numpy())["value_and_grad"]([0.5, 2.0])
    wanted, slopes = program.value_and_grad([0.5, 2.0])
    assert value == pytest.approx(wanted, rel=1e-15)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-15)
    assert "jax.lax.stop_gradient(" in program.to_jax()
    assert re.search(r"v\d+ = v\d+\.detach\(\)", program.to_torch())


def test_what_is_no_formula_of_arrays_is_refused() -> None:
    program = autograd.compile(lambda x, y: x**y, 2.0, 3.0)
    program.hvp((2.0, 3.0), (1.0, 0.0), argnums=(0, 1))
    derived = next(iter(program._derived.values()))
    with pytest.raises(autograd.PrimitiveError, match=r"pow_derivative is no formula of arrays.*to_c\(\) writes it"):
        derived.to_numpy()


def test_nothing_is_written_before_something_was_recorded() -> None:
    with pytest.raises(autograd.ReplayError, match="has not been recorded yet"):
        autograd.compile(tanh).to_jax()
