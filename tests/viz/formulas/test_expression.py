"""Algebra made of graphs: that the text, evaluated, is the computation, whatever the graph, and that people can read it."""

import math
import pathlib
import random
import re
from collections.abc import Callable
from typing import Any

import latex
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import Program, random_program
from spelled import FUNCTIONS, build_labelled

import autograd
from autograd import (
    ArgumentError,
    OperandError,
    Value,
    dot,
    exp,
    gradients,
    hypot,
    load_recording,
    log,
    logsumexp,
    maximum,
    mean,
    no_grad,
    record_backward,
    sin,
    square,
    tanh,
)
from autograd.operators import apply
from autograd.primitives.readers import FLOAT, LATEX, TEXT
from autograd.primitives.table import TABLE
from nn import MLP, cross_entropy
from viz.formulas.expression import Expression, expression
from viz.formulas.notation import Algebra, latex_name, shown

graphs = settings(derandomize=True, max_examples=40)


def evaluated(written: Expression, known: dict[str, Any]) -> float:
    """What the lines compute, read as Python: every one may use the names above it."""
    names = dict(known)
    for line in written.lines:
        result = eval(line.text, FUNCTIONS | {"__builtins__": {}}, names)
        if line.name:
            names[line.name] = result
    return result.data if isinstance(result, Value) else float(result)


def leaves_of(nodes: list[Value]) -> dict[str, Value]:
    return {v.label: Value(v.data) for v in nodes if v.label and not v.parents}


# --- the text is the computation ---------------------------------------------------------------------------------------


@graphs
@given(program=random_program(), data=st.data())
def test_the_text_evaluated_gives_the_value(program: Program, data: st.DataObject) -> None:
    nodes = build_labelled(program)
    for i, v in enumerate(nodes[len(program.leaves) :]):
        if data.draw(st.integers(0, 4)) == 0:
            v.label = f"n{i}"
    written = expression(
        nodes[-1], labels=data.draw(st.booleans()), width=data.draw(st.sampled_from([20, 40, 100])), terms=None, most=None
    )
    got = evaluated(written, leaves_of(nodes))
    if {"sum", "dot"} & {name for name, _ in program.steps}:  # the nodes round once, the text at every sign
        assert got == pytest.approx(nodes[-1].data, rel=1e-11, abs=1e-13)
    else:
        assert got == nodes[-1].data


