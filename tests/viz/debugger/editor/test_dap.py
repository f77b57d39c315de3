"""The debug adapter: what it answers is what the recording says, and nothing a client or a script does brings it down.

The answers are compared with a replay of the recording from its beginning. Real adapters in processes of their own are
talked to over pipes and sockets, also with bytes that no editor would send; and Microsoft's test client drives one through
every request (tests/dap).
"""

import itertools
import json
import linecache
import math
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
from typing import Any

import pytest
from dap_client import COMMAND, Client, announced, connected, gone, is_alive, listening
from hypothesis import given, settings
from hypothesis import strategies as st
from places import TESTS
from random_graphs import random_graph

from autograd import (
    Recording,
    RecordingError,
    Value,
    exp,
    load_recording,
    log,
    mean,
    record_backward,
    record_sources,
    scope,
    tanh,
)
from viz.debugger import Breakpoint, Session
from viz.debugger.editor.dap import Adapter
from viz.debugger.editor.dialogue import Out
from viz.debugger.editor.evaluating import evaluate, interpolated
from viz.debugger.editor.orders import GoOn, Run, Start
from viz.debugger.editor.protocol import Decoder, Malformed, encode
from viz.debugger.editor.reports import PassRecorded, ScriptEnded
from viz.debugger.editor.transfer import pack, unpack
from viz.debugger.walk.breakpoints import Stop
from viz.debugger.walk.kinds import KINDS
from viz.debugger.walk.places import Places, written
from viz.debugger.walk.runs import MOST, Log, run_to_stop
from viz.debugger.walk.sources import content, source_body
from viz.debugger.walk.stopped import AHEAD, FRAMES, PARAMETERS, Stopped, reference
from viz.style import name as shown_name

FOLDER = TESTS / "dap"
SCRIPTS = FOLDER / "scripts"
NEURON = str(SCRIPTS / "neuron.py")
QUICK = settings(derandomize=True, max_examples=30)


def adapter_at(recording: Recording) -> Adapter:
    """An adapter whose script has come to backward() and stands at the beginning of the pass."""
    adapter = Adapter()
    ask(adapter, "initialize")
    ask(adapter, "launch", program=NEURON)
    ask(adapter, "configurationDone")
    adapter.report(PassRecorded(Session(recording)))
    return adapter


def ask(adapter: Adapter, command: str, **arguments: Any) -> dict[str, Any]:
    """The response to one request."""
    response = heard(adapter, adapter.handle({"seq": 1, "type": "request", "command": command, "arguments": arguments}))[0]
    assert isinstance(response, dict)
    return response


def heard(adapter: Adapter, out: Out) -> list[Any]:
    """What the client gets, and the orders that are not about the walk."""
    runs = [adapter.run(one.direction, one.times) for one in out if isinstance(one, Run)]
    return [*(one for one in out if not isinstance(one, Run)), *itertools.chain(*runs)]


def replayed(recording: Recording, position: int) -> dict[int, float]:
    """The gradients after so many contributions, added up from the beginning."""
    totals = {recording.root.id: recording.seed}
    for step in list(recording)[:position]:
        totals[step.parent.id] = totals.get(step.parent.id, 0.0) + step.local * step.upstream
    return totals


# --- framing -----------------------------------------------------------------------------------------------------------

MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=20), max_size=4), max_size=5
)


@QUICK
@given(MESSAGES, st.lists(st.integers(0, 200), max_size=8))
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(messages: list[dict[str, Any]], cuts: list[int]) -> None:
    data = b"".join(map(encode, messages))
    places = sorted({0, len(data), *(c for c in cuts if c < len(data))})
    decoder = Decoder()
    found = [m for a, b in itertools.pairwise(places) for m in decoder.feed(data[a:b])]
    assert found == messages


@QUICK
@given(
    st.lists(
        st.binary(max_size=60) | st.sampled_from([b"\r\n\r\n", b"Content-Length: ", b"Content-Length: 7\r\n\r\n{", b"9" * 12])
    )
)
def test_any_bytes_are_survived_and_a_message_after_them_is_found(parts: list[bytes]) -> None:
    decoder = Decoder()
    for part in parts:
        decoder.feed(part)
    for _ in range(12):  # a length that was read out of the noise may swallow some; noise names no length that ends it later
        decoder.feed(encode({"filler": "x" * 5000}))
    assert decoder._wanted is None or decoder._wanted > 5000
    if decoder._wanted is None:
        assert decoder.feed(encode({"seq": 1}))[-1] == {"seq": 1}


@pytest.mark.parametrize(
    ("data", "framing", "reason"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", True, "is not a Content-Length header"),
        (b"Content-Length: -3\r\n\r\n", True, "is not a Content-Length header"),
        (b"Content-Length: 9999999999\r\n\r\n", True, "at most"),
        (b"Content-Type: text/plain\r\n\r\n", True, "unknown bytes"),
        (b"x" * 5000, True, "without the blank line"),
        (b"Content-Length: 3\r\n\r\n{x}", False, "is not JSON"),
        (b"Content-Length: 2\r\n\r\n\xff\xff", False, "is not JSON"),
        (b"Content-Length: 2\r\n\r\n[]", False, "a message is an object, got list"),
        (b"Content-Length: 100000\r\n\r\n" + b"[" * 100000, False, "is not JSON"),
    ],
)
def test_what_is_no_message_is_said_to_be_none_and_the_next_is_read(data: bytes, framing: bool, reason: str) -> None:
    decoder = Decoder()
    first, *rest = [*decoder.feed(data), *decoder.feed(encode({"seq": 1}))]
    assert isinstance(first, Malformed)
    assert (first.framing, reason in first.reason) == (framing, True), first
    assert rest[-1] == {"seq": 1}


# --- recordings between processes ----------------------------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10**6), st.booleans())
def test_a_recording_arrives_as_it_was_sent(seed: int, hooked: bool) -> None:
    with record_sources(), scope("outer"):
        root, *_ = random_graph(seed, 15)
        root = root * 2.0 + log(Value(0.0, label="zero"))
        if hooked:
            root.register_hook(lambda g: g * 3.0)
    recording = record_backward(root, seed=0.1)
    arrived = unpack(pack(recording))
    assert repr(list(arrived)) == repr(list(recording))  # by text: nan is not equal to itself
    assert repr(arrived.nodes) == repr(recording.nodes)
    assert arrived.seed == recording.seed


def test_bytes_that_are_no_recording_are_refused() -> None:
    whole = pack(record_backward(Value(2.0, label="x") * 3.0))
    for data in (b"", b"\0" * 20, whole[:-1], whole[:40], b"x" * 100):
        with pytest.raises(RecordingError):
            unpack(data)


# --- names and lines -----------------------------------------------------------------------------------------------------


