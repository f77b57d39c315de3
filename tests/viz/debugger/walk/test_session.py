"""The debugger's model: at every position every gradient is exactly what the sweep had there, however one came to it.

The oracle is the recording replayed from its beginning, contribution by contribution; every way of moving is compared with
it, on random graphs, and what a run stops at with a search that looks at every step.
"""

import itertools
import linecache
import math
import pathlib
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graph

from autograd import (
    ArgumentError,
    OperandError,
    Recording,
    Value,
    cos,
    exp,
    floor,
    load_recording,
    log,
    maximum,
    record_backward,
    record_sources,
    relu,
    scope,
    sin,
    sqrt,
    tanh,
)
from nn import MLP, mean_squared_error
from viz.debugger import Breakpoint, Session, check, path, rule, users, why
from viz.debugger.editor.transfer import pack, unpack
from viz.debugger.walk.breakpoints import EXCEPTIONS, counts
from viz.debugger.walk.conditions import Condition
from viz.debugger.walk.places import same_file


def replayed(recording: Recording, position: int) -> dict[int, float]:
    """The gradients after so many contributions, added up from the beginning."""
    totals = {recording.root.id: recording.seed}
    for step in list(recording)[:position]:
        totals[step.parent.id] = totals.get(step.parent.id, 0.0) + step.local * step.upstream
    return totals


def state(session: Session) -> dict[int, float]:
    gradients = {i: session.gradient(i) for i in range(len(session.recording.nodes))}
    return {i: g for i, g in gradients.items() if g is not None}


MOVES = ["step", "step_back", "next", "next_back", "out", "out_back", "run", "run_back", "jump"]


@settings(derandomize=True, max_examples=40)
@given(st.integers(0, 10**6), st.lists(st.sampled_from(MOVES), max_size=25))
def test_wherever_one_goes_the_gradients_are_those_of_the_sweep(seed: int, moves: list[str]) -> None:
    rng = random.Random(seed)
    recording = record_backward(random_graph(seed, 20)[0])
    session = Session(recording)
    if len(session):
        session.add(Breakpoint("node", str(rng.randrange(len(recording.nodes)))))
    for move in moves:
        if move == "jump":
            session.jump(rng.randint(0, len(session)))
        else:
            getattr(session, move)()
        assert state(session) == replayed(recording, session.position)
        assert session.at_start == (session.position == 0)
        assert session.at_end == (session.position == len(recording))
    session.jump(len(session))
    session.jump(0)
    assert state(session) == {recording.root.id: 1.0}


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_back_undoes_forward_in_every_granularity(seed: int) -> None:
    recording = record_backward(random_graph(seed, 15)[0])
    for forward, back in (("step", "step_back"), ("next", "next_back"), ("out", "out_back")):
        session = Session(recording)
        positions = [0]
        while not session.at_end:
            getattr(session, forward)()
            positions.append(session.position)
        assert positions == sorted(set(positions))
        returned = [session.position]
        while not session.at_start:
            getattr(session, back)()
            returned.append(session.position)
        assert returned == positions[::-1]


def network() -> Recording:
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    with record_sources():
        cost = mean_squared_error(model([Value(0.5, label="x_1"), Value(-1.0, label="x_2")]), 1.0)
    cost.label = "C"
    return record_backward(cost)


def test_granularities_are_contribution_node_and_scope() -> None:
    session = Session(network())
    nodes = session.recording.nodes
    session.jump_to("z^2_1")
    assert nodes.label[session.node] == "z^2_1"
    before = session.position
    session.step()
    assert session.position == before + 1
    assert nodes.label[session.node] == "z^2_1"
    session.next()
    assert nodes.label[session.node].startswith("a^1")
    scope_before = nodes.scope[session.node]
    session.out()
    assert nodes.scope[session.node] != scope_before


def test_a_node_is_complete_when_all_its_users_have_passed_on() -> None:
    x = Value(3.0, label="x")
    session = Session(record_backward(x * x + x))
    seen = []
    while not session.at_end:
        seen.append((session.gradient("x"), session.is_complete(0)))
        session.step()
    assert seen[0] == (None, False)
    assert (session.gradient("x"), session.is_complete(0)) == (7.0, True)
    assert [complete for _, complete in seen] == [False] * len(seen)


