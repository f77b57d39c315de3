"""Facts about the outcome of training: what it has made of the cost, whatever the cause; and when nothing is to be said.

The programs are the same regression, with one thing changed. The oracles are formulas: the variance of the targets, the
logarithm of the number of classes, the cost of the same samples for the first and the last parameters, computed with floats.
"""

import math
import random
import statistics
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, dot, exp, log, logsumexp, mean, softmax, square
from nn import MLP, SGD, Adam, Layer, binary_cross_entropy, mean_squared_error
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.evidence.objective import Objective
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.training import Training
from viz.debugger.diagnoses.watch import Watch

XS = [k / 5.0 - 1.0 for k in range(11)]


def trained(
    cost: Callable[[Value, Value, int], Any],
    rate: Callable[[int], float] = lambda _: 0.1,
    steps: int = 40,
    w: float = 0.5,
    b: float = 0.0,
    **wanted: Any,
) -> tuple[list[Finding], Value, Value]:
    """The findings about descent on a cost of two parameters, and these."""
    first, second = Value(w, label="w"), Value(b, label="b")
    with watching(**wanted) as watch:
        for step in range(steps):
            cost(first, second, step).backward()
            for p in (first, second):
                p.data -= rate(step) * p.grad
                p.zero_grad()
    return watch.findings(), first, second


def line(ys: list[float]) -> Callable[[Value, Value, int], Any]:
    return lambda w, b, _: mean([square(w * x + b - y) for x, y in zip(XS, ys, strict=True)])


def kinds(found: list[Finding]) -> list[str]:
    return [f.kind for f in found]


def test_a_good_outcome_is_an_empty_list() -> None:
    assert trained(line([2.0 * x + 1.0 for x in XS]))[0] == []


def test_a_fit_that_explains_nothing_is_at_chance_level() -> None:
    ys = [x * x for x in XS]  # a line explains nothing of a parabola
    (found,), w, b = trained(line(ys), steps=60)
    assert (found.kind, found.certainty, found.severity) == ("chance level", "likely", "warning")
    assert found.evidence["variance"] == pytest.approx(statistics.pvariance(ys))
    assert found.evidence["error"] == pytest.approx(
        statistics.fmean((w.data * x + b.data - y) ** 2 for x, y in zip(XS, ys, strict=True)), rel=1e-2
    )
    assert trained(line(ys), steps=60, maximise=False)[0] == [found], "who says that it should become small hears the same"


@pytest.mark.parametrize("batch", [11, 1])
def test_a_model_without_inputs_is_meant_to_give_one_answer(batch: int) -> None:
    rng, v = random.Random(2), Value(0.0, label="v")
    ys = [2.0 + rng.gauss(0.0, 0.1) for _ in range(11)]
    with watching() as watch:
        for k in range(120):
            mean([square(exp(v) - ys[(k + i) % 11]) for i in range(batch)]).backward()
            v.data -= 0.05 * v.grad
            v.zero_grad()
    assert watch.findings() == []


def test_what_still_gets_better_is_not_judged() -> None:
    ys = [x * x for x in XS]
    assert trained(line(ys), lambda _: 0.01, steps=30, b=3.0)[0] == [], "on its way"


def without_bias(ys: list[float]) -> Watch:
    w = Value(0.0, label="w")
    with watching() as watch:
        for _ in range(60):
            mean([square(w * x - y) for x, y in zip(XS, ys, strict=True)]).backward()
            w.data -= 0.2 * w.grad
            w.zero_grad()
    return watch


def test_outputs_that_are_off_by_a_constant_are_moved_to_prove_it() -> None:
    (found,) = without_bias([2.0 * x + 1.0 for x in XS]).findings()
    assert (found.kind, found.certainty, found.text) == ("off by a constant", "proven", "w * x")
    assert found.evidence["off"] == pytest.approx(1.0, rel=1e-3)
    assert found.evidence["mended"] == pytest.approx(0.0, abs=1e-5)
    assert without_bias([2.0 * x for x in XS]).findings() == []
    assert trained(line([2.0 * x + 1.0 for x in XS]), lambda _: 0.01, steps=30)[0] == [], "the bias is on its way"


