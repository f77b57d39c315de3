"""Diagnoses one by one, on planted values whose disease is known, and their silence about networks that learn.

The gallery (test_faults.py) shows every check finding a real script's fault. Here stand what the scripts do not
show: single recordings, recordings without a watch, what is just on the healthy side of a line, and many healthy networks of
all kinds, of which nothing may be said.
"""

import copy
import dataclasses
import itertools
import json
import math
import pathlib
import pickle
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graph

import autograd
from autograd import (
    ArgumentError,
    OperandError,
    Recording,
    Value,
    dot,
    exp,
    load_recording,
    log,
    logsumexp,
    mean,
    record_backward,
    record_sources,
    relu,
    reverse,
    sigmoid,
    softmax,
    sqrt,
    square,
    tanh,
    where,
)
from autograd.observers import looking
from examples import recurrent, residual, transformer
from nn import MLP, SGD, cross_entropy, data, l2, mean_squared_error
from nn.train import fit
from viz.debugger.diagnoses.check import Check, hidden_by
from viz.debugger.diagnoses.diagnose import diagnose
from viz.debugger.diagnoses.evidence.found import Certainty, Found
from viz.debugger.diagnoses.evidence.outputs import sign_of_terms
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.statements import definition, rebound, repetition
from viz.debugger.diagnoses.evidence.training import Training
from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.table import CHECKS, Kind
from viz.debugger.diagnoses.watch import Watch, watching
from viz.script import running


def kinds(what: Any, **named: Any) -> list[str]:
    return [finding.kind for finding in diagnose(what, **named)]


def values(*numbers: float, label: str = "w") -> list[Value]:
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


# --- the table ---------------------------------------------------------------------------------------------------------


def test_every_disease_has_one_row_and_every_consequence_stands_below_its_cause() -> None:
    assert [*(check.kind for check in CHECKS), Kind.NOTHING_TO_IGNORE] == list(Kind)
    for place, check in enumerate(CHECKS):
        assert check.severity in ("error", "warning", "note")
        assert (check.find.__doc__ or "").splitlines()[0].endswith("."), "docs/faults.md says what it is"
        later = CHECKS[place + 1 :]
        outcome = {other.kind for other in later if other.outcome and check.severity == "error"}
        outcome |= {other.kind for other in later if other.without_a_cause}
        assert check.explains == "*" or hidden_by(check, later) == {*check.explains, *outcome}, (
            f"{check.kind} names a row above"
        )


def test_an_earlier_row_hides_later_ones_and_no_row_an_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def row(kind: Kind, explains: Any = (), in_the_graph: bool = False) -> Check:
        return Check(kind, "error", Certainty.FACT, lambda _: iter([Found(None, "always", "nothing")]), explains, in_the_graph)

    def seen(*rows: Check) -> list[str]:
        monkeypatch.setattr(sys.modules["viz.debugger.diagnoses.diagnose"], "CHECKS", rows)
        return kinds(Value(1.0) * 2.0)

    pole, kink = row(Kind.POLE), row(Kind.KINK)
    assert seen(pole, kink) == ["pole", "kink"]
    assert seen(row(Kind.POLE, (Kind.KINK,)), kink) == ["pole"]
    assert seen(pole, row(Kind.KINK, (Kind.POLE,))) == ["pole", "kink"]
    assert seen(pole, row(Kind.KINK, "*"), row(Kind.DEAD_UNITS), row(Kind.STEP_FUNCTION, (), True)) == [
        "pole",
        "kink",
        "step function",
    ]
    hidden_first = (row(Kind.POLE, (Kind.KINK,)), row(Kind.KINK, (Kind.DEAD_UNITS,)), row(Kind.DEAD_UNITS))
    assert seen(*hidden_first) == ["pole", "dead units"], "a row that is hidden hides nothing"


def test_a_kind_is_a_string_and_a_misspelt_one_is_answered() -> None:
    (finding,) = diagnose(log(Value(0.0)))
    assert (finding.kind, f"{finding.kind}", repr(finding.kind)) == ("not finite", "not finite", "'not finite'")
    assert finding.kind is Kind.NOT_FINITE
    assert json.loads(json.dumps(dataclasses.asdict(finding)))["kind"] == "not finite"
    assert pickle.loads(pickle.dumps(finding)) == copy.deepcopy(finding) == finding
    assert all(member.name == member.value.upper().replace(" ", "_") for member in Kind), "who knows the text knows the name"
    with pytest.raises(ArgumentError, match="no finding is of kind 'exploding gradients'"):
        Kind("exploding gradients")
    with pytest.raises(ArgumentError, match="no finding is of kind 'loud'"):
        Kind("loud")


def test_a_check_that_always_speaks_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    loud = Check(Kind.POLE, "error", Certainty.FACT, lambda _: iter([Found(None, "always", "nothing")]))
    monkeypatch.setattr(sys.modules["viz.debugger.diagnoses.diagnose"], "CHECKS", (loud, *CHECKS))
    assert kinds(Value(1.0) * 2.0) == ["pole"]


def test_two_faults_are_two_findings() -> None:
    model = MLP(2, [3, 3], activation="tanh", rng=random.Random(0))
    with watching() as watch:
        for _ in range(6):
            cross_entropy([softmax(model([x, 1.0])) for x in (-1.0, 0.0, 1.0)], [0, 1, 2]).backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad
    assert [f.kind for f in watch.findings()] == ["gradients not zeroed", "activation before the cost"]


# --- what is looked at -------------------------------------------------------------------------------------------------


def test_a_value_is_diagnosed_without_leaving_traces() -> None:
    x = Value(0.0, label="x")
    cost = log(x)
    assert kinds(cost) == ["not finite"]
    assert not x.has_grad
    assert not cost.has_grad


def test_what_is_no_recording_is_refused() -> None:
    for wrong in (3.0, None, "cost", [1.0]):
        with pytest.raises(OperandError, match="diagnose: it looks at"):
            diagnose(wrong)  # type: ignore[arg-type]
    with pytest.raises(OperandError, match="that have one"):
        diagnose(Value(1.0) * 2.0, parameters=[Value(2.0)])
    assert diagnose([]) == []


