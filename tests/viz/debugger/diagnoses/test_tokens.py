"""Labels of sequences: the token that is given at the same position, and one that is shifted twice.

Models of several kinds are trained on them - a recurrent one, one that attends, one that sees a window -; beside them stand
taggers, echoes, forecasts of two steps and those that tell the next token, which are meant so.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """import random
from autograd import Value, mean, softmax, tanh
from nn import MLP, SGD, cross_entropy
rng = random.Random(4)
N, V = 14, 4


def drawn(n):
    ids = [rng.randrange(V)]
    while len(ids) < n:
        ids.append((ids[-1] + 1) % V if rng.random() < 0.85 else rng.randrange(V))
    return ids


"""
RECURRENT = """
class Model:
    def __init__(self):
        self.table = [[Value(rng.gauss(0, 0.5)) for _ in range(3)] for _ in range(V)]
        self.back = [[Value(rng.gauss(0, 0.3)) for _ in range(3)] for _ in range(3)]
        self.head = MLP(3, [V], rng=rng)

    def parameters(self):
        return [p for row in self.table + self.back for p in row] + self.head.parameters()

    def __call__(self, ids):
        state, answers = [Value(0.0)] * 3, []
        for k in ids:
            state = [tanh(e + sum(w * s for w, s in zip(row, state))) for e, row in zip(self.table[k], self.back)]
            answers.append(self.head(state))
        return answers
"""
ATTENDS = """
class Model:
    def __init__(self):
        self.inside, self.head = MLP(V, [3], rng=rng), MLP(6, [V], rng=rng)

    def parameters(self):
        return self.inside.parameters() + self.head.parameters()

    def __call__(self, ids):
        rows, answers = [], []
        for k in ids:
            rows.append(self.inside([1.0 if j == k else 0.0 for j in range(V)]))
            shares = softmax([sum(a * b for a, b in zip(rows[-1], row)) for row in rows])
            seen = [sum(share * row[j] for share, row in zip(shares, rows)) for j in range(3)]
            answers.append(self.head(rows[-1] + seen))
        return answers
"""
WINDOW = """
class Model:
    def __init__(self):
        self.net = MLP(2 * V, [5, V], activation="tanh", rng=rng)

    def parameters(self):
        return self.net.parameters()

    def __call__(self, ids):
        return [self.net([float(j == a) for j in range(V)] + [float(j == b) for j in range(V)]) for a, b in zip([0] + ids, ids)]
"""
TRAINED = """

def loss_of(answers, labels):
    return SHIFT


model = Model()
descent = SGD(model.parameters(), rate=0.2)
for _ in range(24):
    ids = drawn(N)
    LABELS
    cost = loss_of(model(ids), labels)
    descent.zero_grad()
    cost.backward()
    descent.step()
"""
PLAIN = """

model = Model()
descent = SGD(model.parameters(), rate=0.2)
for _ in range(24):
    ids = drawn(N)
    cost = COST
    descent.zero_grad()
    cost.backward()
    descent.step()
"""
TWICE = TRAINED.replace("SHIFT", "cross_entropy(answers[: len(labels) - 1], labels[1:])").replace("LABELS", "labels = ids[1:]")
ONCE = TRAINED.replace("SHIFT", "cross_entropy(answers[: len(labels) - 1], labels[1:])").replace("LABELS", "labels = ids")
SAME = PLAIN.replace("COST", "cross_entropy(model(ids), ids)")
NEXT = PLAIN.replace("COST", "cross_entropy(model(ids)[:-1], ids[1:])")
AHEAD = PLAIN.replace("COST", "cross_entropy(model(ids)[:-2], ids[2:])")
TAGGED = PLAIN.replace("COST", "cross_entropy(model(ids), [(3 * k + 1) % V for k in ids])")
PARITY = PLAIN.replace("COST", "cross_entropy(model(ids), [sum(ids[: t + 1]) % V for t in range(N)])")
LAST = PLAIN.replace("COST", "cross_entropy(model(ids)[1:], ids[:-1])")

PLANTED = [
    ("target among the inputs", "cost = ", RECURRENT + SAME),
    ("target among the inputs", "cost = ", ATTENDS + SAME),
    (
        "target among the inputs",
        "cost = ",
        RECURRENT + PLAIN.replace("COST", "mean([cross_entropy(z, k) for z, k in zip(model(ids), ids)])"),
    ),
    ("targets shifted", "labels = ", RECURRENT + TWICE),
    ("targets shifted", "labels = ", ATTENDS + TWICE),
    ("targets shifted", "labels = ", WINDOW + TWICE),
]
RIGHT = [model + program for model in (RECURRENT, ATTENDS, WINDOW) for program in (ONCE, NEXT, AHEAD, PARITY, LAST, TAGGED)]
RIGHT += [WINDOW + SAME]  # no state: what is told is what is given, as where one-hot vectors go through a narrow layer
ASKED = [
    (RECURRENT + SAME).replace("Model", "Echo"),  # a memory is tried with what it is given
    "drawn = lambda n: [rng.randrange(V) for _ in range(n)]\n" + RECURRENT + SAME,
    RECURRENT + TAGGED,
]


def found(text: str, folder: pathlib.Path, *, hints: bool = False) -> list[Finding]:
    script = folder / "program.py"
    script.write_text(HEAD + text, encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    kinds = {kind for kind, *_ in PLANTED}
    return [finding for finding in watch.findings(hints=hints) if finding.kind in kinds]


@pytest.mark.parametrize(("kind", "line", "text"), PLANTED, ids=[f"{n}-{kind}" for n, (kind, *_) in enumerate(PLANTED)])
def test_a_label_of_another_position_is_named(kind: str, line: str, text: str, tmp_path: pathlib.Path) -> None:
    (only,) = found(text, tmp_path)
    assert only.kind == kind
    assert (HEAD + text).splitlines()[only.line - 1].strip().startswith(line)


@pytest.mark.parametrize("text", RIGHT, ids=[str(n) for n in range(len(RIGHT))])
def test_others_are_not(text: str, tmp_path: pathlib.Path) -> None:
    assert [str(finding) for finding in found(text, tmp_path)] == []


@pytest.mark.parametrize("text", ASKED, ids=["echo", "at random", "another name for each"])
def test_what_may_be_meant_is_a_question(text: str, tmp_path: pathlib.Path) -> None:
    assert found(text, tmp_path) == []
    (only,) = found(text, tmp_path, hints=True)
    assert (only.kind, only.certainty) == ("target among the inputs", "hint")