@QUICK
@given(st.from_regex(r"(w|z|a|delta|b)(\^[1-9][0-9]?)?(_[1-9][0-9]?(,[1-9])?)?", fullmatch=True))
def test_a_name_that_is_shown_can_be_typed(label: str) -> None:
    assert written(shown_name(label)) == label
    recording = record_backward(Value(1.0, label=label) * 2.0)
    places = Places(recording)
    assert places.find(label) == places.find(places.name(0)) == places.find("v0") == places.find(f"{label}@v0") == 0


@QUICK
@given(st.integers(0, 10**6))
def test_what_is_looked_up_is_what_a_session_would_look_for(seed: int) -> None:
    with record_sources(), scope("layer1"):
        recording = record_backward(random_graph(seed, 15)[0])
    places = Places(recording)
    nodes = recording.nodes
    source = nodes.source(len(nodes) - 1)
    assert source
    wanted = [("op", op) for op in ("add", "mul", "tanh", "nothing")]
    wanted += [
        ("label", "*"),
        ("label", "x*"),
        ("scope", "layer1"),
        ("scope", "layer"),
        ("line", f"{source.file}:{source.line}"),
    ]
    for kind, what in wanted:
        found = Session(recording).add(Breakpoint(kind, what)).nodes
        assert KINDS[kind].nodes(places, what) == found, (kind, what)


def test_nodes_of_the_same_name_are_told_apart() -> None:
    a, b = Value(1.0, label="w"), Value(2.0, label="w")
    places = Places(record_backward(a * b))
    assert [places.name(0), places.name(1)] == ["w@v0", "w@v1"]
    assert places.find("w@v1") == 1
    with pytest.raises(TypeError, match=r"2 nodes are called 'w'. Say which: w@v0"):
        places.find("w")
    with pytest.raises(TypeError, match="no node is called 'u'"):
        places.find("u")


# --- what is shown -------------------------------------------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_number_shown_is_that_of_the_replayed_pass(seed: int, where: int) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    session = Session(recording)
    session.jump(where % (len(session) + 1))
    stopped = Stopped(session)
    totals = replayed(recording, session.position)
    for i in range(len(recording.nodes)):
        values = {v["name"]: v["value"] for v in stopped.variables(reference(i, 0), 0, 0)["variables"]}
        assert values["data"] == repr(recording.nodes.data[i])
        assert values["grad"].removesuffix(" so far") == (repr(totals[i]) if i in totals else values["grad"])
        assert ("reach" in values["grad"]) == (i not in totals)


@QUICK
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_stack_is_a_chain_of_largest_contributions_up_to_the_cost(seed: int, where: int) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    session = Session(recording)
    session.jump(where % (len(session) + 1))
    chain = Stopped(session).chain(1000)
    assert chain[0].node == session.node
    assert chain[-1].node == recording.root.id
    for below, above in itertools.pairwise(chain):
        sizes = {k: abs(recording[k].contribution) for k in session.received(below.node)}
        assert recording[above.step or 0].parent.id == below.node
        assert recording[above.step or 0].node.id == above.node
        assert above.step in sizes
        assert sizes[above.step] == max(sizes.values())


def test_a_stack_of_a_hundred_thousand_frames_is_given_in_pages() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(30_000):
        y = y + 1.0
    adapter = adapter_at(record_backward(y))
    ask(adapter, "goto", threadId=1, targetId=2)
    first = ask(adapter, "stackTrace", threadId=1)["body"]
    assert len(first["stackFrames"]) == FRAMES
    assert first["totalFrames"] == FRAMES + AHEAD, "an editor asks for as many more as it knows of"
    far = ask(adapter, "stackTrace", threadId=1, startFrame=29_999, levels=20)["body"]
    assert [frame["name"] for frame in far["stackFrames"]] == ["v30000 = add"]
    assert far["totalFrames"] == 30_000


def test_variables_come_in_pages() -> None:
    stopped = Stopped(Session(record_backward(mean_of(2500))))
    names = [
        v["name"] for start in range(0, 2500, 100) for v in stopped.variables(reference(0, PARAMETERS), start, 100)["variables"]
    ]
    assert names == [shown_name(f"w_{i}") for i in range(2500)]
    assert len(stopped.variables(reference(0, PARAMETERS), 0, 0)["variables"]) == 1000
    assert stopped.variables(reference(0, PARAMETERS), 0, 0, "named") == {"variables": []}


def mean_of(n: int) -> Value:
    root: Value = mean([Value(float(i), label=f"w_{i}") for i in range(n)])
    return root


def test_a_pass_of_one_node_can_be_looked_at() -> None:
    adapter = adapter_at(record_backward(Value(2.0, label="x")))
    assert [f["name"] for f in ask(adapter, "stackTrace", threadId=1)["body"]["stackFrames"]] == ["x"]
    for one in ask(adapter, "scopes", frameId=1)["body"]["scopes"]:
        assert ask(adapter, "variables", variablesReference=one["variablesReference"])["success"]
    assert (
        ask(adapter, "evaluate", expression="rule", context="repl")["body"]["result"]
        == "it passes nothing on: there is no rule"
    )
    assert ask(adapter, "evaluate", expression="x.grad", context="watch")["body"]["result"] == "1.0"


def test_an_editor_is_to_show_a_failure_in_a_window_only_if_a_person_asked() -> None:
    adapter = adapter_at(record_backward(Value(2.0, label="x") * 3.0))

    def told(command: str, **arguments: Any) -> bool:
        response = ask(adapter, command, **arguments)
        assert not response["success"]
        return bool(response["body"]["error"]["showUser"])

    assert not told("evaluate", expression="nothing", context="hover")
    assert not told("evaluate", expression="nothing + 1", context="watch")
    assert not told("variables", variablesReference=10**9)
    assert told("goto", threadId=1, targetId=99)
    assert told("setVariable", variablesReference=1, name="grad", value="1")
    assert told("launch", program="again.py")


def test_a_source_that_is_not_here_is_put_together_from_what_was_recorded() -> None:
    names: dict[str, Any] = {"Value": Value}
    with record_sources():
        exec(compile("x = Value(3.0)\n\n\ny = x * x + 1.0", "/elsewhere/train.py", "exec"), names)
    places = Places(record_backward(names["y"]))
    body = source_body("/elsewhere/train.py", places, str)
    assert body["name"] == "train.py"
    assert "path" not in body
    assert content(places, body["sourceReference"], "").count("\n") == 4
    with pytest.raises(ValueError, match="there is no source 7"):
        content(places, 7, "")
    with pytest.raises(ValueError, match="no value was made in /etc/passwd"):
        content(places, 0, "/etc/passwd")


# --- moving and stopping -------------------------------------------------------------------------------------------------