def test_a_saved_recording_says_the_same(tmp_path: pathlib.Path) -> None:
    with record_sources():
        x = Value(0.0, label="x")
        cost = where(x > 0, log(x), 0.0) + x
    recording = record_backward(cost)
    recording.save(tmp_path / "run.json")
    assert diagnose(load_recording(tmp_path / "run.json")) == diagnose(recording) != []


def test_findings_are_plain_data_and_their_text_says_where() -> None:
    with record_sources():
        finding = diagnose(log(Value(0.0)))[0]
    assert (finding.file, finding.text) == (__file__, "log(Value(0.0))")
    assert str(finding).endswith(
        f":{finding.line}: {finding.kind} (fact): {finding.message}. Try: {finding.remedy}  [{finding.text}]"
    )
    assert dataclasses.asdict(finding)["evidence"] == {"pass": 1.0, "value": -math.inf}
    assert str(diagnose(log(Value(0.0)))[0]).startswith("not finite (fact): log(0) = -inf"), "no sources, no place"


# --- nan and inf -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "node"),
    [
        (lambda x: log(x - 1.0) * 2.0 + x, "log"),
        (lambda x: exp(x * 1000.0) - exp(x * 999.0), "exp"),
        (lambda x: 1.0 / (x - 1.0) + x, "div"),
        (lambda x: sqrt(x - 2.0) * sqrt(x - 3.0), "sqrt"),
        (lambda x: (x - 2.0) ** 0.5, "pow"),
        (lambda x: x * math.nan + 1.0, "mul"),
    ],
)
def test_of_a_nan_only_the_origin_is_named(make: Callable[[Value], Value], node: str) -> None:
    (finding,) = diagnose(make(Value(1.0, label="x")))
    assert finding.kind == "not finite"
    assert f"{node}(" in finding.message


def test_a_leaf_that_is_nan_is_named_itself() -> None:
    (finding,) = diagnose(Value(math.nan, label="w") * 2.0)
    assert (finding.kind, finding.nodes) == ("not finite", ("w",))


def test_an_infinity_that_does_no_harm_is_none() -> None:
    masked = [Value(1.0, label="z_1"), Value(2.0, label="z_2"), Value(0.5) - math.inf]
    assert kinds(logsumexp(masked) - masked[0]) == []
    x = Value(-1.0, label="w")
    assert kinds(where(x > 0, log(x), x) * 2.0) == [], "log(-1) is nan, and its derivative is finite: nothing comes of it"


def test_zero_times_infinity_is_found_where_it_happens() -> None:
    x = Value(0.0, label="w")
    (finding,) = diagnose(square(sqrt(x)))
    assert finding.kind == "not finite backward"
    assert finding.evidence == {"local": math.inf, "upstream": 0.0}


def test_a_sum_of_infinities_in_the_backward_pass_is_found() -> None:
    w = Value(1e200, label="w")
    (finding,) = diagnose([record_backward(square(square(w * 1e-160) * 1e60) * 1e60)])
    assert finding.kind in ("not finite backward", "pole", "exploding gradient", "not finite")


def test_what_is_about_to_happen_is_a_warning() -> None:
    w = Value(650.0, label="w")
    (finding,) = diagnose(log(exp(w)))
    assert (finding.kind, finding.severity) == ("near overflow", "warning")
    assert kinds(log(exp(w * 0.5))) == kinds(exp(-w)) == []
    x = Value(1e-9, label="w")
    (finding,) = diagnose(1.0 / x)
    assert (finding.kind, finding.severity) == ("pole", "warning")
    assert kinds(1e-18 / x) == [], "next to a pole, and nothing large comes of it"


def test_lost_digits_matter_only_where_they_can_be_seen() -> None:
    a = Value(1.0, label="a")
    big, small = a * 1e8 + 1e-7, a * 1e8
    assert kinds(square((big - small) * 1e7)) == ["lost digits"]
    assert kinds(square(big - small) * 1e-9 + a) == [], "the cost does not feel it"
    assert kinds(square(a * 1.0000000001 - 1.0)) == [], "an error near 0 is what training is for"


# --- flow --------------------------------------------------------------------------------------------------------------


def layer(z: list[float], activation: Callable[[Any], Any] = relu, shift: float = 0.0) -> Any:
    """A unit of one weight and a bias over several samples, and the mean of squares of what comes out."""
    w, b, v = Value(1.0, label="w"), Value(shift, label="b"), Value(0.5, label="v")
    return mean([square(v * activation(w * x + b) - 1.0) for x in z])


def test_a_unit_is_dead_if_no_sample_passes() -> None:
    assert kinds(layer([-1.0, -2.0, -0.5, -3.0])) == ["dead units"]
    assert kinds(layer([-1.0, -2.0, -0.5, 0.1])) == []
    assert kinds(layer([-1.0, -2.0, -0.5])) == [], "three samples are too few to say so"


def test_a_unit_is_saturated_if_every_sample_is_flat() -> None:
    assert kinds(layer([6.0, 7.0, -8.0, 9.0], tanh)) == ["saturated units"]
    assert kinds(layer([6.0, 7.0, -8.0, 2.0], tanh)) == []
    assert kinds(layer([60.0, 70.0, -80.0, 90.0], tanh)) == ["inputs not scaled"], "the inputs are to blame"
    assert kinds(layer([0.1, 0.2, 0.3, 0.4], sigmoid, shift=30.0)) == ["saturated units"]


def test_a_few_dead_units_of_a_layer_are_no_fault() -> None:
    rng = random.Random(0)
    W = [values(rng.gauss(0, 1), rng.gauss(0, 1), label=f"w{i}") for i in range(4)]
    v = values(1.0, -1.0, 0.5, 2.0, label="v")
    for w in W[0]:
        w.data = -abs(w.data)
    xs = [[rng.random(), rng.random()] for _ in range(8)]
    assert kinds(mean([square(dot(v, [relu(dot(w, x)) for w in W]) - 1.0) for x in xs])) == []


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc", "sign"])
def test_step_functions_are_named(name: str) -> None:
    w = Value(1.3, label="w")
    (finding,) = diagnose(square(getattr(autograd, name)(w * 2.0) - 0.25))
    assert finding.kind == "step function"
    assert f"{name}()" in finding.message
    x = Value(1.3, label="x")
    assert kinds(getattr(autograd, name)(x) * w) == [], "of an input it is a feature"


