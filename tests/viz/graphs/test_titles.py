"""The words in boxes: operands whose order matters, names that several values have, long names, reasons at the foot."""

import contextlib
import functools
import io
import itertools
import operator
import random
from collections.abc import Iterable

import pytest

from autograd import OperandError, Value, atan2, exp, record_backward, relu, tanh
from nn import MLP, cross_entropy
from viz import debugger, draw, film, network, page, walk
from viz.graphs.dot import lines_of
from viz.graphs.view import View


def seen(root: Value, **options: object) -> View:
    shown = draw(root, names={}, **options).view  # type: ignore[arg-type]  # options of draw
    assert shown is not None
    return shown


def titles(root: Value, **options: object) -> list[str]:
    return [lines_of(box)[0] for box in seen(root, **options).boxes]


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (lambda a, b: a - b, "v2 = a − b"),
        (lambda a, b: b - a, "v2 = b − a"),
        (lambda a, b: a / b, "v2 = a / b"),
        (lambda a, b: a**b, "v2 = a ** b"),
        (lambda a, b: 1.0 - a * b, "v3 = 1 − v2"),
        (lambda a, b: (a * b) ** -2.0, "v3 = v2 ** (−2)"),
        (lambda a, b: atan2(a, b), "v2 = atan2(a, b)"),
        (lambda a, b: a * b, "v2 = ×"),
        (lambda a, b: a + b, "v2 = +"),
        (lambda a, b: relu(a * b), "v3 = ReLU"),
    ],
)
def test_operands_whose_order_matters_are_in_the_title(made: object, title: str) -> None:
    root = made(Value(2.0, label="a"), Value(3.0, label="b"))  # type: ignore[operator]
    assert titles(root)[-1] == title


def test_an_operand_that_is_not_seen_alone_and_has_no_name_is_no_number() -> None:
    h, w = Value(0.5, label="h_0"), Value(0.9, label="w")
    for _ in range(12):
        h = tanh(w * h)
    assert titles(h - 1.0)[-1] == "v26 = … − 1"
    h.label = "h_12"
    assert titles(h - 1.0)[-1] == "v26 = h₁₂ − 1"


def test_alike_operations_have_in_the_title_what_their_operands_have_in_common() -> None:
    xs = [Value(float(i), label=f"x_{i}") for i in range(1, 13)]
    mu = Value(2.0, label="\\mu")
    assert "xᵢ − μ (×12)" in titles(added(abs(x - mu) for x in xs))
    assert "… ** 3 (×12)" in titles(added((x * mu) ** 3 for x in xs))
    assert any(title.startswith("exp / v") and title.endswith(" (×12)") for title in titles(added(p * p for p in softmax(xs))))
    assert "xᵢ − xⱼ (×11)" in titles(added(abs(x - y) for x, y in itertools.pairwise(xs)))
    assert "… + 1e−5 (×12)" in titles(added((x * mu + 1e-5) ** 0.5 for x in xs))
    assert "xᵢ − cᵢ (×12)" in titles(added(abs(x - i) for i, x in enumerate(xs)))


def test_an_index_keeps_its_brackets() -> None:
    xs = [Value(float(i), label=f"x^{{({i})}}") for i in range(1, 13)]
    assert "x⁽ⁱ⁾ − 1 (×12)" in titles(added(abs(x - 1.0) for x in xs))


def added(values: Iterable[Value]) -> Value:
    return functools.reduce(operator.add, values)


def softmax(zs: list[Value]) -> list[Value]:
    exps = [exp(z) for z in zs]
    total = added(exps)
    return [e / total for e in exps]


def test_a_name_that_several_values_have_has_their_numbers() -> None:
    a, b = Value(2.0, label="x"), Value(3.0, label="x")
    root = a / b
    assert titles(root) == ["x@v0", "x@v1", "v2 = x@v0 / x@v1"]
    root.backward()
    assert all(name in film(root) for name in ("x@v0", "x@v1"))
    assert '"shared":["x"]' in str(page(root))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        recording = walk(root, to="x@v1")
    assert out.getvalue().splitlines()[0].startswith("v2 = div(x@v0, x@v1)")
    assert "d(x@v0 / x@v1)/dx@v1" in out.getvalue()
    assert debugger.rule(recording, recording[1]).symbols.startswith("d(x@v0 / x@v1)/dx@v1")
    with pytest.raises(OperandError, match=r"no nodes are called 'x@v2'"):
        walk(root, to="x@v2", file=out)