def test_a_pass_of_one_node_and_positions_that_are_none() -> None:
    session = Session(record_backward(Value(2.0, label="x")))
    assert (len(session), session.current, session.last, session.gradient("x")) == (0, None, None, 1.0)
    assert session.step().reason == session.run().reason == session.run_back().reason == "end"
    for position in (-1, 1, True, 0.5, None):
        with pytest.raises(ArgumentError, match="go from 0"):
            session.jump(position)  # type: ignore[arg-type]
    with pytest.raises(OperandError, match=r"no node is called 'y'. .* write y.label = 'y' in the script"):
        session.jump_to("y")


# --- breakpoints -------------------------------------------------------------------------------------------------------


def stops(session: Session, back: bool = False) -> list[int]:
    """The positions at which runs stop, to the end or to the start."""
    session.jump(len(session) if back else 0)
    found: list[int] = []
    while True:
        stop = session.run_back() if back else session.run()
        if stop.reason in ("end", "start") and not stop.breakpoints:
            return found
        found.append(session.position)


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(["add", "mul", "sub", "tanh", "dot"]))
def test_a_run_stops_at_every_arrival_and_nowhere_else(seed: int, op: str) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    steps = list(recording)
    arrivals = [k for k, s in enumerate(steps) if s.node.op == op and (k == 0 or steps[k - 1].node.id != s.node.id) and k > 0]
    session = Session(recording)
    session.add(Breakpoint("op", op))
    assert stops(session) == arrivals
    first = [0] if steps and steps[0].node.op == op else []
    assert sorted(stops(session, back=True)) == first + arrivals


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_a_data_breakpoint_stops_after_every_change(seed: int) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    node = seed % len(recording.nodes)
    session = Session(recording)
    session.add(Breakpoint("gradient", str(node)))
    history = [replayed(recording, k).get(node) for k in range(len(recording) + 1)]
    changes = [k for k in range(1, len(history)) if history[k] != history[k - 1]]
    assert stops(session) == changes
    assert sorted(stops(session, back=True)) == [k for k in changes if k < len(recording)]


def test_conditions_hit_counts_and_temporary_breakpoints() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(10):
        y = y * 2.0
    recording = record_backward(y)
    session = Session(recording)
    b = session.add(Breakpoint("op", "mul", condition="grad > 8", hits=">=2"))
    assert [recording[k].upstream for k in stops(session)] == [32.0, 64.0, 128.0, 256.0, 512.0]
    session.remove(b.id)
    session.add(Breakpoint("op", "mul", hits="%3"))
    assert len(stops(session)) == 3
    session = Session(recording)
    session.add(Breakpoint("op", "mul", temporary=True))
    assert len(stops(session)) == 1
    assert session.breakpoints == {}
    off = session.add(Breakpoint("op", "mul", enabled=False))
    assert stops(session) == []
    with pytest.raises(ArgumentError, match=rf"no breakpoint 99; there are \[{off.id}\]"):
        session.remove(99)


def test_lines_labels_and_scopes() -> None:
    recording = network()
    session = Session(recording)
    nodes = recording.nodes
    source = nodes.source(recording.root.id)
    assert source is not None
    line = session.add(Breakpoint("line", f"test_session.py:{source.line}"))
    assert line.verified
    assert recording.root.id in line.nodes
    assert session.add(Breakpoint("label", "w^1_*")).nodes == {i for i, label in enumerate(nodes.label) if label[:4] == "w^1_"}
    inside = Session(recording)
    inside.add(Breakpoint("scope", "layer1"))
    assert len(stops(inside)) == 1, "a scope is gone into once"
    missing = session.add(Breakpoint("line", f"test_session.py:{source.line + 1000}"))
    assert not missing.verified
    assert f"nearest line that made one is {source.line}" in missing.message
    assert "Did you mean 'tanh'" in session.add(Breakpoint("op", "tahn")).message


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_a_leaf_is_arrived_at_where_its_gradient_is_complete(seed: int) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    if not len(recording):
        return
    leaves = [i for i in range(len(recording.nodes)) if not recording.nodes.op(i)]
    leaf = leaves[seed % len(leaves)]
    session = Session(recording)
    session.add(Breakpoint("node", str(leaf), condition="total == grad and op == ''"))
    final = replayed(recording, len(recording)).get(leaf)
    [first] = [k for k in range(len(recording) + 1) if all(s.parent.id != leaf for s in list(recording)[k:])][:1]
    stop = session.run()
    assert (stop.reason, session.position, session.node, session.leaf) == ("breakpoint", first, leaf, leaf)
    assert session.gradient(leaf) == final
    assert session.is_complete(leaf)
    assert session.step_back().reason in ("step", "start")
    assert session.leaf is None, "one step on, the walk is with the nodes again"
    assert not session.is_complete(leaf)
    session.jump_to(leaf)
    assert (session.position, session.node) == (first, leaf)


