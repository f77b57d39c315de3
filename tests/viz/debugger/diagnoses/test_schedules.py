"""Rates over time in updates of several forms: schedules that end a training, and schedules that are as they should be.

The same small network is trained with each update and each schedule; programs are texts, run under `watching()`.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """
import math, random
from autograd import Value
from nn import MLP, SGD, Adam, mean_squared_error
rng = random.Random(7)
data = [([x / 10], math.cos(3 * x / 10)) for x in range(-10, 11)]
model = MLP(1, [8, 1], activation="tanh", init="xavier_uniform", rng=rng)
parameters = model.parameters()
m, v = [0.0] * len(parameters), [0.0] * len(parameters)
"""
LOOP = """
t = 0
for epoch in range(EPOCHS):
    rng.shuffle(data)
    for k in range(0, 21, 3):
        batch = data[k : k + 3]
        cost = mean_squared_error([model(x) for x, _ in batch], [y for _, y in batch])
        model.zero_grad()
        cost.backward()
        t += 1
        UPDATE
        IN_BATCH
    IN_EPOCH
"""
BY_HAND = {
    "momentum": (
        "rate = 0.1",
        ["for k, p in enumerate(parameters):", "    m[k] = 0.5 * m[k] + p.grad", "    p.data -= rate * m[k]"],
    ),
    "Adam": (
        "rate = 0.03",
        [
            "for k, p in enumerate(parameters):",
            "    m[k] = 0.9 * m[k] + 0.1 * p.grad",
            "    v[k] = 0.999 * v[k] + 0.001 * p.grad**2",
            "    p.data -= rate * (m[k] / (1 - 0.9**t)) / (math.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)",
        ],
    ),
}
MADE = {
    "SGD": ("optimizer = SGD(parameters, rate=0.1, momentum=0.5)", ["optimizer.step()"]),
    "Adam": ("optimizer = Adam(parameters, rate=0.03)", ["optimizer.step()"]),
}
SCHEDULER = """
class Steps:
    def __init__(self, optimizer, every, factor):
        self.optimizer, self.every, self.factor, self.count = optimizer, every, factor, 0

    def step(self):
        self.count += 1
        if self.count % self.every == 0:
            self.optimizer.rate *= self.factor
