"""A script run again with one number changed: the process in which the derivative of a node is measured, not computed.

A recording can be evaluated again only if every operation is in the table. A rule made by hand - micrograd's
`out._backward = ...` - belongs to a number that the script has computed itself. But the script can be run again, up to the
event in which a node gets its number. There the process forks; the fork changes the number and goes on to the node that the
question is about, and its new number is read.

Events are counted: a node is made, or its data is assigned. The first run counts, the second forks. A script that does not do
the same twice gets an answer that says so. Its output is not shown, and it runs no further than necessary; but files that it
writes up to there are written again.
"""

import collections
import contextlib
import json
import math
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from autograd import Value, record_backward
from autograd.observers import Pass, observing
from autograd.reverse import numbered, topological_order

from ...script import ScriptError
from ..diagnoses.evidence.differences import measured
from ..diagnoses.evidence.statements import code_source
from .debuggee import run

SAMPLES = 3  # nodes of one rule that are measured: a rule may be right on one side of 0 only
PARENTS = 4  # parents of each node that are measured
PROBES = 60  # measurements in all


class Probe(NamedTuple):
    """A measurement: the number of one node is changed, and the number of another node is read.

    Attributes:
        node, at: the ids in the pass of the node that is changed and of the node that is read.
        begin, end: the events in which these get their numbers.
        number: the number of the changed node.
        local: the derivative that the rule has.
        others: the other parents of the read node, as places and derivatives: their effect is subtracted.
        parents: the events in which the parents of the read node got their numbers: they show that it is the same node.
        rule: the number of the rule that is checked; -1 for none.
    """

    node: int
    at: int
    begin: int
    end: int
    number: float
    local: float
    others: Sequence[tuple[int, float]] = ()
    parents: Sequence[int] = ()
    rule: int = -1


class Events:
    """The count of events: a node gets a number.

    Args:
        met: called at every event with the count and the node.
    """

    def __init__(self, met: Callable[[int, Value], None] = lambda _, __: None) -> None:
        self._met = met
        self.count = 0
        self.latest: dict[int, int] = {}  # by id(); if an id is used again, the new node replaces the old one

    def happened(self, node: Value) -> None:
        """Count an event: a node has been made, or its data assigned."""
        self.count += 1
        self.latest[id(node)] = self.count
        self._met(self.count, node)


# --- the first run: the list of measurements -------------------------------------------------------------------------------


def survey(root: Value, seed: float, latest: dict[int, int], node: int | None) -> dict[str, Any]:
    """The measurements that answer a question about a pass.

    Args:
        root: the node at which the pass begins.
        latest: the events in which the nodes got their numbers.
        node: the node whose derivative the question is about; None for the rules made by hand.
    """
    recording = record_backward(root, seed)
    values = numbered(topological_order(root), root)
    index = {v: i for i, v in enumerate(values)}
    found: dict[str, Any] = {"nodes": len(values), "root": root.data, "rules": [], "probes": []}
    if node is not None:
        asked = values[node] if node < len(values) else root
        if id(asked) not in latest or id(root) not in latest:
            return found | {"problem": "it was copied from another value, which is not followed"}
        times = tuple(latest.get(id(p), 0) for p in root.parents)
        gradient = float(recording.gradients[index[asked]])
        found["probes"] = [
            Probe(index[asked], len(values) - 1, latest[id(asked)], latest[id(root)], asked.data, gradient, (), times)
        ]
        return found
    uses = collections.Counter(p for v in values for p in v.parents)
    for nodes in _by_rule(values).values():
        place = code_source(nodes[0]._backward)
        overwritten = [[index[v], index[p]] for v, p in _overwritten(nodes, uses)]
        found["rules"].append(
            {"op": nodes[0].op, "place": place and list(place), "nodes": [index[v] for v in nodes], "overwritten": overwritten}
        )
        locals_of = {v: [recording.columns["local"][k] for k in recording.passed_on(index[v])] for v in nodes}
        for v in _spread([v for v in nodes if _is_asked(v, locals_of[v], latest)]):
            slopes = dict(zip(dict.fromkeys(v.parents), locals_of[v], strict=True))
            for p in [*slopes][:PARENTS]:
                others = tuple((v.parents.index(q), d) for q, d in slopes.items() if q is not p)
                times = tuple(latest[id(q)] for q in v.parents)
                probe = Probe(
                    index[p], index[v], latest[id(p)], latest[id(v)], p.data, slopes[p], others, times, len(found["rules"]) - 1
                )
                found["probes"].append(probe)
    found["probes"] = found["probes"][:PROBES]
    return found


