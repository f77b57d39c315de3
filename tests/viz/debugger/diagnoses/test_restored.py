"""Copies of parameters that change nothing, beside those that do: a target network that is given its own numbers.

Programs are texts, run under `watching()`. What is put back at the end is in test_slips.py and in the gallery.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

PROGRAM = """
import copy, random
from autograd import Value, square
from nn import MLP, SGD
rng = random.Random(3)
online = MLP(2, [3, 1], activation="tanh", init="xavier_uniform", rng=rng)
behind = copy.deepcopy(online)
optimizer = SGD(online.parameters(), rate=0.1)

def load(to, source):
    for a, b in zip(to.parameters(), source.parameters()):
        a.data = b.data

def numbers(net):
    return [p.data for p in net.parameters()]

def put(net, given):
    for p, number in zip(net.parameters(), given):
        p.data = number

class Pair:
    def __init__(self):
        self.online, self.behind = online, behind

    def follow(self):
        load(source=self.SOURCE, to=self.behind)

pair = Pair()
body = behind.parameters()[:4]
kept = [Value(p.data) for p in body]
for step in range(40):
    x = [rng.uniform(-1, 1), rng.uniform(-1, 1)]
    cost = square(online(x) - x[0] - 0.5 * behind(x).data)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
    if step % 10 == 0:
        COPY
"""
LISTS = "for a, b in zip(behind.parameters(), {}.parameters()): a.data = b.data"


@pytest.mark.parametrize(
    ("copy", "named"),
    [
        ("load(behind, behind)", "load(behind, behind)"),
        ("put(behind, numbers(behind))", "put(behind, numbers(behind))"),
        (LISTS.format("behind"), LISTS.format("behind")),
        ("pair.follow()", "load(source=self.behind, to=self.behind)"),
    ],
)
def test_a_network_that_is_copied_to_itself_is_named(copy: str, named: str, tmp_path: pathlib.Path) -> None:
    found, lines = found_with(tmp_path, copy, "behind")
    assert [(f.kind, f.certainty, lines[f.line - 1].strip()) for f in found] == [("put back as it was", "fact", named)]


@pytest.mark.parametrize(
    "copy",
    [
        "load(behind, online)",
        "load(behind, online); load(behind, online)",
        "put(behind, numbers(online))",
        LISTS.format("online"),
        "pair.follow()",
        "for p, k in zip(body, kept): p.data = k.data",  # what never changes, to be sure
        "load(behind, behind) if step == 0 else load(behind, online)",
    ],
)
def test_one_that_follows_another_is_right(copy: str, tmp_path: pathlib.Path) -> None:
    assert [f for f in found_with(tmp_path, copy, "online")[0] if f.kind == "put back as it was"] == []


def found_with(folder: pathlib.Path, copy: str, source: str) -> tuple[list[Finding], list[str]]:
    """What is found in the program with a copy, and its lines."""
    path = folder / "program.py"
    text = PROGRAM.replace("COPY", copy).replace("SOURCE", source)
    path.write_text(text, encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return watch.findings(), text.splitlines()
