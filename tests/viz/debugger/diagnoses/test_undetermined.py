"""Costs whose minimum is not what was meant: equations without a condition, likelihoods without what divides them, all pairs.

Beside every fault stand costs that look like it and are right.
"""

import inspect
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograd import (
    Source,
    Value,
    derivative,
    exp,
    gradients,
    log,
    logsumexp,
    maximum,
    mean,
    record_backward,
    relu,
    softmax,
    softplus,
    square,
    tanh,
)
from nn import MLP, Adam
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.diagnose import training_of
from viz.debugger.diagnoses.evidence.experiment import number_of
from viz.debugger.diagnoses.evidence.given import data_of, other_data
from viz.debugger.diagnoses.evidence.statements import cost_of

DRAW = random.Random(8)
XS = [0.4 * k - 1.9 for k in range(12)]
YS = [0.8 * x + 0.3 + DRAW.gauss(0.0, 0.2) for x in XS]


def _told(*parameters: Value, cost: Callable[[], Any], steps: int = 80, rate: float = 0.1) -> list[Finding]:
    with watching() as watch:
        for _ in range(steps):
            for p in parameters:
                p.zero_grad()
            c = cost()
            c.backward()
            for p in parameters:
                p.data -= rate * p.grad
    return watch.findings()


def _kinds(found: Sequence[Finding]) -> list[str]:
    return [finding.kind for finding in found]


def _drawn(n: int, seed: int = 4) -> list[Value]:
    draw = random.Random(seed)
    return [Value(draw.uniform(-1.0, 1.0)) for _ in range(n)]


# --- likelihoods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("complete", [False, True])
def test_a_spread_that_is_learned_without_its_logarithm_leaves_nothing_of_any_data(power: int, complete: bool) -> None:
    w, b, s, t = (Value(0.1, label=label) for label in "wbst")

    def cost() -> Any:
        spreads = [s + 0.1 * t * x for x in XS]
        errors = [abs((w * x + b - y) * exp(-u)) ** power for x, y, u in zip(XS, YS, spreads, strict=True)]
        return mean([e + power * u for e, u in zip(errors, spreads, strict=True)] if complete else errors)

    found = _told(w, b, s, t, cost=cost, steps=250, rate=0.01)
    assert _kinds(found) == ([] if complete else ["cost without a minimum"])
    assert complete or found[0].evidence["further"] < 0.01 * found[0].evidence["first"]


@pytest.mark.parametrize("complete", [False, True])
def test_a_variance_that_goes_from_step_to_step_is_seen(complete: bool) -> None:
    rng, h, returns = random.Random(3), 1.0, list[float]()
    for _ in range(60):
        returns.append(math.sqrt(h) * rng.gauss(0.0, 1.0))
        h = 0.1 + 0.2 * returns[-1] ** 2 + 0.7 * h
    a, b = Value(-1.0, label="a"), Value(-1.0, label="b")

    def cost() -> Any:
        h: Any = 1.0
        total: Any = 0.0
        for r in returns:
            h = exp(a) + 0.1 * r * r + softplus(b) * h
            total = total + r * r / h
            total = total + log(h) if complete else total
        return total / len(returns)

    found = _told(a, b, cost=cost, steps=120)
    assert _kinds(found) == ([] if complete else ["cost without a minimum"])
    assert complete or ("whatever the data are" in found[0].message and found[0].text == "r * r / h")


def test_samples_that_are_fitted_ever_better_are_not_any_samples() -> None:
    w, b = Value(0.1, label="w"), Value(0.0, label="b")

    def separable() -> Any:
        return mean([softplus(-(w * x + b) * (1.0 if x > 0.0 else -1.0)) for x in XS])

    assert _told(w, b, cost=separable, steps=200, rate=1.0) == []


def test_an_answer_that_is_right_for_any_data_is_no_cost_without_data() -> None:
    sharpness, draw = Value(0.5, label="sharpness"), random.Random(6)
    keys = [[draw.gauss(0.0, 1.0) for _ in range(3)] for _ in range(6)]
    values = [draw.gauss(0.0, 1.0) for _ in range(6)]

    def cost() -> Any:
        terms = []
        for asked, target in zip(keys, values, strict=True):
            scores = [exp(-sharpness * math.dist(asked, key)) for key in keys]
            found: Any = 0.0
            for score, value in zip(scores, values, strict=True):
                found = found + score * value
            total: Any = 0.0
            for score in scores:
                total = total + score
            terms.append(square(found / total - target))
        return mean(terms)

    assert _told(sharpness, cost=cost, steps=200, rate=3.0) == []