def _by_rule(values: Sequence[Value]) -> dict[Any, list[Value]]:
    """The nodes whose rules were made by hand, grouped by the code of the rule."""
    rules: dict[Any, list[Value]] = {}
    for v in values:
        if v.parents and v.partials is None:
            code = getattr(v._backward, "__code__", None)
            rules.setdefault((v.op, code and (code.co_filename, code.co_firstlineno)), []).append(v)
    return rules


def _overwritten(nodes: Sequence[Value], uses: Mapping[Value, int]) -> list[tuple[Value, Value]]:
    """A node and a parent whose gradient its rule assigns, though other nodes add to it: the usual slip, = for +=."""
    shared = [(v, p) for v in nodes for p in v.parents if uses[p] > 1]
    return [(v, p) for v, p in shared[:1] if _assigns(v, p)]


def _assigns(v: Value, parent: Value) -> bool:
    """True if a rule leaves the same gradient in a parent whatever it held; tried with gradients too small to be clipped."""
    left = []
    for earlier in (1e-3, 2e-3):
        for p in v.parents:
            p.grad = earlier
        v.grad = 1e-3
        v._backward()
        left.append(parent.grad)
    return left[0] == left[1]


def _is_asked(v: Value, slopes: Sequence[float], latest: dict[int, int]) -> bool:
    """True if a node has finite numbers, and got its own after those of its parents: then a difference can be measured."""
    numbers = [v.data, *slopes, *(p.data for p in v.parents)]
    times = [latest.get(id(p), 0) for p in v.parents]
    return all(map(math.isfinite, numbers)) and min(times) > 0 and max(times) < latest.get(id(v), 0)


