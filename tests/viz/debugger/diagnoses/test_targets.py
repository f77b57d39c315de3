"""What goes into training: targets of other samples, labels, inputs, batches; and the experiments on them.

Every fault is written beside the same script without it, of which nothing may be said.
"""

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from autograd import Value, dot, exp, log, logsumexp, mean, record_backward, sin, softmax, softplus, tanh
from nn import MLP, SGD, cross_entropy
from viz.debugger import Finding, diagnose, watching
from viz.debugger.diagnoses.evidence.exactly import at_fifty_digits
from viz.debugger.diagnoses.evidence.loops import same_piece
from viz.debugger.diagnoses.evidence.outputs import labels_of
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.solver import minimised


def told(
    cost: Callable[[list[Value]], Any], start: Sequence[float], rate: float = 0.1, steps: int = 60, **wanted: Any
) -> list[Finding]:
    """The findings of plain descent."""
    theta = [Value(x, label=f"w_{i}") for i, x in enumerate(start)]
    with watching() as watch:
        for _ in range(steps):
            c = cost(theta)
            for p in theta:
                p.zero_grad()
            c.backward()
            for p in theta:
                p.data -= rate * p.grad
    return watch.findings(**wanted)


def kinds(found: list[Finding]) -> list[str]:
    return [finding.kind for finding in found]


# --- targets of other samples ------------------------------------------------------------------------------------------


def classified(labels: Callable[[list[int]], list[int]]) -> list[Finding]:
    draw = random.Random(3)
    centres, true = [(0.0, 2.0), (2.0, -1.0), (-2.0, -1.0)], [draw.randrange(3) for _ in range(30)]
    inputs = [[c + draw.gauss(0.0, 0.4) for c in centres[k]] for k in true]
    model = MLP(2, [3], rng=draw)
    descent, given = SGD(model.parameters(), rate=0.5), labels(true)
    with watching() as watch:
        for _ in range(40):
            cost = cross_entropy([model(x) for x in inputs], given)
            descent.zero_grad()
            cost.backward()
            descent.step()
    return watch.findings()


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (lambda true: [true[-1], *true[:-1]], "the sample after it"),
        (lambda true: [*true[1:], true[0]], "the sample before it"),
        (lambda true: true[::-1], "reverse order"),
    ],
)
def test_labels_of_other_samples_are_moved_back_to_prove_it(labels: Callable[[list[int]], list[int]], words: str) -> None:
    (finding,) = classified(labels)
    assert finding.kind == "targets shifted" and finding.certainty == "proven" and words in finding.message
    assert finding.evidence["with"] < 0.2 * finding.evidence["without"]


def test_the_labels_of_these_samples_are_right() -> None:
    assert classified(lambda true: true) == []


def test_labels_that_are_shuffled_are_a_chance_level_and_not_a_shift() -> None:
    def shuffled(true: list[int]) -> list[int]:
        return random.Random(5).sample(true, len(true))

    assert "targets shifted" not in kinds(classified(shuffled))


def test_the_next_number_of_a_series_is_not_the_number_itself() -> None:
    draw = random.Random(1)
    series = [draw.gauss(0.0, 1.0) for _ in range(40)]  # nothing can be foretold, but that the target before is the input
    (found,) = told(lambda w: mean([(w[0] * x + w[1] - y) ** 2 for x, y in pairwise(series)]), [0.1, 0.0])
    assert (found.kind, found.certainty) == ("chance level", "proven"), "nothing can be foretold, and that is said"


def test_a_label_is_the_logit_that_is_subtracted() -> None:
    z = [Value(x) for x in (0.1, 0.2, 0.3)]
    inner = [a * 2.0 for a in z]
    p = Pass(record_backward(logsumexp(inner) - inner[2]))
    assert [found.label for found in labels_of(p)] == [2]
    assert labels_of(Pass(record_backward(logsumexp(inner) - 0.7))) == [], "the dual of a maximum of entropy has no label"