def test_labels_are_no_numbers_that_could_be_others() -> None:
    rows = [_drawn(4, seed) for seed in range(4)]
    weights = [0.5, 1.2, 0.9, 1.7]  # of the samples: the only numbers

    def cost() -> Any:
        return mean([w * (logsumexp(row) - row[(k + 1) % 4]) for k, (row, w) in enumerate(zip(rows, weights, strict=True))])

    assert _told(*(z for row in rows for z in row), cost=cost, steps=120, rate=1.0) == []


def test_an_error_that_is_relative_to_the_output_has_a_minimum() -> None:
    a, b = Value(0.0, label="a"), Value(0.0, label="b")
    ys = [math.exp(0.5 + 0.3 * x) * DRAW.uniform(0.9, 1.1) for x in XS]

    def cost() -> Any:
        outputs = [exp(a + b * x) for x in XS]
        return mean([square((y - f) / f) for f, y in zip(outputs, ys, strict=True)])

    assert _told(a, b, cost=cost, steps=200, rate=0.02) == []


@pytest.mark.parametrize(("bound", "kinds"), [
    (relu, ["dead units"]),
    (lambda z: maximum(z, -1.0), []),
    (lambda z: z, []),
])  # fmt: skip
def test_a_relu_on_the_logarithm_of_a_variance_keeps_the_cost_up(bound: Callable[[Any], Any], kinds: list[str]) -> None:
    w, b, c, d = (Value(0.1, label=label) for label in "wbcd")

    def cost() -> Any:
        spreads = [bound(c * x + d) for x in XS]
        return mean([
            square(w * x + b - y) * exp(-s) / 2.0 + s / 2.0 for x, y, s in zip(XS, YS, spreads, strict=True)
        ])  # fmt: skip

    found = _told(w, b, c, d, cost=cost, steps=300, rate=0.03)
    assert _kinds(found) == kinds
    if kinds:
        assert (found[0].certainty, found[0].remedy) == ("proven", "leave relu out here")
        assert found[0].evidence["with"] < 0.0 < found[0].evidence["without"]


# --- equations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", [False, True])
def test_an_equation_that_0_solves_needs_a_condition(condition: bool) -> None:
    w, b, v = _drawn(4, 1), _drawn(4, 2), _drawn(4, 3)

    def u(t: Value) -> Any:
        total: Any = 0.0
        for w_k, b_k, v_k in zip(w, b, v, strict=True):
            total = total + v_k * tanh(w_k * t + b_k)
        return total

    def residual(at: float) -> Any:
        t = Value(at)
        first = gradients(u(t), t, create_graph=True)
        return gradients(first, t, create_graph=True) + u(t)

    def cost() -> Any:
        swing = mean([square(residual(0.3 * k)) for k in range(8)])
        return swing + square(u(Value(0.0)) - 1.0) if condition else swing

    found = _told(*w, *b, *v, cost=cost, steps=60, rate=0.05)
    assert _kinds(found) == ([] if condition else ["trivial solution"])
    assert condition or (found[0].certainty == "likely" and found[0].evidence["with"] == 0.0)


@pytest.mark.parametrize(("kept", "kinds"), [(False, ["trivial solution"]), (True, [])])
def test_what_should_only_be_near_is_nearest_at_0(kept: bool, kinds: list[str]) -> None:
    w = [Value(0.6), Value(0.5)]
    pairs = [((x, y), (x + 0.1 * y, y - 0.1 * x)) for x, y in zip(XS, YS, strict=True)]

    def cost() -> Any:
        size = (w[0] * w[0] + w[1] * w[1]) ** 0.5 if kept else 1.0
        return mean([square((w[0] * (a - c) + w[1] * (b - d)) / size) for (a, b), (c, d) in pairs])

    assert _kinds(_told(*w, cost=cost, steps=60, rate=1.0)) == kinds