def test_a_cross_entropy_that_only_guesses() -> None:
    labels = [k % 3 for k in range(12)]

    def cost(w: Value, b: Value, _: int) -> Any:
        logits: list[list[Any]] = [[w * 1e-3 * k, b * 1e-3 * k, 1e-3 * k] for k in range(12)]
        return mean([logsumexp(z) - z[k] for z, k in zip(logits, labels, strict=True)])

    found, _, _ = trained(cost, steps=40, w=1.0, b=-1.0)
    (chance,) = [f for f in found if f.kind == "chance level"]
    assert chance.evidence["classes"] == 3.0
    assert chance.evidence["guess"] == pytest.approx(math.log(3.0))


def test_training_that_ends_worse_than_it_began() -> None:
    rng = random.Random(2)
    ys = [rng.gauss(0.0, 1.0) for _ in range(40)]
    b = Value(statistics.fmean(ys), label="b")  # the best there is; every step follows one sample much too far
    with watching() as watch:
        for y in ys:
            square(b - y).backward()
            b.data -= 0.45 * b.grad
            b.zero_grad()
    (found,) = watch.findings()
    assert (found.kind, found.certainty) == ("got worse", "fact")
    seen = ys[:6] + ys[-6:]
    assert found.evidence["first"] == pytest.approx(statistics.fmean((statistics.fmean(ys) - y) ** 2 for y in seen))
    assert found.evidence["last"] == pytest.approx(statistics.fmean((b.data - y) ** 2 for y in seen))


def test_a_decay_with_the_wrong_sign_is_seen_in_the_steps() -> None:
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    ys = [2.0 * x + 1.0 for x in XS]
    with watching() as watch:
        for _ in range(60):
            line(ys)(w, b, 0).backward()
            for p in (w, b):
                p.data -= 0.1 * p.grad
                p.data += 0.25 * p.data
                p.zero_grad()
    (found,) = watch.findings()
    assert (found.kind, found.certainty, found.text) == ("decay with the wrong sign", "proven", "p.data += 0.25 * p.data")
    assert found.evidence["rate"] == pytest.approx(0.1 * 1.25)
    assert found.evidence["growth"] == pytest.approx(0.25)
    assert found.evidence["with"] < 1e-3 < found.evidence["without"]


def test_a_table_that_is_learned_by_heart_fits_the_training_set_only() -> None:
    ys = [(-1.0) ** k * (1.0 + k / 10.0) for k in range(24)]
    table = [Value(0.0, label=f"w_{k}") for k in range(24)]
    with watching() as watch:
        for _ in range(40):
            answers = [dot(table, [float(j == k) for j in range(24)]) for k in range(24)]
            mean([square(f - y) for f, y in zip(answers, ys, strict=True)]).backward()
            for p in table:
                p.data -= 6.0 * p.grad
                p.zero_grad()
    (found,) = watch.findings()
    assert (found.kind, found.certainty, found.severity) == ("fits the training set only", "proven", "warning")
    assert found.evidence["with"] == pytest.approx(statistics.fmean(y * y for y in ys[::5])), "an entry that nobody taught is 0"
    assert found.evidence["without"] < 1e-6
    assert found.evidence["variance"] == pytest.approx(statistics.pvariance(ys))


def test_a_sampler_is_no_training_that_got_worse() -> None:
    rng, x = random.Random(1), Value(0.0, label="x")
    with watching() as watch:
        for _ in range(400):
            (0.5 * square(x - 1.0)).backward()
            x.data += -0.05 * x.grad + math.sqrt(0.1) * rng.gauss(0.0, 1.0)
            x.zero_grad()
    assert watch.findings() == []


@pytest.mark.parametrize("seed", range(4))
def test_a_policy_gradient_has_no_cost_that_tells(seed: int) -> None:
    rng, weights, base = random.Random(seed), [Value(0.0, label=f"t_{i}") for i in range(3)], 0.0
    with watching() as watch:
        for _ in range(200):
            p = softmax(weights)
            chosen = rng.choices(range(3), [q.data for q in p])[0]
            reward = float(rng.random() < (0.2, 0.5, 0.8)[chosen])
            (-(reward - base) * log(p[chosen])).backward()
            base += 0.05 * (reward - base)
            for v in weights:
                v.data -= 0.2 * v.grad
                v.zero_grad()
    assert watch.findings() == []