# --- labels ------------------------------------------------------------------------------------------------------------

POINTS = [(random.Random(k).gauss(0.7 * s, 1.0), s) for k, s in enumerate((-1, 1) * 12)]


@pytest.mark.parametrize("turned", [1.0, -1.0])
@pytest.mark.parametrize("lowest", [-1, 0])
def test_a_binary_cross_entropy_takes_labels_from_0_to_1(lowest: int, turned: float) -> None:
    def cost(w: list[Value]) -> Any:
        terms = []
        for x, s in POINTS:
            y, z = max(s, lowest), w[0] * x + w[1] if turned > 0.0 else dot(w, [x, 1.0])
            terms.append(softplus(z) - y * z if turned > 0.0 else softplus(-z) + (1 - y) * z)
        return mean(terms)

    found = told(cost, [0.0, 0.0])
    assert kinds(found) == ["label outside 0 to 1"] * (lowest < 0)
    assert lowest == 0 or (found[0].certainty == "fact" and found[0].evidence == {"label": -1.0, "samples": 12.0})


@pytest.mark.parametrize("first", [0, 1])
def test_a_class_that_no_sample_has_is_asked_for(first: int) -> None:
    w, inputs = [[Value(0.1 * i * j) for i in range(2)] for j in range(4)], [0.1 * k - 1.0 for k in range(24)]
    with watching() as watch:
        for _ in range(10):
            outputs = [[a * x + b for a, b in w] for x in inputs]
            cost = cross_entropy(outputs, [first + k % (4 - first) for k in range(24)])
            cost.backward()
            for row in w:
                for p in row:
                    p.data -= 0.1 * p.grad
                    p.zero_grad()
    assert ("class without a sample" in kinds(watch.findings(hints=True))) == bool(first)
    assert watch.findings() == []


def test_the_numbers_of_classes_as_targets_are_a_question() -> None:
    draw = random.Random(2)
    data = [(draw.uniform(-1.0, 1.0), k % 3) for k in range(30)]
    found = told(lambda w: mean([(w[0] * x + w[1] - y) ** 2 for x, y in data]), [0.0, 0.0], hints=True)
    assert "class numbers as targets" in kinds(found)


def test_a_target_among_the_inputs_is_no_prediction() -> None:
    draw = random.Random(4)
    data = [(draw.gauss(0.0, 1.0), draw.gauss(0.0, 1.0)) for _ in range(20)]
    leaking = told(lambda w: mean([(w[0] * x + w[1] * y - y) ** 2 for x, y in data]), [0.0, 0.0], hints=True)
    assert kinds(leaking) == ["target among the inputs"]
    assert told(lambda w: mean([(w[0] * x + w[1] * y - x * y) ** 2 for x, y in data]), [0.0, 0.0], hints=False)[:1] == []


# --- the steps, the beginning, the scale -------------------------------------------------------------------------------


def test_the_largest_of_the_inputs_is_not_given_away() -> None:
    draw = random.Random(4)
    data = [(draw.gauss(0.0, 1.0), draw.gauss(0.0, 1.0)) for _ in range(20)]
    found = told(lambda w: mean([(w[0] * x + w[1] * y - max(x, y)) ** 2 for x, y in data]), [0.0, 0.0], hints=True)
    assert "target among the inputs" not in kinds(found)


def test_columns_of_different_size_are_held_back_by_the_steps() -> None:
    draw = random.Random(37)
    data = [(draw.uniform(-1.0, 1.0), draw.uniform(-1e3, 1e3)) for _ in range(30)]
    cost = lambda w: mean([(w[0] * a + w[1] * b - (3.0 * a + 2e-3 * b)) ** 2 for a, b in data])
    (finding,) = told(cost, [0.0, 0.0], rate=1e-6)
    assert finding.kind == "held back by the steps" and finding.certainty == "proven"
    assert finding.evidence["with"] < 1e-9 < finding.evidence["without"]