def deep(activation: Callable[[Any], Any], weight: float, depth: int) -> Any:
    h: Any = Value(0.3, label="x")
    for n in range(depth):
        h = activation(Value(weight, label=f"w^{n + 1}_1") * h)
    return square(h - 1.0)


def test_errors_that_vanish_or_explode_through_depth() -> None:
    assert kinds(deep(sigmoid, 1.0, 12)) == ["vanishing gradient"]
    assert kinds(deep(sigmoid, 1.0, 4)) == []
    assert kinds(deep(tanh, 1.0, 12)) == []
    assert kinds(deep(lambda u: u, 10.0, 12)) == ["exploding gradient"]
    assert kinds(deep(lambda u: u, 1.1, 12)) == []


def test_a_parameter_that_cancels_has_no_influence_and_one_at_its_optimum_has() -> None:
    b, w = Value(0.3, label="b"), values(0.5, -0.2, 0.1)
    assert kinds(logsumexp([u + b for u in w]) - (w[0] + b)) == ["no influence"]
    xs = [-1.0, 0.0, 1.0]
    w0, b0 = Value(0.5, label="w"), Value(0.0, label="b")
    assert kinds(mean([square(w0 * x + b0 - 2.0 * x) for x in xs])) == [], "the bias is right, by symmetry; it could be wrong"


def test_inputs_that_the_cost_does_not_see() -> None:
    x, unused = Value(1.0, label="x_1"), Value(2.0, label="x_2")
    w = Value(0.5, label="w")
    cost = square(w * x - 1.0)
    assert kinds(cost, inputs=[x]) == []
    (finding,) = diagnose(cost, inputs=["x_1", unused])
    assert (finding.kind, finding.nodes) == ("input without influence", ("x₂",))


def test_parameters_that_are_in_no_graph() -> None:
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    cost = square(w * 2.0 - 1.0)
    assert kinds(cost, parameters=[w]) == []
    (finding,) = diagnose(cost, parameters=[w, b])
    assert (finding.kind, finding.nodes) == ("no gradient", ("b",))


# --- network and cost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", [relu, tanh, sigmoid])
def test_an_activation_twice(activation: Callable[[Any], Any]) -> None:
    w = Value(0.7, label="w")
    assert kinds(square(activation(activation(w * 2.0)) - 0.5)) == ["activation twice"]
    assert kinds(square(activation(w * activation(w * 2.0)) - 0.5)) == []


def test_noise_around_the_bound_of_an_activation_is_no_target_out_of_reach() -> None:
    w = Value(0.7, label="w")
    targets = [-0.01, 0.5, 1.0, 2.0, 1.5]
    assert kinds(mean([square(relu(w * y + 0.1) - y) for y in targets])) == []
    assert kinds(mean([square(relu(w * y + 0.1) - 3.0 * (y - 1.0)) for y in targets])) == ["target out of reach"]


def test_softmax_twice() -> None:
    z = values(0.1, 0.7, -0.3, label="z")
    assert kinds(-log(softmax(softmax(z))[1])) == ["activation twice"]
    assert kinds(-log(softmax(z)[1])) == []


def test_targets_out_of_reach_and_just_within() -> None:
    w = Value(0.7, label="w")
    for activation, reachable, not_reachable in ((sigmoid, 1.0, 1.5), (tanh, -1.0, -2.0), (relu, 5.0, -0.5)):
        assert kinds(square(activation(w * 2.0) - reachable)) == []
        assert kinds(square(activation(w * 2.0) - not_reachable)) == ["target out of reach"]
    gate = sigmoid(w * 2.0)
    assert kinds(square((2.0 - gate) * w - 1.0)) == [], "a gate is no output"


def test_units_alike_have_to_be_alike_in_weights_and_gradients() -> None:
    def cost(weights: list[float], outer: list[float]) -> Any:
        w, v = values(*weights), values(*outer, label="v")
        return mean([square(dot(v, [tanh(u * x) for u in w]) - x * x) for x in (0.5, -1.0, 2.0)])

    assert kinds(cost([0.5, 0.5], [0.3, 0.3])) == ["symmetric units"]
    assert kinds(cost([0.5, 0.5], [0.3, -0.4])) == [], "the gradients will tear them apart"
    assert kinds(cost([0.5, 0.6], [0.3, 0.3])) == []


# --- recordings of training, without a watch ---------------------------------------------------------------------------


def trained(rate: float, steps: int = 12, zero: bool = True, sign: float = -1.0) -> list[Recording]:
    """The recordings of descent on a line through three points."""
    w, b = Value(0.5, label="w"), Value(0.0, label="b")
    recordings = []
    for _ in range(steps):
        cost = mean([square(w * x + b - y) for x, y in ((0.0, 1.0), (1.0, 2.9), (2.0, 5.2))])
        recordings.append(record_backward(cost))
        for p in (w, b):
            p.data += sign * rate * p.grad
            if zero:
                p.zero_grad()
    return recordings


def test_recordings_alone_show_what_happened_in_between() -> None:
    assert kinds(trained(0.1)) == []
    assert kinds(trained(0.1, zero=False)) == ["gradients not zeroed"]
    assert kinds(trained(0.1, sign=1.0)) == ["wrong sign of the update"]
    assert kinds(trained(2.0)) == ["learning rate too large"]
    assert kinds(trained(1e-9)) == ["learning rate too small"]


@pytest.mark.parametrize("labels", ["wb", "ww"])
@pytest.mark.parametrize(
    ("updated", "kind"), [((0, 1), []), ((0,), ["not in the optimiser"]), ((1,), ["not in the optimiser"])]
)
def test_two_leaves_of_one_label_are_told_apart(labels: str, updated: tuple[int, ...], kind: list[str]) -> None:
    leaves = [Value(x, label=label) for x, label in zip((0.3, -0.8), labels, strict=True)]
    w, b = leaves
    recordings = []
    for _ in range(8):
        recordings.append(record_backward(mean([square(w * x + b - (2.0 * x + 1.0)) for x in (-1.0, 0.5, 2.0)])))
        for k in updated:
            leaves[k].data -= 0.1 * leaves[k].grad
        for p in leaves:
            p.zero_grad()
    assert kinds(recordings) == kind


