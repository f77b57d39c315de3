"""Copies and pickles carry the graph: gradients come out right, identity is kept, and what cannot be copied says so."""

import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
from places import ROOT

import autograd
from autograd import GraphError, Value, no_grad, record_sources, scope


def model() -> tuple[Value, Value, Value, Value]:
    """w, an interior node, and two roots that share it."""
    w = Value(3.0, label="w")
    with record_sources(), scope("s"):
        hidden = autograd.tanh(w * 0.5) + w
    hidden.note = "kept"  # type: ignore[attr-defined]
    return w, hidden, hidden * hidden, autograd.sum(hidden, w, 2.0)


def roundtrips() -> list[Any]:
    protocols = [pytest.param(lambda thing, p=p: pickle.loads(pickle.dumps(thing, p)), id=f"pickle{p}") for p in (2, 4, 5)]
    slow = pytest.param(lambda thing: pickle._loads(pickle._dumps(thing)), id="pickle in Python")  # type: ignore[attr-defined]
    return [pytest.param(copy.deepcopy, id="deepcopy"), *protocols, slow]


@pytest.mark.parametrize("roundtrip", roundtrips())
def test_graph_identity_and_gradients_survive(roundtrip: Any) -> None:
    w, hidden, a, b = model()
    a.backward()
    w2, hidden2, a2, b2 = roundtrip([w, hidden, a, b])
    assert a2.parents == (hidden2, hidden2)
    assert a2.parents[0] is hidden2
    assert b2.operands[0] is hidden2
    assert b2.operands[1] is w2
    assert (w2.label, hidden2.scope, hidden2.note) == ("w", "s", "kept")
    assert hidden2.source == hidden.source
    assert hidden2.primitive is hidden.primitive
    assert (w2.grad, hidden2.grad) == (w.grad, hidden.grad)
    assert not b2.has_grad
    for root in (b, b2):
        root.backward()
    assert (w2.grad, hidden2.grad) == (w.grad, hidden.grad)
    assert w2 is not w


@pytest.mark.parametrize("roundtrip", roundtrips())
def test_order_does_not_matter(roundtrip: Any) -> None:
    w, hidden, a, b = model()
    b2, a2, w2, hidden2 = roundtrip((b, a, w, hidden))
    assert b2.operands[1] is w2
    assert a2.parents[0] is hidden2


def test_a_shallow_copy_is_a_node_on_the_same_parents() -> None:
    w, hidden, *_ = model()
    twin = copy.copy(hidden)
    assert twin is not hidden
    assert twin.parents == hidden.parents
    twin.backward()
    assert w.has_grad
    assert not hidden.has_grad
    twin.label = "twin"
    assert hidden.label == ""


def test_hooks_stay_with_the_original() -> None:
    w = Value(1.0)
    w.register_hook(lambda g: 100.0 * g)
    for twin in (copy.deepcopy(w), copy.copy(w), pickle.loads(pickle.dumps(w))):
        (twin * 2.0).backward()
        assert twin.grad == 2.0


def test_subclasses_stay_themselves() -> None:
    w = Weight(2.0)
    w.group = "first"
    y = w * w
    twin, twin_y = pickle.loads(pickle.dumps([w, y]))
    assert type(twin) is Weight
    assert twin.group == "first"
    assert twin_y.parents == (twin, twin)
    assert type(copy.deepcopy(y).parents[0]) is Weight


class Weight(Value):
    """A subclass with an attribute, at module level so that it can be pickled."""

    group: str


class Slotted(Value):
    """A subclass with slots, one of them with a private name, one that may be empty."""

    __slots__ = ("__secret", "group", "history", "nothing")

    def __init__(self, data: float, group: str) -> None:
        super().__init__(data)
        self.group = group
        self.history: list[Any] = [data]
        self.__secret = (self.history, "kept")

    @property
    def secret(self) -> Any:
        """What nobody else sees."""
        return self.__secret


class Deeper(Slotted):
    """Slots on slots, and a dictionary as every Value has."""

    __slots__ = ("more",)
    more: Any


@pytest.mark.parametrize("roundtrip", [pytest.param(copy.copy, id="copy"), *roundtrips()])
@pytest.mark.parametrize("kind", [Slotted, Deeper])
def test_slots_of_a_subclass_are_copied(roundtrip: Any, kind: type[Slotted]) -> None:
    w: Any = kind(2.0, "first")
    if kind is Deeper:
        w.more = {"y": w * 2.0}
    w.note = "in the dictionary"
    twin: Any = roundtrip(w)
    assert {type(twin)} == {kind}
    assert (twin.group, twin.history, twin.secret, twin.note) == ("first", [2.0], ([2.0], "kept"), "in the dictionary")
    assert twin.secret[0] is twin.history
    assert not hasattr(twin, "nothing")
    assert (twin.history is w.history) == (roundtrip is copy.copy)
    if kind is Deeper and roundtrip is not copy.copy:
        assert twin.more["y"].parents == (twin,)
    inside = roundtrip([w, w * 3.0])[0] if roundtrip is not copy.copy else twin
    assert (inside.group, inside.secret[1]) == ("first", "kept")


def test_a_deep_copy_has_what_is_in_a_tuple_for_itself_too() -> None:
    w = Value(1.0)
    w.history = ([1.0],)  # type: ignore[attr-defined]
    twin: Any = copy.deepcopy(w)
    twin.history[0].append(2.0)
    assert w.history == ([1.0],)  # type: ignore[attr-defined]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_rules_made_by_hand_are_not_copied_silently(duplicate: Any) -> None:
    x = Value(1.0)
    y = Value(2.0, (x,), "double")
    y._backward = lambda: None
    with pytest.raises(GraphError, match="define_primitive") as raised:
        duplicate(y)
    assert raised.value.node is y


def test_a_root_from_another_process_refuses_a_node_without_a_rule() -> None:
    x = Value(1.0)
    root = Value(2.0, (x,), "f") * 3.0
    code = (
        "import pickle, sys; from autograd import GraphError; z = pickle.load(sys.stdin.buffer)\n"
        "try: z.backward()\nexcept GraphError as error: print(error.node.op, z.has_grad)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(root), cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().split() == ["f", "False"]


def test_a_pickling_that_fails_leaves_no_trace() -> None:
    w, _hidden, a, b = model()
    w.unpicklable = lambda: None  # type: ignore[attr-defined]
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(a)
    del w.unpicklable  # type: ignore[attr-defined]
    deep: Value = b
    for _ in range(5000):
        deep = deep + 1.0
    w2, deep2 = pickle.loads(pickle.dumps((w, deep)))
    deep2.backward()
    deep.backward()
    assert w2.grad == w.grad


def test_a_deep_copy_has_attributes_of_its_own() -> None:
    w: Any = Value(1.0)
    w.history = [1.0]
    twin: Any = copy.deepcopy(w * 2.0).parents[0]
    twin.history.append(2.0)
    assert w.history == [1.0]


@pytest.mark.parametrize("roundtrip", roundtrips())
def test_a_copy_of_what_was_not_recorded_was_not_recorded_either(roundtrip: Any) -> None:
    with no_grad():
        y = Value(2.0) * 3.0
    twin = roundtrip(y)
    assert not twin.has_grad
    with pytest.raises(GraphError, match="no_grad"):
        twin.backward()