def test_a_wrong_parenthesis_is_found() -> None:
    """The same evaluation of a text that lacks a pair of parentheses gives something else."""
    a, b, c = (Value(float(x), label=name) for x, name in ((5, "a"), (3, "b"), (2, "c")))
    written = expression(a - (b - c))
    assert evaluated(written, {"a": a, "b": b, "c": c}) == 4.0
    written.lines[-1] = written.lines[-1]._replace(text="a - b - c")
    assert evaluated(written, {"a": a, "b": b, "c": c}) == 0.0


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (lambda a, b, c: a - (b - c), "a - (b - c)"),
        (lambda a, b, c: a - b - c, "a - b - c"),
        (lambda a, b, c: a + (b + c), "a + (b + c)"),
        (lambda a, b, c: (-a) ** 2, "(-a) ** 2"),
        (lambda a, b, c: -(a**2), "-a ** 2"),
        (lambda a, b, c: a / (b * c), "a / (b * c)"),
        (lambda a, b, c: a / b * c, "a / b * c"),
        (lambda a, b, c: a * (b / c), "a * (b / c)"),
        (lambda a, b, c: (a**b) ** c, "(a ** b) ** c"),
        (lambda a, b, c: a ** (b**c), "a ** b ** c"),
        (lambda a, b, c: a**-b, "a ** (-b)"),
        (lambda a, b, c: a - -b, "a - (-b)"),
        (lambda a, b, c: a * -2.0 + b, "a * (-2) + b"),
        (lambda a, b, c: 2.0 - a * (b + c), "2 - a * (b + c)"),
        (lambda a, b, c: a % (b % c), "a % (b % c)"),
        (lambda a, b, c: a // b // c, "a // b // c"),
        (lambda a, b, c: -(a + b), "-(a + b)"),
        (lambda a, b, c: -(a * b) * c, "-(a * b) * c"),
        (lambda a, b, c: autograd.sum(a * b) ** 2, "(a * b) ** 2"),
        (lambda a, b, c: autograd.sum(a, -b, c - a), "a + (-b) + (c - a)"),
        (lambda a, b, c: dot([a], [b]) ** 2, "(a * b) ** 2"),
        (lambda a, b, c: dot([a, b], [b + c, -1.0], c), "a * (b + c) + b * (-1) + c"),
        (lambda a, b, c: apply(TABLE["identity"], (a + b,)) * c, "(a + b) * c"),
        (lambda a, b, c: apply(TABLE["expdiff"], (a + b, b - c)), "exp((a + b) - (b - c))"),
        (lambda a, b, c: exp(a + b) ** 2, "exp(a + b) ** 2"),
        (lambda a, b, c: maximum(a, b + c, 0.5), "maximum(a, b + c, 0.5)"),
        (lambda a, b, c: a * 1e-5 + 1e20 * b, "a * 1e-05 + 1e+20 * b"),
        (lambda a, b, c: a * -0.0, "a * (-0.0)"),
    ],
)
def test_parentheses_where_they_are_needed_and_nowhere_else(f: Callable[..., Value], text: str) -> None:
    a, b, c = (Value(x, label=name) for x, name in ((1.7, "a"), (0.6, "b"), (2.3, "c")))
    value = f(a, b, c)
    written = expression(value)
    assert str(written) == text
    assert evaluated(written, {"a": a, "b": b, "c": c}) == pytest.approx(value.data, rel=1e-14)
    latex.check(written.latex)


@pytest.mark.parametrize("name", [row.name for row in TABLE.values()])
def test_every_primitive_takes_expressions_as_operands(name: str) -> None:
    """Sums, signs, powers and exponentials in every place of every template, in text and in LaTeX."""
    row = TABLE[name]
    namespace = {other: getattr(FLOAT, other) for other in TABLE} | {"a": 0.6, "b": 0.3}
    numbers = [0.6 + 0.3, -0.3, 0.6**2.0, math.exp(0.3), 0.6 * 0.3]
    for first in range(5):
        arity = row.arity or 3
        chosen = [(first + i) % 5 for i in range(arity)]
        for m in (Algebra(TEXT), Algebra(LATEX)):
            a, b = m.symbol("a"), m.symbol("b")
            operands = [a + b, -b, m.pow(a, 2.0), m.exp(b), a * b]
            e = m.write(row, *[operands[i] for i in chosen])
            outer = [e * a, a - e, m.pow(e, 2.0), -e]
            if m.latex:
                for whole in (e, *outer):
                    latex.check(str(whole))
                continue
            want = row.value(FLOAT, *[numbers[i] for i in chosen])
            for whole, expected in zip(outer, (want * 0.6, 0.6 - want, FLOAT.pow(want, 2.0), -want), strict=True):
                got = eval(str(whole), namespace)
                got = math.nan if isinstance(got, complex) else got  # Python's power of a negative number
                assert got == pytest.approx(expected, rel=1e-12, nan_ok=True), str(whole)


def test_derivatives_of_derivatives_can_be_written() -> None:
    """Their graphs have nodes that nobody writes by hand: exp(u - v) as one, u as a node of its own."""
    x, y = Value(0.3, label="x"), Value(-0.4, label="y")
    slope = gradients(logsumexp(x, y * x, 1.0) * sin(x), x, create_graph=True)
    names = {"x": Value(0.3), "y": Value(-0.4)}
    for width in (40, 100):
        assert evaluated(expression(slope, width=width, terms=None), names) == pytest.approx(slope.data, rel=1e-13)
    inner: list[Value] = []

    def f(v: Any) -> Any:
        inner.append(v * x + v)
        return v * v

    autograd.grad(lambda u: autograd.grad(f)(u + 1.0))(1.0)
    assert "identity" in {node.op for node in record_backward(inner[0]).nodes}
    assert str(expression(inner[0])) == "v0 = 1\nv3 = v0 + 1\nv3 * x + v3"