@QUICK
@given(st.integers(0, 10**6), st.sampled_from(["add", "mul", "tanh", "dot"]))
def test_a_run_stops_where_that_of_the_session_does(seed: int, op: str) -> None:
    recording = record_backward(random_graph(seed, 20)[0])
    ours, theirs = Session(recording), Session(recording)
    for session in (ours, theirs):
        session.add(Breakpoint("op", op, hits="<9"))
        session.add(Breakpoint("gradient", "0"))
    for direction, move in ((1, theirs.run), (-1, theirs.run_back)):
        for _ in range(30):
            a, b = run_to_stop(ours, direction, Log(lambda _: False, print, print)), move()
            assert (a.reason, a.text, [p.id for p in a.breakpoints]) == (b.reason, b.text, [p.id for p in b.breakpoints])
            assert ours.position == theirs.position


def test_log_points_write_and_do_not_stop_and_too_many_are_counted() -> None:
    y = Value(1.0, label="x")
    for _ in range(MOST + 50):
        y = y + 1.0
    session = Session(record_backward(y))
    session.add(Breakpoint("op", "add"))
    lines: list[str] = []

    def log() -> Log:
        return Log(lambda _: True, lambda _: lines.append(f"at {session.position}"), lines.append)

    assert run_to_stop(session, 1, log()).reason == "end"
    assert lines[:2] == ["at 1", "at 2"]
    assert len(lines) == MOST + 1
    assert "49 more messages" in lines[-1]
    assert run_to_stop(session, -1, log()).reason == "start"
    assert len(lines) == MOST + 1, "on the way back nothing is written"


LOGGED = """
w = Value(3.0, label="w")
x = Value(0.5, label="x")
a = tanh(x)
a.label = "a"
z = a * w
z.label = "z"
"""


def logging(points: dict[int, str], **launch: Any) -> tuple[Adapter, list[Any]]:
    """An adapter at a pass of LOGGED, with log points by line; and what it has said since the pass came."""
    names: dict[str, Any] = {"Value": Value, "tanh": tanh}
    with record_sources():
        exec(compile(LOGGED, "/logged.py", "exec"), names)
    adapter = Adapter()
    ask(adapter, "initialize")
    ask(adapter, "launch", program=NEURON, **launch)
    asked = [{"line": line, "logMessage": text} for line, text in points.items()]
    ask(adapter, "setBreakpoints", source={"path": "/logged.py"}, breakpoints=asked)
    ask(adapter, "configurationDone")
    return adapter, adapter.report(PassRecorded(Session(record_backward(names["z"]))))


def said(messages: list[Any]) -> list[tuple[str, int]]:
    """The messages of log points, with their lines."""
    outputs = [m["body"] for m in messages if isinstance(m, dict) and m.get("event") == "output"]
    return [(body["output"].strip(), body["line"]) for body in outputs if "line" in body]


def test_each_log_point_tells_of_its_own_node_and_line() -> None:
    points = {2: "{label} {grad} {total}", 4: "{label} {grad}", 6: "{label} {grad}"}
    _, messages = logging(points, stopOnEntry=False)
    a = math.tanh(0.5)
    # The last contribution of w is made where a begins: two log points at one position.
    assert said(messages) == [("z 1.0", 6), (f"w {a!r} {a!r}", 2), ("a 3.0", 4)]


def test_nodes_of_one_line_are_told_apart_by_columns(tmp_path: pathlib.Path) -> None:
    lines = {
        "z + w*x": {2: "add", 5: "mul"},
        "w*x + b": {1: "mul", 4: "add"},
        "(w + x) * (x - b)": {3: "add", 8: "mul", 13: "sub"},
        "(w * x).tanh().exp()": {3: "mul", 8: "tanh", 15: "exp"},
        "tanh(w) ** 2 - -x": {0: "tanh", 8: "pow", 13: "sub", 15: "neg"},
        "sum([w, x, b])": {0: "add"},
    }
    for text, expected in lines.items():
        file = tmp_path / "columns.py"
        file.write_text(f"y = {text}\n")
        linecache.checkcache()
        names: dict[str, Any] = {name: Value(0.5 + k, label=name) for k, name in enumerate("wxbz")} | {"tanh": tanh}
        with record_sources():
            exec(compile(file.read_text(), str(file), "exec"), names)
        adapter = adapter_at(record_backward(names["y"]))
        places = ask(adapter, "breakpointLocations", source={"path": str(file)}, line=1)["body"]["breakpoints"]
        assert [one["column"] - 5 for one in places] == sorted(expected), text
        nodes = record_backward(names["y"]).nodes
        for column, op in expected.items():
            asked = [{"line": 1, "column": column + 5}]
            (body,) = ask(adapter, "setBreakpoints", source={"path": str(file)}, breakpoints=asked)["body"]["breakpoints"]
            assert (body["verified"], body["column"]) == (True, column + 5), (text, column)
            (setting,) = adapter._settings.found.values()
            assert {nodes.op(i) for i in setting.breakpoint.nodes} == {op}, (text, column)
        (body,) = ask(adapter, "setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": 1}])["body"]["breakpoints"]
        assert "column" not in body
        (setting,) = adapter._settings.found.values()
        assert {nodes.op(i) for i in setting.breakpoint.nodes} == {*expected.values()}, "without one it is the whole line"


def test_a_step_into_an_operand_passes_log_points_and_offers_each_operand_once() -> None:
    adapter, _ = logging({4: "{label}"}, stopOnEntry=True)
    targets = ask(adapter, "stepInTargets", frameId=ask(adapter, "stackTrace", threadId=1)["body"]["stackFrames"][0]["id"])
    assert [one["label"] for one in targets["body"]["targets"]] == ["a = tanh", "w"]
    w = targets["body"]["targets"][1]["id"]
    step = {"seq": 1, "type": "request", "command": "stepIn", "arguments": {"threadId": 1, "targetId": w}}
    assert said(adapter.handle(step)) == [("a", 4)]
    x = Value(3.0, label="x")
    twice = adapter_at(record_backward(x * x))
    assert [one["label"] for one in ask(twice, "stepInTargets", frameId=2)["body"]["targets"]] == ["x"]


def test_log_points_are_met_where_a_pass_begins_and_by_steps() -> None:
    adapter, messages = logging({6: "{label}", 4: "{label}"}, stopOnEntry=True)
    assert said(messages) == [("z", 6)], "also where the walk stops"
    stepped = adapter.handle({"seq": 1, "type": "request", "command": "next", "arguments": {"threadId": 1}})
    assert said(stepped) == [("a", 4)]
    back = adapter.handle({"seq": 2, "type": "request", "command": "stepBack", "arguments": {"threadId": 1}})
    assert said(back) == []