def test_noise_is_not_the_fault_of_the_steps() -> None:
    draw = random.Random(6)
    data = [(draw.uniform(-1.0, 1.0), draw.gauss(0.0, 1.0)) for _ in range(40)]
    assert "held back by the steps" not in kinds(
        told(lambda w: mean([(w[0] * x + w[1] - y) ** 2 for x, y in data]), [0.0, 0.0])
    )


@pytest.mark.parametrize("scale", [30.0, 0.3])
def test_initial_weights_that_are_too_large(scale: float) -> None:
    draw = random.Random(8)
    data = [(x, math.tanh(2.0 * x)) for x in (draw.uniform(-1.0, 1.0) for _ in range(20))]

    def cost(w: list[Value]) -> Any:
        return mean([(sum((w[k] * tanh(w[4 + k] * x) for k in range(4)), w[8]) - y) ** 2 for x, y in data])

    found = told(cost, [scale * draw.gauss(0.0, 1.0) for _ in range(9)], rate=0.002 if scale > 1.0 else 0.2)
    assert kinds(found) == ["initial weights too large"] * (scale > 1.0)


@pytest.mark.parametrize("unit", [1.0, math.pi / 180.0])
def test_a_sine_of_degrees(unit: float) -> None:
    degrees = [float(d) for d in range(0, 360, 15)]
    cost = lambda w: mean(
        [(w[0] * sin(w[1] * (d * unit) + w[2]) - 2.0 * math.sin(math.radians(d) + 0.3)) ** 2 for d in degrees]
    )
    assert ("degrees for radians" in kinds(told(cost, [0.5, 1.0, 0.0], rate=0.03, steps=80))) == (unit == 1.0)


def test_a_solver_finds_its_own_steps() -> None:
    def valley(at: Any) -> tuple[float, dict[Any, float]]:
        x, y = at["x"], at["y"]
        return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2, {
            "x": -2.0 * (1.0 - x) - 400.0 * x * (y - x * x),
            "y": 200.0 * (y - x * x),
        }

    best, steps = minimised(valley, {"x": -1.2, "y": 1.0}, 120)
    assert best < 1e-12 and steps < 120, "the valley of Rosenbrock"
    calls = []
    minimised(lambda at: calls.append(1) or valley(at), {"x": -1.2, "y": 1.0}, 7)  # type: ignore[func-returns-value]
    assert len(calls) == 7


def test_gradients_that_are_not_zeroed_are_zeroed_in_the_experiment() -> None:
    data = [(0.1 * k - 1.0, 0.3 * k) for k in range(20)]
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    with watching() as watch:
        for _ in range(60):
            cost = mean([(w * x + b - y) ** 2 for x, y in data])
            cost.backward()
            for p in (w, b):
                p.data -= 0.2 * p.grad
    (finding,) = watch.findings()
    assert finding.kind == "gradients not zeroed" and finding.evidence["with"] < 0.5 * finding.evidence["without"]


# --- batches -----------------------------------------------------------------------------------------------------------


def test_batches_in_turn_are_not_the_same() -> None:
    xs, size = [0.1 * k for k in range(24)], 8
    w = Value(0.0, label="w")
    with watching() as watch:
        for _ in range(8):
            for k in range(3):
                start = k * size
                cost = mean([(w * x - 2.0 * x) ** 2 for x in xs[start : start + size]])
                w.zero_grad()
                cost.backward()
                w.data -= 0.1 * w.grad
    assert watch.findings() == []


def test_bounds_that_no_round_changes_take_the_same_batch() -> None:
    xs, first, size = [0.1 * k for k in range(24)], 0, 8
    w = Value(0.0, label="w")
    with watching() as watch:
        for _ in range(8):
            for _ in range(3):
                cost = mean([(w * x - 2.0 * x) ** 2 for x in xs[first : first + size]])
                w.zero_grad()
                cost.backward()
                w.data -= 0.1 * w.grad
    (finding,) = watch.findings()
    assert finding.kind == "same batch every time" and "xs[first:first + size]" in finding.text


