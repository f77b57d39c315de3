"""A sum written with many + is one box, and what was made alike stays together on both sides of it."""

import math
import random
from typing import Any

import pytest

from autograd import Value, tanh
from nn import MLP
from viz import draw
from viz.graphs.view import Box, View


def picture(root: Value, **options: Any) -> View:
    shown = draw(root, **options).view
    assert shown is not None
    return shown


def cost_over(samples: int) -> Value:
    rng = random.Random(0)
    model = MLP(2, [4, 3, 1], activation="tanh", rng=rng)
    errors = [(model([rng.random(), rng.random()]) - 1.0) ** 2 for _ in range(samples)]
    cost = sum(errors[1:], errors[0])
    cost.label = "C"
    cost.backward()
    return cost


def end(root: Value, **options: Any) -> Box:
    return picture(root, **options).boxes[-1]


@pytest.mark.parametrize("samples", [4, 8, 30, 100])
def test_layers_survive_a_cost_over_many_samples(samples: int) -> None:
    shown = picture(cost_over(samples))
    assert [frame.name for frame in shown.frames if frame.frame < 0] == ["layer1", "layer2", "layer3"]
    assert not [box for box in shown.boxes if box.kind == "part"]
    assert len(shown.boxes) <= 60


@pytest.mark.parametrize("samples", [4, 8, 30])
@pytest.mark.parametrize("boxes", [30, 60, 90])
def test_operations_that_are_alike_are_folded_alike(samples: int, boxes: int) -> None:
    """Of the samples' operations all are one box per operation, or none is."""
    shown = picture(cost_over(samples), boxes=boxes)
    operations = [box for box in shown.boxes if box.kind in ("siblings", "operation") and box.ops in ("dot", "tanh")]
    assert len({box.things for box in operations}) <= 1
    assert len({box.things for box in shown.boxes if box.kind == "siblings" and box.ops}) <= 1


@pytest.mark.parametrize("terms", [4, 31, 500])
def test_a_chain_of_one_operation_says_its_terms_its_number_and_its_gradient(terms: int) -> None:
    given_numbers = [Value(1.0 + i / terms, label=f"p_{i}") for i in range(terms)]
    total = sum(tanh(p) for p in given_numbers)
    assert isinstance(total, Value)
    total.backward()
    box = end(total)
    assert (box.kind, box.ops, box.things, box.nodes) == ("output", "sum", terms, terms)
    assert math.isclose(box.data.low, math.fsum(math.tanh(p.data) for p in given_numbers), rel_tol=1e-12)
    assert box.data.low == box.data.high
    assert (box.grad.low, box.grad.high) == (1.0, 1.0)


def test_a_product_is_a_chain_too() -> None:
    factors = [Value(1.0 + i / 20, label=f"p_{i}") for i in range(20)]
    made = factors[0]
    for factor in factors[1:]:
        made = made * factor
    assert (end(made).ops, end(made).things) == ("product", 20)


def test_a_chain_opens_where_it_says_more_open() -> None:
    a, b, c, d, e = (Value(float(i), label=label) for i, label in enumerate("abcde"))
    assert end(a * b + c * d + tanh(e) + a).nodes == 1, "short, of unlike terms"
    total = cost_over(8)
    assert end(total, fold="none").nodes == 1
    assert sum(box.ops == "+" for box in picture(total, fold="none").boxes) == 7


def test_a_node_with_a_name_or_a_second_use_ends_a_chain() -> None:
    terms = [tanh(Value(i / 20, label=f"p_{i}")) for i in range(20)]
    first = sum(terms[1:10], terms[0])
    first.label = "first"
    shown = picture(sum(terms[10:], first))
    assert {(box.name, box.things) for box in shown.boxes if box.ops == "sum"} == {("first", 10), ("", 11)}
    first.label = ""
    both = picture(sum(terms[10:], first) * first)
    assert sorted(box.things for box in both.boxes if box.ops == "sum") == [10, 11]


def test_what_a_lone_term_of_a_folded_sum_gets_is_on_its_arrow() -> None:
    terms: list[Value] = [tanh(Value(i / 20, label=f"p_{i}")) for i in range(20)]
    bias = Value(3.0, label="bias")
    y = 2.0 * sum(terms, bias)
    y.backward()
    (arrow,) = [arrow for arrow in picture(y).arrows if arrow.local == 1.0]
    assert arrow.contribution == bias.grad == 2.0


@pytest.mark.parametrize("name", ["sum", "product", "sum in a sum"])
def test_the_arrow_out_of_a_folded_chain_says_what_the_rule_of_its_user_brings(name: str) -> None:
    """The one arrow has the local derivative, and the contribution that is the whole gradient of the chain."""
    terms: list[Value] = [tanh(Value(0.1 + i / 40, label=f"p_{i}")) for i in range(20)]
    chain = terms[0]
    for term in terms[1:]:
        chain = chain * term if name == "product" else chain + term
    if name == "sum in a sum":
        chain.label = "first"
        y = sum((tanh(Value(i / 20, label=f"q_{i}")) for i in range(20)), chain)
        wanted = 1.0
    else:
        y = tanh(chain)
        wanted = 1.0 - y.data**2
    y.backward()
    shown = picture(y)
    (box,) = [box for box in shown.boxes if box.nodes > 1 and box.data.low == chain.data == box.data.high]
    (arrow,) = [arrow for arrow in shown.arrows if arrow.tail == box.id]
    assert arrow.local == pytest.approx(wanted, rel=1e-12)
    assert arrow.contribution == chain.grad == pytest.approx(arrow.largest)


def test_a_node_that_is_asked_for_is_in_no_chain() -> None:
    total = Value(0.5, label="x_0")
    for i in range(1, 30):
        total = total + Value(i / 30, label=f"x_{i}")
        if i == 15:
            middle = total
    assert "n" in {box.id[0] for box in picture(total, path=("x_3", middle)).boxes if box.data.low == middle.data}