def test_a_pass_whose_breakpoint_fails_does_not_leave_the_editor_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops_of(recording: Any, **kinds: Any) -> list[Any]:
        adapter = Adapter()
        ask(adapter, "initialize")
        ask(adapter, "launch", program=NEURON, stopOnEntry=False)
        ask(adapter, "setFunctionBreakpoints", breakpoints=[kinds])
        ask(adapter, "configurationDone")
        out = adapter.report(PassRecorded(Session(recording)))
        return [m["body"] for m in out if isinstance(m, dict) and m.get("event") == "stopped"]

    empty = record_backward(Value(2.0, label="x"))
    assert stops_of(empty, name="backward", condition="data > 0 and label == 'x'"), "a pass without contributions has a root"
    assert not stops_of(empty, name="backward", condition="local > 0")
    one = record_backward(Value(2.0, label="x") * 3.0)
    assert not stops_of(one, name="mul", condition="label * 10000000000000 == 'x'")
    assert not stops_of(one, name="mul", condition="-" * 988 + "grad > 0")
    monkeypatch.setattr(Session, "meetings", lambda *_, **__: 1 / 0)
    [stopped] = stops_of(one, name="mul")
    assert stopped["reason"] == "pause"


def test_a_remote_window_names_files_by_its_own_addresses() -> None:
    linecache.cache["/remote.py"] = (len(LOGGED), None, LOGGED.splitlines(keepends=True), "/remote.py")
    names: dict[str, Any] = {"Value": Value, "tanh": tanh}
    with record_sources():
        exec(compile(LOGGED, "/remote.py", "exec"), names)
    adapter = adapter_at(record_backward(names["z"]))
    path = {"path": "vscode-remote://127.0.0.1:8941/remote.py"}
    answer = ask(adapter, "evaluate", expression="*", context="hover", source=path, line=6, column=7)
    assert answer["success"], answer
    assert answer["body"]["result"].startswith("grad 1, data")


def test_help_in_the_console_names_what_can_be_typed_there() -> None:
    adapter = adapter_at(record_backward(Value(2.0, label="x") * 3.0))
    listed = ask(adapter, "evaluate", expression="help", context="repl")["body"]["result"].splitlines()[2:-4]
    assert len(listed) > 10
    for row in listed:
        name = row.split()[0]
        if name not in ("find", "save", "page", "print"):  # these want more
            assert ask(adapter, "evaluate", expression=name, context="repl")["success"], row


def test_an_empty_pass_is_not_left_backwards() -> None:
    adapter = adapter_at(record_backward(Value(2.0, label="x")))
    request = {"seq": 1, "type": "request", "command": "reverseContinue", "arguments": {"threadId": 1}}
    [order] = [m for m in adapter.handle(request) if isinstance(m, Run)]
    out = adapter.run(order.direction)
    assert [m["event"] for m in out if isinstance(m, dict)] == ["stopped"]


def test_a_node_and_a_label_of_the_same_name_are_told_apart() -> None:
    leaf = Value(2.0, label="v3")
    adapter = adapter_at(record_backward(tanh(leaf * Value(5.0, label="w")) * 2.0 + leaf))
    ask(adapter, "goto", threadId=1, targetId=4)
    top = ask(adapter, "stackTrace", threadId=1, levels=1)["body"]["stackFrames"][0]
    assert top["name"] == "v3@v3 = tanh"
    found = ask(adapter, "variables", variablesReference=reference(3, 0))["body"]["variables"]
    typed = {v["name"]: v["evaluateName"] for v in found if "evaluateName" in v}
    value = ask(adapter, "evaluate", expression=typed["data"], context="watch")["body"]["result"]
    assert value == next(v["value"] for v in found if v["name"] == "data")
    info = ask(adapter, "dataBreakpointInfo", name="grad", variablesReference=reference(3, 0))["body"]
    assert (info["dataId"], info["canPersist"]) == ("v3@v3", False)


def test_names_of_nodes_come_before_the_commands_of_the_console() -> None:
    c, b = Value(2.0, label="c"), Value(3.0, label="b")
    adapter = adapter_at(record_backward(c * b))

    def typed(text: str) -> tuple[str, list[str]]:
        message = {"type": "request", "command": "evaluate", "arguments": {"expression": text, "context": "repl"}}
        out = heard(adapter, adapter.handle(message))
        return str(out[0]["body"]["result"]), [m["event"] for m in out[1:]]

    assert typed("c") == ("grad not reached yet, data 2", [])
    assert typed("c + b") == ("5.0", [])
    assert typed("b - 1") == ("2.0", [])
    assert typed("c in (2, 3)") == ("True", [])
    assert typed("step") == ("0", []), "a number of the step"
    assert typed("b c")[0].startswith("breakpoint 1: ")
    assert typed("c 1") == ("(on to the next breakpoint)", ["continued", "stopped"])
    assert typed("tbreak b")[1] == ["breakpoint"]
    assert typed("rc 99") == ("(back to the breakpoint before)", ["continued", "stopped"])
    assert typed("s 99")[1] == ["continued", "stopped"]
    assert typed("rs 99")[0].startswith("v2 = mul   start")


def test_a_temporary_breakpoint_of_the_console_stops_once() -> None:
    x = Value(2.0, label="x")
    adapter = adapter_at(record_backward(exp(exp(x) * 0.1)))
    ask(adapter, "evaluate", expression="tbreak op:mul", context="repl")
    message = {"type": "request", "command": "continue", "arguments": {"threadId": 1}}
    events = [m for m in heard(adapter, adapter.handle(message)) if isinstance(m, dict) and m["type"] == "event"]
    assert [m["event"] for m in events] == ["breakpoint", "stopped"]
    assert events[0]["body"]["reason"] == "removed"
    assert ask(adapter, "evaluate", expression="b", context="repl")["body"]["result"].startswith("no breakpoints")
    assert adapter._settings.found == {}


def test_keys_with_shift_are_mapped_as_terminals_send_them() -> None:
    text = (FOLDER.parent.parent / "editors" / "nvim" / "stepgrad.lua").read_text(encoding="utf-8")
    assert '("<F%d>"):format(number + 12)' in text
    shifted = [int(n) + 12 for n in re.findall(r'map\("<S-F(\d+)>"', text)]
    assert shifted == [17, 22, 23], "as xterm's terminfo has kf17, kf22 and kf23"


def test_files_are_written_where_the_script_would_write_them(tmp_path: pathlib.Path) -> None:
    adapter = Adapter()
    ask(adapter, "initialize")
    ask(adapter, "launch", program=NEURON, cwd=str(tmp_path))
    ask(adapter, "configurationDone")
    adapter.report(PassRecorded(Session(record_backward(Value(2.0) * 3.0))))
    ask(adapter, "evaluate", expression="save kept.json", context="repl")
    assert len(load_recording(tmp_path / "kept.json")) == 1


