"""Updates written by hand, each with a slip in its law, its memory or its order, and the ones beside them that are right.

Each program is a text with a planted slip; the line that is to be named has `# here`.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """
import math, random
from autograd import Value, mean, square, tanh
random.seed(3)
xs = [[random.gauss(0, 1), random.gauss(0, 0.2), 1.0] for _ in range(40)]
ys = [1.5 * a - 4.0 * b + 0.5 * c for a, b, c in xs]
theta = [Value(0.0) for _ in range(3)]
def cost_of():
    return mean([square(sum(t * v for t, v in zip(theta, row)) - y) for row, y in zip(xs, ys)])
"""
LOOP = """
for _ in range(120):
    loss = cost_of()
    for p in theta:
        p.zero_grad()
    loss.backward()
    step()
"""
OPTIMISER = """
class Optimiser:
    def __init__(self, params, lr=RATE, b1=0.9, b2=0.99):
        self.params, self.lr, self.b1, self.b2, self.t = list(params), lr, b1, b2, 0
        self.reset()
    def reset(self):
        self.m = [0.0 for _ in self.params]
        self.v = [0.0 for _ in self.params]
    def step(self):
        self.t += 1
        FIRST
        for i, p in enumerate(self.params):
            STEP
optimiser = Optimiser(theta)
step = optimiser.step
"""
MEANS = """
self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * p.grad
self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * p.grad ** 2
"""
RMS = "self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * p.grad ** 2\n"
ADAM = "p.data -= self.lr * M / (V ** 0.5 + 1e-8)"
MOMENTUM = "self.v[i] = self.b1 * self.v[i] - self.lr * p.grad\np.data += self.v[i]"


def optimiser(step: str, first: str = "pass", rate: float = 0.1) -> str:
    text = OPTIMISER.replace("STEP", step.strip().replace("\n", "\n            "))
    return HEAD + text.replace("FIRST", first).replace("RATE", str(rate)) + LOOP


def adam(step: str, m: str, v: str) -> str:
    return optimiser(MEANS + step + ADAM.replace("M", m).replace("V", v))


def function(step: str, before: str = "") -> str:
    body = step.strip().replace("\n", "\n    ")
    return HEAD + before + "\nvelocity = [0.0] * 3\ndef step():\n    " + body + LOOP


M_BACK, V_BACK = "self.m[i] = self.m[i] / (1 - self.b1 ** self.t)", "self.v[i] /= 1 - self.b2 ** self.t"
M_HAT, V_HAT = "self.m[i] / (1 - self.b1 ** self.t)", "(self.v[i] / (1 - self.b2 ** self.t))"
EACH = "for k, p in enumerate(theta):\n    "
PLANTED = [
    # what was corrected, or scaled, goes back into the running state
    ("slip in the update", adam(f"{M_BACK}\n{V_BACK}  # here\n", "self.m[i]", "self.v[i]")),
    ("slip in the update", adam(f"{M_BACK}  # here\n", "self.m[i]", V_HAT)),
    ("slip in the update", adam(f"{V_BACK}  # here\n", M_HAT, "self.v[i]")),
    ("slip in the update", optimiser(f"{RMS}{V_BACK}  # here\n" + ADAM.replace("M", "p.grad").replace("V", "self.v[i]"))),
    (
        "slip in the update",
        optimiser("self.m[i] = self.b1 * self.m[i] + p.grad\nself.m[i] *= self.lr  # here\np.data -= self.m[i]", rate=0.02),
    ),
    (
        "slip in the update",
        function(EACH + "v = 0.9 * velocity[k] + p.grad\n    velocity[k] = 0.02 * v  # here\n    p.data -= velocity[k]"),
    ),
    # a velocity that is made anew in every step
    ("memory made anew", optimiser(MOMENTUM, "self.v = [0.0] * len(self.params)  # here", 0.02)),
    ("memory made anew", optimiser(MOMENTUM, "self.reset()  # here", 0.02)),
    (
        "memory made anew",
        function("v = zeros()  # here\n" + EACH + "v[k] = 0.9 * v[k] - 0.02 * p.grad\n    p.data += v[k]",
                 "def zeros():\n    return [0.0] * 3"),
    ),
    # where the gradient enters a velocity with the wrong sign
    ("wrong sign of the update", optimiser(MOMENTUM.replace("- self.lr * p.grad", "+ self.lr * p.grad  # here"))),
    (
        "wrong sign of the update",
        function(EACH + "velocity[k] *= 0.5\n    velocity[k] += 0.05 * p.grad  # here\n    p.data += velocity[k]"),
    ),
    (
        "wrong sign of the update",
        function(EACH + "velocity[k] = 0.5 * velocity[k] + p.grad\n    p.data += 0.05 * velocity[k]  # here"),
    ),
]  # fmt: skip
RIGHT = [
    adam("", M_HAT, V_HAT),
    optimiser(RMS + ADAM.replace("M", "p.grad").replace("V", "self.v[i]")),
    optimiser(MOMENTUM, rate=0.02),
    optimiser(MOMENTUM.replace("self.b1", "0.02"), rate=0.02),  # 0.02 of the velocity is kept, which is what is written
    optimiser(MOMENTUM, "if self.t % 30 == 0: self.reset()", 0.02),
    function(EACH + "v = state.get(k, 0.0)\n    v = 0.8 * v + p.grad\n    state[k] = v\n    p.data -= 0.05 * v", "state = {}"),
    function("total = [0.0] * 3\n" + EACH + "total[k] = total[k] + p.grad\n    velocity[k] = 0.8 * velocity[k] + total[k]\n"
             "    p.data -= 0.05 * velocity[k]"),
    HEAD + """
