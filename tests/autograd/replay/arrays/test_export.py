"""Programs as text for JAX and PyTorch.

Their values and gradients are checked by benchmarks/replay_arrays.py, where both are
installed; here the text for JAX is run by NumPy, which has the functions under the same names.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import Program, random_program
from tapes import tape_of_terms

from autograd import ArgumentError
from autograd.replay.arrays.export import JAX, to_jax, to_torch
from autograd.replay.arrays.reader import ArrayProgram, prepared
from autograd.replay.passes.batch import batched
from autograd.replay.tape import Tape

graphs = settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
ABSENT = ("erf", "erfc", "normal_cdf", "gelu", "cbrt")  # functions that NumPy lacks, or JAX has under another name


def by_numpy(text: str) -> Any:
    """The function `value` of a text for JAX, with NumPy in its place."""
    assert text.startswith(JAX)
    head = JAX.replace("import jax\nimport jax.numpy as np\n", "import numpy as np\n")
    head = head.replace('jax.config.update("jax_enable_x64", True)', "")
    body = text.removeprefix(JAX).partition("value_and_grad = jax")[0]
    names: dict[str, Any] = {}
    exec(head + body, names)
    return names["value"]


@graphs
@given(program=random_program(most=10), lanes=st.sampled_from([1, 9]))
def test_the_text_for_jax_gives_the_same_value(program: Program, lanes: int) -> None:
    if any(name in ABSENT for name, _ in program.steps):
        return
    made = ArrayProgram(tape_of_terms(program, lanes, own=True))
    inputs = np.array(program.leaves * lanes)
    with np.errstate(all="ignore"):
        value = by_numpy(to_jax(made.rolled))(inputs)
    assert value == pytest.approx(made.value(inputs), rel=1e-12, abs=1e-12)


def test_the_text_of_a_batch_takes_samples_and_labels() -> None:
    tape = Tape.parse("in 4\nv4 = mul v0 v1\nv5 = exp v0\nv6 = pick v4 v5 v2 v3\nv7 = dot v0 v0 v1 v2 v6\nout v7")
    program = batched(prepared(tape), ["uniform", "sample", "sample", "label"])
    X, y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[0], [2], [1]])
    wanted = ArrayProgram(program).value([0.5], X, y)
    assert by_numpy(to_jax(program))(np.array([0.5]), X, y) == pytest.approx(wanted, rel=1e-15)


def test_both_texts_are_the_same_function_but_for_the_library() -> None:
    tape = Tape.parse("in 3\nv3 = dot v0 v1 v2 v0 1.0\nv4 = logsumexp v3 v0 2.0\nv5 = tanh v4\nout v5")
    program = ArrayProgram(tape).rolled
    functions = [text[text.index("def value(") :].partition("\n\n")[0] for text in (to_jax(program), to_torch(program))]
    assert functions[0] == functions[1]
    compile(to_torch(program), "<text>", "exec")


def test_a_primitive_that_the_library_lacks_is_refused_by_name() -> None:
    program = ArrayProgram(Tape.parse("in 1\nv1 = lgamma v0\nout v1")).rolled
    with pytest.raises(ArgumentError, match="lgamma has no function in torch"):
        to_torch(program)