def test_messages_of_log_points_show_what_cannot_be_evaluated() -> None:
    recording = record_backward(exp(Value(1.0, label="x")))
    stopped = Stopped(Session(recording))
    assert interpolated(stopped, "{op} of {x.data}, {{x}}") == "exp of 1.0, {grad not reached yet, data 1}"
    assert "{nothing: no node is called 'nothing'" in interpolated(stopped, "{nothing}")


def test_no_text_can_be_made_larger_than_it_is_and_long_ones_are_cut() -> None:
    long = "w" * 5000
    adapter = adapter_at(record_backward(Value(1.0, label=long) * Value(2.0, label="x")))

    def answer(expression: str, context: str = "watch") -> str:
        response = ask(adapter, "evaluate", expression=expression, context=context)
        return str(response["body"]["result"] if response["success"] else response["message"])

    for grows in (
        "'ab' * 3", "3 * label", "label + op", "op + 'x'", "'%9d' % 5", "label % 3", "(op if data else 3) * 2", "(0 or op) * 2",
        "x.op * 3", "3 * x.label", "max(op, 'a') * 3", "abs(op)", "-op", "(1,) * 3", "max((1,), (2,))", "b'ab' * 3", "1j * 2",
    ):  # fmt: skip
        for context in ("watch", "repl", ""):
            said = answer(grows, context)
            assert any(word in said for word in ("texts can be compared", "'in' looks", "neither a number", "is called 'b'")), (
                grows,
                said,
            )
        setting = {"name": "mul", "condition": grows.replace("x.", "")}
        (body,) = ask(adapter, "setFunctionBreakpoints", breakpoints=[setting])["body"]["breakpoints"]
        assert not body["verified"]
    assert answer("op in ('mul', 'add') and op < 'z' and (op if data else label) == 'mul'") == "True"
    assert answer("((9 ** 100) ** 100) ** 100") == "nan", "a whole number would have ten million digits"
    assert answer("v0.label").startswith(repr(long)[:100])
    assert len(answer("v0.label")) < 2100
    for context in ("watch", "repl", "hover"):
        assert len(answer("y" * 10**6, context)) < 2100
    huge = "q" * 10**6
    for command in ("dataBreakpointInfo", "setVariable", "setExpression"):
        assert len(encode(ask(adapter, command, name=huge, expression=huge, variablesReference=0))) < 10_000
    (body,) = ask(adapter, "setFunctionBreakpoints", breakpoints=[{"name": huge, "hitCondition": huge}])["body"]["breakpoints"]
    assert len(encode(body)) < 10_000
    stopped = Stopped(Session(record_backward(Value(1.0, label=long) * 2.0)))
    assert len(interpolated(stopped, "{v0.label}" * 1000)) < 10_100


def test_hit_counts_go_on_from_pass_to_pass_and_begin_again_with_a_restart() -> None:
    adapter = Adapter()
    ask(adapter, "initialize")
    ask(adapter, "launch", program=NEURON, stopOnEntry=False)
    ask(adapter, "setFunctionBreakpoints", breakpoints=[{"name": "exp", "hitCondition": "3"}])
    ask(adapter, "configurationDone")

    def passes() -> list[bool]:
        found = []
        for _ in range(4):
            recording = record_backward(exp(Value(1.0)) * 2.0)
            out = adapter.report(PassRecorded(Session(recording)))
            found.append(any(isinstance(m, dict) and m.get("event") == "stopped" for m in out))
            if found[-1]:
                ask(adapter, "continue", threadId=1)
        return found

    assert passes() == [False, False, True, False]
    ask(adapter, "restart")
    assert passes() == [False, False, True, False]


def test_nothing_is_evaluated_as_python() -> None:
    recording = record_backward(Value(1.0, label="x") * 2.0)
    stopped = Stopped(Session(recording))
    flag: list[int] = []
    for text in ("flag.append(1)", "__import__('os').getpid()", "x.__class__", "(lambda: 1)()", "eval('1')", "x.grad.real", ""):
        for context in ("repl", "watch", "hover"):
            with pytest.raises((TypeError, ValueError)):
                evaluate(stopped, text, 0, context)
    assert flag == []


# --- anything in any order -------------------------------------------------------------------------------------------------

# Drawn from a seed: strategies that nest as deeply as arguments do leave Hypothesis little room for many requests.
COMMANDS = [*sorted(Adapter.requests), "frobnicate", "", "__init__"]
SENSIBLE: dict[str, list[Any]] = {
    "threadId": [1], "frameId": [1, 4, 9, 30], "variablesReference": [*range(1, 90), -9, 300, 10**6], "targetId": [1, 5, 9, 40],
    "locationReference": [1, 2, 40],
    "granularity": ["instruction", "line", "nothing"], "startFrame": [0, 2, -1], "levels": [0, 1, 20], "start": [0, 2, -5],
    "count": [0, 1, 10**9], "line": [0, 1, 25, 10**9], "endLine": [0, 50], "column": [0, 3, 99], "text": ["", "ab", "w"],
    "expression": ["x", "grad", "why v1", "rs", "n", "o", "path v0", "w^1.grad", "v1.grad + local", "(((", "rule", "users v0"],
    "context": ["repl", "hover", "watch", "clipboard"], "name": ["grad", "data", "v1", "x"], "filter": ["indexed", "named"],
    "filters": [["nan", "inf"], ["forward", "vanishing", "exploding"], ["nothing"]], "program": [NEURON],
    "args": [["a"], "a b"], "lines": [[1, 2]],
    "source": [{"path": random_graph.__code__.co_filename}, {"path": "/x"}, {"sourceReference": 1}],
    "breakpoints": [
        [{"line": k} for k in range(60)],
        [{"line": k, "column": 3 * k} for k in range(60)], [{"name": "add"}, {"name": "backward"}], [{"condition": "("}],
        [{"name": "op:mul", "condition": "grad > 0"}],
        [{"dataId": "v0"}, {"dataId": "v3", "hitCondition": "%2"}], [{"line": 20, "logMessage": "{grad} {"}],
    ],
}  # fmt: skip


def anything(rng: random.Random, depth: int = 2) -> Any:
    kinds: list[Any] = [None, True, 0, -1, 2**70, 1.5, "", "x", "\0", "{}", "é𝔘", 10**6]
    if depth:
        kinds += [
            [anything(rng, depth - 1) for _ in range(2)],
            {rng.choice(["path", "line", "name"]): anything(rng, depth - 1)},
        ]
    return rng.choice(kinds)


def request_of(rng: random.Random) -> dict[str, Any]:
    """A request as an editor might send it, with something wrong in it one time in four."""
    strange = 0.04
    arguments = {
        name: anything(rng) if rng.random() < strange else rng.choice(values)
        for name, values in SENSIBLE.items()
        if rng.random() > strange or name == "threadId"
    }
    message = {"seq": rng.randrange(10**6), "type": "request", "command": rng.choice(COMMANDS), "arguments": arguments}
    if rng.random() < 2 * strange:
        message[rng.choice(list(message))] = anything(rng)
    return message


