"""How long the debug adapter takes to answer, on a large pass; and what many restarts leave behind.

    python benchmarks/dap.py [--contributions N] [--rounds N] [--restarts N]

A script whose nodes have source lines, labels and scopes is launched by a real adapter over pipes; then every request is
sent from many positions. A time goes from the first byte sent to the last byte of the response; for requests that move
there is a second one, to the last byte of the `stopped` event. The longest runs are those with a condition on every node.
"""

import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests"))
from dap_client import Client  # the same raw client as in the tests

SCRIPT = """
import random
from autograd import Value, mean, scope, tanh

rng = random.Random(0)
n, terms = {n}, 20
w = [Value(rng.uniform(-1, 1), label=f"w_{{i}}") for i in range(n // terms)]
values = [Value(rng.uniform(-1, 1), label=f"u_{{i}}") for i in range(terms)]
for i in range(n // 5):
    with scope(f"layer{{i % 7}}"):
        a = values[-1 - rng.randrange(min(len(values), 2 * terms))]
        z = w[rng.randrange(len(w))] * a + values[-1]
        values.append(tanh(z))
        values[-1].label = f"a_{{i}}"
C = mean(values)
C.label = "C"
C.backward()
"""


def requests(client: Client, path: str) -> list[tuple[str, dict[str, Any]]]:
    """The requests that look, at wherever the walk stands."""
    top = client.body("stackTrace", threadId=1, levels=1)["stackFrames"][0]["id"]
    scopes = {s["name"]: s["variablesReference"] for s in client.body("scopes", frameId=top)["scopes"]}
    source = {"path": path}
    return [
        ("threads", {}),
        ("stackTrace", {"threadId": 1, "levels": 20}),
        ("stackTrace", {"threadId": 1}),
        ("scopes", {"frameId": top}),
        *(("variables", {"variablesReference": number, "count": 100}) for number in scopes.values()),
        ("variables", {"variablesReference": scopes["Parameters"]}),
        ("evaluate", {"expression": "a_7", "context": "hover"}),
        ("evaluate", {"expression": "nothing_like_it", "context": "hover"}),
        ("evaluate", {"expression": "abs(a_9.grad) + local * upstream", "context": "watch"}),
        *(("evaluate", {"expression": question, "context": "repl"}) for question in QUESTIONS),
        ("completions", {"text": "a_1", "column": 4}),
        ("setBreakpoints", {"source": source, "breakpoints": [{"line": line} for line in range(1, 14)]}),
        ("setFunctionBreakpoints", {"breakpoints": [{"name": "tanh"}, {"name": "a_9*"}, {"name": "layer3"}]}),
        ("setExceptionBreakpoints", {"filters": ["nan", "inf", "forward", "vanishing", "exploding"]}),
        ("dataBreakpointInfo", {"name": "w_3", "variablesReference": 0}),
        ("setDataBreakpoints", {"breakpoints": [{"dataId": f"w_{i}"} for i in range(10)]}),
        ("gotoTargets", {"source": source, "line": 11}),
        ("breakpointLocations", {"source": source, "line": 1, "endLine": 99}),
        ("loadedSources", {}),
        ("source", {"source": source}),
        ("setVariable", {"variablesReference": scopes["Node"], "name": "grad", "value": "1"}),
        ("exceptionInfo", {"threadId": 1}),
        ("cancel", {"requestId": 1}),
        ("pause", {"threadId": 1}),
    ]


QUESTIONS = (
    "rule", "where", "why", "why w_7", "path w_7", "users w_7", "info a_9", "args C", "graph C", "find tanh", "find a_1*",
    "list", "help",
)  # fmt: skip
LONG = ("check w_7", "diagnose")  # answered at once, and again when the answer is there
MOVES: list[tuple[str, dict[str, Any]]] = [
    ("stepIn", {"threadId": 1}),
    ("next", {"threadId": 1}),
    ("stepOut", {"threadId": 1}),
    ("stepBack", {"threadId": 1}),
    ("stepBack", {"threadId": 1, "granularity": "instruction"}),
]


