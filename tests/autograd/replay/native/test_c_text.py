"""Tapes as C programs: compiled, they have the bits of the tape operation by operation."""

import ctypes
import pathlib
import random
import shutil
import subprocess
from typing import Any

import pytest

import autograd as ag
from autograd.primitives.table import TABLE
from autograd.replay import exact
from autograd.replay.native.c_text import to_c
from autograd.replay.tape import Draft, Tape

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="a C compiler is not installed")  # a failure where CI runs
ROWS = [
    "add", "sub", "mul", "div", "neg", "tanh", "exp", "sin", "sigmoid", "square", "abs", "relu", "maximum", "minimum", "sum",
    "dot", "mean", "logsumexp", "pow", "where", "clamp", "erf", "logaddexp", "softplus",
]  # fmt: skip


def compiled(text: str, folder: pathlib.Path) -> Any:
    source, library = folder / "program.c", folder / "program.so"
    source.write_text(text, encoding="utf-8")
    flags = ["-std=c11", "-O1", "-ffp-contract=off", "-Wall", "-Werror", "-Wno-unused", "-shared", "-fPIC"]
    subprocess.run([str(COMPILER), *flags, str(source), "-o", str(library), "-lm"], check=True, timeout=60)
    return ctypes.CDLL(str(library)).f


def run(function: Any, xs: list[float], outputs: int) -> tuple[int, list[float], list[float]]:
    values, gradient = (ctypes.c_double * outputs)(), (ctypes.c_double * len(xs))()
    left = function((ctypes.c_double * len(xs))(*xs), values, gradient)
    return left, list(values), list(gradient)


@pytest.mark.parametrize("seed", range(4))
def test_random_tapes_have_the_bits_of_the_slow_reader(seed: int, tmp_path: pathlib.Path) -> None:
    draw = random.Random(seed)
    draft = Draft(3)
    nodes: list[int | float] = [0, 1, 2]
    for _ in range(60):
        row = TABLE[draw.choice(ROWS)]
        n = row.arity or 2 * draw.randrange(1, 3) + 1
        nodes.append(
            draft.node(row.name, [draw.uniform(0.1, 2.0) if draw.random() < 0.2 else draw.choice(nodes[-6:]) for _ in range(n)])
        )
    nodes.append(draft.node("detach", [nodes[-2]]))
    tape = draft.tape([draft.node("sum", nodes[-4:]), nodes[-3], 2.5])
    function = compiled(to_c(tape), tmp_path)
    for _ in range(5):
        xs = [draw.uniform(0.2, 1.5) for _ in range(3)]
        values = exact.forward(tape, xs)
        left, found, gradient = run(function, xs, 3)
        assert left == 0
        assert [x.hex() for x in found] == [x.hex() for x in exact.results(tape, values)]
        assert [x.hex() for x in gradient] == [(x + 0.0).hex() for x in exact.backward(tape, values)]


def test_a_guard_says_its_number_and_nothing_is_written(tmp_path: pathlib.Path) -> None:
    tape = Tape.parse("in 1\nguard v0 > 0.0 true\nv1 = exp v0\nguard v1 is 1.0 false\nguard v1 < 3.0 true\nout v1\n")
    function = compiled(to_c(tape), tmp_path)
    assert run(function, [1.0], 1) == (0, [2.718281828459045], [2.718281828459045])
    assert run(function, [-1.0], 1) == (1, [0.0], [0.0])
    assert run(function, [2.0], 1) == (3, [0.0], [0.0])
    assert run(function, [1e-30], 1) == (2, [0.0], [0.0])


def test_rows_without_a_rule_are_refused_by_name() -> None:
    with pytest.raises(ag.PrimitiveError, match=r"to_c: gamma has no rule in C"):
        to_c(Tape.parse("in 1\nv1 = gamma v0\nout v1"))
    with pytest.raises(ag.PrimitiveError, match=r"nothing"):
        to_c(Tape.parse("in 1\nv1 = nothing v0\nout v1"))


def test_a_program_gives_its_latest_recording_as_c() -> None:
    program = ag.compile(lambda x: x * x if x > 1.0 else x, 3.0)
    assert "rule_mul(x1, d1)" in program.to_c() and "int square(const double *x" in program.to_c("square")