# --- what is named -----------------------------------------------------------------------------------------------------


def test_what_is_used_twice_is_named_once() -> None:
    x = Value(2.0, label="x")
    u = x * x + 1.0
    assert str(expression(u * sin(u) + u)) == "v2 = x * x + 1\nv2 * sin(v2) + v2"
    assert str(expression(-x * -x)) == "-x * (-x)"
    n = -x
    assert str(expression(n * n)) == "-x * (-x)"  # a sign is not worth a line
    u.label = "u"
    assert str(expression(sin(u))) == "u = x * x + 1\nsin(u)"
    assert str(expression(sin(u), labels=False)) == "sin(x * x + 1)"
    assert str(expression(u * u, labels=False)) == "u = x * x + 1\nu * u"


def test_leaves_without_a_label_are_v_and_their_number_as_in_a_recording() -> None:
    x, y = Value(3.0), Value(0.1)
    z = (x * y + x) * sin(y)
    assert str(expression(z)) == "v0 = 3\nv1 = 0.1\n(v0 * v1 + v0) * sin(v1)"
    squared = z * z
    names: dict[str, Any] = {}
    for line in expression(squared).lines[:-1]:
        names[line.name] = eval(line.text, dict(FUNCTIONS), names)
    recorded = {node.name: node.data for node in record_backward(squared).nodes}
    assert {"v0", "v1", "v5"} == names.keys()
    assert all(getattr(number, "data", number) == recorded[name] for name, number in names.items())
    assert str(expression(Value(2.0))) == "2"
    assert str(expression(Value(2.0, label="x"))) == "x"


def test_nodes_that_share_a_name_are_told_apart() -> None:
    a, b = Value(1.0, label="w"), Value(2.0, label="w")
    assert str(expression(a * b + a)) == "w@v0 * w@v1 + w@v0"
    c = Value(1.0, label="v2") * Value(3.0, label="y")
    assert str(expression(sin(c) * c)) == "v2@v2 = v2@v0 * y\nsin(v2@v2) * v2@v2"


def test_a_label_that_reads_as_algebra_is_bracketed() -> None:
    n = Value(1.0, label="x1*w1 + x2*w2")
    assert str(expression(tanh(n * 2.0))) == "tanh(‹x1*w1 + x2*w2› * 2)"
    assert shown("w^2_13") == "w²₁₃" and shown("W[0][1]") == "W[0][1]"
    assert latex_name("my_variable") == r"\mathrm{my\_variable}"
    assert latex_name("delta^1_2") == r"\delta^{1}_{2}" and latex_name("w^2_13") == "w^{2}_{13}"


def test_nodes_made_by_hand_are_calls() -> None:
    x = Value(2.0, label="x")
    made = [Value(4.0, (x, x), "sq"), Value(4.0, (x,), "+"), Value(4.0, (x,))]
    assert [str(expression(v * 2.0)) for v in made] == ["sq(x, x) * 2", "by_hand['+'](x) * 2", "by_hand(x) * 2"]
    for v in made:
        latex.check(expression(v * 2.0).latex)


def test_a_value_without_a_graph_is_a_leaf() -> None:
    with no_grad():
        y = Value(2.0, label="x") * 3.0
    assert str(expression(y)) == "6"


# --- what is shortened -------------------------------------------------------------------------------------------------


def test_long_sums_are_shortened_and_what_is_behind_the_dots_is_not_listed() -> None:
    w = [Value(1.0, label=f"w_{i}") for i in range(1, 101)]
    x = [sin(Value(0.5, label=f"x_{i}")) for i in range(1, 101)]
    for i, v in enumerate(x, start=1):
        v.label = f"s_{i}"
    assert str(expression(dot(w, x, 2.0))).splitlines() == [
        "s₁ = sin(x₁)", "s₂ = sin(x₂)", "s₃ = sin(x₃)", "s₁₀₀ = sin(x₁₀₀)",
        "w₁ * s₁ + w₂ * s₂ + w₃ * s₃ + ... + w₁₀₀ * s₁₀₀ + 2",
    ]  # fmt: skip
    assert str(expression(mean(w), terms=4)) == "mean(w₁, w₂, ..., w₁₀₀)"
    assert str(expression(autograd.sum(w[:3]))) == "w₁ + w₂ + w₃"
    assert r"w_{3} \cdot s_{3} + \dots + w_{100}" in expression(dot(w, x, 2.0)).latex
    assert "..." not in str(expression(dot(w, x, 2.0), terms=None, most=None))


