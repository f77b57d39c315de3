"""Recordings: the walk is the sweep, what is saved is what is loaded, and a damaged file is refused, whatever the damage."""

import json
import math
import pathlib
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import GraphError, OperandError, RecordingError, Value, load_recording, record_backward, record_sources, scope
from autograd.primitives.table import TABLE
from nn import MLP, cross_entropy


def example() -> tuple[Value, list[Value]]:
    x, y = Value(3.0, label="x"), Value(-2.0, label="y")
    with record_sources(), scope("s"):
        u = x * y
        z = u + x * x + autograd.maximum(u, 2.0, y) + 2.0**x
    return z, [x, y]


def test_steps_are_the_chain_rule() -> None:
    z, leaves = example()
    recording = record_backward(z)
    grads = [v.grad for v in leaves]
    for v in leaves:
        v.zero_grad()
    z.backward()
    assert [v.grad for v in leaves] == grads
    totals: dict[int, float] = {}
    for step in recording:
        assert step.contribution == step.local * step.upstream
        assert step.total == totals.get(step.parent.id, 0.0) + step.contribution
        totals[step.parent.id] = step.total
        assert step.node.parents[step.position] == step.parent.id
        assert step.upstream == (totals[step.node.id] if step.node.id != recording.root.id else 1.0)
    for node in recording.nodes[:-1]:
        assert node.grad == totals[node.id]


def test_steps_come_in_reverse_topological_order() -> None:
    recording = record_backward(example()[0])
    order = [step.node.id for step in recording]
    assert order == sorted(order, reverse=True)
    assert all(parent < node.id for node in recording.nodes for parent in node.parents)


def test_it_is_a_sequence() -> None:
    recording = record_backward(example()[0])
    assert len(list(recording)) == len(recording) == 13
    assert recording[-1] == recording[len(recording) - 1]
    assert recording[2:4] == [recording[2], recording[3]]
    assert "13 contributions" in repr(recording)
    with pytest.raises(IndexError, match="13 steps"):
        recording[13]


def test_nodes_carry_what_a_person_asks_for() -> None:
    z, (x, _) = example()
    recording = record_backward(z)
    node = next(n for n in recording.nodes if n.op == "maximum")
    assert (node.data, node.grad, node.scope) == (2.0, 1.0, "s")
    assert node.source is not None
    assert node.source.text == "autograd.maximum(u, 2.0, y)"
    assert [recording.nodes[o].name if isinstance(o, int) else o for o in node.operands][1:] == [2.0, "y"]
    named = next(n for n in recording.nodes if n.label == "x")
    assert named.grad == x.grad
    assert sum(s.contribution for s in recording.steps_to(named.id)) == x.grad


@pytest.mark.parametrize(
    ("make", "rules"),
    [
        (lambda x, y: x * y, ["d(x * y)/dx = y", "d(x * y)/dy = x"]),
        (lambda x, y: x / 2.0, ["d(x / 2)/dx = 1 / 2"]),
        (lambda x, y: autograd.exp(x), ["d(exp(x))/dx = z"]),
        (lambda x, y: autograd.tanh(x), ["d(tanh(x))/dx = 1 - z ** 2"]),
        (lambda x, y: autograd.dot([x], [y], 1.0), ["d(x * y + 1)/dx = y", "d(x * y + 1)/dy = x"]),
        (lambda x, y: autograd.sum(x, y), ["d(x + y)/dx = 1", "d(x + y)/dy = 1"]),
        (lambda x, y: autograd.norm(x, y), ["d(z)/dx = x / z", "d(z)/dy = y / z"]),
        (lambda x, y: x - y, ["d(x - y)/dx = 1", "d(x - y)/dy = -1"]),
    ],
)
def test_rules_in_the_names_at_hand(make: Any, rules: list[str]) -> None:
    z = make(Value(1.5, label="x"), Value(2.5, label="y"))
    z.label = "z"
    assert [step.rule for step in record_backward(z)] == rules


def test_labels_with_braces_do_not_disturb_rules() -> None:
    z = Value(1.0, label="{0}") * Value(2.0, label="{out}}")
    assert [s.rule for s in record_backward(z)] == ["d({0} * {out}})/d{0} = {out}}", "d({0} * {out}})/d{out}} = {0}"]


def test_every_primitive_can_be_recorded() -> None:
    for row in TABLE.values():
        leaves = [Value(0.3 + 0.1 * i, label=f"u{i}") for i in range(row.arity or 3)]
        recording = record_backward(autograd.operators.apply(row, tuple(leaves)))
        assert len(recording) == len(leaves)
        for step in recording:
            assert f"/d{step.parent.label}" in step.rule
            assert "{" not in step.rule