def gradients():
    loss = cost_of()
    for p in theta:
        p.zero_grad()
    loss.backward()
    return [p.grad for p in theta]
def adapted(rounds):
    v = [0.0] * 3
    for _ in range(rounds):
        for k, g in enumerate(gradients()):
            v[k] = 0.8 * v[k] - 0.05 * g
            theta[k].data += v[k]
for _ in range(6):
    adapted(20)
""",
]  # fmt: skip
KINDS = {kind for kind, _ in PLANTED} | {"clipped before backward"}


def found(text: str, folder: pathlib.Path) -> list[Finding]:
    script = folder / "program.py"
    script.write_text(text, encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    return [finding for finding in watch.findings() if finding.kind in KINDS]


@pytest.mark.parametrize(("kind", "text"), PLANTED, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(PLANTED)])
def test_a_slip_is_named_by_its_line_and_the_right_law_learns_more(kind: str, text: str, tmp_path: pathlib.Path) -> None:
    here = next(n for n, row in enumerate(text.splitlines(), 1) if row.endswith("# here"))
    [finding] = found(text, tmp_path)
    assert (finding.kind, finding.line) == (kind, here)
    assert finding.evidence["with"] < 0.5 * finding.evidence["without"]


@pytest.mark.parametrize("text", RIGHT, ids=[str(n) for n in range(len(RIGHT))])
def test_its_neighbour_is_not(text: str, tmp_path: pathlib.Path) -> None:
    assert [str(finding) for finding in found(text, tmp_path)] == []


# --- gradients that are limited before there are any ------------------------------------------------------------------------

ROUND = """
def limit(params, most):
    norm = math.sqrt(sum(p.grad ** 2 for p in params))
    for p in params:
        p.grad *= min(1.0, most / (norm + 1e-9))
def bounded(params):
    for p in params:
        p.data = max(-5.0, min(5.0, p.data))
def train():
    EARLY
    loss = cost_of()
    loss.backward()
    LATE
    for p in theta:
        p.data -= 0.05 * p.grad
for _ in range(40):
    train()
"""
ZEROED = "for p in theta: p.grad = 0.0"


def round_of(early: str, late: str = "pass") -> str:
    return HEAD + "from nn import clip_gradients\n" + ROUND.replace("EARLY", early).replace("LATE", late)


@pytest.mark.parametrize(
    "early",
    [
        f"{ZEROED}\n    clip_gradients(theta, 0.5)",
        f"limit(theta, 0.5)\n    {ZEROED}",
        f"{ZEROED}\n    for p in theta: p.grad = max(-0.5, min(0.5, p.grad))",
    ],
)
def test_gradients_that_are_limited_too_early(early: str, tmp_path: pathlib.Path) -> None:
    text = round_of(early)
    [finding] = found(text, tmp_path)
    assert (finding.kind, finding.certainty) == ("clipped before backward", "fact")
    assert finding.text in early
    assert "0.5" in finding.text
    assert finding.evidence["largest"] > 0.5


@pytest.mark.parametrize(
    "text",
    [
        round_of(ZEROED, "clip_gradients(theta, 0.5)"),
        round_of(f"{ZEROED}\n    bounded(theta)"),
        round_of(f"{ZEROED}\n    clip_gradients(theta, 1e6)"),  # nothing is that long
        round_of("for p in theta: p.grad = 0.5 * p.grad"),  # a part of the gradients goes on
    ],
)
def test_gradients_that_are_limited_in_time_or_on_purpose(text: str, tmp_path: pathlib.Path) -> None:
    assert [str(finding) for finding in found(text, tmp_path)] == []


RATINGS = """
users, items = [Value(0.0, label=f"u{k}") for k in range(7)], [Value(0.0, label=f"i{k}") for k in range(6)]
means = [Value(0.0, label=f"m{k}") for k in range(7)]
ratings = [(u, i, 1.0 + 0.3 * u - 0.2 * i * i) for u in range(7) for i in range(6) if random.random() < 0.7]
for _ in range(30):
    random.shuffle(ratings)
    for u, i, r in ratings:
        cost = square(users[u] + items[i] - r)
        users[u].grad = items[i].grad = 0.0
        cost.backward()
        UPDATE
        items[i].data -= 0.05 * items[i].grad
"""


@pytest.mark.parametrize(
    ("update", "named"),
    [
        ("for b in users:\n            b.data -= 0.05 * users[u].grad", True),
        ("g = users[u].grad\n        for k in range(7):\n            users[k].data = users[k].data - 0.05 * g", True),
        ("users[u].data -= 0.05 * users[u].grad", False),
        ("for b in users:\n            b.data -= 0.05 * (b.grad if b is users[u] else 0.0)", False),
        # means that follow the weights, and weights that decay, move by their own amounts
        ("users[u].data -= 0.05 * users[u].grad\n        for m, b in zip(means, users):\n"
         "            m.data += 0.1 * (b.data - m.data)", False),
        ("users[u].data -= 0.05 * users[u].grad\n        for b in users:\n            b.data -= 0.001 * b.data", False),
    ],
)  # fmt: skip
def test_the_gradient_of_one_that_moves_all_of_them(update: str, named: bool, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(HEAD + RATINGS.replace("UPDATE", update), encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    findings: list[Finding] = watch.findings()
    assert [(f.kind, f.certainty) for f in findings] == ([("gradient of another", "fact")] if named else [])
    if named:
        assert "and 6 other parameters by the same amount" in findings[0].message