LOOP = """
from autograd import Value, tanh
w = Value(0.5, label="w")
h = Value(1.0, label="h")
for step in range(5):
    h = tanh(h * w) + h
C = (h - 1.0) ** 2 + (w * w - h)
"""


def loop() -> tuple[Recording, str]:
    names: dict[str, Any] = {}
    linecache.cache["loop.py"] = (len(LOOP), None, LOOP.splitlines(keepends=True), "loop.py")
    with record_sources():
        exec(compile(LOOP, "loop.py", "exec"), names)
    return record_backward(names["C"]), "loop.py"


def test_a_line_is_met_once_for_every_time_it_was_run() -> None:
    recording, file = loop()
    session = Session(recording)
    b = session.add(Breakpoint("line", f"{file}:6"))
    assert len(b.nodes) == 15, "three values, five times"
    assert [recording[k].node.op for k in stops(session)] == ["add"] * 5
    # An expression that makes many values, as a call of a network does, is one expression.
    whole = Session(network())
    line = whole.source
    assert line is not None
    b = whole.add(Breakpoint("line", f"{line.file}:{line.line}"))
    assert len(b.nodes) > 10
    assert list(whole.stops(b)) == [0]
    cost = session.add(Breakpoint("line", f"{file}:7"))
    session.jump(0)
    assert len(session.stops(cost)) == 1
    assert session.run(here=True).breakpoints == (cost,)
    # A condition is about every value of the line: it is met at the first for which it holds.
    some = Session(recording)
    some.add(Breakpoint("line", f"{file}:6", condition="op != 'add'"))
    assert [recording[k].node.op for k in stops(some)] == ["tanh"] * 5
    assert stops(some, back=True)[::-1] == stops(some)
    leaf = Session(recording)
    leaf.add(Breakpoint("line", f"{file}:3"))
    assert (leaf.run().reason, leaf.node) == ("breakpoint", leaf.id("w"))
    assert leaf.source is not None
    assert leaf.source.line == 3


def run_once(lines: str) -> Recording:
    names: dict[str, Any] = {}
    text = "from autograd import Value, tanh\nq, w = Value(0.5, label='q'), Value(0.3, label='w')\n" + lines
    linecache.cache["once.py"] = (len(text), None, text.splitlines(keepends=True), "once.py")
    with record_sources():
        exec(compile(text, "once.py", "exec"), names)
    return record_backward(names["C"])


@pytest.mark.parametrize(
    ("lines", "line", "times"),
    [
        ("h = q\nfor _ in range(4): h = h * w\nC = h + 1.0", 4, 4),
        ("h = q\nfor _ in range(4): h = tanh(h)\nC = h + 1.0", 4, 4),
        ("h = q\nfor _ in range(3): h = tanh(h); h = tanh(h)\nC = h + 1.0", 4, 3),
        ("h = q\nfor _ in range(4): h = -h\nC = h + 1.0", 4, 4),
        ("C = ((q - w) * 2.0 + q) ** 2", 3, 1),
        ("a, y = Value(3.0, label='a'), tanh(q)\nC = y * a", 3, 1),  # a leaf and a node at one position
    ],
)
def test_how_often_a_line_is_met(lines: str, line: int, times: int) -> None:
    for recording in (run_once(lines), unpack(pack(run_once(lines)))):
        session = Session(recording)
        found = session.stops(session.add(Breakpoint("line", f"once.py:{line}")))
        assert len(found) == times
        assert list(found) == sorted(set(found))