def test_a_rule_made_by_hand_is_recorded_as_seen_from_outside() -> None:
    x = Value(3.0)
    y = Value(9.0, (x, x), "square")

    def rule() -> None:
        x.grad += 2.0 * x.data * y.grad

    y._backward = rule
    recording = record_backward(y * 2.0)
    step = recording[-1]
    assert (step.contribution, step.upstream, step.local, step.rule) == (12.0, 2.0, 6.0, "made by hand")
    assert x.grad == 12.0


def test_what_a_rule_made_by_hand_does_with_nothing_does_not_tell_its_slope() -> None:
    x = Value(3.0)
    y = Value(9.0, (x,), "square")

    def rule() -> None:
        x.grad += 2.0 * x.data * y.grad

    y._backward = rule
    (step,) = record_backward(y, seed=0.0)
    assert (step.upstream, step.contribution) == (0.0, 0.0)
    assert math.isnan(step.local), "6 is as possible as 0: it is not known"


def test_what_has_arrived_is_there_before_any_hook() -> None:
    x = Value(2.0)
    y = x * 3.0 + x
    y.register_hook(lambda g: 10.0 * g)
    x.register_hook(lambda g: -g)
    recording = record_backward(y, seed=0.5)
    root = recording.root.id
    x_id = next(node.id for node in recording.nodes if not node.op)
    assert (recording.arrived(root), recording.gradients[root]) == (0.5, 5.0)
    assert (recording.arrived(x_id), recording.gradients[x_id]) == (20.0, -20.0)


def test_leaf_and_seed() -> None:
    x = Value(1.0)
    assert len(record_backward(x, seed=2.0)) == 0
    assert x.grad == 2.0
    recording = record_backward(x * 3.0, seed=-1.0)
    assert recording[0].upstream == recording.seed == -1.0


def test_what_cannot_be_recorded() -> None:
    with pytest.raises(OperandError, match="record_backward"):
        record_backward(3.0)  # type: ignore[arg-type]
    by_hand = Value(1.0, (Value(2.0),), "op")
    with pytest.raises(GraphError):
        record_backward(by_hand)
    assert not by_hand.has_grad


# --- files ---------------------------------------------------------------------------------------------------------------


def same(a: Any, b: Any) -> bool:
    return repr(a) == repr(b)  # nan is not equal to itself


def test_a_file_holds_the_whole_recording(tmp_path: pathlib.Path) -> None:
    model = MLP(3, [4, 3])
    with record_sources():
        cost = cross_entropy(model([0.1, -0.2, Value(0.3, label="x_3")]), 1)
    recording = record_backward(cost)
    path = tmp_path / "pass.json"
    recording.save(path)
    loaded = load_recording(path)
    assert loaded.nodes == recording.nodes
    assert list(loaded) == list(recording)
    assert loaded.seed == recording.seed


def test_nan_inf_and_any_text_survive(tmp_path: pathlib.Path) -> None:
    x = Value(0.0, label='</script>"\\{}\n✓')
    z = autograd.log(x) * 0.0 + x / math.inf
    recording = record_backward(z)
    recording.save(tmp_path / "r.json")
    loaded = load_recording(tmp_path / "r.json")
    assert same(loaded.nodes, recording.nodes)
    assert same(list(loaded), list(recording))
    json.loads((tmp_path / "r.json").read_text(encoding="utf-8"), parse_constant=lambda c: pytest.fail(f"{c} is not JSON"))


def test_saving_replaces_whole_files_or_nothing(tmp_path: pathlib.Path) -> None:
    recording = record_backward(Value(1.0) * 2.0)
    path = tmp_path / "r.json"
    path.write_text("old")
    recording.save(path)
    assert load_recording(path).nodes == recording.nodes
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]
    with pytest.raises(RecordingError, match="cannot write"):
        recording.save(tmp_path / "missing" / "r.json")