def test_a_rate_at_which_every_step_is_taken_back() -> None:
    w = Value(1.0, label="w")
    recordings = []
    for _ in range(12):
        recordings.append(record_backward(square(w * 2.0)))
        w.data -= 0.25 * w.grad  # exactly to the other side of the valley
        w.zero_grad()
    (finding,) = diagnose(recordings)
    assert finding.kind == "learning rate too large"
    assert "takes back" in finding.message


def test_a_likelihood_may_be_climbed() -> None:
    z = Value(0.1, label="z")
    recordings = []
    for _ in range(12):
        recordings.append(record_backward(mean([log(sigmoid(z)), log(1.0 - sigmoid(z)), log(sigmoid(z))])))
        z.data += 0.5 * z.grad
        z.zero_grad()
    assert kinds(recordings) == []


# --- the watch ---------------------------------------------------------------------------------------------------------


def test_a_watch_leaves_everything_as_it_was() -> None:
    before = dict(vars(Value)), dict(vars(reverse))
    with watching():
        assert (dict(vars(Value)), dict(vars(reverse))) == before, "nothing is patched"
        assert len(looking()) == 1
    with pytest.raises(ZeroDivisionError), watching():
        Value(2.0).data += 1 / 0
    assert (dict(vars(Value)), dict(vars(reverse))) == before
    assert looking() == []


def test_watches_nest_and_the_outer_one_goes_on() -> None:
    w = Value(2.0)
    with watching() as outer:
        (w * 1.0).backward()
        with watching() as inner:
            (w * 2.0).backward()
        (w * 3.0).backward()
    assert (outer.count, [p.cost for p in outer.passes]) == (3, [2.0, 4.0, 6.0])
    assert (inner.count, [p.cost for p in inner.passes]) == (1, [4.0])


def test_an_update_in_several_assignments_goes_from_the_first_number_to_the_last() -> None:
    w = Value(1.0)
    with watching() as watch:
        (w * w).backward()
        for x in (5.0, 7.0):
            w.data = x
        w.data = 1.0
        (w * w).backward()
        w.data = 4.0
        (w * w).backward()
    first, second = (next(iter(p.updates.values())) for p in watch.passes[1:])
    assert (first.before, first.after, first.times, first.moved) == (1.0, 1.0, 1, True), "the last line has assigned once"
    assert (second.before, second.after, second.times, second.moved) == (1.0, 4.0, 1, True)


def test_a_watch_sees_every_assignment_with_its_line() -> None:
    w = Value(1.0, label="w")
    with watching() as watch:
        for _ in range(3):
            (w * w).backward()
            w.data -= 0.1 * w.grad
            w.zero_grad()
    line = test_a_watch_sees_every_assignment_with_its_line.__code__.co_firstlineno + 5
    training = Training(watch.passes, watched=True)
    (update,) = training.passes[1].updates.values()
    assert (update.before, update.after, update.grad, update.times) == (1.0, 0.8, 2.0, 1)
    assert training.update_source is not None
    assert (training.update_source.file, training.update_source.line) == (__file__, line)
    assert training.update_source.text == "w.data -= 0.1 * w.grad"
    assert len(training.updated) == 1


def test_a_long_training_is_kept_in_part() -> None:
    w = Value(1.0, label="w")
    with watching(memory=20_000) as watch:
        for _ in range(50):
            (w * w).backward()
            w.data -= 0.1 * w.grad
            w.zero_grad()
    assert watch.count == 50
    kept = [round(math.log(p.cost, 0.64)) for p in watch.passes]
    first = next(k for k, n in enumerate(kept) if n != k)
    assert 50 > len(kept) > 2 * (len(kept) - first) > 0, "three quarters are the first passes"
    assert kept == [*range(first), *range(50 - len(kept) + first, 50)]
    assert watch.findings() == []


def test_passes_of_one_shape_share_it() -> None:
    xs = [float(n) for n in range(200)]

    def training(steps: int) -> Watch:
        w = Value(1.0, label="w")
        with watching() as watch:
            for _ in range(steps):
                mean([(w * x - 1.0) ** 2 for x in xs]).backward()
                w.data -= 1e-5 * w.grad
                w.zero_grad()
        return watch

    training(3)  # instructions that have run a few times may have other places
    watch = training(60)
    assert len({id(p.shape) for p in watch.passes}) == 1
    assert len({id(p.nodes.operands) for p in watch.passes}) == 1
    assert [p.cost for p in watch.passes] == [r.root.data for r in watch.recordings]
    assert watch.passes[0].cost > watch.passes[-1].cost
    tracemalloc.start()
    watch = training(60)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used < 60 * len(watch.passes[0].nodes) * 60, "bytes for each node of each pass"


def test_gradients_may_be_added_up_over_a_batch() -> None:
    w = Value(1.0, label="w")
    with watching() as watch:
        for _ in range(6):
            for x in (1.0, 2.0, 3.0):
                square(w * x - 2.0 * x).backward()
            w.data -= 0.01 * w.grad
            w.zero_grad()
    assert watch.findings() == []


def test_a_distribution_without_inputs_answers_the_same_to_everything() -> None:
    theta = values(0.0, 0.0, 0.0, label="theta")
    with watching() as watch:
        for _ in range(8):
            cross_entropy([[t * 1.0 for t in theta]] * 6, [0, 1, 1, 2, 1, 0]).backward()
            for t in theta:
                t.data -= 0.5 * t.grad
                t.zero_grad()
    assert watch.findings() == []


def test_measuring_the_same_again_and_again_is_no_training() -> None:
    w = Value(1.0, label="w")
    with watching() as watch:
        for _ in range(5):
            tanh(w * 2.0).backward()
    assert watch.findings() == []


def test_slopes_that_are_only_looked_at_are_no_training() -> None:
    w = Value(1.0, label="w")
    with watching() as watch:
        for x in (1.0, 2.0, 3.0, 4.0):
            tanh(w * x).backward()
    assert watch.findings() == []


