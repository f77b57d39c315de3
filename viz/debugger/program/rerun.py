"""A script run again with one number changed: the process in which the derivative of a node is measured, not computed.

What a recording holds can be evaluated again only where every operation is in the table. A rule made by hand - micrograd's
`out._backward = ...` - belongs to a number that the script has computed itself. But the script can be run again: up to the
place at which a node gets its number. There the process forks, the fork gets another number and goes on to the node that is
asked about, and what that becomes is read.

Places are counted, by what gives a node its number: it is made, or its data is assigned. The first run counts, the second
forks. A script that does not do the same twice is told so. Nothing that it prints is seen, and it is never run further than
it has to be; what it writes to files up to there, it writes again.
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

SAMPLES = 3  # nodes of one rule that are looked at: a rule may be right on one side of 0 only
PARENTS = 4  # of each of them
PROBES = 60  # in all


class Probe(NamedTuple):
    """A number that is to be changed, and the node that is looked at.

    Attributes:
        node, at: their ids in the pass.
        begin, end: when they get their numbers.
        number: of the node.
        local: the derivative that the rule has.
        others: the other parents of the node that is looked at, as places and derivatives: what they change is taken off.
        parents: when the parents of the node that is looked at got their numbers: by that it is known to be the same.
        rule: which of the rules is looked at.
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
    """Everything that gives a node a number, counted.

    Args:
        met: called with the count and the node.
    """

    def __init__(self, met: Callable[[int, Value], None] = lambda _, __: None) -> None:
        self._met = met
        self.count = 0
        self.latest: dict[int, int] = {}  # by id(): one that is used again is counted anew

    def happened(self, node: Value) -> None:
        """A node has been made, or its data assigned."""
        self.count += 1
        self.latest[id(node)] = self.count
        self._met(self.count, node)


# --- the first run: what is there to be asked ------------------------------------------------------------------------------


def survey(root: Value, seed: float, latest: dict[int, int], node: int | None) -> dict[str, Any]:
    """What can be asked about a pass.

    Args:
        root: the pass begins at it.
        latest: when the nodes got their numbers.
        node: the one whose derivative is asked for; None for the rules made by hand.
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
    """The nodes whose rules were made by hand, those of one piece of code together."""
    rules: dict[Any, list[Value]] = {}
    for v in values:
        if v.parents and v.partials is None:
            code = getattr(v._backward, "__code__", None)
            rules.setdefault((v.op, code and (code.co_filename, code.co_firstlineno)), []).append(v)
    return rules


def _overwritten(nodes: Sequence[Value], uses: Mapping[Value, int]) -> list[tuple[Value, Value]]:
    """A node and a parent whose gradient its rule assigns, though others add to it: the usual slip, = for +=."""
    shared = [(v, p) for v in nodes for p in v.parents if uses[p] > 1]
    return [(v, p) for v, p in shared[:1] if _assigns(v, p)]


def _assigns(v: Value, parent: Value) -> bool:
    """Whether what a rule leaves in a parent does not depend on what was there; with gradients too small to be clipped."""
    left = []
    for earlier in (1e-3, 2e-3):
        for p in v.parents:
            p.grad = earlier
        v.grad = 1e-3
        v._backward()
        left.append(parent.grad)
    return left[0] == left[1]


def _is_asked(v: Value, slopes: Sequence[float], latest: dict[int, int]) -> bool:
    """Whether there is a derivative at a node that a difference can be compared with."""
    numbers = [v.data, *slopes, *(p.data for p in v.parents)]
    times = [latest.get(id(p), 0) for p in v.parents]
    return all(map(math.isfinite, numbers)) and min(times) > 0 and max(times) < latest.get(id(v), 0)


def _spread(nodes: list[Value]) -> list[Value]:
    """A few nodes with operands of different size: the first, the last and the middle ones, by their first operand."""
    nodes = sorted(nodes, key=lambda v: v.parents[0].data)
    if len(nodes) <= SAMPLES:
        return nodes
    return [nodes[k * (len(nodes) - 1) // (SAMPLES - 1)] for k in range(SAMPLES)]


# --- the second run: forks with other numbers ------------------------------------------------------------------------------


class _GoOn(BaseException):
    """Raised in a fork, to leave the question for the script: nobody else catches it."""


class Probing:
    """Asks all questions while a script runs.

    Args:
        probes: what is asked.
        finish: called with the answers when the last one is there.
    """

    def __init__(self, probes: Sequence[Probe], finish: Callable[[list[Any]], NoReturn]) -> None:
        self._finish, self._open = finish, len(probes)
        self._answers: list[Any] = [None] * len(probes)
        self._at: dict[int, list[int]] = {}
        for k, probe in enumerate(probes):
            self._at.setdefault(probe.begin, []).append(k)
        self._probes = probes
        self._fork: tuple[Probe, int] | None = None  # in a fork: what is asked, and where the answer goes
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
        """What the node that is looked at becomes if this one has another number; nan if the script then goes another way."""
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
        """In a fork: say what the node has become, without what its other parents have brought about."""
        assert self._fork is not None
        probe, answer = self._fork
        x = node._data
        if [self.events.latest.get(id(p), 0) for p in node.parents] != list(probe.parents):
            x = math.nan  # another node
        for place, slope in probe.others if x == x else ():
            x -= slope * node.parents[place]._data
        os.write(answer, struct.pack("d", x))
        os._exit(0)


# --- the process -----------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> None:
    """Answer one question on standard output, in JSON; end at once, with all that runs here, when standard input does.

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
    """In a process of its own, which is the head of a group: run the script twice, and write down what was found."""
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
    """What a fork of this process finds when it runs the script up to the pass."""
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
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the answer
            why = f"{type(error).__name__}: {error}"
        finish({"problem": why})
    os.close(theirs)
    with open(ours, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    return dict(json.loads(text)) if text else {"problem": "it ended the process"}


def _run(question: dict[str, Any], events: Events, arrived: Callable[[Value, float], NoReturn]) -> str:
    """Run the script; returns why it did not come to the pass."""
    passes = 0

    def passing(p: Pass) -> None:
        nonlocal passes
        p.debug = False  # nobody is asked anything
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
