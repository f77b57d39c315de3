"""Loops are found in the graph itself: bodies that repeat, what goes in, what is carried; nothing that only looks like it."""

import contextlib
import itertools
import random
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import looping_graph

import autograd
from autograd import Value, cos, exp, log, scope, sin, tanh
from nn import MLP
from viz import draw
from viz.graphs.copies import Filled, Nodes
from viz.graphs.fold import tree_of
from viz.graphs.graph import graph_of
from viz.graphs.loops import BODY, NODES, Loop, Operand, _Search, loops_of, written_out
from viz.graphs.tree import Group
from viz.graphs.view import Box, View


def picture(root: Value, **options: Any) -> View:
    shown = draw(root, **options).view
    assert shown is not None
    return shown


def loops(root: Value, **options: Any) -> list[Box]:
    return [box for box in picture(root, **options).boxes if box.kind == "loop"]


def recurrent(steps: int = 20) -> Value:
    w, u, h = Value(0.9, label="w"), Value(0.3, label="u"), Value(0.1, label="h_0")
    for t in range(1, steps + 1):
        h = tanh(w * h + u * Value(t / 20, label=f"x_{t}"))
    return h


def recurrent_with_costs() -> Value:
    w, h, cost = Value(0.9, label="w"), Value(0.1, label="h_0"), Value(0.0)
    for t in range(1, 13):
        h = tanh(w * h)
        cost = cost + (h - Value(t / 20, label=f"y_{t}")) ** 2
    return cost


def descent() -> Value:
    a, b = Value(0.1, label="a"), Value(0.2, label="b")
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    for _ in range(15):
        error = a * x + b - y
        a, b = a - 0.1 * (error * x), b - 0.1 * error
    return (a * x + b - y) ** 2


def of_a_spring() -> Value:
    k, q, p = Value(4.0, label="k"), Value(1.0, label="q_0"), Value(0.0, label="p_0")
    for _ in range(30):
        p = p - k * q * 0.1
        q = q + p * 0.1
    return q * q + p * p


def newton() -> Value:
    c, x = Value(2.0, label="c"), Value(1.0, label="x")
    for _ in range(8):
        x = x - (x * x - c) / (2.0 * x)
    return x


def horner() -> Value:
    x, p = Value(0.5, label="x"), Value(1.0, label="c_0")
    for k in range(1, 13):
        p = p * x + Value(k / 10, label=f"c_{k}")
    return p


def horner_of_numbers() -> Value:
    x = Value(0.5, label="x")
    p = 1.0 * x
    for k in range(1, 13):
        p = (p + k / 10) * x
    return p


def of_two_before() -> Value:
    a, b = Value(1.0, label="a"), Value(1.1, label="b")
    for _ in range(9):
        a, b = b, sin(a * b)
    return b


def of_a_vector() -> Value:
    w = [[Value(0.1 * i + 0.2 * j, label=f"w_{i + 1}{j + 1}") for j in range(3)] for i in range(3)]
    h = [Value(0.1 * i, label=f"h_{i + 1}") for i in range(3)]
    for t in range(10):
        x = Value(t / 10, label=f"x_{t}")
        h = [tanh(w[i][0] * h[0] + w[i][1] * h[1] + w[i][2] * h[2] + x) for i in range(3)]
    return h[0] * h[1] + h[2]


def of_a_residual_network() -> Value:
    h = [Value(0.1 * i, label=f"x_{i}") for i in range(3)]
    for layer in range(1, 5):
        w = [[Value(0.1 * i + 0.2 * j, label=f"w^{layer}_{i}{j}") for j in range(3)] for i in range(3)]
        h = [h[i] + tanh(sum(w[i][j] * h[j] for j in range(3))) for i in range(3)]
    return sum((x**2 for x in h), Value(0.0))