def test_a_moving_mean_of_the_weights_needs_no_gradient() -> None:
    w, slow = Value(1.0, label="w"), Value(1.0, label="slow")
    with watching() as watch:
        for _ in range(8):
            square(w * 2.0 - 3.0).backward()
            w.data -= 0.05 * w.grad
            w.zero_grad()
            slow.data = 0.9 * slow.data + 0.1 * w.data
    assert watch.findings() == []


def test_frozen_parameters_are_left_out_on_purpose() -> None:
    for freeze in (True, False):
        model = MLP(1, [3, 1], activation="tanh", rng=random.Random(0))
        if freeze:
            model.freeze(["w^1_11", "b^1_1"])
        descent = SGD(model.parameters() if freeze else model.layers[1].parameters(), rate=0.05)
        with watching() as watch:
            for _ in range(6):
                cost = mean_squared_error([model([x]) for x in (-1.0, 0.0, 1.0)], [1.0, 0.0, 1.0])
                model.zero_grad()
                cost.backward()
                descent.step()
        assert [f.kind for f in watch.findings()] == ([] if freeze else ["not in the optimiser"])


def test_where_the_optimiser_was_made_is_read_from_the_file(tmp_path: pathlib.Path) -> None:
    from autograd import Source

    path = tmp_path / "script.py"
    path.write_text("a = SGD(ps, rate=1.0)\nb = Adam(\n    ps)\nfor p in ps:\n    p = p - 0.1 * p.grad\n", encoding="utf-8")
    step = Source(str(path), 9, "<module>", "b.step()")
    assert definition(step) == Source(str(path), 2, "<module>", "Adam(ps)")
    for other in ("c.step()", "train()", "model.descent.step()"):
        assert definition(step._replace(text=other)) == step._replace(text=other)
    assert rebound(step) == Source(str(path), 5, "<module>", "p = p - 0.1 * p.grad")
    assert rebound(step._replace(file=str(tmp_path / "none.py"))) is None
    assert definition(None) is rebound(None) is None


# --- training that stands still ----------------------------------------------------------------------------------------

POINTS = ((0.0, 1.0), (1.0, 2.9), (2.0, 5.2))


def line_cost(w: Any, b: Any) -> Any:
    return mean([square(w * x + b - y) for x, y in POINTS])


def rate_of_zero(w: Value, b: Value) -> None:
    for k in range(6):
        square(w * float(k) + b - 1.0).backward()  # another cost every time
        for p in (w, b):
            p.data -= 1 // 10 * p.grad
            p.zero_grad()


def update_after_the_loop(w: Value, b: Value) -> None:
    for _ in range(4):
        w.zero_grad()
        b.zero_grad()
        line_cost(w, b).backward()
    for p in (w, b):
        p.data -= 0.1 * p.grad


def update_after_all_epochs(w: Value, b: Value) -> None:
    for _ in range(3):
        for x, y in POINTS:
            w.zero_grad()
            b.zero_grad()
            square(w * x + b - y).backward()
    for p in (w, b):
        p.data -= 0.1 * p.grad


def list_of_new_values(w: Value, b: Value) -> None:
    parameters = [w, b]
    for _ in range(4):
        for p in parameters:
            p.zero_grad()
        line_cost(w, b).backward()
        parameters = [Value(p.data - 0.1 * p.grad) for p in parameters]


def list_of_new_values_never_zeroed(w: Value, b: Value) -> None:
    parameters = [w, b]
    for _ in range(4):
        line_cost(w, b).backward()
        parameters = [Value(p.data - 0.1 * p.grad) for p in parameters]


def name_never_zeroed(w: Value, b: Value) -> None:
    for _ in range(4):
        line_cost(w, b).backward()
        for p in (w, b):
            p = p - 0.1 * p.grad


def made_anew(w: Value, b: Value) -> None:
    for _ in range(9):
        w, b = Value(0.5, label="w"), Value(0.1, label="b")
        line_cost(w, b).backward()
        for p in (w, b):
            p.data -= 0.1 * p.grad


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (rate_of_zero, 4),
        (update_after_the_loop, 6),
        (update_after_all_epochs, 7),
        (list_of_new_values, 6),
        (list_of_new_values_never_zeroed, 4),
        (name_never_zeroed, 4),
        (made_anew, 2),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_training_that_stands_still_is_named_by_its_update(program: Callable[[Value, Value], None], line: int) -> None:
    with watching() as watch:
        program(Value(0.5, label="w"), Value(0.1, label="b"))
    (finding,) = watch.findings()
    assert finding.kind == "never updated"
    assert finding.line == program.__code__.co_firstlineno + line


# --- lists of one and the same -----------------------------------------------------------------------------------------


def descend(cost: Callable[[], Any], parameters: list[Value], rate: Callable[[int], float], steps: int = 6) -> None:
    """A few steps of descent."""
    for step in range(steps):
        cost().backward()
        for p in dict.fromkeys(parameters):
            p.data -= rate(step) * p.grad
            p.zero_grad()


def descent_on(cost: Callable[[], Any], parameters: list[Value], rate: float = 0.05, steps: int = 6) -> Watch:
    """What a watch saw of them."""
    with watching() as watch:
        descend(cost, parameters, lambda _: rate, steps)
    return watch


def places(watch: Watch) -> list[tuple[str, int]]:
    return [(finding.kind, finding.line) for finding in watch.findings()]


INPUTS = [[0.5, -1.0, 0.3], [1.2, 0.4, -0.7], [-0.2, 0.9, 1.1], [0.1, -0.6, 0.8]]


def test_a_list_of_one_weight_is_seen_in_a_sum_that_is_written_out() -> None:
    with record_sources():
        w = [Value(0.1)] * 3
        b = Value(0.0)
    watch = descent_on(
        lambda: mean([square(sum((p * u for p, u in zip(w, x, strict=True)), b) - x[0]) for x in INPUTS]), [*w, b]
    )
    line = test_a_list_of_one_weight_is_seen_in_a_sum_that_is_written_out.__code__.co_firstlineno + 2
    assert places(watch) == [("one weight in many places", line)]