def test_a_generator_is_empty_from_the_second_round_on() -> None:
    w = Value(0.0, label="w")
    pairs = zip([1.0, 2.0, 3.0] * 4, [2.0, 4.0, 6.0] * 4, strict=True)
    with watching() as watch:
        for _ in range(5):
            for x, y in pairs:
                cost = (w * x - y) ** 2
                w.zero_grad()
                cost.backward()
                w.data -= 0.02 * w.grad
    (finding,) = [f for f in watch.findings() if f.kind == "generator used up"]
    assert finding.text.startswith("pairs = zip(") and finding.evidence == {"passes": 12.0}


def test_a_generator_that_is_made_in_every_round_is_none_that_is_used_up() -> None:
    w = Value(0.0, label="w")
    with watching() as watch:
        for _ in range(5):
            again = zip([1.0, 2.0, 3.0] * 4, [2.0, 4.0, 6.0] * 4, strict=True)
            for x, y in again:
                cost = (w * x - y) ** 2
                w.zero_grad()
                cost.backward()
                w.data -= 0.02 * w.grad
    assert watch.findings() == []


def test_lines_outside_loops_have_no_loop() -> None:
    assert same_piece(None) is None


def test_the_sign_of_an_advantage_is_asked_for() -> None:
    draw, prefs = random.Random(1), [Value(0.0, label=f"w_{k}") for k in range(3)]
    with watching() as watch:
        for _ in range(60):
            shares = softmax(prefs)
            arm = draw.randrange(3)
            cost = -log(shares[arm]) * (0.5 - [0.3, 0.9, 0.5][arm] + draw.gauss(0.0, 0.1))
            for p in prefs:
                p.zero_grad()
            cost.backward()
            for p in prefs:
                p.data -= 0.1 * p.grad
    assert watch.findings() == []
    assert kinds(watch.findings(hints=True)) == ["sign of the advantage"]


def test_parameters_made_anew_in_every_pass_from_other_numbers() -> None:
    draw = random.Random(7)
    with watching() as watch:
        for _ in range(30):
            w = [Value(draw.gauss(0.0, 1.0), label=f"w_{k}") for k in range(4)]
            cost = mean([(sum(a * b for a, b in zip(w, x, strict=True)) - 1.0) ** 2 for x in ([1.0, 2.0, 0.5, -1.0],) * 3])
            cost.backward()
            for p in w:
                p.data -= 0.01 * p.grad
    (finding,) = watch.findings()
    assert finding.kind == "never updated" and finding.certainty == "likely"


# --- digits ------------------------------------------------------------------------------------------------------------


def test_digits_that_only_the_evaluation_at_fifty_digits_shows() -> None:
    x, w = Value(1e-12, label="x"), Value(2.0, label="w")
    costs: list[Callable[[], Any]] = [
        lambda: (log(1.0 + w * x) / x - 1.5) ** 2,
        lambda: ((exp(w * x) - 1.0) / x - 1.5) ** 2,
    ]
    for cost in costs:
        (finding,) = diagnose(record_backward(cost()))
        assert finding.kind == "lost digits" and finding.certainty == "fact"
        assert finding.evidence["exact cost"] == pytest.approx(0.25, rel=1e-9) != finding.evidence["cost"]


@pytest.mark.parametrize("seed", range(4))
def test_a_network_has_the_same_digits(seed: int) -> None:
    draw = random.Random(seed)
    model = MLP(2, [4, 3], activation="tanh", rng=draw)
    cost = cross_entropy(
        [model([draw.gauss(0.0, 1.0) for _ in range(2)]) for _ in range(5)], [draw.randrange(3) for _ in range(5)]
    )
    p = Pass(record_backward(cost))
    exact = at_fifty_digits(p, range(len(p.nodes)))
    assert p.cost == pytest.approx(float(exact[len(p.nodes) - 1]), rel=1e-14)