KNOWN: list[tuple[Callable[[], Value], int, tuple[str, ...]]] = [
    (recurrent, 20, ("h ← tanh(w × h + u × xₜ)",)),
    (recurrent_with_costs, 12, ("h ← tanh(w × h)", "out (h − yₜ) ** 2")),
    (descent, 15, ("next b ← b − 0.1 × (a × x + b − y)", "next a ← a − 0.1 × ((a × x + b − y) × x)")),
    (of_a_spring, 30, ("p ← p − k × q × 0.1", "q ← q + p × 0.1")),
    (newton, 8, ("x ← x − (x × x − c) / (2 × x)",)),
    (horner, 12, ("h ← h × x + cₜ",)),
    (horner_of_numbers, 12, ("h ← (h + cₜ) × x",)),
    (of_two_before, 9, ()),
    (of_a_residual_network, 4, tuple(f"next x{i} ← x{i} + tanh(wᵗ{i}₀ × x₀ + wᵗ{i}₁ × x₁ + wᵗ{i}₂ × x₂)" for i in "₀₁₂")),
    (of_a_vector, 9, tuple(f"next h{i} ← tanh(w{i}₁ × h₁ + w{i}₂ × h₂ + w{i}₃ × h₃ + xₜ)" for i in "₁₂₃")),
]


@pytest.mark.parametrize(("made", "steps", "rules"), KNOWN, ids=lambda case: getattr(case, "__name__", None))
def test_a_loop_is_one_box_that_says_what_a_step_does(made: Callable[[], Value], steps: int, rules: tuple[str, ...]) -> None:
    (box,) = loops(made())
    assert (box.things, box.rules) == (steps, rules)


def test_what_most_steps_give_out_has_a_line() -> None:
    w, h, states = Value(0.9, label="w"), Value(0.1, label="h_0"), []
    for _ in range(12):
        h = tanh(w * h)
        states.append(h)
    (box,) = loops(autograd.sum(states))
    assert box.rules == ("h ← tanh(w × h)", "out h")
    (box,) = loops(states[3] * states[-1])
    assert box.rules == ("h ← tanh(w × h)",), "one step that is read is no rule of all"


def filtered(costs: int, steps: int = 8) -> Value:
    """A state that is corrected by each measurement, and what it costs; several terms of a step are read by the sum outside."""
    x, r, cost = Value(0.1, label="x"), Value(0.5, label="r"), Value(0.0, label="L_0")
    for t in range(steps):
        error = Value(t / 8, label=f"z_{t}") - r * x
        terms = [error**2 / (x + r), log(x + r), exp(error), sin(error), cos(x)]
        cost = sum(terms[:costs], cost)
        x = tanh(x + error)
    return cost


def test_all_that_a_step_gives_out_is_named_or_counted() -> None:
    """An out of the state before stands in front of the rule that changes it; those that have no room are counted."""
    (box,) = loops(filtered(2))
    rule = "x ← tanh(x + (zₜ − r × x))"
    costs = ["out (zₜ − r × x) ** 2 / (x + r)", "out log(x + r)", "out exp(zₜ − r × x)"]
    assert box.rules == (*costs[:2], rule)
    (box,) = loops(filtered(5))
    assert box.rules == (*costs, rule, "out 2 more")


def test_what_a_step_gives_out_and_no_line_can_hold_is_counted() -> None:
    names = [Value(0.1 * i, label=f"a_long_name_of_{i}") for i in range(1, 5)]
    h, states = Value(0.1, label="h_0"), []
    for _ in range(8):
        states.append(exp(h * names[0] * names[1] + names[2] * names[3]))
        h = tanh(h)
    (box,) = loops(autograd.sum(states))
    assert box.rules == ("h ← tanh(h)", "out 1 value")


def test_a_fold_with_the_output_in_it_says_so() -> None:
    h = recurrent()
    (box,) = loops(h, names={"h": h})
    shown = draw(h, names={"h": h}).source
    assert box.output == f"h = {h.data:.4}"
    assert f"output h = {h.data:.4}" in shown and "peripheries=2" in shown
    assert not any(box.output for box in picture(h * 2.0).boxes)
    state = Value(1.5)
    for _ in range(8):
        state = tanh(state + 0.1)
    (box,) = [box for box in picture(state, names={"state": state}).boxes if box.kind == "loop"]
    assert (box.output, box.rules) == (f"state = {state.data:.4}", ("state ← tanh(state + 0.1)",))