def test_whatever_comes_in_whatever_order_every_request_is_answered_once() -> None:
    succeeded: set[str] = set()
    refused: set[str] = set()
    for seed in range(150):
        rng = random.Random(seed)
        with record_sources():
            recording = record_backward(random_graph(seed, 8)[0])
        adapter = adapter_at(recording) if seed % 4 else Adapter()
        for _ in range(60):
            message, last = request_of(rng), adapter._seq
            out = heard(adapter, adapter.handle(message))
            sent = [one for one in out if isinstance(one, dict)]
            responses = [one for one in sent if one["type"] == "response"]
            assert len(responses) == (message["type"] == "request" and isinstance(message["command"], str)), message
            assert [one["seq"] for one in sent] == list(range(last + 1, last + 1 + len(sent)))
            for one in sent:
                encode(one)
            for response in responses:
                assert not response.get("message", "").startswith(f"{response['command']} failed:"), (message, response)
                assert response["request_seq"] == (message["seq"] if type(message["seq"]) is int else 0)
                (succeeded if response["success"] else refused).add(response["command"])
            if any(isinstance(one, GoOn | Start) for one in out):
                adapter.report(PassRecorded(Session(recording)))
    never = {"setVariable", "setExpression"}
    assert succeeded >= set(Adapter.requests) - never - {"attach", "exceptionInfo"}, "each was sent as it should be, too"
    assert refused >= {"stackTrace", "variables", "goto", "setVariable", "frobnicate", "source", "launch"}


def test_a_handler_that_fails_would_be_seen_and_the_conversation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("planted")

    adapter = adapter_at(record_backward(Value(1.0) * 2.0))
    monkeypatch.setitem(Adapter.requests, "threads", broken)
    assert ask(adapter, "threads")["message"] == "threads failed: KeyError: 'planted'"
    monkeypatch.setattr(adapter, "_script_ended", broken)
    (event,) = adapter.report(ScriptEnded())
    assert isinstance(event, dict)
    assert event["body"]["output"] == "the debugger failed: KeyError: 'planted'\n"
    assert ask(adapter, "scopes", frameId=1)["success"]


def test_malformed_messages_are_reported_and_ignored() -> None:
    adapter = Adapter()
    (event,) = adapter.handle(Malformed("no JSON", framing=False))
    assert isinstance(event, dict)
    assert event["body"]["output"] == "a message was not understood: no JSON\n"
    assert adapter.handle({"type": "response", "command": "threads"}) == []
    assert adapter.handle({}) == []


def test_a_stop_says_why_in_the_words_of_the_protocol() -> None:
    adapter = adapter_at(record_backward(log(Value(0.0, label="p")) * 0.0))
    ask(adapter, "setExceptionBreakpoints", filters=["forward"])
    message = {"seq": 9, "type": "request", "command": "continue", "arguments": {"threadId": 1}}
    out = heard(adapter, adapter.handle(message))
    bodies = [m["body"] for m in out if isinstance(m, dict) and m.get("event") == "stopped"]
    assert [(b["reason"], b["hitBreakpointIds"]) for b in bodies] == [("exception", [1])]
    assert adapter._stop != Stop("start")


# --- real processes --------------------------------------------------------------------------------------------------------


def test_malformed_bytes_over_a_pipe_are_survived() -> None:
    with Client() as client:
        client.send(b"nonsense\r\n\r\nContent-Length: 3\r\n\r\n{x}" + encode({"type": "request"}) + encode({"a": [None]}))
        client.body("initialize")
        assert "was not understood" in client.event("output")["output"]
        assert client.request("threads")["success"]


def test_a_request_that_waits_can_be_cancelled() -> None:
    with Client() as client:
        # In one piece, so that the cancel is there before the request it is about comes to its turn.
        texts = [("initialize", {}), ("threads", {}), ("cancel", {"requestId": 2})]
        client.send(
            b"".join(
                encode({"seq": i + 1, "type": "request", "command": command, "arguments": arguments})
                for i, (command, arguments) in enumerate(texts)
            )
        )
        answers = [client.answer(i + 1) for i in range(3)]
        assert [a["success"] for a in answers] in ([True, False, True], [True, True, True])
        if not answers[1]["success"]:
            assert answers[1]["message"] == "cancelled"


