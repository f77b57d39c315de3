"""Diagnoses one by one, on planted values whose disease is known, and their silence about networks that learn.

The gallery (test_debugger_faults.py) shows every check finding a real script's fault. Here stand what the scripts do not
show: single recordings, recordings without a watch, what is just on the healthy side of a line, and many healthy networks of
all kinds, of which nothing may be said.
"""

import dataclasses
import itertools
import math
import pathlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_graph import random_graph

import autograd
from autograd import (
    OperandError,
    Recording,
    Value,
    dot,
    exp,
    load_recording,
    log,
    logsumexp,
    mean,
    no_grad,
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
from examples import recurrent, residual, transformer
from nn import MLP, SGD, Adam, cross_entropy, data, l1, l2, mean_squared_error
from nn.train import fit
from viz.debugger.diagnose import CHECKS, IN_THE_GRAPH, KINDS, diagnose
from viz.debugger.findings import Finding, Found
from viz.debugger.passes import Pass
from viz.debugger.statements import definition, rebound
from viz.debugger.training import Training
from viz.debugger.watch import Watch, watching


def kinds(what: Any, **named: Any) -> list[str]:
    return [finding.kind for finding in diagnose(what, **named)]


def values(*numbers: float, label: str = "w") -> list[Value]:
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


# --- the table ---------------------------------------------------------------------------------------------------------


def test_every_disease_has_one_row_and_every_consequence_a_cause_in_the_table() -> None:
    assert len(set(KINDS)) == len(KINDS)
    for check in CHECKS:
        assert check.severity in ("error", "warning")
        assert check.about.endswith(".")
        assert check.kind not in check.explains
        assert set(check.explains) <= {*KINDS, "*"}, check.kind
    assert set(KINDS) > IN_THE_GRAPH


def test_a_check_that_always_speaks_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    loud = CHECKS[0]._replace(kind="loud", find=lambda _: iter([Found(None, "always", "nothing")]), explains=())
    monkeypatch.setattr(sys.modules["viz.debugger.diagnose"], "CHECKS", (loud, *CHECKS))
    assert kinds(Value(1.0) * 2.0) == ["loud"]


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
    assert str(finding).endswith(f":{finding.line}: {finding.kind}: {finding.message}. Try: {finding.remedy}  [{finding.text}]")
    assert dataclasses.asdict(finding)["evidence"] == {"pass": 1.0, "value": -math.inf}
    assert str(diagnose(log(Value(0.0)))[0]).startswith("not finite: log(0) = -inf"), "no sources, no place"


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
    before = Value.data, Value.zero_grad, reverse.INTERCEPT
    with watching():
        assert reverse.INTERCEPT is not None
    with pytest.raises(ZeroDivisionError), watching():
        Value(2.0).data += 1 / 0
    assert (Value.data, Value.zero_grad, reverse.INTERCEPT) == before


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
    with watching(first=5, last=3) as watch:
        for _ in range(50):
            (w * w).backward()
            w.data -= 0.1 * w.grad
            w.zero_grad()
    assert watch.count == 50
    assert [p.cost for p in watch.passes] == pytest.approx([0.64**n for n in (0, 1, 2, 3, 4, 47, 48, 49)])
    assert watch.findings() == []


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


# --- silence -----------------------------------------------------------------------------------------------------------


def silent(watch: Watch) -> bool:
    found = [str(finding) for finding in watch.findings()]
    assert not found, found
    return watch.count > 0


ACTIVATIONS = ("tanh", "relu", "sigmoid", "leaky_relu", "gelu", "softplus")
FLOWERS = data.iris().take(range(0, 150, 4))
DATA = {"xor": data.xor(24, 0.1), "moons": data.moons(40), "iris": FLOWERS, "circles": data.circles(30)}


@pytest.mark.parametrize(("name", "activation"), list(itertools.product(DATA, ACTIVATIONS)))
def test_networks_that_learn_are_not_complained_of(name: str, activation: str) -> None:
    learned = DATA[name]
    for seed, optimiser, rate in ((0, "adam", 0.02), (1, "sgd", 0.1), (2, "rmsprop", 0.01)):
        rng, widths = random.Random(seed), [8, len(learned.classes)]
        model = MLP(len(learned.x[0]), widths, activation=activation, init="he_normal", rng=rng)
        chosen: dict[str, Any] = {
            "epochs": 6,
            "batch": (4, 8, 64)[seed],
            "optimiser": optimiser,
            "rate": rate,
            "progress": False,
        }
        with watching() as watch:
            history = fit(model, learned, validation=None, **chosen)
        assert history.epochs[-1]["cost"] < history.epochs[0]["cost"]
        assert silent(watch)


def logistic_regression() -> None:
    """All parameters begin at 0, which is fine where there is no hidden layer."""
    rng = random.Random(0)
    W = [values(0.0, 0.0, label=f"w{k}") for k in range(3)]
    descent = SGD([w for row in W for w in row], rate=0.5)
    points = [([rng.gauss(k, 0.5), rng.gauss(-k, 0.5)], k) for k in range(3) for _ in range(6)]
    for _ in range(20):
        descent.zero_grad()
        cross_entropy([[dot(row, x) for row in W] for x, _ in points], [k for _, k in points]).backward()
        descent.step()


def symmetric_line() -> None:
    """The inputs are symmetric, so that the bias has no gradient from the beginning."""
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    for _ in range(40):
        mean([square(w * x + b - 2.0 * x) for x in (-1.0, -0.5, 0.5, 1.0)]).backward()
        for p in (w, b):
            p.data -= 0.4 * p.grad
            p.zero_grad()


def converged_line() -> None:
    """Descent that has arrived, to the last digit, and goes on."""
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    for _ in range(150):
        mean([square(w * x + b - (3.0 * x + 1.0)) for x in (-1.0, 0.0, 2.0)]).backward()
        for p in (w, b):
            p.data -= 0.3 * p.grad
            p.zero_grad()


def one_sample_at_a_time() -> None:
    """Batches of one sample, whose costs jump up and down."""
    rng = random.Random(1)
    model = MLP(2, [6, 1], activation="tanh", rng=rng)
    descent = SGD(model.parameters(), rate=0.005, momentum=0.9)
    for _ in range(120):
        x = [rng.gauss(0, 1), rng.gauss(0, 1)]
        descent.zero_grad()
        mean_squared_error(model(x), x[0] * x[1]).backward()
        descent.step()


def micrograd_loop() -> None:
    """The demonstration of micrograd: a hinge, a penalty, a rate that falls."""
    rng = random.Random(1337)
    model = MLP(2, [8, 8, 1], rng=rng)
    moons = data.moons(24)
    for k in range(15):
        scores = [model(x) for x in moons.x]
        losses = [relu(1.0 - score * (2.0 * y - 1.0)) for score, y in zip(scores, moons.y, strict=True)]
        cost = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        cost.backward()
        for p in model.parameters():
            p.data -= (0.1 - 0.09 * k / 15) * p.grad


def lasso() -> None:
    """A penalty whose kink holds weights at 0."""
    w = values(0.0, 0.0, 0.3)
    rng = random.Random(2)
    xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(12)]
    descent = SGD(w, rate=0.05)
    for _ in range(40):
        descent.zero_grad()
        (mean([square(dot(w, x) - 2.0 * x[2]) for x in xs]) + 0.1 * l1(w)).backward()
        descent.step()