def test_a_gradient_that_a_hook_has_changed_is_shown_as_the_hook_left_it(tmp_path: pathlib.Path) -> None:
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    w.grad = 1000.0  # of an earlier pass
    z = w * x
    z.label = "z"
    z.register_hook(lambda g: 10.0 * g)
    w.register_hook(lambda g: min(g, 1.0))
    recording = record_backward(z * 3.0)
    assert (z.grad, w.grad, x.grad) == (30.0, 1001.0, 15.0)
    recording.save(tmp_path / "hooked.json")
    for kept in (recording, load_recording(tmp_path / "hooked.json"), unpack(pack(recording))):
        session = Session(kept)
        session.jump_to("z")
        assert session.gradient("z") == 30.0
        assert session.gradient("z", 0) is None
        session.jump_to("w")
        assert [session.gradient(node) for node in ("z", "w", "x")] == [30.0, 1.0, None]
        assert why(kept, "w").cause == "60 has arrived, and a hook has made 1 of it"
        assert why(kept, "z").cause == "3 has arrived, and a hook has made 30 of it"


@settings(derandomize=True, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(["3", ">=2", "%2", "<3"]), st.sampled_from(["", "grad > 0", "abs(local) < 1"]))
def test_the_third_time_is_the_third_time_from_either_side(seed: int, hits: str, condition: str) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    plain = Session(recording)
    plain.add(Breakpoint("label", "*", condition=condition))
    plain.add(Breakpoint("op", "mul", condition=condition))
    counted = Session(recording)
    b = counted.add(Breakpoint("op", "mul", condition=condition, hits=hits))
    met = list(plain.stops(plain.breakpoints[2]))
    expected = [k for n, k in enumerate(met, 1) if counts(hits)(n)]
    assert sorted(stops(counted, back=True)) == expected
    assert stops(counted) == [k for k in expected if k > 0]
    for position in range(len(recording) + 1):
        counted.jump(position)
        assert counted.times(b) == sum(k <= position for k in met)
    counted.count()
    again = Session(recording)
    again.put(b)
    assert again.times(b) == len(met) + sum(k <= 0 for k in met), "the next pass counts on"


def test_a_breakpoint_that_is_off_is_not_counted() -> None:
    x = Value(1.0)
    session = Session(record_backward(x * 2.0 * 3.0))
    on, off = (session.add(Breakpoint("op", "mul", enabled=enabled)) for enabled in (True, False))
    session.count()
    assert (on.before, off.before) == (2, 0)


def test_a_run_meets_all_breakpoints_of_a_position_at_once() -> None:
    recording, file = loop()
    session = Session(recording)
    line = session.add(Breakpoint("line", f"{file}:6"))
    op = session.add(Breakpoint("op", "add"))
    once = session.add(Breakpoint("op", "add", temporary=True))
    found = [stop.breakpoints for stop in session.meetings(1)]
    assert found == [(line, op, once)] + [(line, op)] * 4
    assert once.id not in session.breakpoints


@settings(derandomize=True, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=30),
    st.sampled_from(["a / b > 1", "a > 0 or b", "a ** 2 > b", "1", "0"]),
)
def test_a_condition_over_columns_is_the_condition_row_by_row(rows: list[tuple[float, float]], text: str) -> None:
    condition = Condition(text, ["a", "b", "c"])
    columns = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    expected = [k for k, (a, b) in enumerate(rows) if condition.holds({"a": a, "b": b})]
    assert condition.holding([columns[name] for name in condition.names], len(rows)) == expected


def recording_op(session: Session) -> str:
    return session.recording.nodes.op(session.node)