def test_missing_and_foreign_files_are_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RecordingError, match="cannot read"):
        load_recording(tmp_path / "none.json")
    for text, hint in (
        ("", "not valid JSON"),
        ("[1, 2", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("\x80", "not valid JSON"),
        ("{}", "is not a recording"),
        ("[]", "is not a recording"),
        ('{"format": "stepgrad recording", "version": 2}', "version 2"),
    ):
        path = tmp_path / "r.json"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(RecordingError, match=hint):
            load_recording(path)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("recording") / "r.json"
    record_backward(example()[0]).save(path)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (["nodes"], []),
        (["nodes"], None),
        (["nodes", 3], [1.0]),
        (["nodes", 3, 5], [7]),
        (["nodes", 3, 5], [-1, 0]),
        (["nodes", 3, 5], ["0"]),
        (["nodes", 3, 0], "1.0"),
        (["nodes", 3, 0], True),
        (["nodes", 3, 2], 4),
        (["nodes", 3, 2], "no such operation"),
        (["nodes", 3, 6], ["f", "1", "g", "t"]),
        (["nodes", 3, 6], ["f"]),
        (["rules"], {}),
        (["rules"], []),
        (["columns", "total"], []),
        (["columns", "total", 0], "x"),
        (["columns", "local"], None),
        (["columns", "node", 0], 99),
        (["columns", "node", 0], -1),
        (["columns", "node", 0], 1.5),
        (["columns", "parent", 0], 0),
        (["columns", "position", 0], 9),
        (["columns", "position", 0], 10**30),
        (["seed"], None),
    ],
)
def test_damage_is_found_before_anything_is_made(content: str, tmp_path: pathlib.Path, where: list[Any], what: Any) -> None:
    data = json.loads(content)
    place = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = what
    path = tmp_path / "r.json"
    path.write_text(json.dumps(data))
    with pytest.raises(RecordingError, match="damaged"):
        load_recording(path)


@pytest.mark.parametrize("template", ["d{0} = {2}", "{99999999999999999999}", "{0} {1} {7}"])
def test_a_rule_that_names_an_operand_which_is_not_there_is_damage(content: str, tmp_path: pathlib.Path, template: str) -> None:
    """Of a kind of node with two operands: it would be found out only when somebody asks for the rule."""
    data = json.loads(content)
    (key, *_) = (key for key in data["rules"] if len(key.rpartition(":")[2]) == 2)
    path = tmp_path / "r.json"
    for templates, is_damaged in (([template] * 2, True), (["d{out}/d{0} = {1}"] * 2, False)):
        data["rules"][key] = templates
        path.write_text(json.dumps(data))
        if is_damaged:
            with pytest.raises(RecordingError, match="damaged"):
                load_recording(path)
        else:
            assert any("d" in step.rule for step in load_recording(path))


@settings(max_examples=150, derandomize=True)
@given(st.data())
def test_any_damaged_byte_gives_a_recording_or_a_clear_error(content: str, data: st.DataObject) -> None:
    """Cut, deleted or overwritten anywhere, a file either still is a recording that can be read, or is refused."""
    cut = data.draw(st.integers(0, len(content) - 1))
    width = data.draw(st.integers(0, 40))
    patch = data.draw(st.text(alphabet='0123456789-.,[]{}":aninf ', max_size=6))
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "r.json"
        path.write_text(content[:cut] + patch + content[cut + width :], encoding="utf-8")
        try:
            loaded = load_recording(path)
        except RecordingError:
            return
        for step in loaded:
            assert str(step)


def test_loading_runs_no_code(content: str, tmp_path: pathlib.Path) -> None:
    """A primitive that is not defined here is read as data: its name and the text of its rule."""
    path = tmp_path / "r.json"
    path.write_text(content.replace('"maximum', '"__import__(\\"os\\")'), encoding="utf-8")
    loaded = load_recording(path)
    assert any(node.op == '__import__("os")' for node in loaded.nodes)
    assert all(step.rule for step in loaded)


# --- where a nan begins ------------------------------------------------------------------------------------------------


def graph_with_bad_numbers(seed: int) -> Value:
    """A graph in which some leaves are inf and some products overflow, so that others are inf and nan, and many neither."""
    rng = random.Random(seed)
    values = [Value(rng.choice([1.0, -2.0, 0.0, 1e200, 1e200, math.inf])) for _ in range(4)]
    for _ in range(25):
        a, b = rng.choices(values, k=2)
        values.append(rng.choice([a + b, a - b, a * b, a.tanh()]))
    return autograd.sum(values)


@pytest.mark.parametrize("seed", range(30))
def test_where_a_nan_begins_is_the_earliest_of_the_ways_up(seed: int) -> None:
    """Beside a search along every way upwards, one by one, over the values themselves."""
    recording = record_backward(graph_with_bad_numbers(seed))
    nodes = recording.nodes

    def beginnings(i: int) -> set[int]:
        bad = [p for p in nodes[i].parents if not math.isfinite(nodes[p].data)]
        return set().union(*map(beginnings, bad)) if bad else {i}

    for i, node in enumerate(nodes):
        if i < 20 or i == len(nodes) - 1:  # there are more ways than anybody walks from all of them
            expected = None if math.isfinite(node.data) else min(beginnings(i))
            assert nodes.origin(i) == expected
            assert nodes.bad_parents(i) == [p for p in node.parents if not math.isfinite(nodes[p].data)]