def truncated_recurrence() -> None:
    """A state that is carried on, detached."""
    w, u = Value(0.5, label="w"), Value(0.8, label="u")
    state, rng = Value(0.0), random.Random(3)
    descent = Adam([w, u], rate=0.01)
    for _ in range(30):
        cost: Any = 0.0
        state = state.detach()
        for _ in range(4):
            x = rng.uniform(-1, 1)
            state = tanh(w * state + u * x)
            cost = cost + square(state - 0.5 * x)
        descent.zero_grad()
        cost.backward()
        descent.step()


def two_players() -> None:
    """Two costs, two optimisers, the one's output detached for the other."""
    rng = random.Random(4)
    maker, judge = MLP(1, [4, 1], activation="tanh", rng=rng), MLP(1, [4, 1], activation="tanh", rng=rng)
    first, second = Adam(maker.parameters(), rate=0.01), Adam(judge.parameters(), rate=0.01)
    for _ in range(20):
        made = [maker([rng.gauss(0, 1)]) for _ in range(4)]
        real = [rng.gauss(2, 0.5) for _ in range(4)]
        judge.zero_grad()
        mean([(-judge([r])).softplus() + judge([m.detach()]).softplus() for r, m in zip(real, made, strict=True)]).backward()
        second.step()
        maker.zero_grad()
        mean([(-judge([m])).softplus() for m in made]).backward()
        first.step()