@pytest.mark.parametrize("written", ["dot", "sum", "logits"])
def test_a_layer_of_one_row_is_seen(written: str) -> None:
    rng = random.Random(0)
    with record_sources():
        row = [Value(rng.gauss(0, 1)) for _ in range(3)]
        W = [row for _ in range(4)]
    v = values(0.5, -0.4, 0.3, 0.8, label="v")

    def answer(x: list[float]) -> Any:
        h = [tanh(dot(r, x)) for r in W]
        return dot(v, h) if written == "dot" else sum((p * u for p, u in zip(v, h, strict=True)), Value(0.0))

    def cost() -> Any:
        if written == "logits":
            return cross_entropy([[dot(r, x) for r in W] for x in INPUTS], [0, 1, 2, 3])
        return mean([square(answer(x) - x[0]) for x in INPUTS])

    (kind, line), *others = places(descent_on(cost, [*row, *v] if written != "logits" else row))
    assert (kind, line, others) == (
        "one weight in many places",
        test_a_layer_of_one_row_is_seen.__code__.co_firstlineno + 5,
        [],
    )


def test_lines_that_repeat_a_value_are_read_from_the_file(tmp_path: pathlib.Path) -> None:
    from autograd import Source

    path = tmp_path / "script.py"
    path.write_text(
        "a = [Value(0.1)] * 3\nr = [Value(0.2) for _ in range(2)]\nA = [r for _ in range(4)]\nB = [[Value(0.3)] for _ in A]\n"
        "C = 3 * [[Value(0.4) for _ in A]]\nw = Value(0.5)\nD = [w] * 2\nE = [q for q in D]\n",
        encoding="utf-8",
    )

    def of(line: int, text: str, **named: bool) -> int | None:
        source = repetition(Source(str(path), line, "<module>", text), **named)
        return source.line if source else None

    assert [of(1, "Value(0.1)"), of(2, "Value(0.2)"), of(4, "Value(0.3)"), of(5, "Value(0.4)"), of(6, "Value(0.5)")] == [
        1,
        3,
        None,
        5,
        7,
    ]
    assert of(1, "Value(0.1)", named=False) == 1
    assert of(6, "Value(0.5)", named=False) is of(2, "Value(0.2)", named=False) is of(1, "Value(0.1") is None
    assert repetition(None) is None


# --- signs -------------------------------------------------------------------------------------------------------------


def by_hand(w: Any, b: Any, sign: float) -> Any:
    """A binary cross-entropy with labels that are 0 and 1."""
    terms = [y * log(sigmoid(w * x + b)) + (1 - y) * log(1 - sigmoid(w * x + b)) for x, y in ((-1.0, 0), (0.5, 1), (2.0, 1))]
    return sign * mean(terms)


def test_a_term_that_a_label_takes_out_says_nothing_of_the_sign() -> None:
    w, b = Value(0.3, label="w"), Value(0.1, label="b")
    assert [sign_of_terms(Pass(record_backward(by_hand(w, b, sign)))) for sign in (-1.0, 1.0)] == [1, -1]
    assert [f.kind for f in descent_on(lambda: by_hand(w, b, 1.0), [w, b]).findings()] == ["wrong sign of the cost"]
    assert silent(descent_on(lambda: by_hand(w, b, -1.0), [w, b]))
    assert silent(descent_on(lambda: by_hand(w, b, 1.0), [w, b], -0.05)), "a likelihood may be climbed"


def test_a_penalty_that_is_subtracted_is_named_where_it_is() -> None:
    w = values(0.5, -0.3, 0.2)

    def cost(factor: float) -> Any:
        return mean([square(dot(w, x) - x[0]) for x in INPUTS]) - factor * l2(w)

    (finding,) = descent_on(lambda: cost(2.0), w, 0.2).findings()
    assert finding.kind == "wrong sign of the cost"
    assert finding.text.endswith("- factor * l2(w)")
    assert silent(descent_on(lambda: cost(-2.0), w))


def climb(momentum: float, steps: int = 30) -> Watch:
    """Ascent with momentum on a bowl that is narrow: some steps turn."""
    w, velocity = values(1.0, 0.2, -0.5), [0.0, 0.3, -0.3]
    with watching() as watch:
        for _ in range(steps):
            mean([square(tanh(dot(w, x)) * w[0] - x[0]) for x in INPUTS]).backward()
            for i, p in enumerate(w):
                velocity[i] = momentum * velocity[i] + 0.05 * p.grad
                p.data += velocity[i]
                p.zero_grad()
    return watch


