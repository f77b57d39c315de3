"""Programs in NumPy give the values and gradients of the engine, whatever the shape of the tape."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import Naive, Program, naive, random_program
from tapes import evaluated, tape_of_terms

from autograd import ArgumentError, Value
from autograd.operators import apply
from autograd.primitives.table import lookup
from autograd.replay.arrays.reader import ArrayProgram, prepared
from autograd.replay.passes.batch import Kind, batched
from autograd.replay.tape import Draft, Tape

graphs = settings(derandomize=True, deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


def eager(tape: Tape, inputs: Sequence[float]) -> tuple[float, list[float]]:
    """The result and the gradient of the engine on the same operations."""
    leaves = [Value(x) for x in inputs]
    nodes = evaluated(tape, leaves, lambda name, *us: apply(lookup(name), us))
    root = nodes[tape.outputs[0]]
    root.backward()
    return root.data, [leaf.grad for leaf in leaves]


@graphs
@given(program=random_program(most=12), lanes=st.sampled_from([1, 5, 9, 40]), own=st.booleans())
def test_values_and_gradients_are_those_of_the_engine(program: Program, lanes: int, own: bool) -> None:
    tape = tape_of_terms(program, lanes, own)
    inputs = list(program.leaves) * (lanes if own else 1)
    value, gradient = eager(tape, inputs)
    twins = [Naive(x) for x in program.leaves]
    root = program.nodes(twins, naive)[-1]
    root.backward()  # the masses: what rounding errors are proportional to
    made = ArrayProgram(tape)
    got, slopes = made.value_and_grad(inputs)
    assert abs(got - value) <= 1e-12 * lanes * (1.0 + abs(root.data))
    for i, (slope, wanted) in enumerate(zip(slopes, gradient, strict=True)):
        assert abs(slope - wanted) <= 1e-11 * twins[i % len(twins)].mass * (1 if own else lanes)
    again = made.value_and_grad(inputs)  # nothing is left over from the first call
    assert again[0] == got
    assert np.array_equal(again[1], slopes)
    assert made.value(inputs) == got


@settings(graphs, max_examples=40)
@given(program=random_program(most=10), uniform=st.lists(st.booleans(), min_size=4, max_size=4), samples=st.integers(1, 3))
def test_each_sample_of_a_batch_is_what_the_engine_gives(program: Program, uniform: list[bool], samples: int) -> None:
    tape = tape_of_terms(program, 1, own=True)
    kinds: list[Kind] = ["uniform" if same else "sample" for same in uniform[: tape.inputs]]
    shared = [x for x, kind in zip(program.leaves, kinds, strict=True) if kind == "uniform"]
    own = [x for x, kind in zip(program.leaves, kinds, strict=True) if kind == "sample"]
    X = np.array([own] * samples) * (1.0 + 1e-6 * np.arange(samples)[:, None])
    made = ArrayProgram(batched(prepared(tape), kinds, summed=False), by_sample=True)
    values, gradient, slopes = made.value_and_grad(shared, X) if own else made.value_and_grad(shared)
    total = np.zeros(len(shared))
    for row, value, slope in zip(X, values, slopes, strict=False):
        numbers = {"uniform": iter(shared), "sample": iter(row.tolist())}
        wanted, of_inputs = eager(tape, [next(numbers[kind]) for kind in kinds])
        assert value == pytest.approx(wanted, rel=1e-11, abs=1e-12)
        mine = [g for g, kind in zip(of_inputs, kinds, strict=True) if kind == "sample"]
        assert slope == pytest.approx(mine, rel=1e-9, abs=1e-9)
        total += [g for g, kind in zip(of_inputs, kinds, strict=True) if kind == "uniform"]
    if own:
        assert gradient == pytest.approx(total, rel=1e-9, abs=1e-9)


def network(draft: Draft, sizes: Sequence[int], parameters: int, x: list[Any], plain: bool) -> list[int]:
    """The outputs of a network, written as loops of + and * or as dots."""
    at = parameters
    for k, (n, m) in enumerate(itertools.pairwise(sizes)):
        out = []
        for _ in range(m):
            if plain:
                z = at + n
                for i in range(n):
                    z = draft.node("add", [z, draft.node("mul", [at + i, x[i]])])
            else:
                z = draft.node("dot", [*range(at, at + n), *x, at + n])
            out.append(draft.node("tanh", [z]) if k < len(sizes) - 2 else z)
            at += n + 1
        x = out
    return x


SIZES = (3, 5, 4)
PARAMETERS = sum((n + 1) * m for n, m in itertools.pairwise(SIZES))


def sample_tape(plain: bool) -> Tape:
    """The cost of one sample: parameters, the sample and its label are inputs."""
    draft = Draft(PARAMETERS + SIZES[0] + 1)
    z = network(draft, SIZES, 0, list(range(PARAMETERS, PARAMETERS + SIZES[0])), plain)
    chosen = draft.node("pick", [*z, PARAMETERS + SIZES[0]])
    return draft.tape([draft.node("sub", [draft.node("logsumexp", z), chosen])])


KINDS: list[Kind] = [*["uniform"] * PARAMETERS, *["sample"] * SIZES[0], "label"]  # type: ignore[list-item]


def by_hand(theta: Any, X: Any, y: Any) -> tuple[Any, Any, Any]:
    """Costs, gradient and gradients of the samples, with matrices."""
    n, m, k = SIZES
    first, second = theta[: m * (n + 1)].reshape(m, n + 1), theta[m * (n + 1) :].reshape(k, m + 1)
    h = np.tanh(X @ first[:, :-1].T + first[:, -1])
    z = h @ second[:, :-1].T + second[:, -1]
    e, rows = np.exp(z), np.arange(len(y))
    costs = np.log(e.sum(1)) - z[rows, y]
    dz = e / e.sum(1)[:, None]
    dz[rows, y] -= 1.0
    dh = dz @ second[:, :-1] * (1 - h * h)
    gradient = [np.column_stack([dh.T @ X, dh.sum(0)]).ravel(), np.column_stack([dz.T @ h, dz.sum(0)]).ravel()]
    return costs, np.concatenate(gradient), dh @ first[:, :-1]


def batch_of(samples: int) -> tuple[Any, Any, Any]:
    """Parameters, samples and labels."""
    rng = np.random.default_rng(samples)
    return rng.normal(size=PARAMETERS), rng.normal(size=(samples, SIZES[0])), rng.integers(0, SIZES[-1], (samples, 1))


@pytest.mark.parametrize("samples", [1, 2, 7, 300, 2500])
@pytest.mark.parametrize("plain", [True, False])
def test_a_batch_is_what_matrices_give(plain: bool, samples: int) -> None:
    theta, X, y = batch_of(samples)
    costs, gradient, of_samples = by_hand(theta, X, y[:, 0])
    made = ArrayProgram(batched(prepared(sample_tape(plain)), KINDS), by_sample=True)
    value, slopes, by_sample = made.value_and_grad(theta, X, y)
    assert value == pytest.approx(costs.sum(), rel=1e-13)
    np.testing.assert_allclose(slopes, gradient, rtol=0, atol=1e-13 * samples)
    np.testing.assert_allclose(by_sample, of_samples, rtol=0, atol=1e-13)
    each = ArrayProgram(batched(prepared(sample_tape(plain)), KINDS, summed=False))
    np.testing.assert_allclose(each.value(theta, X, y), costs, rtol=0, atol=1e-13)


def test_loops_of_plus_and_times_are_the_same_program_as_dots() -> None:
    plain, dots = (ArrayProgram(batched(prepared(sample_tape(plain)), KINDS)).source() for plain in (True, False))
    assert plain == dots
    assert plain.count("matmul(") == 2 + (2 + 3)  # two layers; back, two by weights, one by inputs


def test_a_whole_batch_with_constant_samples_is_rolled_and_its_labels_are_picked() -> None:
    theta, X, y = batch_of(12)
    draft = Draft(PARAMETERS)
    costs = []
    for x, label in zip(X.tolist(), y[:, 0].tolist(), strict=True):
        z = network(draft, SIZES, 0, x, plain=True)
        costs.append(draft.node("sub", [draft.node("logsumexp", z), z[label]]))
    total = costs[0]
    for cost in costs[1:]:
        total = draft.node("add", [total, cost])
    tape = draft.tape([draft.node("mul", [total, 1.0 / 12])])
    made = ArrayProgram(tape)
    assert [section.lanes for section in made.rolled.sections] == [12, 1]
    value, gradient = made.value_and_grad(theta)
    wanted, slopes, _ = by_hand(theta, X, y[:, 0])
    assert value == pytest.approx(wanted.mean(), rel=1e-13)
    np.testing.assert_allclose(gradient, slopes / 12, rtol=0, atol=1e-14)


def test_many_lanes_are_run_in_blocks_and_their_gradients_added() -> None:
    lanes = 45_000
    draft = Draft(lanes)
    terms = [draft.node("mul", [draft.node("sin", [i]), (i * 7) % lanes]) for i in range(lanes)]
    tape = draft.tape([draft.node("sum", terms)])
    made = ArrayProgram(tape)
    assert "for n" in made.source()[-3000:]
    x = np.random.default_rng(0).normal(size=lanes)
    value, gradient = made.value_and_grad(x)
    other = x[np.arange(lanes) * 7 % lanes]
    assert value == pytest.approx((np.sin(x) * other).sum(), rel=1e-11)
    wanted = np.cos(x) * other
    wanted[np.arange(lanes) * 7 % lanes] += np.sin(x)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-13, atol=1e-13)


def test_a_sum_whose_gradient_is_not_known_beforehand_goes_back_in_a_second_pass() -> None:
    draft = Draft(20)
    total = draft.node("sum", [draft.node("mul", [i, draft.node("exp", [i])]) for i in range(20)])
    tape = draft.tape([draft.node("log", [draft.node("mul", [total, total])])])
    x = np.linspace(0.1, 1.0, 20)
    value, gradient = ArrayProgram(tape).value_and_grad(x)
    wanted, slopes = eager(tape, x.tolist())
    assert value == pytest.approx(wanted, rel=1e-14)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-13)


@pytest.mark.parametrize("x", [0.0, -0.0, 1e-320, 1e-9, 0.5, 19.0, 40.0, 800.0, -800.0, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "softplus", "exp", "log1p", "square", "erf", "gelu"])
def test_elementwise_functions_at_the_edges(name: str, x: float) -> None:
    tape = Tape.parse(f"in 1\nv1 = {name} v0\nout v1")
    value, gradient = ArrayProgram(tape).value_and_grad([x])
    wanted, slopes = eager(tape, [x])
    assert value == pytest.approx(wanted, rel=1e-15, abs=0.0, nan_ok=True)
    assert gradient[0] == pytest.approx(slopes[0], rel=2e-15, abs=1e-307, nan_ok=True)


def test_how_many_operations_a_group_has_is_known_before_the_text_is_written() -> None:
    alike = tape_of_terms(Program((0.5,), (("exp", (0,)), ("tanh", (1,)))), 30, own=True)
    assert ArrayProgram(alike).gathered == 30
    assert ArrayProgram(Tape.parse("in 1\nv1 = exp v0\nv2 = tanh v1\nv3 = sin v2\nout v3")).gathered == 1


def test_the_result_may_be_an_input_or_a_constant() -> None:
    assert ArrayProgram(Tape.parse("in 2\nout v1")).value_and_grad([1.0, 2.0])[1].tolist() == [0.0, 1.0]
    value, gradient = ArrayProgram(Tape.parse("in 2\nout 7.5")).value_and_grad([1.0, 2.0])
    assert (value, gradient.tolist()) == (7.5, [0.0, 0.0])


def test_the_source_stands_alone() -> None:
    tape = tape_of_terms(Program((0.5, 0.25), (("mul", (0, 1)), ("tanh", (2,)), ("add", (3, 0.125)))), 9, own=True)
    made = ArrayProgram(tape)
    names: dict[str, Any] = {}
    exec(made.source(), names)
    x = np.linspace(-1.0, 1.0, 18)
    value, gradient = names["value_and_grad_for"]()(x)
    assert value == made.value(x)
    assert np.array_equal(gradient, made.value_and_grad(x)[1])


DECIDING = """in 3
v3 = mul v0 v1
guard v3 > 0.0 true
v4 = tanh v3
guard v4 < v2 false
guard 0.5 is v2 false
v5 = add v4 v2
out v5
"""


def test_the_first_guard_that_does_not_hold_is_named() -> None:
    program = ArrayProgram(Tape.parse(DECIDING))
    for inputs, wanted in (
        ([1.0, 2.0, 0.3], -1),
        ([-1.0, 2.0, 0.5], 0),  # the second and the third do not hold either
        ([1.0, 2.0, 3.0], 1),
        ([1.0, 2.0, 0.5], 2),
        ([math.nan, 2.0, 0.5], 0),
    ):
        assert program.value(inputs)[1] == wanted
        assert program.value_and_grad(inputs)[2] == wanted


def test_guards_are_looked_at_for_each_sample() -> None:
    kinds: list[Kind] = ["uniform", "sample", "uniform"]
    X = np.array([[2.0], [-2.0], [0.1], [5.0], [-0.0]])
    for summed in (True, False):
        program = ArrayProgram(batched(prepared(Tape.parse(DECIDING)), kinds, summed))
        results, left = program.value([1.0, 0.3], X)
        assert left.tolist() == [-1, 0, 1, -1, 0]
        wanted = np.tanh(X[:, 0]) + 0.3
        assert np.allclose(results, wanted.sum() if summed else wanted, rtol=1e-15)
        assert program.value_and_grad([1.0, 0.3], X)[2].tolist() == [-1, 0, 1, -1, 0]


@pytest.mark.parametrize("summed", [True, False])
def test_what_a_guard_looks_at_adds_nothing_to_gradients(summed: bool) -> None:
    tape = Tape.parse("in 2; guard v0 > 0.0 true; v2 = exp v0; guard v2 > 1.0 true; v3 = mul v2 v1; out v3".replace("; ", "\n"))
    program = ArrayProgram(batched(prepared(tape), ["sample", "sample"], summed), by_sample=True)
    X = np.array([[1.0, 2.0], [0.5, -3.0]])
    slopes = program.value_and_grad([], X)[2]
    np.testing.assert_allclose(slopes, np.exp(X[:, :1]) * [[2.0, 1.0], [-3.0, 1.0]], rtol=1e-15)


def test_the_gradient_is_that_of_the_first_result() -> None:
    tape = Tape.parse("in 2\nv2 = mul v0 v1\nv3 = exp v0\nout v2 v3 v0")
    program = ArrayProgram(batched(prepared(tape), ["sample", "sample"], summed=False), by_sample=True)
    X = np.array([[1.0, 2.0], [0.5, -3.0]])
    assert program.value_and_grad([], X)[2].tolist() == X[:, ::-1].tolist()


def test_guards_of_alike_terms_do_not_keep_them_apart_from_their_lanes() -> None:
    lines, n = ["in 9"], 9
    for i in range(9):
        lines += [f"v{n} = mul v{i} v{i}", f"guard v{n} > 0.5 true", f"v{n + 1} = exp v{n}"]
        n += 2
    lines += [f"v{n} = sum {' '.join(f'v{10 + 2 * i}' for i in range(9))}", f"out v{n}"]
    program = ArrayProgram(Tape.parse("\n".join(lines)))
    assert [section.lanes for section in program.rolled.sections] == [9]
    x = np.arange(1.0, 10.0) / 4
    assert program.value(x)[1] == 0
    assert program.value(x + 1.0)[1] == -1
    x[:4] += 1.0
    x[7] = 0.0
    assert program.value(x)[1] == 7


@pytest.mark.parametrize(
    ("inputs", "batch", "complaint"),
    [
        ([1.0], (), "1 inputs; the program was recorded with 44"),
        (np.zeros(44), (), "shapes none; the program takes a row for each sample, of 3 components and 1 labels"),
        (np.zeros(44), (np.zeros((5, 2)), np.zeros((5, 1), int)), r"shapes \(5, 2\), \(5, 1\)"),
        (np.zeros(44), (np.zeros((5, 3)), np.zeros((4, 1), int)), r"shapes \(5, 3\), \(4, 1\)"),
    ],
)
def test_arrays_of_other_shapes_are_refused(inputs: Any, batch: tuple[Any, ...], complaint: str) -> None:
    program = ArrayProgram(batched(prepared(sample_tape(plain=True)), KINDS))
    with pytest.raises(ArgumentError, match=complaint):
        program.value(inputs, *batch)