def test_what_goes_in_is_told_from_what_is_carried() -> None:
    shown = picture(recurrent())
    (loop,) = [box.id for box in shown.boxes if box.kind == "loop"]
    names = {box.id: box.name for box in shown.boxes}
    operands = {names[arrow.tail]: arrow.operands for arrow in shown.arrows if arrow.head == loop}
    assert operands == {"w": 20, "u": 20, "h_0": 1, "x_1 … x_20": 20}
    assert shown.folded == "100 of 103 values folded: 1 group of alike values, 1 loop of 20 steps"


def test_a_loop_is_opened_at_will() -> None:
    root = recurrent(20)
    steps = [box for box in picture(root, unfold="steps", boxes=20).boxes if box.kind == "step"]
    assert [box.name for box in steps] == [f"step{n}" for n in range(1, 21)]
    assert not any(box.kind in ("step", "loop") for box in picture(root, unfold="step").boxes)
    assert not any(box.kind in ("step", "loop") for box in picture(root, fold="none").boxes)
    assert not any(box.kind in ("step", "loop") for box in picture(root, boxes=200).boxes), "there is room"


@pytest.mark.parametrize(
    ("wanted", "between"),
    [
        (("step3",), [("steps1–2", 2), ("steps4–20", 17)]),
        (("step1",), [("steps2–20", 19)]),
        (("step2", "step19"), [("step1", 1), ("steps3–18", 16), ("step20", 1)]),
        (("step20", "step19"), [("steps1–18", 18)]),
    ],
)
def test_a_step_is_opened_between_the_others(wanted: tuple[str, ...], between: list[tuple[str, int]]) -> None:
    shown = picture(recurrent(20), unfold=wanted)
    assert [(box.name, box.things) for box in shown.boxes if box.kind in ("step", "loop")] == between
    assert {box.rules for box in shown.boxes if box.kind == "loop"} == {("h ← tanh(w × h + u × xₜ)",)}
    assert {frame.name for frame in shown.frames} == {name.replace("step", "step ") for name in wanted}
    assert sum(box.kind in ("operation", "output") for box in shown.boxes) == 4 * len(wanted)
    assert sum(arrow.operands for arrow in shown.arrows if arrow.tail == "n0") == 20, "w is used in each step"
    assert f"{20 - len(wanted)} steps of a loop" in shown.folded


def test_few_short_steps_are_shown() -> None:
    assert len(picture(recurrent(4)).boxes) == 3 + 4 + 16
    assert picture(recurrent(4)).folded == ""
    (box,) = loops(recurrent(5))
    assert box.things == 5, "a way through fifteen operations does not fit on a screen"


def test_a_node_that_is_asked_for_is_in_no_loop() -> None:
    root = recurrent(30)
    shown = picture(root, path=("w", root))
    assert [(box.kind, box.things) for box in shown.boxes if box.kind in ("loop", "output")] == [("loop", 29), ("output", 1)]
    (first, second) = [box.things for box in picture(root, focus="v93", radius=200).boxes if box.kind == "loop"]
    assert first + second in (28, 29)


def test_bodies_that_carry_nothing_stay_siblings() -> None:
    rng = random.Random(0)
    model = MLP(2, [3, 1], activation="tanh", rng=rng)
    costs = [(model([rng.random(), rng.random()]) - 1.0) ** 2 for _ in range(8)]
    root = sum(costs[1:], costs[0])
    assert not loops(root)
    assert not loops(root, fold="layer")


def layer(x: list[Value], count: int) -> list[Value]:
    """Neurons of one layer, each of which adds its weighted inputs and its bias one by one."""
    made = []
    for j in range(count):
        terms = [Value(0.2 * i - 0.1 * j, label=f"w_{j}{i}") * x_i for i, x_i in enumerate(x)]
        z = terms[0]
        for term in [*terms[1:], Value(0.1 * j, label=f"b_{j}")]:
            z = z + term
        made.append(z)
    return made