"""


def found_in(
    tmp_path: pathlib.Path, head: str, update: list[str], batch: str = "pass", epoch: str = "pass", epochs: int = 60
) -> list[Finding]:
    """What is found in the training with an update and a schedule."""
    program = HEAD + head + LOOP.replace("EPOCHS", str(epochs)).replace("IN_BATCH", batch).replace("IN_EPOCH", epoch)
    path = tmp_path / "program.py"
    path.write_text(program.replace("        UPDATE", "\n".join(" " * 8 + line for line in update)), encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return list(watch.findings())


def line(tmp_path: pathlib.Path, finding: Finding) -> str:
    """The line that a finding names."""
    return (tmp_path / "program.py").read_text(encoding="utf-8").splitlines()[finding.line - 1].strip()


@pytest.mark.parametrize("update", BY_HAND.values(), ids=BY_HAND)
def test_a_rate_that_falls_with_every_batch_is_seen_in_an_update_by_hand(
    tmp_path: pathlib.Path, update: tuple[str, list[str]]
) -> None:
    first = found_in(tmp_path, *update, batch="rate *= 0.95")[0]
    assert (first.kind, first.certainty, line(tmp_path, first)) == ("rate falls too soon", "proven", "rate *= 0.95")


@pytest.mark.parametrize("update", MADE.values(), ids=MADE)
def test_a_rate_that_falls_with_every_batch_is_seen_in_an_optimiser(
    tmp_path: pathlib.Path, update: tuple[str, list[str]]
) -> None:
    first = found_in(tmp_path, *update, batch="optimizer.rate *= 0.95")[0]
    assert (first.kind, first.certainty, line(tmp_path, first)) == ("rate falls too soon", "proven", "optimizer.rate *= 0.95")


@pytest.mark.parametrize("update", MADE.values(), ids=MADE)
@pytest.mark.parametrize(("factor", "every"), [(0.1, 12), (0.9, 1)])
def test_a_scheduler_that_is_stepped_with_every_batch_is_named_where_it_is_called(
    tmp_path: pathlib.Path, update: tuple[str, list[str]], factor: float, every: int
) -> None:
    """Down to steps that are mere rounding of the parameters."""
    head = f"{update[0]}\n{SCHEDULER}\ndecay = Steps(optimizer, {every}, {factor})\nscheduler = decay"
    first = found_in(tmp_path, head, update[1], batch="scheduler.step()", epochs=90)[0]
    assert (first.kind, first.certainty, line(tmp_path, first)) == ("rate falls too soon", "proven", "scheduler.step()")
    assert found_in(tmp_path, head, update[1], epoch="scheduler.step() if epoch % 10 == 0 else None", epochs=90) == []


@pytest.mark.parametrize("made", ["Steps(optimizer, 3, 0.0)", "Steps(optimizer, factor=0, every=3)"])
def test_a_factor_that_ends_the_training_is_named_where_it_is_written(tmp_path: pathlib.Path, made: str) -> None:
    head, update = MADE["Adam"]
    first = found_in(tmp_path, f"{head}\n{SCHEDULER}\nscheduler = {made}", update, epoch="scheduler.step()")[0]
    assert (first.kind, line(tmp_path, first)) == ("rate falls too soon", f"scheduler = {made}")
    assert "times 0 ends the training" in first.remedy


@pytest.mark.parametrize("update", [*BY_HAND.values(), *MADE.values()])
@pytest.mark.parametrize(
    ("batch", "epoch"),
    [
        ("RATE *= 0.999", "pass"),
        ("pass", "RATE *= 0.95"),
        ("RATE = 0.03 * 0.5 * (1 + math.cos(math.pi * t / 140))", "pass"),
        ("pass", "RATE *= 0.1 if epoch in (12, 17) else 1"),
        ("RATE = 0.03 * min(1.0, t / 20)", "pass"),
    ],
)
def test_usual_schedules_are_right(tmp_path: pathlib.Path, update: tuple[str, list[str]], batch: str, epoch: str) -> None:
    rate = "optimizer.rate" if "optimizer" in update[0] else "rate"
    found = found_in(tmp_path, *update, batch=batch.replace("RATE", rate), epoch=epoch.replace("RATE", rate), epochs=20)
    assert found == []


COUNTERS = {
    "in the loop": (
        "count, warm, rate = 0, 10, 0.03",
        "if count > warm:\n            count += 1",
        "rate = 0.03 * count / warm",
    ),
    "another name": ("n = 0\nrate = 0.1", "if n >= 5 and n < 100:\n            n += 1", "rate = 0.1 * n"),
}


@pytest.mark.parametrize(("head", "counted", "rated"), COUNTERS.values(), ids=COUNTERS)
def test_a_counter_that_waits_for_itself_is_named(tmp_path: pathlib.Path, head: str, counted: str, rated: str) -> None:
    first = found_in(tmp_path, head, [rated, "for p in parameters:", "    p.data -= rate * p.grad"], batch=counted)[0]
    name = counted.split()[-3]
    assert (first.kind, first.certainty, line(tmp_path, first)) == ("never updated", "fact", f"{name} += 1")
    assert f"{name}, which is counted only where" in first.message


def test_a_warm_up_that_counts_is_right(tmp_path: pathlib.Path) -> None:
    head, counted = "count, warm = 0, 10\noptimizer = Adam(parameters, rate=0.03)", "if count <= warm:\n            count += 1"
    assert found_in(tmp_path, head, ["optimizer.rate = 0.03 * count / warm", "optimizer.step()"], batch=counted) == []