def test_exceptions_stop_where_it_begins() -> None:
    x = Value(0.0, label="x")
    with record_sources():
        bad = log(x) * 0.0
    recording = record_backward(bad + exp(Value(1.0, label="ok")))
    for what, text in (("nan", "x.grad += inf × 0 = nan"), ("forward", "forward")):
        session = Session(recording)
        session.add(Breakpoint("exception", what))
        stop = session.run()
        assert stop.reason == "exception"
        assert text in stop.text
    spread = Session(record_backward((log(Value(0.0, label="p")) * 2.0 + 1.0) * Value(math.nan, label="n")))
    spread.add(Breakpoint("exception", "forward"))
    found = [(recording_op(spread), stop.text) for stop in spread.meetings(1, here=True)]
    assert found == [("log", "forward: v2 = log(…) is -inf")], "where it begins, not in all that follows"
    leaf = Session(record_backward(Value(math.nan, label="n") * 2.0 + 1.0))
    leaf.add(Breakpoint("exception", "forward"))
    assert leaf.run(here=True).text == "forward: v1 = mul(…) is nan", "a leaf passes nothing on: where it comes in"
    huge = record_backward(tanh(Value(1.0, label="w") * 1e12) * 1e-3 + Value(2.0, label="v") * 1e12)
    session = Session(huge)
    session.add(Breakpoint("exception", "exploding"))
    session.run()
    assert session.current is not None
    assert session.current.parent.label == "v"
    gone = Session(record_backward(relu(Value(-1.0, label="u") * 2.0) + 1.0))
    gone.add(Breakpoint("exception", "vanishing"))
    gone.run()
    assert gone.current is not None
    assert gone.current.node.op == "relu"
    assert set(EXCEPTIONS) == {"nan", "inf", "forward", "vanishing", "exploding"}


@pytest.mark.parametrize(
    ("kind", "what", "options", "message"),
    [
        ("lable", "w", {}, "kind 'lable'. Did you mean 'label'"),
        ("line", "train.py", {}, "write file.py:12"),
        ("exception", "nans", {}, "Did you mean 'nan'"),
        ("node", "w_9", {}, "no node is called 'w_9'"),
        ("op", "mul", {"hits": "often"}, "'often' is not a hit count"),
        ("op", "mul", {"condition": "grad >"}, "is not an expression"),
        ("op", "mul", {"condition": "gard > 1"}, "'gard' is not known. Did you mean 'grad'"),
        ("op", "mul", {"condition": "__import__('os')"}, "only abs, min"),
        ("op", "mul", {"condition": "label.upper"}, "Attribute is not allowed"),
        ("op", "mul", {"condition": "[x for x in (1, 2)]"}, "not allowed"),
        ("op", "mul", {"condition": "9**9**9"}, "an exponent is a number up to 100"),
        ("op", "mul", {"condition": "(" * 5000}, "at most 1000"),
        ("op", "mul", {"condition": "lambda: 1"}, "not allowed"),
    ],
)
def test_what_cannot_be_a_breakpoint(kind: str, what: str, options: dict[str, str], message: str) -> None:
    session = Session(record_backward(Value(1.0, label="w") * 2.0))
    with pytest.raises((ArgumentError, OperandError), match=message):
        session.add(Breakpoint(kind, what, **options))  # type: ignore[arg-type]
    assert session.breakpoints == {}


def test_conditions_are_arithmetic_and_nothing_else() -> None:
    names = {"grad": 0.5, "label": "w", "data": math.nan}
    for text, value in (
        ("abs(grad - 1) <= 0.5 and label == 'w'", True),
        ("1 if grad > 0 else 2", 1),
        ("isnan(data)", True),
        ("data != data", True),
        ("label in ('a', 'w')", True),
        ("-grad ** 2", -0.25),
    ):
        assert Condition(text, list(names)).value(names) == value
    assert math.isnan(Condition("grad / 0", list(names)).value(names))
    assert not Condition("grad / 0", list(names)).holds(names)
    assert not Condition("label < 3", list(names)).holds(names)


def test_hit_counts_and_files() -> None:
    assert [n for n in range(1, 7) if counts("<3")(n)] == [1, 2]
    assert [n for n in range(1, 7) if counts(" > 4 ")(n)] == [5, 6]
    assert [n for n in range(1, 7) if counts("<= 3")(n)] == [1, 2, 3]
    assert [n for n in range(1, 7) if counts("== 3")(n)] == [n for n in range(1, 7) if counts("3")(n)] == [3]
    for never in ("0", "%0", ">=0", "x3", "-1"):
        with pytest.raises(ArgumentError, match="is not a hit count"):
            counts(never)
    assert same_file("C:\\a\\train.py", "a/train.py")
    assert not same_file("/a/my_train.py", "train.py")