@pytest.mark.parametrize("width", [30, 60, 100])
def test_no_line_is_longer_than_asked(width: int) -> None:
    x = Value(0.5, label="x")
    y = s = x
    for i in range(300):
        y = sin(y * 2.0 + x) if i % 3 else y / (1.0 + y * y)
        s = s + y * 0.5
    lines = str(expression(s, width=width, most=None)).splitlines()
    assert max(map(len, lines)) <= width
    assert evaluated(expression(s, width=width), {"x": x}) == s.data


def test_the_lines_of_a_network_stay_short_whatever_its_size() -> None:
    model = MLP(64, [40, 12], rng=random.Random(1))
    cost = cross_entropy([model([random.Random(i).random() for _ in range(64)]) for i in range(3)], [1, 2, 3])
    text = str(expression(cost, digits=4))
    assert max(map(len, text.splitlines())) <= 115  # six products of long names, and what they are equal to
    assert len(text.splitlines()) < 60
    latex.check(expression(cost, digits=4).latex)


def test_many_lines_are_cut_in_the_middle() -> None:
    y = Value(1.0, label="x")
    for _ in range(50):
        y = y + y
    lines = str(expression(y, most=6)).splitlines()
    assert lines == ["v1 = x + x", "v2 = v1 + v1", "v3 = v2 + v2", "... 44 more lines ...", "v48 = v47 + v47",
                     "v49 = v48 + v48", "v49 + v49"]  # fmt: skip
    assert len(expression(y, most=6).lines) == 50
    assert r"\dots \text{ 44 more lines}" in expression(y, most=6).latex
    latex.check(expression(y, most=6).latex)


def test_deep_graphs_are_written_in_linear_time_and_without_recursion() -> None:
    y = Value(0.5, label="x")
    for _ in range(30_000):
        y = sin(y)
    written = expression(y)
    assert all(len(f"{line.name} = {line.text}") <= 100 for line in written.lines)
    assert sum(len(re.findall("sin", line.text)) for line in written.lines) == 30_000
    assert len(written.text.splitlines()) == 101
    latex.check(written.latex)


def test_digits_of_constants() -> None:
    x = Value(1.0, label="x")
    y = x * (1 / 3) + 123456.0
    assert str(expression(y)) == "x * 0.3333333333333333 + 123456"
    assert str(expression(y, digits=3)) == "x * 0.333 + 123456"


# --- LaTeX -------------------------------------------------------------------------------------------------------------


def test_latex_of_a_network() -> None:
    w, z = Value(0.5, label="w^2_13"), Value(2.0, label="z^1_3")
    a = tanh(z)
    a.label = "a^1_3"
    e = expression((w * a - 1.0) ** 2 / (2.0 * a))
    assert e.latex == (
        "\\begin{aligned}\n"
        "a^{1}_{3} &= \\tanh\\left(z^{1}_{3}\\right) \\\\\n"
        "& \\frac{\\left(w^{2}_{13} \\cdot a^{1}_{3} - 1\\right)^{2}}{2 \\cdot a^{1}_{3}}\n"
        "\\end{aligned}"
    )
    assert e._repr_latex_() == f"$$\n{e.latex}\n$$"
    assert expression(w**2).latex == r"\left(w^{2}_{13}\right)^{2}"  # not an index with an exponent
    assert expression(exp(z) ** 2).latex == r"\left(e^{z^{1}_{3}}\right)^{2}"
    assert expression(hypot(w + z, w)).latex == r"\sqrt{\left(w^{2}_{13} + z^{1}_{3}\right)^2 + \left(w^{2}_{13}\right)^2}"
    assert expression(square(autograd.floor(z))).latex == r"\left(\left\lfloor z^{1}_{3}\right\rfloor\right)^2"
    assert expression(w * 1e-5).latex == r"w^{2}_{13} \cdot 1 \cdot 10^{-5}"


