"""The line of a finding is the one that somebody mends: where a list is shuffled, a layer made, a rate given.

Programs are texts, run under `watching()`: the line that the only finding has to name ends with `# <- here`.
"""

import pathlib
import re

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """
import math, random
from autograd import Value, dot, mean, relu, sigmoid, softmax, square, tanh
from nn import MLP, SGD, Adam, Layer, Neuron, binary_cross_entropy, cross_entropy, mean_squared_error
rng = random.Random(5)
"""


def told(folder: pathlib.Path, program: str) -> list[Finding]:
    path = folder / "program.py"
    path.write_text(HEAD + program, encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return watch.findings()


def only(folder: pathlib.Path, program: str, kind: str) -> Finding:
    """The only finding, which has to be of a kind and at the marked line."""
    found = told(folder, program)
    lines = [n for n, line in enumerate((HEAD + program).splitlines(), 1) if line.endswith("# <- here")]
    assert [(f.kind, f.line) for f in found] == [(kind, line) for line in lines], "\n".join(map(str, found))
    return found[0]


# --- pairs -------------------------------------------------------------------------------------------------------------

PAIRS = """
inputs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(24)]
targets = [2.0 * a - b for a, b in inputs]
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
def step(xs, ys):
    cost = mean_squared_error([model(x) for x in xs], ys)
    descent.zero_grad()
    cost.backward()
    descent.step()
"""
TORN = [
    """
for _ in range(60):
    drawn = rng.choices(inputs, k=24)  # <- here
    step(drawn, targets)
""",
    """
for _ in range(60):
    targets = sorted(targets, key=lambda y: rng.random())  # <- here
    step(inputs, targets)
""",
    """
def epoch(xs, ys):
    rng.shuffle(ys)  # <- here
    step(xs, ys)
for _ in range(60):
    epoch(inputs, targets)
""",
    """
def train(xs, ys):
    for _ in range(30):
        rng.shuffle(xs)  # <- here
        for k in (0, 12):
            step(xs[k : k + 12], ys[k : k + 12])
train(inputs, targets)
""",
]
TOGETHER = [
    """
for _ in range(60):
    pairs = list(zip(inputs, targets))
    rng.shuffle(pairs)
    step([x for x, _ in pairs], [y for _, y in pairs])
""",
    """
for _ in range(60):
    order = rng.sample(range(24), 24)
    step([inputs[k] for k in order], [targets[k] for k in order])
""",
    """
for epoch in range(60):
    for some in (inputs, targets):
        random.seed(epoch)
        random.shuffle(some)
    step(inputs, targets)
""",
]


@pytest.mark.parametrize("program", TORN)
def test_changing_pairs_are_at_the_line_that_orders_one_list_alone(tmp_path: pathlib.Path, program: str) -> None:
    assert "gives" in only(tmp_path, PAIRS + program, "pairing changes").message


@pytest.mark.parametrize("program", TOGETHER)
def test_lists_that_are_ordered_together_are_no_finding(tmp_path: pathlib.Path, program: str) -> None:
    assert told(tmp_path, PAIRS + program) == []


# --- updates that are not reached ----------------------------------------------------------------------------------------

FIT = """
class Decay:
    def __init__(self, optimiser):
        self.optimiser = optimiser
    def step(self):
        self.optimiser.rate *= 0.99
xs = [[rng.uniform(-1, 1)] for _ in range(12)]
ys = [2.0 * x + 1.0 for (x,) in xs]
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
scheduler, w = Decay(descent), model.parameters()
"""
ELSE = """
def train(scheduler=None):
    for step in range(20):
        descent.zero_grad()
        mean_squared_error([model(x) for x in xs], ys).backward()
        if scheduler is not None:
            scheduler.step()
        else:
            UPDATE
train(scheduler)
"""
LEFT_OUT = """
for step in range(20):
    descent.zero_grad()
    cost = mean_squared_error([model(x) for x in xs], ys)
    cost.backward()
    if CONDITION:
        continue
    descent.step()
"""


@pytest.mark.parametrize("program", [
    ELSE.replace("UPDATE", "descent.step()  # <- here"),
    ELSE.replace("UPDATE", "for p in w:\n                p.data -= 0.1 * p.grad  # <- here"),
    LEFT_OUT.replace("if CONDITION:", "if step >= 0:  # <- here"),
    """
class Trainer:
    def __init__(self, every):
        self.every, self.count = every, 0
    def train(self):
        for x, y in list(zip(xs, ys)) * 2:
            descent.zero_grad()
            square(model(x) - y).backward()
            scheduler.step()
            if self.count == self.every:  # <- here
                descent.step()
                self.count = 0
Trainer(4).train()
""",
])  # fmt: skip
def test_an_update_that_is_not_reached_is_one_finding(tmp_path: pathlib.Path, program: str) -> None:
    found = only(tmp_path, FIT + program, "update not reached")
    assert found.certainty == "fact" and ("in the else of line" in found.message) == (
        "step()" in found.text or "-=" in found.text
    )


@pytest.mark.parametrize("program", [
    ELSE.replace("UPDATE", "pass").replace("scheduler.step()", "scheduler.step()\n            descent.step()"),
    LEFT_OUT.replace("CONDITION", "cost.data > 1e9"),
    LEFT_OUT.replace("CONDITION", "step % 2 == 1"),
])  # fmt: skip
def test_an_update_that_conditions_let_through_is_no_finding(tmp_path: pathlib.Path, program: str) -> None:
    assert "update not reached" not in {f.kind for f in told(tmp_path, FIT + program)}


# --- rates -------------------------------------------------------------------------------------------------------------

WALK = """
a, b = Value(0.1, label="a"), Value(0.0, label="b")
xs = [rng.uniform(-1, 1) for _ in range(12)]
def cost():
    return mean([square(a * x + b - 2.0 * x - 1.0) for x in xs])
def gradients():
    for p in (a, b):
        p.zero_grad()
    cost().backward()
"""
RATES = [
    """
lr, steps = 6.0, 20  # <- here
for _ in range(steps):
    gradients()
    for p in (a, b):
        p.data -= lr * p.grad
""",
    """
def train(rate, steps=20):
    eta = rate
    for _ in range(steps):
        gradients()
        for p in (a, b):
            p.data = p.data - eta * (p.grad + 0.001 * p.data)
train(6.0)  # <- here
""",
    """
class Descent:
    def __init__(self, parameters, lr=6.0):  # <- here
        self.parameters, self.lr = parameters, lr
    def step(self):
        for p in self.parameters:
            step = self.lr * p.grad
            p.data -= step
descent = Descent([a, b])
for _ in range(20):
    gradients()
    descent.step()
""",
    """
options = {
    "steps": 20,
    "rate": 6.0,  # <- here
}
class Trainer:
    def __init__(self, optimiser):
        self.optimiser = optimiser
    def train(self, steps):
        for _ in range(steps):
            gradients()
            self.optimiser.step()
Trainer(SGD([a, b], rate=options["rate"])).train(options["steps"])
""",
    """
lr, momentum = 6.0, 0.1  # <- here
velocity = {a: 0.0, b: 0.0}
for _ in range(20):
    gradients()
    for p in (a, b):
        velocity[p] = momentum * velocity[p] - lr * p.grad
        p.data += velocity[p]
""",
    """
options = {"descent": {"rate": 6.0}}  # <- here
options = options["descent"]
for _ in range(20):
    gradients()
    for p in (a, b):
        p.data -= options["rate"] * p.grad
""",
    """
scale = 0.5
for _ in range(20):
    gradients()
    for p in (a, b):
        p.data -= 6.0 * p.grad  # <- here
""",
    """
lr = 6.0
for step in range(20):
    gradients()
    lr = lr * 1.01
    for p in (a, b):
        p.data -= lr * p.grad  # <- here
""",
]


@pytest.mark.parametrize("program", RATES)
@pytest.mark.parametrize("small", [False, True])
def test_a_wrong_rate_is_at_the_line_that_gives_its_number(tmp_path: pathlib.Path, program: str, small: bool) -> None:
    kind = "learning rate too small" if small else "learning rate too large"
    found = only(tmp_path, WALK + (program.replace("6.0", "6e-9") if small else program), kind)
    assert ("the steps of line " in found.message) == ("SGD" not in found.text and "grad" not in found.text)


def test_a_rate_that_helps_is_no_finding_wherever_it_is_given(tmp_path: pathlib.Path) -> None:
    for program in RATES:
        assert told(tmp_path, WALK + program.replace("6.0", "0.2")) == []


# --- layers of nn --------------------------------------------------------------------------------------------------------

CLASSES = """
centres = [(1.5, 1.5), (-1.5, 1.5), (-1.5, -1.5)]
labels = [k % 3 for k in range(24)]
xs = [[c + rng.gauss(0.0, 0.3) for c in centres[k]] for k in labels]
MODEL
descent = SGD(model.parameters(), rate=0.2)
def step():
    descent.zero_grad()
    COST.backward()
    descent.step()
for _ in range(60):
    step()
"""
SOFTMAX = CLASSES.replace("COST", "cross_entropy([model(x) for x in xs], labels)")
SQUARES = "mean_squared_error([model(x) for x in xs], [2.0 * a - b for a, b in xs])"
VALUES = CLASSES.replace("COST", SQUARES).replace("rate=0.2", "rate=0.02")
LAYERS = [
    ("activation before the cost", SOFTMAX.replace(
        "MODEL", """model = MLP(2, [6, 3], activation="tanh", output="softmax", rng=rng)  # <- here""")),
    ("activation before the cost", SOFTMAX.replace("MODEL", """
class Net:
    def __init__(self):
        self.hidden = Layer(2, 6, activation="tanh", rng=rng)
        self.out = Layer(6, 3, activation="softmax", rng=rng)  # <- here
    def __call__(self, x):
        return self.out(self.hidden(x))
    def parameters(self):
        return self.hidden.parameters() + self.out.parameters()
model = Net()
""")),
    ("target out of reach", VALUES.replace(
        "MODEL", """model = MLP(2, [6, 1], activation=["tanh", "relu"], rng=rng)  # <- here""")),
    ("target out of reach", VALUES.replace("MODEL", """
def net(width, last):
    return MLP(2, [width, 1], activation="tanh", output=last, rng=rng)  # <- here
model = net(6, "sigmoid")
""")),
    ("target out of reach", VALUES.replace("MODEL", "model = Neuron(2, rng=rng)  # <- here")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "program"), LAYERS)
def test_an_activation_of_a_layer_is_at_the_line_that_makes_the_layer(tmp_path: pathlib.Path, kind: str, program: str) -> None:
    found = only(tmp_path, program, kind)
    used = re.search(r"\(used in line (\d+)\)", found.message)
    assert used and re.search(r"model\(x\) for|self\.out\(", (HEAD + program).splitlines()[int(used[1]) - 1])


BY_HAND = [
    ("activation before the cost", SOFTMAX.replace("MODEL", """model = MLP(2, [6, 3], activation="tanh", rng=rng)""").replace(
        "    COST.backward()", "").replace("cross_entropy([model(x) for x in xs], labels).backward()",
        "outputs = [softmax(model(x)) for x in xs]  # <- here\n    cross_entropy(outputs, labels).backward()")),
    ("target out of reach", VALUES.replace("MODEL", """
def model(x):
    return sigmoid(line(x))  # <- here
line = MLP(2, [1], rng=rng)
""").replace("model.parameters()", "line.parameters()")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "program"), BY_HAND)
def test_an_activation_that_the_program_applies_is_at_its_own_line(tmp_path: pathlib.Path, kind: str, program: str) -> None:
    assert "used in" not in only(tmp_path, program, kind).message


# --- what a trained model is given ---------------------------------------------------------------------------------------

HOUSES = """
from nn.data import Data, Standardisation
rows = [[rng.uniform(40, 160), float(rng.randint(1, 6))] for _ in range(40)]
prices = [0.02 * area + 0.1 * rooms for area, rooms in rows]
train, test = Data(rows, prices, ["area", "rooms"], []).split(0.25, seed=1)
scaler = Standardisation.of(train.x)
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = Adam(model.parameters(), rate=0.02)
def fit(xs, ys):
    for _ in range(60):
        cost = mean_squared_error([model(x) for x in xs], ys)
        descent.zero_grad()
        cost.backward()
        descent.step()
"""
SCALED = HOUSES + "inputs = [scaler(row) for row in train.x]\nfit(inputs, train.y)\n"
UNSCALED = HOUSES.replace("model(x)", "model(scaler(x))") + "fit(train.x, train.y)\n"
RAW = [
    SCALED + "predictions = [model(row) for row in test.x]  # <- here\n",
    SCALED + """
error = 0.0
for row, y in zip(test.x, test.y):
    error += square(model(row).data - y)  # <- here
""",
    SCALED + """
def error(data):
    return sum(abs(model(x).data - y) for x, y in zip(data.x, data.y))
print(error(test))  # <- here
""",
    SCALED + "parts = {'test': test.x}\nfit(inputs, train.y)\nprint([model(row).data for row in parts['test']])  # <- here\n",
    UNSCALED + "print([model(row).data for row in test.x])  # <- here\n",
]  # fmt: skip
AS_TRAINED = [
    SCALED + "predictions = [model(scaler(row)) for row in test.x]\n",
    SCALED + "for row in test.x:\n    row = scaler(row)\n    print(model(row).data)\n",
    SCALED + "for row in map(scaler, test.x):\n    print(model(row).data)\n",
    SCALED + "rows = [scaler(row) for row in test.x]\nprint([model(row).data for row in rows])\n",
    SCALED + "print([model(row).data for row in [scaler(row) for row in test.x]])\n",
    HOUSES.replace("model(x)", "model(scaler(x))")
    + "fit(train.x, train.y)\nprint([model(scaler(row)).data for row in test.x])\n",
]


@pytest.mark.parametrize("program", RAW)
def test_raw_rows_after_training_on_scaled_ones(tmp_path: pathlib.Path, program: str) -> None:
    assert "with 65.13 … 153.9 at place 0 of an entry" in only(tmp_path, program, "inputs of another range").message


@pytest.mark.parametrize("program", AS_TRAINED)
def test_rows_that_are_scaled_as_in_training_are_no_finding(tmp_path: pathlib.Path, program: str) -> None:
    assert told(tmp_path, program) == []