def _spread(nodes: list[Value]) -> list[Value]:
    """A few nodes with first operands of different size: the smallest, the largest and some in the middle."""
    nodes = sorted(nodes, key=lambda v: v.parents[0].data)
    if len(nodes) <= SAMPLES:
        return nodes
    return [nodes[k * (len(nodes) - 1) // (SAMPLES - 1)] for k in range(SAMPLES)]


# --- the second run: forks with other numbers ------------------------------------------------------------------------------


class _GoOn(BaseException):
    """Raised in a fork to return from the measurement to the script; only `_met` catches it."""


class Probing:
    """Does all measurements while a script runs.

    Args:
        probes: the measurements.
        finish: called with the answers after the last measurement.
    """

    def __init__(self, probes: Sequence[Probe], finish: Callable[[list[Any]], NoReturn]) -> None:
        self._finish, self._open = finish, len(probes)
        self._answers: list[Any] = [None] * len(probes)
        self._at: dict[int, list[int]] = {}
        for k, probe in enumerate(probes):
            self._at.setdefault(probe.begin, []).append(k)
        self._probes = probes
        self._fork: tuple[Probe, int] | None = None  # in a fork: the measurement, and the pipe for the answer
        self.events = Events(self._met)

    def _met(self, count: int, node: Value) -> None:
        if self._fork is not None:
            if count == self._fork[0].end:
                self._answer(node)
            return
        for k in self._at.get(count, ()):
            try:
                self._answers[k] = self._asked(node, self._probes[k])
            except _GoOn:
                return
            self._open -= 1
        if not self._open:
            self._finish(self._answers)

    def _asked(self, node: Value, probe: Probe) -> Any:
        return measured(lambda x: self._with(node, probe, x), probe.number, probe.local)

    def _with(self, node: Value, probe: Probe, x: float) -> float:
        """The number of the read node if the changed node has another number; nan if the script then goes another way."""
        if node._data != probe.number:
            return math.nan
        ours, theirs = os.pipe()
        child = os.fork()
        if not child:
            self._fork = probe, theirs
            node._data = x
            raise _GoOn
        os.close(theirs)
        with open(ours, "rb") as answer:
            data = answer.read(8)
        os.waitpid(child, 0)
        return float(struct.unpack("d", data)[0]) if len(data) == 8 else math.nan

    def _answer(self, node: Value) -> NoReturn:
        """In a fork: send the node's new number, without the effect of its other parents, and end."""
        assert self._fork is not None
        probe, answer = self._fork
        x = node._data
        if [self.events.latest.get(id(p), 0) for p in node.parents] != list(probe.parents):
            x = math.nan  # this is another node
        for place, slope in probe.others if x == x else ():
            x -= slope * node.parents[place]._data
        os.write(answer, struct.pack("d", x))
        os._exit(0)


# --- the process -----------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> None:
    """Answer one question on standard output, in JSON; at the end of standard input kill everything here and end at once.

    Args:
        arguments: the question: {"target", "arguments", "module", "pass", "node", "patience"}.
    """
    question = json.loads(arguments[0])
    ours, theirs = os.pipe()
    worker = os.fork()
    if not worker:
        os.setpgid(0, 0)
        os.close(ours)
        _work(question, theirs)
    os.close(theirs)
    data, end = b"", time.monotonic() + question["patience"]
    while not data.endswith(b"\n"):
        ready, _, _ = select.select([0, ours], [], [], max(0.0, end - time.monotonic()))
        if ours in ready and (part := os.read(ours, 65536)):
            data += part
            continue
        problem = "it ended the process" if ours in ready else f"it took more than {question['patience']:g} seconds"
        data = json.dumps({"problem": problem}).encode() + b"\n"
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(1, data)


def _work(question: dict[str, Any], answer: int) -> NoReturn:
    """Run the script twice and send the findings; this is a process of its own, the head of a group."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)

    def finish(found: dict[str, Any]) -> NoReturn:
        data = memoryview(json.dumps(found).encode() + b"\n")
        while data:
            data = data[os.write(answer, data) :]
        os._exit(0)

    found = _surveyed(question)
    if found.get("problem") or not found["probes"]:
        finish(found)
    probes = [Probe(*fields) for fields in found["probes"]]
    found["probes"] = [probe._asdict() for probe in probes]
    probing = Probing(probes, lambda answers: finish(found | {"answers": answers}))
    other = found | {"problem": "it did something else when it was run again"}
    _run(question, probing.events, lambda *_: finish(other))
    finish(other)


def _surveyed(question: dict[str, Any]) -> dict[str, Any]:
    """The findings of `survey`, made by a fork of this process that runs the script up to the pass."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)

        def finish(found: dict[str, Any]) -> NoReturn:
            with open(theirs, "w", encoding="utf-8") as file:
                json.dump(found, file)
            os._exit(0)

        events = Events()
        try:
            why = _run(question, events, lambda root, seed: finish(survey(root, seed, events.latest, question["node"])))
        except BaseException as error:  # noqa: BLE001 - any error is the answer
            why = f"{type(error).__name__}: {error}"
        finish({"problem": why})
    os.close(theirs)
    with open(ours, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    return dict(json.loads(text)) if text else {"problem": "it ended the process"}


def _run(question: dict[str, Any], events: Events, arrived: Callable[[Value, float], NoReturn]) -> str:
    """Run the script; returns the reason why it did not come to the pass."""
    passes = 0

    def passing(p: Pass) -> None:
        nonlocal passes
        p.debug = False  # no debugger may open
        passes += 1
        if passes == question["pass"]:
            arrived(p.root, p.seed)

    def assigned(node: Value, _: float) -> None:
        events.happened(node)

    try:
        with observing(made=events.happened, assigned=assigned, passing=passing, threads=True):
            ended = run(question["target"], question["arguments"], module=question["module"])
    except ScriptError as error:
        return str(error)
    if ended.error is not None:
        return f"it raised {type(ended.error).__name__}: {ended.error}"
    return f"it ended after {passes} of {question['pass']} backward passes"


if __name__ == "__main__":
    main(sys.argv[1:])