def test_a_few_steps_that_turn_do_not_hide_a_wrong_sign() -> None:
    watch = climb(0.9)
    cosines = [m.uphill for m in Training(watch.passes, watched=True).moves]
    assert min(cosines) < 0.5 < sorted(cosines)[len(cosines) // 2]
    assert [f.kind for f in watch.findings()] == ["wrong sign of the update"]


def example_against(model: MLP, sign: float, label: str = "x_", given: bool = False) -> Watch:
    """Steps on the input of a model that stays as it is."""
    x = [Value(0.3, label=label and f"{label}1"), Value(-0.2, label=label and f"{label}2")]
    with watching(inputs=x if given else ()) as watch:
        for _ in range(12):
            square(model(x) - 0.5).backward()
            for p in x:
                p.data += sign * 0.1 * p.grad
            model.zero_grad()
            for p in x:
                p.zero_grad()
    return watch


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_who_changes_what_goes_into_a_model_means_it(sign: float) -> None:
    model = MLP(2, [5, 1], activation="tanh", rng=random.Random(2))
    assert silent(example_against(model, sign))
    assert silent(example_against(model, sign, label=""))
    assert silent(example_against(model, sign, label="pixel", given=True))


def test_a_function_of_x_is_no_model_that_x_goes_into() -> None:
    x, y = Value(0.5, label="x"), Value(-0.4, label="y")
    assert [f.kind for f in descent_on(lambda: square(x - 1.0) + square(y + x), [x, y], -0.3, 12).findings()] == [
        "wrong sign of the update"
    ]


# --- gradients that are gone, or double --------------------------------------------------------------------------------


SCRIPT = """
from autograd import Value, square
w = Value(0.5, label="w")
def clip(p):
    {inside}
for _ in range(4):
    w.zero_grad()
    square(w - 2.0).backward()
    {between}
    w.data -= 0.1 * w.grad
"""


@pytest.mark.parametrize(
    ("inside", "between", "line", "remedy"),
    [
        ("pass", "w.grad = max(-0.0, min(0.0, w.grad))", 9, "look at the bound"),
        ("pass", "w.grad *= 0.0", 9, "look at the bound"),
        ("pass", "w.grad = 0.0", 9, "the order is"),
        ("p.grad = min(0, max(0, p.grad))", "clip(w)", 5, "look at the bound"),
        ("setattr(p, 'grad', 0.0)", "clip(w)", 5, "the order is"),
        ("p.grad = None", "clip(w)", 5, "the order is"),
        ("p.zero_grad()", "clip(w)", 5, "the order is"),
    ],
)
def test_what_made_gradients_zero(tmp_path: pathlib.Path, inside: str, between: str, line: int, remedy: str) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(inside=inside, between=between), encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    (finding,) = watch.findings()
    assert (finding.kind, finding.line, finding.remedy[: len(remedy)]) == ("zeroed before the update", line, remedy)


def test_a_graph_that_is_gone_through_twice() -> None:
    def found(second: Callable[[Any], None]) -> list[str]:
        w, b = Value(0.5, label="w"), Value(0.1, label="b")
        with watching() as watch:
            for _ in range(6):
                w.zero_grad()
                b.zero_grad()
                cost = line_cost(w, b)
                cost.backward()
                second(cost)
                for p in (w, b):
                    p.data -= 0.05 * p.grad
        return [f"{f.kind} {f.text}" for f in watch.findings()]

    def zeroed_in_between(cost: Any) -> None:
        for leaf in {p for v in reverse.topological_order(cost) for p in v.parents if not p.parents}:
            leaf.zero_grad()
        cost.backward()

    assert found(lambda cost: cost.backward()) == ["backward twice cost.backward()"]
    assert found(lambda cost: cost.backward(0.5)) == [], "a seed of its own is meant"
    assert found(zeroed_in_between) == [], "the first was looked at"
    assert found(lambda cost: None) == []


# --- steps that come to nothing ----------------------------------------------------------------------------------------


def decaying(factor: float, steps: int = 60, rate: float = 0.02) -> Watch:
    w, b = Value(0.5, label="w"), Value(0.1, label="b")
    with watching() as watch:
        for step in range(steps):
            line_cost(w, b).backward()
            for p in (w, b):
                p.data -= rate * factor**step * p.grad
                p.zero_grad()
    return watch


def test_a_rate_that_decays_too_fast_leaves_training_half_way() -> None:
    (finding,) = decaying(0.3).findings()
    assert (finding.kind, finding.certainty) == ("training stopped", "proven")
    assert finding.evidence["ahead"] < 0.7 * finding.evidence["last"]
    assert silent(decaying(0.98))
    assert silent(decaying(0.8, rate=0.2)), "it has arrived before the steps were short"


def test_an_optimiser_of_a_model_that_has_been_replaced() -> None:
    with watching() as watch:
        model = MLP(1, [3, 1], activation="tanh", rng=random.Random(1))
        descent = SGD(model.parameters(), rate=0.1)
        model = MLP(1, [3, 1], activation="tanh", rng=random.Random(2))
        for _ in range(6):
            descent.zero_grad()
            mean_squared_error([model([x]) for x in (-1.0, 0.5, 1.0)], [1.0, 0.0, 1.0]).backward()
            descent.step()
    (finding,) = watch.findings()
    assert (finding.kind, finding.certainty, finding.evidence) == ("no gradient", "fact", {"updated": 10.0, "parameters": 10.0})
    assert "random.Random(2)" in finding.text, "the line of the model that is trained in vain"


def test_an_update_that_rounds() -> None:
    def found(digits: int, *begin: float) -> list[str]:
        w = values(*begin)
        with watching() as watch:
            for _ in range(8):
                (square(w[0] - 5.3) + square(w[1] - 1.8)).backward()
                for p in w:
                    p.data = round(p.data - 0.3 * p.grad, digits)
                    p.zero_grad()
        return [f.kind for f in watch.findings()]

    assert found(0, 0.4, -0.7) == ["rounded update"]
    assert found(12, 0.4, -0.7) == [], "to twelve digits"
    assert found(0, 2.0, -3.0) == [], "whole numbers from the beginning"


# --- what is true of one pass only -------------------------------------------------------------------------------------


def test_a_parameter_has_no_influence_only_if_it_never_has() -> None:
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    xs = (-1.0, -0.5, 0.5, 1.0)

    def cost() -> Any:
        return mean([tanh(w * x + b) - (w * x + b) * 0.4 - x * w for x in xs])

    assert kinds(cost()) == ["no influence"], "in one pass it cannot be told from chance"
    assert "no influence" not in [f.kind for f in descent_on(cost, [w, b]).findings()]
    z = values(0.5, -0.2, 0.1)
    shift = Value(0.3, label="shift")
    watch = descent_on(lambda: logsumexp([u + shift for u in z]) - (z[0] + shift), [*z, shift])
    assert [f.kind for f in watch.findings()] == ["no influence"]


def test_inputs_that_are_not_scaled_explain_an_answer_that_is_always_the_same() -> None:
    w, v = values(0.8, -0.6), values(0.5, 0.4, label="v")
    xs = [(500.0 + 20.0 * k, 900.0 - k) for k in range(8)]
    watch = descent_on(
        lambda: mean([square(dot(v, [tanh(p * x[0] + p * x[1]) for p in w]) - x[0] / 100.0) for x in xs]), [*w, *v]
    )
    assert [f.kind for f in watch.findings()] == ["inputs not scaled"]


def test_a_power_has_a_pole_if_its_exponent_is_below_one() -> None:
    for exponent, base, factor in ((-1.0, 1e-9, 1.0), (0.5, 1e-14, 1.0), (-2.0, 1e-4, 1.0)):
        w = Value(base, label="w")
        assert kinds(factor * w**exponent) == ["pole"]
        assert kinds(factor * w ** Value(exponent)) == ["pole"]
    for exponent in (2.0, 3.0, 1.5):
        assert kinds(Value(1e13, label="w") ** exponent) == []


# --- silence -----------------------------------------------------------------------------------------------------------


def silent(watch: Watch) -> bool:
    found = [str(finding) for finding in watch.findings()]
    assert not found, found
    return watch.count > 0


ACTIVATIONS = ("tanh", "relu", "sigmoid", "leaky_relu", "gelu", "softplus")
DATA: dict[str, Callable[[], data.Data]] = {
    "xor": lambda: data.xor(24, 0.1),
    "moons": lambda: data.moons(40),
    "iris": lambda: data.iris().take(range(0, 150, 4)),
    "circles": lambda: data.circles(30),
}


OPTIMISERS = {"adam": (0.02, 4), "sgd": (0.1, 8), "rmsprop": (0.01, 64)}  # with a rate, and a size of batches


# By default each activation once or twice, and each data set and each optimiser with some; all triples with `make exhaustive`.
TRIPLES = [
    pytest.param(name, activation, optimiser, marks=[] if (a + b) % 4 == 0 and b % 3 == c else pytest.mark.exhaustive)
    for (a, name), (b, activation), (c, optimiser) in itertools.product(*map(enumerate, (DATA, ACTIVATIONS, OPTIMISERS)))
]


@pytest.mark.parametrize(("name", "activation", "optimiser"), TRIPLES)
def test_networks_that_learn_are_not_complained_of(name: str, activation: str, optimiser: str) -> None:
    learned = DATA[name]()
    rng, widths = random.Random([*OPTIMISERS].index(optimiser)), [8, len(learned.classes)]
    model = MLP(len(learned.x[0]), widths, activation=activation, init="he_normal", rng=rng)
    rate, batch = OPTIMISERS[optimiser]
    with watching() as watch:
        history = fit(model, learned, epochs=6, batch=batch, validation=None, optimiser=optimiser, rate=rate, progress=False)
    assert history.epochs[-1]["cost"] < history.epochs[0]["cost"]
    assert silent(watch)


def test_the_examples_are_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    programs: Iterator[Callable[[], Any]] = iter(
        [lambda: recurrent.main(20), residual.main, lambda: transformer.main(["--steps", "4"])]
    )
    for program in programs:
        with watching() as watch:
            program()
        assert silent(watch)
    assert capsys.readouterr().out


@settings(derandomize=True, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 1e200, math.nan, math.inf]))
def test_whatever_the_graph_a_diagnosis_ends_and_names_what_is_there(seed: int, scale: float) -> None:
    recording = record_backward(random_graph(seed, 25)[0] * scale)
    names = {node.name for node in recording.nodes}
    for finding in diagnose([recording, recording]):
        assert finding.kind in set(Kind)
        assert finding.message and finding.remedy
        assert set(finding.nodes) <= names