@pytest.mark.parametrize("known", [False, True])
def test_a_constant_is_in_no_derivative(known: bool) -> None:
    net = MLP(1, [4, 1], activation="tanh", rng=random.Random(2))
    parameters = list(net.parameters())

    def y(t: Any) -> Any:
        return net([t])

    slope = derivative(y)
    with watching() as watch:
        for _ in range(40):
            loss = mean([square(slope(0.2 * k) - math.cos(0.2 * k)) for k in range(6)])
            cost = loss + square(y(0.0)) if known else 1.0 * loss
            cost.backward()
            for p in parameters:
                p.data -= 0.1 * p.grad
                p.zero_grad()
    found = watch.findings()
    assert _kinds(found) == ([] if known else ["no gradient"])
    assert known or ("derivatives" in found[0].message and found[0].text.startswith("cost = loss"))


# --- each with each ----------------------------------------------------------------------------------------------------


def _line(errors: Callable[[list[Any]], Any]) -> list[Finding]:
    w, b = Value(0.2, label="w"), Value(0.0, label="b")
    return _told(w, b, cost=lambda: errors([w * x + b for x in XS]), steps=40)


def _loops(outputs: list[Any]) -> Any:
    total: Any = 0.0
    for y in YS:
        for f in outputs:
            total = total + square(f - y)
    return total / len(YS) ** 2


def _surprises(outputs: list[Any]) -> Any:
    spread = [-0.5, 0.5]
    return mean([-logsumexp([-square(y - f - s) for s in spread]) for f in outputs for y in YS])


@pytest.mark.parametrize("cost", [_loops, _surprises, lambda fs: mean([abs(y - f) for y in YS for f in fs])])
def test_outputs_that_are_compared_with_all_targets_are_all_the_same(cost: Callable[[list[Any]], Any]) -> None:
    (found,) = _line(cost)
    assert (found.kind, found.certainty, found.evidence["terms"]) == ("every target for every input", "likely", 144.0)


@pytest.mark.parametrize("cost", [
    lambda fs: mean([square(f - y) for f, y in zip(fs, YS, strict=True)]),
    # a distance of two sets of points
    lambda fs: mean([exp(-square(f - g)) for f in fs for g in fs]) - 2.0 * mean([exp(-square(f - y)) for f in fs for y in YS]),
    # quantiles, each with its own weights
    lambda fs: mean([softplus((y - f) * 5.0) + k / 12.0 * (f - y) for k, f in enumerate(fs) for y in YS]),
    # a table of numbers, one for each pair
    lambda fs: mean([square(f * y - 0.1 * i * j) for i, f in enumerate(fs) for j, y in enumerate(YS)]),
])  # fmt: skip
def test_pairs_that_are_meant_are_let_be(cost: Callable[[list[Any]], Any]) -> None:
    assert "every target for every input" not in _kinds(_line(cost))


def test_several_models_may_have_the_same_targets() -> None:
    means = _drawn(6)
    assert _told(*means, cost=lambda: mean([square(m - y) for m in means for y in YS[:6]])) == []


# --- what they are told by ---------------------------------------------------------------------------------------------


def test_other_data_are_the_same_numbers_in_other_places() -> None:
    w = Value(1.5, label="w")
    terms = [square(w * x - y) * x for x, y in zip(XS, YS, strict=True)]
    training = training_of([record_backward(mean(terms))], parameters=[w])
    (p,) = training.passes
    groups = [sorted({number_of(p, e) for e in entries}) for entries in data_of(training, p)]
    assert sorted(XS) in groups and sorted(YS) in groups  # and not the exponent, nor the number of terms
    edit = other_data(training, p, 3.0)
    for entries in data_of(training, p):
        own, others = ([numbers[e] for e in entries] for numbers in ({e: number_of(p, e) for e in entries}, edit.numbers))
        assert sorted(others) == pytest.approx(sorted(3.0 * x for x in own)) and others != [3.0 * x for x in own]