@graphs
@given(
    program=random_program(), labels=st.lists(st.sampled_from(latex.HOSTILE) | st.text(max_size=6), min_size=24, max_size=24)
)
def test_latex_is_valid_and_text_stays_on_its_line_whatever_the_labels(program: Program, labels: list[str]) -> None:
    nodes = build_labelled(program)
    for v, label in zip(nodes, labels, strict=False):
        v.label = label
    written = expression(nodes[-1])
    latex.check(written.latex)
    assert len(written.text.splitlines()) == len(written.lines) <= 100
    assert written.text.isprintable() or {c for c in written.text if not c.isprintable()} == {"\n"}


@pytest.mark.parametrize(
    "wrong",
    [
        "x^2^3", r"\left(x", "{x", "x}", r"\foo", "50%", r"\lflooru", "a & b", r"\frac{}{x}", r"\begin{aligned} a", "$x$",
        "x^", r"\text{a_b}", r"\left(x\right]", r"\frac{a}b", "x'", r"\begin{array}{l} x \end{aligned}",
        r"\begin{matrix}\end{matrix}",
    ],
)  # fmt: skip
def test_the_reader_of_latex_refuses_what_tex_refuses(wrong: str) -> None:
    with pytest.raises(latex.LatexError):
        latex.check(wrong)


# --- the outside -------------------------------------------------------------------------------------------------------


def test_a_recording_can_be_written_where_its_primitive_is_not_defined(tmp_path: pathlib.Path) -> None:
    cube = autograd.define_primitive("cube", lambda m, u: u * u * u, lambda m, out, u: (3.0 * u * u,), text="({}) ** 3")
    x = Value(2.0, label="x")
    y = cube(x + 1.0) * 2.0
    assert str(expression(y)) == "(x + 1) ** 3 * 2"
    recording = record_backward(y)
    assert str(expression(recording)) == str(expression(y))
    recording.save(tmp_path / "pass.json")
    del TABLE["cube"]
    loaded = expression(load_recording(tmp_path / "pass.json"))
    assert str(loaded) == "cube(x + 1) * 2"
    latex.check(loaded.latex)


def test_no_gradient_is_touched() -> None:
    x = Value(2.0, label="x")
    y = x * x
    str(expression(y))
    assert not x.has_grad and not y.has_grad


def test_a_name_that_saves_a_few_characters_is_no_line_of_its_own() -> None:
    """A * b is three characters longer than v2: of lines that are too long for such a reason one stays."""
    a, b, c, d = (Value(1.0 + k, label=name) for k, name in enumerate("abcd"))
    y = autograd.sum([a * b, c * d, a * c, b * d])
    assert expression(y, width=20).text == "a * b + c * d + a * c + b * d"
    y = autograd.sum([a * b * c, c * d * a, a * c * d, b * d * a])
    assert len(expression(y, width=20).lines) > 1, "and one that saves more is"


def test_what_cannot_be_written_is_refused() -> None:
    x = Value(1.0, label="x")
    with pytest.raises(OperandError, match="a Value or a Recording, got int 3"):
        expression(3)  # type: ignore[arg-type]  # on purpose
    for wrong in ({"width": 3}, {"most": 1}, {"terms": 0}, {"digits": 0}, {"digits": True}, {"width": 50.5}):
        with pytest.raises(ArgumentError, match=r"whole number, (at least|from 1 to)"):
            expression(x, **wrong)


def test_it_shows_what_it_is() -> None:
    y = log(Value(2.0, label="x"))
    y.label = "y"
    assert repr(expression(y)) == "<Expression of 'y' in 1 lines>"
    assert expression(y).latex == r"y = \ln\left(x\right)"