def test_a_walk_tells_a_label_from_the_number_of_another_value() -> None:
    v2 = Value(2.0, label="v2")
    y = v2 * Value(3.0, label="w")
    out = io.StringIO()
    walk(y * y, file=out)
    assert "v2@v2 = mul(v2@v0, w)" in out.getvalue()


def test_blocks_of_one_name_are_told_apart() -> None:
    model = MLP(3, [5, 2], rng=random.Random(2))
    xs = [[0.1 * i, -0.2 * i, 0.3] for i in range(1, 7)]
    shown = titles(cross_entropy([model(x) for x in xs], [0, 1, 0, 1, 1, 0]))
    blocks = [title for title in shown if title.endswith(")") and title.startswith("z²₁")]
    assert len(blocks) == len(set(blocks)) == 2
    assert all(title.count("@v") == 2 for title in blocks)
    assert any(title.startswith("z¹₁ (×6)") for title in shown), "one block alone needs no numbers"


def test_the_rule_of_a_loop_has_signs_of_print_and_no_number_that_is_not_seen() -> None:
    r, x = Value(0.05, label="r"), Value(1.0, label="x")
    hidden = exp(-r)
    shown = seen(x_after(hidden, x), boxes=3, fold=lambda scope: False)
    rules = [rule for box in shown.boxes for rule in box.rules]
    assert rules
    assert not any("-" in rule for rule in rules)


def x_after(factor: Value, x: Value) -> Value:
    for _ in range(12):
        x = factor * -x - 1.0
    return x


def test_the_constants_of_a_sum_and_of_a_product_are_in_its_title() -> None:
    xs = [Value(float(i), label=f"x_{i}") for i in range(1, 9)]
    assert titles(added(xs) + 100.0)[-1] == "v15 = sum (×8) + 100"
    product = 3.0 * functools.reduce(operator.mul, xs) * -0.5
    assert titles(product)[-1].endswith("product (×8) × 3 × (−0.5)")
    assert titles(functools.reduce(operator.add, xs, Value(0.0) * 0.0) + 0.0)[-1].endswith("sum (×9)")


def test_the_rounding_of_contributions_that_cancel_does_not_vanish() -> None:
    w = Value(0.1, label="w")
    x = tanh(w)
    y = x * 0.3 - x * 0.1 - x * 0.2
    y.backward()
    shown = {box.name or box.number: lines_of(box)[-1] for box in seen(y).boxes}
    assert all(shown[name].endswith(": contributions cancel") for name in ("w", "v1"))
    z = tanh(w) * 1e-9
    w.grad = 0.0
    z.backward()
    assert lines_of(seen(z).boxes[0])[-1].endswith(" vanishing")


def test_a_long_name_loses_its_middle_in_the_box_and_not_in_the_tooltip() -> None:
    label = "customer_" * 9 + "total"
    source = draw(Value(2.0, label=label) * 3.0).source
    assert "customer_customer_customer_customer…total" in source
    assert f'tooltip="{label} = v0"' in source


def test_a_page_calls_cost_and_inputs_by_their_variables() -> None:
    weight, offset = Value(0.5), Value(0.1)
    loss = (weight - offset) ** 2
    text = str(page(loss))
    assert "<title>Backward pass of loss</title>" in text
    assert '"labels":["weight","offset","","loss"]' in text


def test_a_page_of_a_recording_has_its_names_alone() -> None:
    weight = Value(0.5)
    loss = weight * weight
    assert '"labels":["",""]' in str(page(record_backward(loss)))


def test_the_foot_says_why_some_of_many_stand_alone() -> None:
    ws = [Value(0.1 * i, label=f"w_{i}") for i in range(1, 41)]
    shown = seen(added(ws))
    assert any(lines_of(box)[0].startswith("34 more: w₁") for box in shown.boxes)
    assert shown.folded.endswith("of many alike those with the largest local derivative × data stand alone")


@pytest.mark.parametrize(
    ("sizes", "remark"),
    [
        ((3, [5, 2]), "lines have their numbers where there are up to 12 between two layers"),
        ((20, [6, 3]), "so many lines have no numbers"),
        ((2, [3, 2]), ""),
    ],
)
def test_a_network_says_why_lines_have_no_numbers(sizes: tuple[int, list[int]], remark: str) -> None:
    source = network(MLP(*sizes, rng=random.Random(1))).source
    assert (remark in source) if remark else "lines have" not in source