@pytest.mark.parametrize("scopes", [("", ""), ("hidden", "out")], ids=["plain", "scopes"])
@pytest.mark.parametrize(("hidden", "inputs"), [(2, 2), (4, 2), (5, 2), (6, 2), (8, 2), (4, 3)])
def test_neurons_side_by_side_are_no_sequence(hidden: int, inputs: int, scopes: tuple[str, str]) -> None:
    """The second addition of a neuron stands behind the first ones of all: nothing goes from one addition to the next."""
    x = [Value(0.3 * i, label=f"x_{i}") for i in range(inputs)]
    for name, count in zip(scopes, (hidden, 2), strict=True):
        with scope(name) if name else contextlib.nullcontext():
            x = [tanh(z) for z in layer(x, count)]
    root = (x[0] - 1.0) ** 2 + (x[1] + 1.0) ** 2
    assert not any(box.kind in ("loop", "step") for boxes in (5, 20, 40) for box in picture(root, boxes=boxes).boxes)


def test_sequences_side_by_side_are_a_loop_of_both_or_one_each() -> None:
    a, b = Value(0.3, label="a_0"), Value(0.4, label="b_0")
    for _ in range(10):
        a, b = tanh(a), tanh(b)
    assert [(box.things, box.rules) for box in loops(a * b)] == [(10, ("a ← tanh(a)",)), (10, ("b ← tanh(b)",))]
    tokens, side_by_side = "f" * 20, [[(j - 2) * NODES if j > 1 else ~j] for j in range(20)]
    assert [(loop.period, loop.steps) for loop in loops_of(tokens, side_by_side)] == [(2, 10)]
    assert not loops_of("f" * 8, [[(j - 4) * NODES if j > 3 else ~j] for j in range(8)]), "four sequences of two"


def test_layers_are_layers_and_a_cell_is_a_loop() -> None:
    """Scopes with other numbers are other things; a scope that is entered again and again repeats."""
    rng = random.Random(0)
    assert not loops(MLP(3, [3] * 12, rng=rng)([0.1, 0.2, 0.3])[0])
    w, h = Value(0.9, label="w"), Value(0.1, label="h")
    for _ in range(10):
        with scope("cell"):
            h = tanh(w * h)
        h = exp(h)
    (box,) = loops(h)
    assert box.things >= 9


@pytest.mark.parametrize(
    ("odd", "longest"),
    [
        (lambda t, h, _w, _old: sin(h) if t == 10 else tanh(h), 10),
        (lambda t, h, _w, old: tanh(old if t == 10 else h), 10),
        (lambda t, h, w, _old: tanh(w * h) if t == 10 else tanh(h), 10),
    ],
    ids=["another operation", "from two steps before", "one operation more"],
)
def test_a_step_that_differs_is_in_no_loop(odd: Callable[..., Value], longest: int) -> None:
    w, h = Value(0.9, label="w"), Value(0.1, label="h")
    old = h
    for t in range(20):
        h, old = odd(t, h * h + 0.1, w, old), h
    found = loops(h)
    assert found
    assert all(box.things <= longest for box in found)
    assert sum(box.things for box in found) <= 20


def sequence(rng: random.Random) -> tuple[list[str], list[list[Operand]], int]:
    """A sequence with a loop of a random body in it, and how many of its items are in the loop."""
    period, steps, before = rng.randint(1, 6), rng.randint(5, 9), rng.randint(0, 5)
    tokens = [f"before{n}" for n in range(before)]
    operands: list[list[Operand]] = [[~n] for n in range(before)]
    body: list[list[tuple[str, int]]] = [[("carried", period - 1)]]
    for item in range(1, period):
        kind = rng.choice(["inner", "carried", "shared", "stream", "earlier"])
        body.append([("inner", item - 1), (kind, rng.randrange(item))])  # what is carried goes through the whole body
    kinds = [rng.choice("fgh") for _ in range(period)]
    for step in range(steps):
        for item, slots in enumerate(body):
            some: list[Operand] = []
            for place, (kind, at) in enumerate(slots):
                if kind == "inner":
                    some.append((before + step * period + at) * NODES)
                elif kind == "carried":
                    some.append((before + (step - 1) * period + at) * NODES if step else ~(100 + at))
                elif kind == "earlier" and before:
                    some.append(at % before * NODES)
                else:
                    some.append(~200 if kind == "shared" else ~(1000 + 100 * step + 10 * item + place))
            tokens.append(f"{kinds[item]}{len(some)}")
            operands.append(some)
    whole = len(tokens)
    for n in range(rng.randint(0, 5)):
        tokens.append(f"after{n}")
        operands.append([rng.randrange(whole) * NODES])
    return tokens, operands, period * steps