def measure(client: Client, path: str, rounds: int, n: int) -> dict[str, list[float]]:
    """Milliseconds per request."""
    times: dict[str, list[float]] = {}

    def timed(label: str, command: str, moves: bool = False, **arguments: Any) -> None:
        start = time.perf_counter()
        client.request(command, **arguments)
        times.setdefault(label, []).append(1000 * (time.perf_counter() - start))
        if moves:
            client.event("stopped")
            times.setdefault(f"{label}: stopped", []).append(1000 * (time.perf_counter() - start))

    root = client.body("stackTrace", threadId=1)["stackFrames"][-1]["id"]
    for k in range(rounds):
        # Anywhere, and once in three times at the cost, which has the most to show.
        timed("goto", "goto", moves=True, threadId=1, targetId=n // 20 + 1 + (k * 7919) % (n // 5) if k % 3 else root)
        for command, arguments in MOVES:
            timed(command, command, moves=True, **arguments)
        for command, arguments in requests(client, path):
            timed(f"{command} {arguments.get('expression', '')}".strip(), command, **arguments)
        # To the last breakpoint there is, and back to the first: conditions that hold nowhere.
        lines = [{"line": line, "condition": "grad == 12345"} for line in (11, 12, 13)]
        client.body("setBreakpoints", source={"path": path}, breakpoints=lines)
        client.body("setFunctionBreakpoints", breakpoints=[])
        client.body("setDataBreakpoints", breakpoints=[])
        client.body("setExceptionBreakpoints", filters=[])
        for question in LONG:
            start = time.perf_counter()
            timed(f"evaluate {question}", "evaluate", expression=question, context="repl")
            client.event("output")
            times.setdefault(f"evaluate {question}: the answer", []).append(1000 * (time.perf_counter() - start))
        timed("continue", "continue", moves=True, threadId=1)
        timed("reverseContinue", "reverseContinue", moves=True, threadId=1)
    return times


def resident(client: Client) -> tuple[int, int]:
    """The kilobytes that the adapter's process has, and the most it has had."""
    assert client.process
    status = pathlib.Path(f"/proc/{client.process.pid}/status").read_text(encoding="utf-8")
    now, most = (int(status.partition(f"{name}:")[2].split()[0]) for name in ("VmRSS", "VmHWM"))
    return now, most


def restarts(count: int) -> None:
    """Restart a small script many times and say what the adapter has more of afterwards."""
    script = pathlib.Path(__file__).parent.parent / "tests" / "dap" / "scripts" / "neuron.py"

    def census(pid: int) -> tuple[int, int, int]:
        return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task")), resident(client)[0]

    with Client() as client:
        client.launch(str(script))
        client.event("stopped")
        assert client.process
        for k in range(count + 1):
            if k in (10, count):
                descriptors, threads, memory = census(client.process.pid)
                print(f"after {k:5} restarts: {descriptors} descriptors, {threads} threads, {memory} kB")
            client.body("restart")
            client.event("process")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per request: the median and the longest answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=100_000, help="size of the pass (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="positions to ask from (default: %(default)s)")
    parser.add_argument("--restarts", type=int, default=0, help="also restart so many times (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Client() as client:
        path = str(pathlib.Path(folder, "large.py"))
        pathlib.Path(path).write_text(SCRIPT.format(n=options.contributions), encoding="utf-8")
        small = pathlib.Path(folder, "small.py")
        small.write_text(SCRIPT.format(n=100), encoding="utf-8")
        client.launch(str(small), stopAtEnd=True)
        client.event("stopped")
        before = resident(client)[0]
        client.body("restart", arguments={"program": path, "stopAtEnd": True})
        client.event("stopped")
        now, most = resident(client)
        place = re.search(r" of ([\d,]+), with", client.body("evaluate", expression="info", context="repl")["result"])
        steps = int(place[1].replace(",", "")) if place else 0
        grown, peak = (1024 * (kilobytes - before) / steps for kilobytes in (now, most))
        print(f"{steps:,} contributions; the adapter grew by {grown:.0f} bytes for each, at most by {peak:.0f}")
        times = measure(client, path, options.rounds, options.contributions)
    for name, found in sorted(times.items(), key=lambda item: -max(item[1])):
        print(f"{name:60} median {statistics.median(found):6.1f} ms   longest {max(found):6.1f} ms")
    if options.restarts:
        restarts(options.restarts)


if __name__ == "__main__":
    main()