# --- questions ---------------------------------------------------------------------------------------------------------


def test_why_lists_the_contributions_largest_first_and_nan_before_all() -> None:
    x = Value(2.0, label="x")
    answer = why(record_backward(x * 3.0 + x * -7.0 + x), "x")
    assert [s.contribution for s in answer.steps] == [-7.0, 3.0, 1.0]
    assert answer.gradient == -3.0


@pytest.mark.parametrize(
    ("n", "rest"), [(8, []), (9, ["  1   from 1 more contribution"]), (11, ["  6   from 3 more contributions"])]
)
def test_why_lists_eight_contributions_and_the_sum_of_the_rest(n: int, rest: list[str]) -> None:
    x = Value(1.0, label="x")
    total = x * 1.0
    for k in range(2, n + 1):
        total = total + x * float(k)
    first, *listed, _, _ = str(why(record_backward(total), "x")).splitlines()
    assert first == f"x.grad = {n * (n + 1) // 2}"
    assert [line.partition(" × ")[0] for line in listed[:8]] == [f"  {k}" for k in range(n, n - 8, -1)]
    assert listed[8:] == rest


def causes(root: Value, node: str = "w") -> str:
    return why(record_backward(root), node).cause


def test_why_names_the_earliest_cause() -> None:
    w = Value(2.0, label="w")
    assert "exactly 0 at" in causes(relu(w * -3.0) * 5.0)
    assert "exactly 0 at zero = 0: " in causes(Value(0.0, label="zero") * w), "the other operand is the derivative"
    assert "relu" in causes(relu(w * -3.0) * 5.0)
    assert causes(w * 3.0 - w * 3.0) == "2 contributions cancel to exactly 0"
    assert "tanh" in causes(tanh(w * 20.0) * 2.0)
    p = Value(0.0, label="p")
    assert "log" in causes(log(p * w) * w * 0.0)
    assert "log" in causes(log(w * 0.0) - log(w * 0.0))
    assert "1e9" in causes(w * 1e9 + w)
    assert causes(w * 3.0 + w).startswith("75% of it comes through ")
    assert causes(w * w).startswith("all of it comes through "), "both operands are one node"
    assert causes(w * 5.0 - w * 3.0 - w).endswith("; the others add up to −4, against it")
    assert "seed" in why(record_backward(w * 1.0), 1).cause


def test_the_strongest_way() -> None:
    w = Value(1.0, label="w")
    weak, strong = w * 0.5, w * 3.0
    weak.label, strong.label = "weak", "strong"
    recording = record_backward(weak * 2.0 + strong)
    assert [recording.nodes.name(i) for i in path(recording, "w")][:2] == ["w", "strong"]
    assert path(recording, "weak", "strong") == []
    assert path(recording, "w", "w") == [0]


