"""Rolled programs run in C, beside the tape operation by operation."""

import random
from typing import Any

import numpy as np
import pytest

from autograd.replay import exact
from autograd.replay.arrays.reader import prepared
from autograd.replay.laned import Laned, can_run
from autograd.replay.native.kernel import INTERPRETER
from autograd.replay.passes.batch import batched
from autograd.replay.passes.cut import rolled
from autograd.replay.passes.hoist import hoisted
from autograd.replay.passes.late import late
from autograd.replay.passes.rolled import parse_rolled
from autograd.replay.tape import Draft, Tape

if INTERPRETER.module is None:
    pytest.skip(f"{INTERPRETER.why}", allow_module_level=True)


def test_sections_hand_numbers_on_and_gradients_back() -> None:
    program = parse_rolled("""
        pool 9 of which inputs 3
        lanes 4
            v0 = slots 0 1 0 1
            v1 = slot 2
            v2 = numbers 0.5 1.0 1.5 2.0
            v3 = mul v0 v1
            v4 = mul v3 v2
            each v4 -> 3:7
            sum v3 -> 7
        lanes 1
            v0 = slot 7
            v1 = slot 5
            v2 = mul v0 v1
            each v2 -> 8
        out 8 7
    """)
    x, y, z = 3.0, 5.0, 2.0
    run = Laned(program)
    total, third = 2.0 * (x + y) * z, 1.5 * x * z
    assert run.value([x, y, z]) == [total * third, total]
    value, grad = run.value_and_grad([x, y, z])
    assert value == total * third
    by_x, by_y, by_z = 2.0 * z * third + 1.5 * z * total, 2.0 * z * third, 2.0 * (x + y) * third + 1.5 * x * total
    assert grad.tolist() == [by_x, by_y, by_z]


def terms(draw: random.Random, count: int) -> Tape:
    draft = Draft(6)
    total: Any = None
    for _ in range(count):
        a, b = draw.randrange(6), draw.randrange(6)
        u = draft.node("tanh", [draft.node("add", [draft.node("mul", [a, b]), draw.uniform(0.0, 1.0)])])
        v = draft.node("mul", [u, draft.node("exp", [draft.node("neg", [draft.node("mul", [a, 0.5])])])])
        total = v if total is None else draft.node("add", [total, v])
    return draft.tape([draft.node("log", [draft.node("square", [total])])])


def test_alike_terms_of_a_tape_are_lanes() -> None:
    tape = terms(random.Random(4), 300)
    program = hoisted(rolled(prepared(tape)))
    assert can_run(program) and max(section.lanes for section in program.sections) == 300
    x = [0.3, -0.4, 0.7, 1.1, -1.2, 0.2]
    values = exact.forward(tape, x)
    value, grad = Laned(program).value_and_grad(x)
    assert value == pytest.approx(exact.results(tape, values)[0], rel=1e-13)
    assert grad == pytest.approx(exact.backward(tape, values), rel=1e-12, abs=1e-12)


def test_a_mean_of_costs_and_a_penalty_have_the_numbers_of_the_tape() -> None:
    draw, draft = random.Random(5), Draft(6)
    costs = []
    for _ in range(200):
        a, b = draw.randrange(6), draw.randrange(6)
        costs.append(draft.node("tanh", [draft.node("add", [draft.node("mul", [a, b]), draw.uniform(0.0, 1.0)])]))
    mean = draft.node("mul", [draft.node("sum", costs), 0.005])
    penalty = draft.node("sum", [draft.node("square", [k]) for k in range(6)])
    tape = draft.tape([draft.node("add", [mean, draft.node("mul", [penalty, 0.1])])])
    program = hoisted(rolled(prepared(tape)))
    assert late(program) == ({0}, {1})
    run = Laned(program)
    x = [0.3, -0.4, 0.7, 1.1, -1.2, 0.2]
    values = exact.forward(tape, x)
    value, grad = run.value_and_grad(x)
    assert value == run.value(x)[0] == pytest.approx(exact.results(tape, values)[0], rel=1e-13)
    assert grad == pytest.approx(exact.backward(tape, values), rel=1e-12, abs=1e-12)


def test_a_batch_has_the_numbers_of_its_samples() -> None:
    tape = Tape.parse("in 5\nv5 = dot v0 v1 v2 v3 0.5\nv6 = tanh v5\nv7 = pick v6 v5 v4\nout v7\n")
    draw = np.random.default_rng(2)
    data = np.concatenate([draw.normal(size=(70, 2)), draw.integers(0, 2, (70, 1)).astype(float)], axis=1)
    w = [0.25, -1.5]
    run = Laned(batched(tape, ["uniform", "uniform", "sample", "sample", "label"]), samples=2, labels=1)
    bar = np.zeros_like(data)
    value, grad = run.over(w, data, data_bar=bar)
    z = data[:, :2] @ w + 0.5
    numbers, slopes = np.where(data[:, 2] == 0.0, np.tanh(z), z), np.where(data[:, 2] == 0.0, 1.0 - np.tanh(z) ** 2, 1.0)
    assert value == pytest.approx(numbers.sum(), rel=1e-13)
    assert grad == pytest.approx(slopes @ data[:, :2], rel=1e-12)
    assert bar[:, :2] == pytest.approx(slopes[:, None] * np.array(w), rel=1e-12)
    few = np.array([3, 60], np.int32)
    assert run.over(w, data, rows=few)[0] == pytest.approx(numbers[few].sum(), rel=1e-13)


def test_a_program_with_another_row_cannot_be_run() -> None:
    program = parse_rolled("pool 2 of which inputs 1\nlanes 1\n    v0 = slot 0\n    v1 = gamma v0\n    each v1 -> 1\nout 1")
    assert not can_run(program)
    with pytest.raises(ValueError, match="gamma"):
        Laned(program)
