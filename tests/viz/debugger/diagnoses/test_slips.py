"""Slips that are read in the source, and the programs beside them that look alike and are right.

The gallery (test_faults.py) has a script for each; here are the neighbours, of which nothing may be said, and planted slips
in forms that the gallery does not have. Programs are texts, run under `watching()`.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """
import copy, math, random
from autograd import Value, detach, dot, exp, mean, square, tanh
rng = random.Random(5)
"""
UPDATE = """
    cost.backward()
    for p in parameters:
        p.data -= 0.05 * p.grad
        p.zero_grad()
"""
WALK = """
V = [Value(0.0, label=f"V{k}") for k in range(6)]
parameters = V
for _ in range(40):
    s, done = 2, False
    while not done:
        after = s + rng.choice((-1, 1))
        done = after in (0, 5)
        reward = 1.0 if after == 5 else 0.0
        TARGET
        cost = square(V[s] - target)
        cost.backward()
        for p in parameters:
            p.data -= 0.05 * p.grad
            p.zero_grad()
        s = after
"""
FIT = (
    """
xs = [rng.uniform(-1, 1) for _ in range(12)]
ys = [2.0 * x + 1.0 for x in xs]
ORDER
a, b = Value(0.1, label="a"), Value(0.0, label="b")
parameters = [a, b]
for _ in range(12):
    cost = mean([square(a * x + b - y) for x, y in zip(xs, ys)])
"""
    + UPDATE
)
SAMPLE = (
    """
centre, log_var = Value(0.0, label="centre"), Value(-1.0, label="log_var")
parameters = [centre, log_var]
for _ in range(12):
    cost = mean([square(SPREAD - 1.5) for eps in [rng.gauss(0, 1) for _ in range(8)]]) - 0.1 * log_var
"""
    + UPDATE
)
STATE = (
    """
a, b = Value(0.4, label="a"), Value(0.3, label="b")
parameters = [a, b]
def last(sequence):
    state = Value(0.0)
    for x in sequence:
        LINE
        state = tanh(a * x + b * state)
    return state
for _ in range(12):
    cost = mean([square(last(s) - 0.3) for s in ([0.5, -0.2, 0.1], [0.3, 0.3, 0.9], [0.1, 0.6, -0.4])])
"""
    + UPDATE
)
WINDOW = (
    """
kernel = [[Value(rng.gauss(0, 0.3)) for _ in range(2)] for _ in range(2)]
parameters = [w for row in kernel for w in row]
image = [[rng.uniform(0, 1) for _ in range(4)] for _ in range(4)]
for _ in range(12):
    cost = 0.0
    for r in range(3):
        total = 0.0
        for i in range(2):
            for j in range(2):
                total = total + PRODUCT
        cost = cost + square(total - 1.0)
"""
    + UPDATE
)

SEQUENCE = (
    """
ids = [rng.choice((0.1, 0.4, 0.9)) for _ in range(9)]
PARTS
a, b = Value(0.4, label="a"), Value(0.3, label="b")
parameters = [a, b]
for _ in range(12):
    cost = mean([square(a * x + b - y) for x, y in zip(inputs, targets)])
"""
    + UPDATE
)
KEEPER = """
class Line:
    def __init__(self):
        self.w, self.b = Value(0.5, label="w"), Value(0.0, label="b")
    def parameters(self):
        return [self.w, self.b]
class Keeper:
    def __init__(self, model):
        self.model, self.lowest, self.kept = model, math.inf, None
    def look(self, cost):
        if cost < self.lowest:
            self.lowest, self.kept = cost, KEPT
    def restore(self):
        for p, number in zip(self.model.parameters(), self.kept):
            p.data = number
def fit(model, keeper):
    for _ in range(30):
        cost = mean([square(model.w * x + model.b - y) for x, y in [(0.0, 1.0), (1.0, 2.9), (2.0, 5.2), (3.0, 7.1)]])
        cost.backward()
        for p in model.parameters():
            p.data -= 0.03 * p.grad
            p.zero_grad()
        keeper.look(cost.data)
model = Line()
keeper = Keeper(model)
fit(model, keeper)
keeper.restore()
"""
CORRIDOR = """
from nn import MLP
critic = MLP(6, [1], rng=rng)
parameters = critic.parameters()
def seen(s):
    return [1.0 if i == s else 0.0 for i in range(6)]
for episode in range(10):
    s, t = 0, 0
    while True:
        after, t = s + rng.choice((0, 1)), t + 1
        done = after == 5
        reward = -1.0
        TARGET
        cost = square(critic(seen(s)) - target)
        cost.backward()
        for p in parameters:
            p.data -= 0.05 * p.grad
            p.zero_grad()
        s = after
        if done:
            break