def test_rules_made_by_hand_are_looked_at_as_far_as_they_go() -> None:
    x = Value(2.0, label="w")
    y = Value(4.0, (x, x), "twice")

    def rule() -> None:
        x.grad += 2.0 * y.grad

    y._backward = rule
    assert kinds(square(relu(y) - 1.0)) == ["rule not checked"]
    assert kinds(Value(3.0)) == []


def test_a_pass_alone_tells_what_the_cost_is_made_of() -> None:
    w = Value(2.0, label="w")
    seen = Pass(record_backward(3.0 * square(w) - 0.5 * tanh(w) + w / 4.0))
    assert sorted((seen.ops[i], c) for i, c in seen.terms) == [("square", 3.0), ("tanh", -0.5)]


def test_findings_sort_errors_before_warnings() -> None:
    order = {"error": 0, "warning": 1}
    b, w = Value(0.3, label="b"), Value(0.7, label="w")
    z = [tanh(tanh(w * x)) + b for x in (0.5, 1.5)]
    found: list[Finding] = diagnose(logsumexp(z) - z[0])
    assert [f.kind for f in found] == ["activation twice", "no influence"]
    assert [order[f.severity] for f in found] == [0, 1]


def test_a_hinge_that_every_sample_satisfies_is_no_dead_unit() -> None:
    w, b = Value(0.1, label="w"), Value(0.0, label="b")
    with watching() as watch:
        for _ in range(30):
            cost = mean([autograd.relu(1.0 - y * (w * x + b)) for x, y in ((2.0, 1.0), (3.0, 1.0), (-2.0, -1.0), (-4.0, -1.0))])
            for p in (w, b):
                p.zero_grad()
            cost.backward()
            for p in (w, b):
                p.data -= 0.2 * p.grad
    assert cost.data == 0.0
    assert watch.findings() == []


def test_a_relu_of_inputs_of_which_one_is_0_is_no_hinge_with_labels() -> None:
    c, d = Value(0.4, label="c"), Value(1.0, label="d")
    with watching() as watch:
        for _ in range(30):
            cost = mean([autograd.relu(c * x + d) for x in (0.0, -0.5, 1.5, 2.5)]) + c * c + (d - 1.0) ** 2
            for p in (c, d):
                p.zero_grad()
            cost.backward()
            for p in (c, d):
                p.data -= 0.1 * p.grad
    assert "hinge with label 0" not in {finding.kind for finding in watch.findings(hints=True)}


def test_a_positive_cost_of_logarithms_has_no_wrong_sign() -> None:
    m = Value(2.0, label="m")
    with watching() as watch:
        for _ in range(30):
            cost = mean([autograd.log(1.0 + (m - x) ** 2) for x in (0.1, -0.2, 0.3)])
            m.zero_grad()
            cost.backward()
            m.data -= 0.2 * m.grad
    assert cost.data < 0.2
    assert watch.findings() == []


@pytest.mark.parametrize(("memory", "kept"), [(1e9, list(range(1, 31))), (0, [1, 2, 29, 30])])
def test_a_watch_keeps_the_first_and_the_last_passes_up_to_a_size(memory: float, kept: list[int]) -> None:
    w, watch = Value(0.5, label="w"), Watch(memory=memory)
    for _ in range(30):
        watch.passed(record_backward(root := w * w), root, None)  # two contributions
    assert [p.number for p in watch.passes] == kept
    assert watch.count == 30