def test_weights_that_are_clipped_to_a_bound_have_not_stopped_by_mistake() -> None:
    rng = random.Random(9)
    w = [Value(rng.gauss(0, 1), label=f"w_{i}") for i in range(3)]
    with watching() as watch:
        for _ in range(40):
            mean([p * (1.0 + i) for i, p in enumerate(w)]).backward()
            for p in w:
                p.data = max(-1.0, min(1.0, p.data - 0.2 * p.grad))
                p.zero_grad()
    assert {p.data for p in w} == {-1.0}
    assert watch.findings() == []


def test_a_penalty_that_grows_does_not_make_it_worse() -> None:
    def cost(w: Value, b: Value, step: int) -> Any:
        return square(w - 3.0) + square(b - 2.0) + 0.1 * 2.0 ** (step // 4) * square(w + b - 1.0)

    found, w, b = trained(cost, lambda step: 0.2 / (1.0 + 0.2 * 2.0 ** (step // 4)), w=2.0, b=1.0)
    assert w.data + b.data == pytest.approx(1.0, abs=0.2)
    assert "got worse" not in kinds(found)


@pytest.mark.parametrize("factor", [0.0, 1e-12])
def test_updates_that_stop_changing_anything_are_named_with_the_pass(factor: float) -> None:
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    with watching() as watch:
        for epoch in range(8):
            for x in XS:
                square(w * x + b - (2.0 * x + 1.0)).backward()
                for p in (w, b):
                    p.data -= (0.01 if epoch == 0 else factor) * p.grad
                    p.zero_grad()
    (found,) = watch.findings()
    assert (found.kind, found.certainty) == ("training stopped", "proven")
    assert found.evidence["pass"] == len(XS) + 1.0, "the first pass of the second epoch"
    assert "p.data -=" in found.text


def test_training_that_has_converged_has_not_stopped_by_mistake() -> None:
    assert trained(line([2.0 * x + 1.0 for x in XS]), lambda step: 0.5 if step < 60 else 0.0, steps=120)[0] == []


def test_one_longer_step_that_gains_more_than_all_of_training() -> None:
    ys = [2.0 * x + 1.0 for x in XS]
    (found,), w, b = trained(line(ys), lambda _: 3e-4, steps=30)
    assert (found.kind, found.certainty) == ("little learned", "proven")

    def by_hand(u: float, v: float) -> float:
        return statistics.fmean((u * x + v - y) ** 2 for x, y in zip(XS, ys, strict=True))

    assert found.evidence["first"] == pytest.approx(by_hand(0.5, 0.0))
    assert found.evidence["last"] == pytest.approx(by_hand(w.data, b.data))
    assert found.evidence["ahead"] < 0.5 * found.evidence["last"]
    assert trained(line(ys), lambda _: 3e-4, steps=12)[0] == [], "a few steps are a demonstration"


def test_a_game_and_an_ascent_are_not_judged_by_descent() -> None:
    assert trained(lambda w, b, _: w * (10.0 - w) - square(b), lambda _: -0.02, w=1.0, b=1.0, maximise=True)[0] == []
    saddle = trained(lambda w, b, _: square(w) - square(b) + w * b, lambda _: 0.01)[0]
    assert "got worse" not in kinds(saddle)


def test_an_error_explains_the_outcome() -> None:
    ys = [2.0 * x + 1.0 for x in XS]
    found, _, _ = trained(line(ys), lambda _: 3.0)
    assert kinds(found) == ["learning rate too large"]


def test_the_objective_evaluates_the_same_graphs_for_other_parameters() -> None:
    ys = [2.0 * x + 1.0 for x in XS]
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    with watching() as watch:
        for _ in range(12):
            line(ys)(w, b, 0).backward()
            for p in (w, b):
                p.data -= 0.1 * p.grad
                p.zero_grad()
    training = Training(
        watch.passes, after={id(p): u for p, u in zip((w, b), watch._updates.values(), strict=True)}, watched=True
    )
    objective = Objective(training)
    assert objective.first == {id(w): 0.5, id(b): 0.0}
    assert objective.last == {id(w): w.data, id(b): b.data}
    (before, after), late = objective.change()
    assert (before, after) == pytest.approx(late), "the same samples"
    assert before == pytest.approx(statistics.fmean((0.5 * x - y) ** 2 for x, y in zip(XS, ys, strict=True)))
    assert after == pytest.approx(statistics.fmean((w.data * x + b.data - y) ** 2 for x, y in zip(XS, ys, strict=True)))
    assert isinstance(training.sound[0], Pass)


def test_networks_that_learn_have_a_good_outcome() -> None:
    model = MLP(1, [6, 1], activation="tanh", rng=random.Random(1))
    descent = Adam(model.parameters(), 0.05)
    with watching() as watch:
        for _ in range(40):
            cost = mean_squared_error([model([x]) for x in XS], [x * x for x in XS])
            descent.zero_grad()
            cost.backward()
            descent.step()
    assert watch.findings() == []


@pytest.mark.parametrize("of_the_new_head", [False, True])
def test_a_second_phase_whose_optimiser_has_the_old_head_is_named(of_the_new_head: bool) -> None:
    """The gradients of the old head stay where they are, so that it moves on, though no cost is computed from it."""
    rng = random.Random(2)
    points = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(12)]
    body, old, new = (Layer(n, m, activation=a, rng=rng) for n, m, a in ((2, 4, "tanh"), (4, 1, "linear"), (4, 1, "linear")))

    def trained(head: Layer, optimiser: SGD, sign: float) -> None:
        for _ in range(40):
            cost = mean_squared_error([head(body(x)) for x in points], [sign * (a + b) for a, b in points])
            body.zero_grad()
            head.zero_grad()
            cost.backward()
            optimiser.step()

    with watching() as watch:
        trained(old, SGD([*body.parameters(), *old.parameters()], 0.1), 1.0)
        body.freeze()
        trained(new, SGD((new if of_the_new_head else old).parameters(), 0.1), -1.0)
    findings = [finding for finding in watch.findings() if finding.kind == "no gradient"]
    assert len(findings) == (not of_the_new_head)
    assert of_the_new_head or "the 5 that get a gradient" in findings[0].message


def exclusive_or(hidden: int) -> list[Finding]:
    xs, ys = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    model = MLP(2, [hidden, 1] if hidden else [1], activation="tanh", rng=random.Random(4))
    optimiser = SGD(model.parameters(), rate=0.5, momentum=0.5)
    with watching() as watch:
        for _ in range(300):
            optimiser.zero_grad()
            binary_cross_entropy([model(x) for x in xs], ys).backward()
            optimiser.step()
    return watch.findings()


def test_a_single_line_does_not_tell_the_corners_of_an_exclusive_or() -> None:
    (found,) = exclusive_or(0)
    assert found.kind == "chance level" and "a hidden layer" in found.remedy
    assert found.evidence["cost"] == pytest.approx(math.log(2.0), rel=1e-3)
    assert exclusive_or(4) == []


def test_a_momentum_of_one_is_a_mass_or_a_slip() -> None:
    """A fit to samples swings for ever; a body on a spring is to do so."""

    def swinging(cost: Callable[[Value, Value, Value], Value]) -> set[str]:
        places = [Value(0.0, label="x"), Value(0.5, label="y"), Value(-0.4, label="z")]
        velocities = [0.0, 0.0, 0.0]
        with watching() as watch:
            for _ in range(120):
                for p in places:
                    p.grad = 0.0
                cost(*places).backward()
                for k, p in enumerate(places):
                    velocities[k] -= 0.02 * p.grad
                    p.data += velocities[k]
        return {f.kind for f in watch.findings()}

    rows = [(0.1 * k, math.sin(k)) for k in range(1, 13)]
    fit = swinging(lambda a, b, c: mean([square(a * u + b * v + c - (3.0 * u - v)) for u, v in rows]))
    assert "momentum of one or more" in fit
    springs = swinging(lambda x, y, z: 0.5 * square(x - 1.0) + square(x - y) + 2.0 * square(y - z))
    assert "momentum of one or more" not in springs