"""
BOTH = """
from nn import Adam
a, b = Value(0.4, label="a"), Value(0.3, label="b")
optimiser = Adam([a, b], rate=0.02)
def run(samples, train):
    cost = mean([square(a * x + b - y) for x, y in samples])
    BACKWARD
    if train:
        optimiser.step()
        optimiser.zero_grad()
    return cost.data
known = [(0.1 * k, 0.05 * k + 0.01 * (k % 3)) for k in range(12)]
other = [(0.1 * k + 0.03, 0.05 * k + 2.0) for k in range(6)]
for epoch in range(30):
    rng.shuffle(known)
    for k in range(0, 12, 4):
        run(known[k : k + 4], True)
    AFTER
"""
LOOKED_AT = BOTH.replace("BACKWARD", "cost.backward()").replace(
    "AFTER", "for k in (0, 3):\n        run(other[k : k + 3], False)"
)

GIVEN = LOOKED_AT.replace("if train:", "if opt is not None:").replace("train)", "opt)").replace("True", "optimiser")

BEYOND = "target = reward + 0.9 * critic(seen(after)).data"
WON = CORRIDOR.replace("            break", "            won = episode\n            break")
MOVED = """
class Corridor:
    def move(self, s, t):
        after = s + rng.choice((0, 1)) * (t > 1)
        if WHEN:
            return after, -1.0, True
        return after, -1.0, False
def value(s):
    return critic(seen(s))
