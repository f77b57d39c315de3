"""Experiments: a recorded training run again with one thing changed. The oracle is the training that really has the change.

The laboratory replays recorded graphs; what it computes is compared with a script that was written with the change.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import TABLE, Value, define_primitive, mean, sigmoid, square, tanh
from nn import Adam
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.evidence.experiment import Claim, Edit, Experiment
from viz.debugger.diagnoses.evidence.laboratory import Laboratory
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.training import Training
from viz.debugger.diagnoses.watch import Watch

XS = [k / 5.0 - 1.0 for k in range(11)]
YS = [2.0 * x + 1.0 for x in XS]


def unit(activation: Callable[[Value], Any] = tanh) -> Callable[[list[Value], float, float], Any]:
    """The cost of a sample: one unit, and a weight for its output."""
    return lambda p, x, y: square(p[2] * activation(p[0] * x + p[1]) - y)


def trained(
    cost: Callable[[list[Value], float, float], Any],
    rate: float = 0.1,
    steps: int = 25,
    start: tuple[float, ...] = (0.5, 0.1, 0.7),
    ys: list[float] = YS,
    batch: int = len(XS),
) -> tuple[Watch, list[float]]:
    """Plain descent over batches in turn; the watch and the costs."""
    theta, costs = [Value(x, label=f"w_{i}") for i, x in enumerate(start)], []
    with watching() as watch:
        for step in range(steps):
            chosen = [(step * batch + k) % len(XS) for k in range(batch)]
            c = mean([cost(theta, XS[k], ys[k]) for k in chosen])
            for p in theta:
                p.zero_grad()
            c.backward()
            for p in theta:
                p.data -= rate * p.grad
            costs.append(c.data)
    return watch, costs


def laboratory(watch: Watch, **wanted: Any) -> Laboratory:
    return Laboratory(Training(watch.passes, watched=True), **wanted)


def costs_with(watch: Watch, experiment: Experiment) -> list[float]:
    lab = laboratory(watch)
    run = lab.run([[p] for p in watch.passes], experiment)
    assert run is not None
    return run.costs


def everything(op: str) -> Callable[[Pass], frozenset[int]]:
    return lambda p: frozenset(i for i in p.interior if p.ops[i] == op)


@pytest.mark.parametrize("batch", [len(XS), 1, 3])
def test_a_run_without_a_change_is_the_script(batch: int) -> None:
    watch, costs = trained(unit(), batch=batch)
    assert costs_with(watch, Experiment("no change")) == pytest.approx(costs, rel=1e-9)


@pytest.mark.parametrize("factor", [0.1, 3.0, -1.0])
@pytest.mark.parametrize("batch", [len(XS), 1])
def test_another_rate_is_the_script_at_that_rate(factor: float, batch: int) -> None:
    watch, _ = trained(unit(), batch=batch)
    _, costs = trained(unit(), batch=batch, rate=0.1 * factor)
    assert costs_with(watch, Experiment("another rate", rate=factor)) == pytest.approx(costs, rel=1e-8)


def test_another_beginning_is_the_script_that_begins_there() -> None:
    watch, _ = trained(unit())
    _, costs = trained(unit(), start=(-0.3, 0.2, 0.9))
    p = watch.passes[0]
    start = {p.key_of[p.nodes.label.index(f"w_{i}")]: x for i, x in enumerate((-0.3, 0.2, 0.9))}
    assert costs_with(watch, Experiment("another start", start=start)) == pytest.approx(costs, rel=1e-8)


def test_an_activation_left_out_or_replaced_is_the_script_without_it() -> None:
    watch, _ = trained(unit())
    _, linear = trained(unit(lambda z: z))
    _, other = trained(unit(sigmoid))
    there = everything("tanh")
    assert costs_with(
        watch, Experiment("linear", edit=lambda p: Edit(left_out={i: p.nodes.parents(i)[0] for i in there(p)}))
    ) == pytest.approx(linear, rel=1e-8)
    assert costs_with(
        watch, Experiment("sigmoid", edit=lambda p: Edit(replaced=dict.fromkeys(there(p), "sigmoid")))
    ) == pytest.approx(other, rel=1e-8)


def test_a_square_put_in_is_the_script_with_the_square() -> None:
    watch, _ = trained(lambda p, x, y: p[0] * x + p[1] - y)
    _, costs = trained(lambda p, x, y: (p[0] * x + p[1] - y) ** 2)
    assert costs_with(
        watch, Experiment("squares", edit=lambda p: Edit(applied=dict.fromkeys(everything("sub")(p), "square")))
    ) == pytest.approx(costs, rel=1e-8)


@pytest.mark.parametrize("batch", [len(XS), 1])
def test_other_targets_are_the_script_with_these_targets(batch: int) -> None:
    def minus(p: Pass) -> Edit:
        entries = [o for i in everything("sub")(p) for o in p.nodes.operands[p.nodes.start[i] : p.nodes.start[i + 1]] if o < 0]
        return Edit(numbers={o: -p.nodes.constants[-1 - o] for o in entries})

    watch, _ = trained(unit(), batch=batch)
    _, costs = trained(unit(), batch=batch, ys=[-y for y in YS])
    assert costs_with(watch, Experiment("other targets", edit=minus)) == pytest.approx(costs, rel=1e-8)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_weight_for_each_place_is_the_script_with_weights_of_their_own(batch: int) -> None:
    def shared(p: list[Value], x: float, _: float) -> Any:
        return square(p[0] * x + p[0] * (1.0 - x) ** 2 - (2.0 * x + (1.0 - x) ** 2))

    def apart(p: list[Value], x: float, _: float) -> Any:
        return square(p[0] * x + p[1] * (1.0 - x) ** 2 - (2.0 * x + (1.0 - x) ** 2))

    watch, _ = trained(shared, start=(0.5, 0.5), batch=batch)
    _, costs = trained(apart, start=(0.5, 0.5), batch=batch)
    found = costs_with(watch, Experiment("apart", edit=lambda p: Edit(split={p.nodes.label.index("w_0"): 2})))
    assert found == pytest.approx(costs, rel=1e-8)


def test_dropped_terms_cost_nothing() -> None:
    watch, _ = trained(unit())
    p = watch.passes[0]
    squares = sorted(everything("square")(p))
    found = costs_with(watch, Experiment("fewer", edit=lambda _: Edit(dropped=frozenset(squares[3:]))))
    data = p.nodes.data
    assert found[0] == pytest.approx(sum(data[i] for i in squares[:3]) / len(squares))


def test_another_update_is_replaced_by_adam_with_steps_as_long() -> None:
    theta = [Value(x, label=f"w_{i}") for i, x in enumerate((0.5, 0.1, 0.7))]
    descent = Adam(theta, 0.03)
    costs = []
    with watching() as watch:
        for _ in range(25):
            c = mean([unit()(theta, x, y) for x, y in zip(XS, YS, strict=True)])
            descent.zero_grad()
            c.backward()
            descent.step()
            costs.append(c.data)
    found = costs_with(watch, Experiment("no change"))
    assert found[0] == costs[0]
    assert found[-1] == pytest.approx(costs[-1], rel=0.2)


# --- claims ----------------------------------------------------------------------------------------------------------------


def findings(rate: float, **wanted: Any) -> list[Finding]:
    watch, _ = trained(lambda p, x, y: square(p[0] * x + p[1] - y), rate=rate, start=(0.5, 0.1))
    return watch.findings(**wanted)


def test_a_proven_finding_has_the_numbers_of_both_runs_and_the_remedy_that_helped() -> None:
    (found,) = findings(30.0)
    assert (found.kind, found.certainty) == ("learning rate too large", "proven")
    times = next(t for t in (10, 100, 1000) if f"rate {t} times smaller" in found.remedy)
    _, slower = trained(lambda p, x, y: square(p[0] * x + p[1] - y), rate=30.0 / times, start=(0.5, 0.1), steps=25)
    n = int(found.evidence["steps"])
    assert found.evidence["with"] == pytest.approx(sum(slower[n - n // 4 : n]) / (n // 4), rel=1e-6)
    assert found.evidence["with"] < slower[0] < found.evidence["without"]


def test_a_remedy_that_does_not_help_is_no_advice() -> None:
    (found,) = findings(300.0)
    _, still = trained(lambda p, x, y: square(p[0] * x + p[1] - y), rate=3.0, start=(0.5, 0.1), steps=8)
    assert still[-1] > still[0], "a hundred times smaller is too large, too"
    assert found.remedy == "a learning rate 1000 times smaller"


def test_experiments_keep_to_their_budget() -> None:
    told: list[tuple[str, float]] = []
    assert [f.certainty for f in findings(30.0, budget=0.0)] == ["likely"]
    findings(300.0, told=lambda words, used: told.append((words, used)))
    assert told[0][0].startswith("a rate 10 times smaller")
    assert all(0.0 <= used <= 1.0 for _, used in told)
    assert [used for _, used in told] == sorted(used for _, used in told)


def test_what_the_time_did_not_allow_is_listed() -> None:
    watch, _ = trained(lambda p, x, y: square(p[0] * x + p[1] - y), rate=30.0, start=(0.5, 0.1), steps=60)
    assert [f.certainty for f in watch.findings(budget=1e-3)] == ["likely"]
    assert "a rate 10 times smaller" in watch.left_out
    assert [f.certainty for f in watch.findings()] == ["proven"]
    assert watch.left_out == []


def test_control_c_in_a_check_keeps_what_is_known() -> None:
    def interrupt(*_: Any) -> Any:
        if asked:
            raise KeyboardInterrupt
        return 1.0

    asked: list[bool] = []
    slow = define_primitive("interrupted", lambda m, u: interrupt() * u, lambda m, out, u: (interrupt(),))
    w = Value(1.0, label="w")
    try:
        with watching() as watch:
            for _ in range(8):
                cost = square(slow(w) * 2.0 - 1.0)
                cost.backward()
                w.data -= 0.01 * w.grad
        asked.append(True)
        assert [f.kind for f in watch.findings()] == ["gradients not zeroed"]
        assert any(words.startswith("to find: ") for words in watch.left_out)
    finally:
        TABLE.pop("interrupted", None)


def test_control_c_keeps_what_is_known() -> None:
    def interrupt(_: str, __: float) -> None:
        raise KeyboardInterrupt

    (found,) = findings(30.0, told=interrupt)
    assert (found.kind, found.certainty) == ("learning rate too large", "likely")


def test_experiments_leave_everything_as_it_is() -> None:
    watch, _ = trained(unit(), rate=30.0)
    before = [(p.cost, p.nodes.data.tobytes(), p.nodes.grad.tobytes()) for p in watch.passes]
    leaves = [(v.data, v.grad) for v in watch.passes[-1].values]
    watch.findings()
    assert before == [(p.cost, p.nodes.data.tobytes(), p.nodes.grad.tobytes()) for p in watch.passes]
    assert leaves == [(v.data, v.grad) for v in watch.passes[-1].values]


def test_a_claim_that_fails_is_a_question() -> None:
    watch, _ = trained(lambda p, x, y: square(p[0] * x + p[1] - y), rate=0.3, start=(0.5, 0.1), steps=60)
    verdict = laboratory(watch).judged(Claim([Experiment("steps a hundred times shorter", rate=0.01)]))
    assert verdict is not None
    assert verdict.helped is False
    assert verdict.after > verdict.before


def test_passes_with_rules_made_by_hand_are_not_run_again() -> None:
    random.seed(0)
    w = Value(1.0, label="w")
    with watching() as watch:
        for _ in range(12):
            out = Value(w.data * 2.0, (w,), "double")
            out._backward = lambda out=out: setattr(w, "grad", w.grad + 2.0 * out.grad)  # type: ignore[misc]
            square(out - 1.0).backward()
            w.data -= 0.1 * w.grad
            w.zero_grad()
    assert not laboratory(watch).possible