@settings(derandomize=True, max_examples=40)
@given(st.integers(0, 10**6))
def test_the_strongest_way_has_the_largest_product(seed: int) -> None:
    recording = record_backward(random_graph(seed, 8)[0])
    local: dict[int, dict[int, float]] = {}
    for s in recording:
        edges = local.setdefault(s.node.id, {})
        edges[s.parent.id] = max(edges.get(s.parent.id, 0.0), abs(s.local))

    def largest(i: int, target: int) -> float:  # over all ways, one by one
        if i == target:
            return 1.0
        return max((d * largest(p, target) for p, d in local.get(i, {}).items()), default=0.0)

    for target in range(len(recording.nodes)):
        way = path(recording, target)
        product = math.prod(local[b][a] for a, b in itertools.pairwise(way))
        assert product == pytest.approx(largest(recording.root.id, target), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("f", "x", "text"),
    [
        (lambda x: 1.0 / x, 1e-160, "recorded −inf; no difference: differences overflow"),
        (lambda x: (x + 1e16) - 1e16, 1.0, "recorded 1, central difference .*: nothing can be told .*; rounding hides it"),
        (lambda x: x * 1e-22 * x * 1e-10, 1e-3, "they agree"),
        (lambda x: exp(x), 710.0, "recorded inf; no difference: the function is inf here"),
        (sin, 1e4, r"they agree \(relative [^;]*\)$"),
        (lambda x: maximum(100.0 * x, 100.0), 1.001, r"they agree \(relative [^;]*\)$"),
        (lambda x: exp(-((x - 500.0) ** 2)), 500.5, r"they agree \(relative [^;]*\)$"),
        (lambda x: cos(2.0 * math.pi * x), 2026.3, r"they agree \(relative [^;]*\)$"),
        (lambda x: sin(1e9 * x), 1.0, r"they agree \(relative [^;]*\)$"),
        (lambda x: abs(x), 0.0, "nothing can be told .*; a kink: the slope is -1 on the left and 1 on the right"),
        (lambda x: sqrt(x), 0.0, "recorded inf; no difference: the edge of its domain: the function is nan a step below"),
        (lambda x: floor(x), 2.0, "nothing can be told .*; a jump"),
        (lambda x: (x - 1.0) ** 2 * tanh(x), 1.0 + 1e-6, r"they agree \(relative [^;]*\)$"),  # near a minimum all is curved
        (
            lambda x: relu(x),
            0.0,
            "central difference 0.5: nothing can be told .*; a kink: the slope is 0 on the left and 1 ",
        ),
    ],
)
def test_what_a_check_can_tell_and_what_not(f: Any, x: float, text: str) -> None:
    assert re.search(text, str(check(record_backward(f(Value(x, label="x"))), "x")))


def test_questions_take_values_and_say_what_they_need() -> None:
    w = Value(2.0, label="w")
    recording = record_backward(w * 3.0)
    assert why(recording, w).gradient == check(recording, w).recorded == 3.0
    with pytest.raises(OperandError, match="has no label to find it by"):
        why(recording, Value(1.0))
    with pytest.raises(OperandError, match="a question is asked of a Recording, got str"):
        why("run.json", "w")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="is no breakpoint"):
        Session(recording).add("w")  # type: ignore[arg-type]


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_a_right_gradient_passes_the_check(seed: int) -> None:
    recording = record_backward(random_graph(seed, 12)[0])
    for i in range(len(recording.nodes)):
        result = check(recording, i)
        assert result.ok, str(result)


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0])
def test_a_wrong_gradient_in_a_random_graph_does_not_pass(factor: float) -> None:
    found = told = 0
    for seed in range(60):
        recording = record_backward(random_graph(seed, 12)[0])
        for i, node in enumerate(recording.nodes):
            right = recording.gradients[i]
            if node.op or not math.isfinite(right) or right == 0.0:
                continue
            recording.gradients[i] = factor * right
            result = check(recording, i)
            recording.gradients[i] = right
            told += result.told
            found += result.told and not result.ok
    assert told > 60
    assert found == told


def test_the_check_finds_a_wrong_gradient_and_says_what_it_cannot_do() -> None:
    x = Value(1.5, label="x")
    y = x * x
    y.partials = (1.5, 1.6)
    result = check(record_backward(y), "x")
    assert not result.ok
    assert "DISAGREE" in str(result)
    by_hand = Value(2.0, (x,), "custom")
    by_hand._backward = lambda: None
    assert "'custom', which is not a primitive" in str(check(record_backward(by_hand * 1.0), "x"))
    assert "kink" in check(record_backward(relu(Value(0.0, label="x"))), "x").note


def test_rules_and_users() -> None:
    with scope("s"):
        x = Value(2.0, label="x")
        y = x * 3.0 + x
    recording = record_backward(y)
    assert users(recording, "x") == [1, 2]
    assert rule(recording, recording[0]).symbols == "d(v1 + x)/dv1 = 1"
    assert rule(recording, recording[2]).numbers == "x.grad += 3 × 1 = 3, total 4"


def test_a_recording_opened_from_a_file_is_debugged_like_the_pass(tmp_path: Any) -> None:
    from autograd import load_recording

    recording = network()
    recording.save(tmp_path / "run.json")
    a, b = Session(recording), Session(load_recording(tmp_path / "run.json"))
    while not a.at_end:
        assert a.current == b.current
        assert state(a) == state(b)
        a.step(), b.step()
    assert check(b.recording, "w^1_11").ok