corridor = Corridor()
"""
CALLED = (
    CORRIDOR.replace("for episode", MOVED + "for episode", 1)
    .replace("after, t = s + rng.choice((0, 1)), t + 1", "t += 1")
    .replace("done = after == 5", "after, reward, done = corridor.move(s, t)")
    .replace("        reward = -1.0\n", "")
    .replace("TARGET", "best = value(after).data\n        target = reward + 0.9 * best")
)
IN_THE_HEAD = CORRIDOR.replace("    while True", "    done = False\n    while not done").partition("        if done")[0]
ROWS = "rows = [Value(0.0) for _ in range(5)]\ncritic = lambda x: dot(rows, x[:5])"  # the value of the end is 0

PLANTED = [
    ("copied line", SEQUENCE.replace("PARTS", "inputs, targets = ids[:-1], ids[:-1]")),
    ("copied line", SEQUENCE.replace("PARTS", "inputs = ids[1:]\ntargets = ids[1:]")),
    ("state as a number", STATE.replace("LINE", "state = detach(state)")),
    ("end of an episode", WALK.replace("TARGET", "target = reward + 0.9 * V[max(0, min(after, 4))].data")),
    *[("end of an episode", text.replace("TARGET", BEYOND)) for text in (CORRIDOR, WON, IN_THE_HEAD)],
    ("end of an episode", CALLED.replace("WHEN", "after == 5")),
    ("end of an episode", CALLED.replace("WHEN", "after == 5").replace("value(after)", "critic(seen(after))")),
    ("gradient carried over", LOOKED_AT),
    ("gradient carried over", GIVEN.replace("False", "None")),
    ("target in the graph", WALK.replace("TARGET", "target = reward + (0.0 if done else 0.9 * V[after])")),
    ("ordered apart", FIT.replace("ORDER", "rng.shuffle(xs)\nrng.shuffle(ys)")),
    ("ordered apart", FIT.replace("ORDER", "xs.sort()\nys.sort(reverse=False)").replace("(reverse=False)", "()")),
    ("ordered apart", FIT.replace("ORDER", "zs = []\nfor y in ys:\n    zs.append(y)\n    zs.reverse()\nys = zs")),
    ("variance as deviation", SAMPLE.replace("SPREAD", "(centre + eps * exp(log_var))")),
    ("state set back", STATE.replace("LINE", "state = Value(0.0)")),
    ("put back as it was", KEEPER.replace("KEPT", "self.model.parameters()").replace("= number", "= number.data")),
    ("put back as it was", KEEPER.replace("KEPT", "list(self.model.parameters())").replace("= number", "= number.data")),
    ("never read", WINDOW.replace("PRODUCT", "image[r + i][1 + i] * kernel[i][j]")),
]  # fmt: skip
RIGHT = [
    LOOKED_AT.replace("cost.backward()", "if train:\n        cost.backward()"),
    LOOKED_AT.replace("cost.backward()", "optimiser.zero_grad()\n    cost.backward()"),
    LOOKED_AT + "    optimiser.zero_grad()\n",
    BOTH.replace("BACKWARD", "cost.backward()")
    .replace("AFTER", "pass")
    .replace("4], True", "4], k != 4"),  # two batches add up
    CORRIDOR.replace("TARGET", "target = reward if done else reward + 0.9 * critic(seen(after)).data"),
    CORRIDOR.replace("TARGET", "target = reward + (0.0 if done else 0.9) * critic(seen(after)).data"),
    CORRIDOR.replace("TARGET", f"{BEYOND}\n        if done:\n            target = reward"),
    CORRIDOR.replace("TARGET", BEYOND).replace("after == 5", "t == 9").replace("s + rng.choice((0, 1))", "rng.randrange(6)"),
    CORRIDOR.replace("TARGET", BEYOND).replace("critic = MLP(6, [1], rng=rng)", ROWS).replace("critic.parameters()", "rows"),
    CALLED.replace("WHEN", "t == 9"),  # a limit of time
    CALLED.replace("WHEN", "after == 5").replace("reward + 0.9 * best", "reward + (not done) * 0.9 * best"),
    CALLED.replace("WHEN", "after == 5").replace("best = value(after).data", "best = 0.0 if done else value(after).data"),
    CALLED.replace("WHEN", "after == 5").replace("return critic(seen(s))", "return Value(float(s - 5))"),
    KEEPER.replace("KEPT", "[p.data for p in self.model.parameters()]"),  # the last step was the best: the same numbers
    KEEPER.replace("KEPT", "[Value(p.data) for p in self.model.parameters()]").replace("= number", "= number.data"),
    KEEPER.replace("KEPT", "copy.deepcopy(self.model).parameters()").replace("= number", "= number.data"),
    WALK.replace("TARGET", "target = reward + 0.9 * V[after].data"),  # the values of the ends stay 0
    WALK.replace("TARGET", "target = reward + (not done) * 0.9 * V[max(0, min(after, 4))].data"),
    WALK.replace("TARGET", "go_on = 0.0 if done else 1.0\n        target = reward + go_on * 0.9 * V[after % 6].data"),
    WALK.replace("TARGET", "target = reward if done else reward + 0.9 * V[after % 6].data"),
    FIT.replace("ORDER", "random.seed(1)\nrandom.shuffle(xs)\nrandom.seed(1)\nrandom.shuffle(ys)"),
    FIT.replace("ORDER", "pairs = sorted(zip(xs, ys))\nxs, ys = [x for x, _ in pairs], [y for _, y in pairs]"),
    FIT.replace("ORDER", "zs = []\nfor y in reversed(ys):\n    zs.append(y)\nzs.reverse()\nys = zs"),
    FIT.replace("ORDER", "xs = sorted(xs)\nys = [2.0 * x + 1.0 for x in xs]"),
    SAMPLE.replace("SPREAD", "(centre + eps * exp(0.5 * log_var))"),
    SAMPLE.replace("log_var", "log_sigma").replace("SPREAD", "(centre + eps * exp(log_sigma))"),
    STATE.replace("LINE", "x = 0.5 * x"),
    STATE.replace("LINE", "x = detach(a * x)"),
    SEQUENCE.replace("PARTS", "inputs, targets = ids[:-1], ids[1:]"),
    SEQUENCE.replace("PARTS", "inputs = ids[:-1]\ntargets = inputs"),  # what is given is to be told, on purpose
    SEQUENCE.replace("PARTS", "inputs, targets = ids[:], ids[:]"),
    WINDOW.replace("PRODUCT", "image[r + i][1 + j] * kernel[i][j]"),
    WINDOW.replace("PRODUCT", "image[r + i][r + i] * kernel[i][i]").replace("for j in range(2)", "for _ in range(1)"),
]
KINDS = {kind for kind, _ in PLANTED}


def found(text: str, folder: pathlib.Path) -> list[Finding]:
    script = folder / "program.py"
    script.write_text(HEAD + text, encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    return [finding for finding in watch.findings(hints=True) if finding.kind in KINDS]


@pytest.mark.parametrize(("kind", "text"), PLANTED, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(PLANTED)])
def test_a_planted_slip_is_named(kind: str, text: str, tmp_path: pathlib.Path) -> None:
    assert [finding.kind for finding in found(text, tmp_path)] == [kind]


@pytest.mark.parametrize("text", RIGHT, ids=[str(n) for n in range(len(RIGHT))])
def test_its_neighbour_is_not(text: str, tmp_path: pathlib.Path) -> None:
    assert [str(finding) for finding in found(text, tmp_path)] == []