def test_a_number_that_is_used_twice_in_a_place_is_one_number_again() -> None:
    w = Value(1.5, label="w")
    training = training_of([record_backward(mean([w * x * x for x in XS]))], parameters=[w])
    (p,) = training.passes
    (entries,) = data_of(training, p)
    assert len(entries) == 2 * len(XS)
    pairs = {(number_of(p, e), x) for e, x in other_data(training, p, 1.0).numbers.items()}
    assert len(pairs) == len(XS)


def test_the_line_of_a_cost_is_the_last_that_assigns_it() -> None:
    def train() -> None:
        w = Value(1.0)
        cost = w * w
        loss = 2.0 * cost
        loss.backward()

    lines, begin = inspect.getsourcelines(train)
    here = Source(__file__, begin + len(lines) - 1, "train", "loss.backward()")
    assert (found := cost_of(here)) and (found.line, found.text) == (begin + len(lines) - 2, "loss = 2.0 * cost")
    assert cost_of(here._replace(text="mean(terms).backward()")) is None is cost_of(None)


# --- over a minimum ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "kinds"), [(0.01, ["learning rate too large"]), (1e-5, [])])
def test_steps_as_long_as_what_a_bound_leaves_go_over_the_minimum(rate: float, kinds: list[str]) -> None:
    times = [100.0 * k for k in range(12)]
    readings = [math.exp(-5e-4 * t) + 0.01 * (-1.0) ** k for k, t in enumerate(times)]
    k = Value(1e-3, label="k")
    with watching() as watch:
        descent = Adam([k], rate=rate)
        for _ in range(400):
            descent.zero_grad()
            mean([square(exp(-k * t) - y) for t, y in zip(times, readings, strict=True)]).backward()
            descent.step()
            k.data = max(k.data, 0.0)
    found = watch.findings()
    assert _kinds(found) == kinds
    assert not kinds or (found[0].certainty == "proven" and found[0].evidence["over"] >= 8.0)


def test_the_noise_of_samples_is_no_step_over_a_minimum() -> None:
    w, b, draw = Value(0.1, label="w"), Value(0.0, label="b"), random.Random(9)

    def cost() -> Any:
        x = draw.uniform(-1.0, 1.0)
        return square(w * x + b - 0.5 * x - draw.gauss(0.0, 1.0))

    assert "learning rate too large" not in _kinds(_told(w, b, cost=cost, steps=300, rate=0.2))


# --- shares ------------------------------------------------------------------------------------------------------------


def _mixture(cost: Callable[[list[Any], list[Any]], Any]) -> list[Finding]:
    """Two normal parts with shares, by a cost of the shares and of the logarithms of the densities, for each number."""
    xs = [-2.1, -1.7, -2.4, -1.9, 1.0, 1.6, 2.1, 1.4, 0.7, 1.9]
    mu, logits = [Value(-1.0, label="mu_0"), Value(0.4, label="mu_1")], [Value(0.0, label="c_0"), Value(0.1, label="c_1")]

    def total() -> Any:
        shares = list(softmax(logits))
        return -mean([cost(shares, [-0.5 * square(x - m) for m in mu]) for x in xs])

    return _told(*mu, *logits, cost=total, steps=80)


@pytest.mark.parametrize(("cost", "kinds"), [
    (lambda shares, logs: shares[0] * logs[0] + shares[1] * logs[1], ["one takes all"]),
    (lambda shares, logs: log(shares[0] * exp(logs[0]) + shares[1] * exp(logs[1])), []),
    (lambda shares, logs: logsumexp([log(w) + p for w, p in zip(shares, logs, strict=True)]), []),
    # with the entropy of the shares
    (lambda shares, logs: shares[0] * (logs[0] - log(shares[0])) + shares[1] * (logs[1] - log(shares[1])), []),
])  # fmt: skip
def test_shares_before_the_logarithms_leave_all_to_one_part(cost: Callable[..., Any], kinds: list[str]) -> None:
    found = _mixture(cost)
    assert [kind for kind in _kinds(found) if kind == "one takes all"] == kinds
    assert not kinds or found[0].evidence["least"] < found[0].evidence["cost"]


def test_a_policy_may_well_take_the_best_action_alone() -> None:
    logits, draw = _drawn(4), random.Random(12)
    assert _told(*logits, cost=lambda: -mean([p * (k + draw.random()) for k, p in enumerate(softmax(logits))])) == []