def test_a_script_that_forks_is_debugged_once_and_leaves_nothing(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "forks.py"
    script.write_text(
        "import os, time\n"
        "from autograd import Value\n"
        "x = Value(2.0, label='x')\n"
        "if os.fork() == 0:\n"
        "    (x * x).backward()\n"
        "    print('child', x.grad, flush=True)\n"
        "    time.sleep(1000)\n"
        "(x * x * x).backward()\n"
        "print('parent', x.grad)\n"
    )
    with Client() as client:
        client.launch(str(script))
        pid = client.event("process")["systemProcessId"]
        client.event("stopped")
        assert client.body("stackTrace", threadId=1)["stackFrames"][0]["name"].endswith("= mul")
        assert client.event("output")["output"] == "child 4.0\n"
        children = [p for p in members_of(pid) if p != pid]
        assert len(children) == 1
        client.body("continue", threadId=1)
        assert client.event("output")["output"] == "parent 12.0\n"
        assert client.event("exited")["exitCode"] == 0
        assert gone(children[0])
        client.body("disconnect")


def members_of(group: int) -> list[int]:
    """The processes of a group that are alive."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.getpgid(int(entry)) == group and is_alive(int(entry)):
                    found.append(int(entry))
            except ProcessLookupError:
                continue
    return found


@pytest.mark.parametrize("how", ["vanishes", "is killed with the adapter"])
def test_when_the_client_is_gone_so_is_the_script(how: str, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "spins.py"
    script.write_text("print('on', flush=True)\nwhile True:\n    pass\n")
    client = Client()
    client.launch(str(script))
    pid = client.event("process")["systemProcessId"]
    assert client.event("output")["output"] == "on\n"
    assert client.process
    if how == "vanishes":
        client.close()
        assert client.process.returncode == 0
    else:
        client.process.send_signal(signal.SIGKILL)
    assert gone(pid)
    client.close()


def test_a_script_that_will_not_end_is_ended(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "stubborn.py"
    script.write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on', flush=True)\ntime.sleep(1000)\n"
    )
    with Client() as client:
        client.launch(str(script))
        client.event("output")
        client.body("terminate")
        assert client.event("exited")["exitCode"] == 128 + signal.SIGKILL
        client.event("terminated")


def without(*names: str) -> list[str]:
    """An adapter on a system whose `os` has no such names."""
    deleted = "; ".join(f"del os.{name}" for name in names)
    return [
        sys.executable,
        "-c",
        f"import os, sys, subprocess; {deleted}; from viz.debugger.editor.server import main; main(['--dap'])",
    ]


def test_where_there_is_no_waitid_scripts_end_as_elsewhere(tmp_path: pathlib.Path) -> None:
    forks = tmp_path / "forks.py"
    forks.write_text(
        "import os, sys, time\n"
        "from autograd import Value\n"
        "if (child := os.fork()) == 0:\n"
        "    time.sleep(1000)\n"
        "print(child, flush=True)\n"
        "(Value(2.0) * 3.0).backward()\n"
        "sys.exit(3)\n"
    )
    silent = tmp_path / "silent.py"
    silent.write_text("import os, sys, time\nprint('on', flush=True)\nos.close(1)\nos.close(2)\ntime.sleep(1000)\n")
    with Client(command=without("waitid")) as client:
        client.launch(str(forks))
        child = int(client.event("output")["output"])
        client.event("stopped")
        client.body("continue", threadId=1)
        assert client.event("exited")["exitCode"] == 3
        assert gone(child)
        client.body("restart")
        child = int(client.event("output")["output"])
        pid = client.event("process")["systemProcessId"]
        client.body("restart", arguments={"program": str(silent)})
        assert gone(child)
        assert gone(pid)
        while client.event("output")["output"] != "on\n":
            pass
        client.body("terminate")
        assert client.event("exited")["exitCode"] == 128 + signal.SIGTERM
        client.body("disconnect")


@pytest.mark.parametrize("names", [["killpg"], ["killpg", "register_at_fork", "waitid", "fork"]])
def test_where_processes_cannot_be_led_an_editor_is_told_so_at_the_start(names: list[str]) -> None:
    with Client(command=without(*names)) as client:
        client.body("initialize")
        for command, what in (("launch", {"program": NEURON}), ("attach", {"recording": NEURON})):
            response = client.request(command, **what)
            assert not response["success"]
            assert "an editor cannot debug here" in response["message"]
            assert "os.killpg" in response["message"]
            assert response["body"]["error"]["showUser"]
        client.body("disconnect")


def test_lines_come_whole_and_a_prompt_comes_too(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "pieces.py"
    script.write_text(
        "import sys, time\n"
        "for c in 'one line\\n' * 3:\n    sys.stderr.write(c); sys.stderr.flush(); time.sleep(0.001)\n"
        "sys.stderr.write('name? '); sys.stderr.flush()\n"
        "import os\nwhile not os.path.exists('asked'):\n    time.sleep(0.01)\n"
        "sys.stderr.write('end')\n"
    )
    told: list[dict[str, Any]] = []
    with Client() as client:
        client.launch(str(script), cwd=str(tmp_path))
        while not told or told[-1]["output"] != "name? ":
            told += [body for body in [client.event("output")] if body["category"] == "stderr"]
        (tmp_path / "asked").touch()
        client.event("terminated")
        told += [e["body"] for e in client.events if e["event"] == "output" and e["body"]["category"] == "stderr"]
        assert "".join(body["output"] for body in told) == "one line\n" * 3 + "name? end"
        assert [body["output"] for body in told][-2:] == ["name? ", "end"]
        assert len(told) <= 12, "not one event for each of 36 characters"


def test_a_script_that_prints_without_end_can_be_ended(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "floods.py"
    script.write_text("while True:\n    print('x' * 200)\n")
    with Client() as client:
        client.launch(str(script))
        client.event("output")
        assert client.request("restart")["success"]
        client.event("output")
        assert client.request("disconnect")["success"]


def test_what_is_printed_in_the_adapter_does_not_reach_the_client() -> None:
    code = "import sys; from viz.debugger.editor import server; server.Conversation.run = lambda self: print('stray'); "
    done = subprocess.run(
        [sys.executable, "-c", code + "server.on_standard_streams()"], capture_output=True, timeout=30, check=True, input=b""
    )
    assert (done.stdout, done.stderr) == (b"", b"stray\n")


def test_the_console_says_of_the_whole_script_what_the_prompt_says(tmp_path: pathlib.Path) -> None:
    """The oracle is the prompt: the same script, passes and questions."""
    script = tmp_path / "train.py"
    script.write_text(
        "import math\nfrom autograd import Value\nw = Value(0.5, label='w')\n"
        "for step in range(9):\n"
        "    y = Value(math.tanh(w.data), (w,), 'squash')\n"
        "    y._backward = lambda y=y: setattr(w, 'grad', w.grad + (1 - y.data) * y.grad)\n"
        "    cost = (y + w * 2.0 - 3.0) ** 2\n    cost.label = 'C'\n    cost.backward()\n    w.data -= 0.01 * w.grad\n"
    )
    questions = ["diagnose", "check w", "diagnose all"]
    with Client() as client:
        client.launch(str(script), stopOnEntry=True)
        client.event("stopped")
        for _ in range(3):  # to the beginning of the fourth pass
            client.body("evaluate", expression="j 6", context="repl")
            client.event("stopped")
            client.body("next", threadId=1)
            client.event("stopped")
        answers = []
        for text in questions:
            said = client.body("evaluate", expression=text, context="repl")["result"]
            assert said == "(the script is asked; the answer follows)"
            answers.append(client.event("output")["output"].strip())
    typed = itertools.chain(*(["-c", command] for command in ("np", "np", "np", *questions, "q")))
    prompt = subprocess.run(
        [sys.executable, "-m", "viz.debugger", *typed, str(script)],
        capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True,
    ).stdout  # fmt: skip
    words = " ".join(prompt.replace(str(tmp_path) + "/", "").split())
    for text, answer in zip(questions, answers, strict=True):
        shown = " ".join(answer.replace(str(tmp_path) + "/", "").split())
        assert shown in words, text
    assert "wrong derivative" in answers[0] and "THEY DISAGREE" in answers[1] and "gradients not zeroed" in answers[2]


def test_restarts_leave_nothing_behind() -> None:
    with Client() as client:
        client.launch(NEURON)
        client.event("process")
        client.event("stopped")
        assert client.process
        adapter = client.process.pid
        before = census(adapter)
        pids = set()
        for _ in range(60):
            client.body("restart")
            pids.add(client.event("process")["systemProcessId"])
        client.event("stopped")
        assert len(pids) == 60
        assert census(adapter) == before
        assert sum(map(is_alive, pids)) == 1


def census(pid: int) -> dict[str, int]:
    """How many descriptors, threads and children a process has."""
    tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
    children = sum(len((task / "children").read_text().split()) for task in tasks)
    return {"descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": len(tasks), "children": children}


# --- the port --------------------------------------------------------------------------------------------------------------


def test_the_port_is_on_the_loopback_only_and_serves_one_client_after_the_other() -> None:
    with listening() as line:
        port, token = announced(line)
        entry = f"{port:04X}"
        lines = [line.split() for kind in ("tcp", "tcp6") for line in open_sockets(kind)]
        local = [fields[1] for fields in lines if fields[3] == "0A" and fields[1].endswith(":" + entry)]
        assert local == [f"0100007F:{entry}"], "127.0.0.1, written backwards, and nothing else"
        with connected(port) as first:
            first.launch(NEURON, token=token)
            pid = first.event("process")["systemProcessId"]
            first.event("stopped")
            with connected(port) as second:
                assert second.next() is None, "a second client is sent away"
            assert first.body("threads")["threads"][0]["id"] == 1
        assert gone(pid), "the script goes with its client"
        with connected(port) as third:
            third.body("initialize")


def open_sockets(kind: str) -> list[str]:
    path = pathlib.Path(f"/proc/net/{kind}")
    return path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []


def test_a_web_page_cannot_make_the_adapter_run_anything(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "attack.py"
    script.write_text(f"open({str(tmp_path / 'done')!r}, 'w').close()")
    with listening() as line:
        port, token = announced(line)
        messages = [("initialize", {}), ("launch", {"program": str(script), "token": token}), ("configurationDone", {})]
        body = b"".join(
            encode({"seq": i, "type": "request", "command": command, "arguments": arguments})
            for i, (command, arguments) in enumerate(messages)
        )
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        with connected(port) as browser:
            browser.send(head + body)
            assert browser.next() is None
        with connected(port) as editor:  # the same messages without the head do run it
            editor.send(body)
            editor.event("terminated")
    assert (tmp_path / "done").exists()


def test_a_port_runs_a_script_only_for_who_knows_the_token(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "attack.py"
    script.write_text(f"open({str(tmp_path / 'done')!r}, 'w').close()")

    def refused(port: int, command: str, **arguments: Any) -> str:
        with connected(port) as stranger:
            stranger.body("initialize")
            stranger.body("configurationDone")
            response = stranger.request(command, **arguments)
            assert not response["success"]
            while (message := stranger.next()) is not None:
                assert message["type"] == "event", "it is sent away"
            return str(response["message"])

    with listening() as line:
        port, token = announced(line)
        assert len(token) >= 20
        assert "'token' is missing" in refused(port, "launch", program=str(script))
        assert "'token' is wrong" in refused(port, "launch", program=str(script), token=token[:-1])
        assert "'token' is wrong" in refused(port, "attach", recording=str(script), token="é" * 22)
        assert "nothing has been launched" in refused_restart(port, str(script))
        assert not (tmp_path / "done").exists()
        with connected(port) as editor:
            editor.launch(str(script), token=token)
            editor.event("terminated")
    assert (tmp_path / "done").exists()
    script.write_text("import os; print('token:', os.environ.get('STEPGRAD_DAP_TOKEN'))")
    own = "a token of my own"
    with listening("--dap-port", "0", STEPGRAD_DAP_TOKEN=own) as line:
        port, shown = announced(line)
        assert shown == "that of STEPGRAD_DAP_TOKEN"
        with connected(port) as editor:
            editor.launch(str(script), token=own)
            assert editor.event("output")["output"] == "token: None\n"
    command = [*COMMAND, "--dap-port", "0"]
    short = os.environ | {"STEPGRAD_DAP_TOKEN": "guess"}
    done = subprocess.run(command, env=short, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, "has 5 characters" in done.stderr) == (1, True)


def refused_restart(port: int, program: str) -> str:
    """What a client without a token is told that restarts what it has never been allowed to start."""
    with connected(port) as stranger:
        stranger.body("initialize")
        stranger.body("configurationDone")
        return str(stranger.request("restart", arguments={"program": program})["message"])


def test_a_socket_is_its_owners_and_is_gone_afterwards(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "adapter"
    with listening("--dap-socket", str(path)) as line:
        assert line == f"listening on {path}\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(path))
        with Client(connection) as editor:
            editor.launch(NEURON)  # no token
            assert editor.event("stopped")["reason"] == "entry"
        second = subprocess.run([*COMMAND, "--dap-socket", str(path)], capture_output=True, text=True, timeout=30, check=False)
        assert (second.returncode, "cannot listen on the socket" in second.stderr) == (1, True)
    assert path.exists(), "it was terminated without a chance to tidy up"
    with listening("--dap-socket", str(path)) as line:
        assert line == f"listening on {path}\n", "what was left behind is replaced"
    path.unlink()
    path.write_text("something of the user's")
    done = subprocess.run([*COMMAND, "--dap-socket", str(path)], capture_output=True, timeout=30, check=False)
    assert (done.returncode, path.read_text()) == (1, "something of the user's")


def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--dap-port", port], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert f"cannot listen on port {port} of 127.0.0.1" in done.stderr


# --- other people's clients --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(
    not (FOLDER / "node_modules").is_dir() or shutil.which("node") is None, reason="node packages are not installed"
)
def test_the_test_client_of_microsoft_drives_it_through_every_request() -> None:
    command = "exec " + " ".join(f"'{part}'" for part in COMMAND)
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "adapter.test.js"],
        cwd=FOLDER, env=os.environ | {"ADAPTER": command}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    failed = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
    assert (done.returncode, failed) == (0, []), done.stdout[-5000:]
    assert done.stdout.count("\nok ") >= 31


def test_the_client_of_microsoft_is_used_for_every_request_there_is() -> None:
    text = (FOLDER / "adapter.test.js").read_text(encoding="utf-8")
    silent = {"setExpression"}  # the client has no method for it; setVariable is answered by the same lines
    for command in sorted(set(Adapter.requests) - silent):
        used = f"{command}Request" in text or f'"{command}"' in text or f"dc.{command}" in text or command == "disconnect"
        assert used, f'nothing in tests/dap/adapter.test.js sends {command}; add a test with await dc.send("{command}", ...)'


def test_the_extension_offers_what_the_adapter_understands() -> None:
    package = json.loads((FOLDER.parent.parent / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))
    (debugger,) = package["contributes"]["debuggers"]
    assert debugger["type"] == "stepgrad"
    attributes = debugger["configurationAttributes"]
    understood = {
        "launch": {"program", "module", "args", "cwd", "env", "python", "stopOnEntry", "stopAtEnd", "token", "torch"},
        "attach": {"recording", "pathMappings", "python", "stopOnEntry", "token"},
    }
    assert {request: set(attributes[request]["properties"]) for request in attributes} == understood
    for configuration in [*debugger["initialConfigurations"], *(s["body"] for s in debugger["configurationSnippets"])]:
        required = {"launch": "program", "attach": "recording"}[configuration["request"]]
        assert {required} <= set(configuration) <= {"type", "name", "request"} | understood[configuration["request"]]