def goes_on(loop: Loop, operands: list[list[Operand]], step: int) -> bool:
    """True if a step takes something from the one just before it."""
    begin = loop.start + step * loop.period
    taken = {o // NODES for some in operands[begin : begin + loop.period] for o in some}
    return not taken.isdisjoint(range(begin - loop.period, begin))


@settings(derandomize=True, max_examples=300)
@given(st.integers(0, 10**6))
def test_written_out_again_a_loop_is_the_graph_it_was_found_in(seed: int) -> None:
    tokens, operands, repeated = sequence(random.Random(seed))
    found = loops_of(tokens, operands)
    for loop in found:
        assert list(written_out(loop)) == operands[loop.start : loop.end]
        assert tokens[loop.start : loop.start + loop.period] * loop.steps == tokens[loop.start : loop.end]
        assert loop.carried()
        assert all(goes_on(loop, operands, step) for step in range(1, loop.steps))
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    covered = sum(loop.end - loop.start for loop in found)
    assert repeated * 3 // 5 <= covered <= repeated


@settings(derandomize=True, max_examples=200)
@given(st.integers(0, 10**6))
def test_in_a_sequence_that_is_spoilt_what_is_found_is_still_there(seed: int) -> None:
    rng = random.Random(seed)
    tokens, operands, _ = sequence(rng)
    for _ in range(3):
        j = rng.randrange(1, len(tokens))
        if rng.random() < 0.5:
            tokens[j] = f"odd{len(operands[j])}"
        else:
            operands[j] = [rng.choice([~7, rng.randrange(j) * NODES]) for _ in operands[j]]
    for loop in loops_of(tokens, operands):
        assert all(goes_on(loop, operands, step) for step in range(1, loop.steps))
        assert list(written_out(loop)) == operands[loop.start : loop.end]
        assert tokens[loop.start : loop.start + loop.period] * loop.steps == tokens[loop.start : loop.end]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.text("fgh", min_size=1, max_size=90), st.integers(0, 1))
def test_windows_are_found_where_they_stood_last(tokens: str, times: int) -> None:
    tokens *= 1 + 9 * times  # long runs, too
    search = _Search(tokens, [[] for _ in tokens])
    for n, periods in enumerate(search.periods(array("q", [BODY]) * len(tokens))):
        width = 2**n
        for j in range(len(tokens)):
            window = tokens[j - width + 1 : j + 1]
            before = tokens.rfind(window, max(j - BODY - width + 1, 0), j) if j >= width - 1 else -1
            assert periods[j] == (j - width + 1 - before if before >= 0 else 0)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_many_steps_at_once_are_compared_as_one_by_one(seed: int, longer: int) -> None:
    rng = random.Random(seed)
    period, steps = rng.randint(1, 3), 5 + longer
    operands: list[list[Operand]] = []
    for j in range(period * steps):
        back = rng.choice([period, period, period, 1]) if rng.random() < 0.01 else period
        operands.append([(j - back) * NODES if j >= back else ~j, ~50, ~(100 + j)])
    at_once = loops_of("f" * len(operands), operands)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Search, "steps_alike", lambda *_: None)
        assert loops_of("f" * len(operands), operands) == at_once


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_steps_that_are_copies_are_filled_as_each_would_be(seed: int) -> None:
    graph = graph_of(looping_graph(seed))
    copied = tree_of(graph)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Nodes, "key", lambda *_: None)
        filled = tree_of(graph)
    assert [facts(group) for group in copied.groups] == [facts(group) for group in filled.groups]
    assert copied.group == filled.group


def facts(group: Group) -> tuple[object, ...]:
    return group.kind, group.name, group.parent, group.size, group.items


def test_most_steps_are_copies() -> None:
    graph = graph_of(recurrent(30))
    copies: list[None] = []
    copy = Filled.copy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Filled, "copy", lambda self, tree, group, members: copies.append(copy(self, tree, group, members)))
        tree = tree_of(graph)
    assert sum(group.kind == "step" for group in tree.groups) == 30
    assert len(copies) > 25
