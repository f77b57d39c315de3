"""What observers are told when Python looks at a node's number: comparisons, truth, reads, detached leaves.

In this process the nodes are of one kind; a test below asks a process with the other kind for the same events.
"""

import copy
import json
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from places import ROOT

import autograd as ag
from autograd import Value, core, derivative, jvp
from autograd.observers import observing

Told = list[tuple[Any, ...]]


def told(action: Callable[[Value, Value], object], a: float = 2.0, b: float = 3.0) -> Told:
    """The events of an action on two nodes, with their numbers instead of the nodes."""
    x, y = Value(a), Value(b)
    events: Told = []

    def plain(thing: Any) -> Any:
        return thing._data if isinstance(thing, Value) else thing

    with observing(
        decided=lambda node, relation, other, answer: events.append((plain(node), relation, plain(other), answer)),
        read=lambda node: events.append(("read", plain(node))),
        detached=lambda node, leaf: events.append(("detached", plain(node), leaf is not node and plain(leaf))),
    ):
        action(x, y)
    action(x, y)  # nobody looks any more
    return events


COMPARISONS: list[tuple[str, Callable[[Value, Value], object], Told]] = [
    ("x < y", lambda x, y: x < y, [(2.0, "<", 3.0, True)]),
    ("x > 1.5", lambda x, y: x > 1.5, [(2.0, ">", 1.5, True)]),
    ("1 > x", lambda x, y: 1 > x, [(2.0, "<", 1.0, False)]),  # noqa: SIM300 - the reflected comparison
    ("x <= 2", lambda x, y: x <= 2, [(2.0, "<=", 2.0, True)]),
    ("x >= y", lambda x, y: x >= y, [(2.0, ">=", 3.0, False)]),
    ("x == 2.0", lambda x, y: x == 2.0, [(2.0, "==", 2.0, True)]),
    ("x == 2", lambda x, y: x == 2, [(2.0, "==", 2.0, True)]),
    ("x == y", lambda x, y: x == y, [(2.0, "==", 3.0, False)]),
    ("x != y", lambda x, y: x != y, [(2.0, "!=", 3.0, True)]),
    ("x != 2.0", lambda x, y: x != 2.0, [(2.0, "!=", 2.0, False)]),
    ("x == None", lambda x, y: x == None, []),  # noqa: E711 - what it does is the question
    ("bool(x)", lambda x, y: bool(x), [(2.0, "!=", 0.0, True)]),
    ("not (x - 2)", lambda x, y: not (x - 1.0), [(1.0, "!=", 0.0, True)]),
    ("max", lambda x, y: max(x, y), [(3.0, ">", 2.0, True)]),
    ("sorted", lambda x, y: sorted([y, x]), [(2.0, "<", 3.0, True)]),
    ("in", lambda x, y: x in [y, x], [(3.0, "==", 2.0, False)]),
    ("isnan", lambda x, y: ag.isnan(x), [(2.0, "!=", 2.0, False)]),
    ("isinf", lambda x, y: ag.isinf(x), [(2.0, "==", math.inf, False), (2.0, "==", -math.inf, False)]),
    ("isfinite", lambda x, y: x.isfinite(), [(2.0, ">", -math.inf, True), (2.0, "<", math.inf, True)]),
    ("where(x > y)", lambda x, y: ag.where(x > y, x, y), [(2.0, ">", 3.0, False)]),
    ("where(x)", lambda x, y: ag.where(x, x, y), [(2.0, "!=", 0.0, True)]),
    ("clamp", lambda x, y: ag.clamp(x, 0.5, 1.0), []),
]
READS: list[tuple[str, Callable[[Value, Value], object], Told]] = [
    (".data", lambda x, y: x.data, [("read", 2.0)]),
    (".number", lambda x, y: x.number, [("read", 2.0)]),
    ("format", lambda x, y: f"{y:.2f}", [("read", 3.0)]),
    ("str", lambda x, y: str(y), [("read", 3.0)]),
    ("pickle", lambda x, y: pickle.dumps(x), [("read", 2.0)]),
    ("detach", lambda x, y: ag.detach(x), [("detached", 2.0, 2.0)]),
    ("gradients", lambda x, y: ag.gradients(x * 2.0, x), [("read", 2.0)]),
    ("operators", lambda x, y: ag.tanh(x * y + 1.0) ** 2 / y - abs(-x), []),
    ("sum and dot", lambda x, y: ag.sum(x, y) + ag.dot([x], [y]) + ag.maximum(x, y), []),
    ("copy", lambda x, y: (copy.copy(x), copy.deepcopy(y), hash(x), x is y), []),
    ("a dual", lambda x, y: derivative(lambda t: t * x if t > 1.0 else t)(2.0), [(2.0, ">", 1.0, True)]),
]
CASES = COMPARISONS + READS


def numbers(events: Told) -> Told:
    return [tuple(e._number if hasattr(e, "_number") else e for e in event) for event in events]


@pytest.mark.parametrize(("name", "action", "events"), CASES, ids=[case[0] for case in CASES])
def test_every_look_at_a_number_is_told_once(name: str, action: Callable[[Value, Value], object], events: Told) -> None:
    assert numbers(told(action)) == events


def test_a_dual_that_carries_a_value_is_told_as_it_is() -> None:
    seen: list[Any] = []
    x = Value(2.0)
    with observing(decided=lambda node, relation, other, answer: seen.append((node, relation, other, answer))):
        jvp(lambda t: t if t > x else -t, (x,), (1.0,))
    ((node, relation, other, answer),) = seen
    assert (node.primal._data, relation, other, answer) == (2.0, ">", x, False)


def test_an_error_of_an_observer_comes_out_of_the_comparison() -> None:
    def refuse(*_: object) -> None:
        raise ZeroDivisionError

    x = Value(1.0)
    with observing(decided=refuse, read=refuse, detached=refuse):
        for action in (lambda: x > 0.0, lambda: bool(x), lambda: x.data, lambda: x.detach(), lambda: x == x):
            with pytest.raises(ZeroDivisionError):
                action()
    assert x > 0.0


def test_nodes_of_the_other_kind_tell_the_same() -> None:
    """Skipped where there is no other kind: the compiled nodes have not been built."""
    other = "compiled" if core().name == "pure" else "pure"
    script = (
        "import json, sys, pathlib; sys.path[:0] = ['tests/shared', 'tests/autograd'];"
        "import warnings; warnings.simplefilter('ignore');"
        "import autograd, test_decisions as t;"
        "print(json.dumps([autograd.core().name, [t.numbers(t.told(case[1])) for case in t.CASES]]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"AUTOGRAD_CORE": other}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    name, events = json.loads(run.stdout)
    if name != other:
        pytest.skip("the compiled nodes have not been built")
    assert events == [json.loads(json.dumps(case[2])) for case in CASES]