def autoencoder_with_dropout() -> None:
    """Masks of 0 and 1, and a linear bottleneck."""
    rng = random.Random(5)
    narrow, wide = MLP(4, [2], rng=rng, init="xavier_uniform"), MLP(2, [4], rng=rng, init="xavier_uniform")
    descent = Adam([*narrow.parameters(), *wide.parameters()], rate=0.02)
    xs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(6)]
    for _ in range(20):
        answers = [wide([h * float(rng.random() < 0.8) for h in narrow(x)]) for x in xs]
        descent.zero_grad()
        mean_squared_error(answers, xs).backward()
        descent.step()


def one_cold_pixel() -> None:
    """An input that is always 0, and its weights, which never get a gradient that is not."""
    rng = random.Random(6)
    model = MLP(3, [5, 2], activation="relu", init="he_normal", rng=rng)
    descent = SGD(model.parameters(), rate=0.1)
    xs = [[0.0, rng.random(), rng.random()] for _ in range(10)]
    for _ in range(20):
        descent.zero_grad()
        (cross_entropy([model(x) for x in xs], [int(x[1] > x[2]) for x in xs]) + 1e-3 * l2(model.parameters())).backward()
        descent.step()


def inputs_as_values() -> None:
    """Inputs that are Values too, kept over all steps, their gradients never zeroed."""
    rng = random.Random(7)
    xs = [[Value(rng.gauss(0, 1)), Value(rng.gauss(0, 1))] for _ in range(6)]
    model = MLP(2, [4, 1], activation="tanh", rng=rng)
    descent = SGD(model.parameters(), rate=0.1)
    for _ in range(15):
        descent.zero_grad()
        mean_squared_error([model(x) for x in xs], [x[0].data * x[1].data for x in xs]).backward()
        descent.step()


def gaussian_likelihood() -> None:
    """A cost that goes below 0 and is right to."""
    rng = random.Random(8)
    m, s = Value(0.0, label="mean"), Value(0.0, label="log_sigma")
    sample = [rng.gauss(1.0, 0.1) for _ in range(10)]
    for _ in range(60):
        mean([0.5 * square((x - m) * exp(-s)) + s for x in sample]).backward()
        for p in (m, s):
            p.data -= 0.02 * p.grad
            p.zero_grad()


def validation_between() -> None:
    """Held-out costs computed between the steps, with and without a graph."""
    rng = random.Random(9)
    model = MLP(1, [4, 1], activation="tanh", rng=rng)
    descent = SGD(model.parameters(), rate=0.1)
    for _ in range(10):
        cost = mean_squared_error([model([x]) for x in (-1.0, 0.0, 1.0)], [1.0, 0.0, 1.0])
        with no_grad():
            mean_squared_error(model([0.5]), 0.5)
        descent.zero_grad()
        cost.backward()
        descent.step()


HEALTHY: list[Callable[[], None]] = [
    logistic_regression, symmetric_line, converged_line, one_sample_at_a_time, micrograd_loop, lasso, truncated_recurrence,
    two_players, autoencoder_with_dropout, one_cold_pixel, inputs_as_values, gaussian_likelihood, validation_between,
]  # fmt: skip


@pytest.mark.parametrize("program", HEALTHY, ids=lambda f: f.__name__)
def test_programs_that_look_unusual_and_are_right_are_not_complained_of(program: Callable[[], None]) -> None:
    with watching() as watch:
        program()
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


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 1e200, math.nan, math.inf]))
def test_whatever_the_graph_a_diagnosis_ends_and_names_what_is_there(seed: int, scale: float) -> None:
    recording = record_backward(random_graph(seed, 25)[0] * scale)
    names = {node.name for node in recording.nodes}
    for finding in diagnose([recording, recording]):
        assert finding.kind in KINDS
        assert finding.message and finding.remedy
        assert set(finding.nodes) <= names


def test_rules_made_by_hand_are_looked_at_as_far_as_they_go() -> None:
    x = Value(2.0, label="w")
    y = Value(4.0, (x, x), "twice")

    def rule() -> None:
        x.grad += 2.0 * y.grad

    y._backward = rule
    assert kinds(square(relu(y) - 1.0)) == []
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
