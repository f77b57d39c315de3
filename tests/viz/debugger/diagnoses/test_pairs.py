"""Pairs of inputs and targets: which belong together is found by training again with others.

The data is one regression and one classification; an order is put wrong, and the answer has to name the one that puts it right.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from autograd import Value, log, mean, sigmoid, softplus, square
from nn import binary_cross_entropy, cross_entropy
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.evidence.samples import outcome_of, samples_of
from viz.debugger.diagnoses.evidence.training import Training

DRAW = random.Random(5)
XS = [(DRAW.uniform(-1.0, 1.0), DRAW.uniform(-1.0, 1.0)) for _ in range(24)]
YS = [2.0 * a - b + 0.5 for a, b in XS]
LABELS = [int(a - b > 0.0) for a, b in XS]
Weights = Sequence[Value]


def output(w: Weights, x: tuple[float, float]) -> Any:
    return w[0] * x[0] + w[1] * x[1] + w[2]


def squared(w: Weights, xs: Sequence[Any], ys: Sequence[float]) -> Any:
    return mean([square(output(w, x) - y) for x, y in zip(xs, ys, strict=True)])


def trained(
    cost: Callable[[Weights, Sequence[Any], Sequence[Any]], Any],
    data: Callable[[int], tuple[Sequence[Any], Sequence[Any]]],
    steps: int = 40,
    rate: float = 0.3,
    weights: int = 3,
) -> tuple[list[Finding], Training]:
    w = [Value(0.0, label=f"w_{i}") for i in range(weights)]
    with watching() as watch:
        for step in range(steps):
            cost(w, *data(step)).backward()
            for p in w:
                p.data -= rate * p.grad
                p.zero_grad()
    return watch.findings(), Training(watch.passes, watched=True)


def turned(ys: list[float], by: int) -> list[float]:
    return [*ys[by:], *ys[:by]]


@pytest.mark.parametrize(
    ("ys", "words"),
    [
        (turned(YS, 5), "the target of the sample 5 places before it"),
        (turned(YS, -3), "the target of the sample 3 places after it"),
        (YS[::-1], "the targets in reverse order"),
        ([YS[c * 6 + r] for r in range(6) for c in range(4)], "the targets as columns of 4 instead of rows of 6"),
    ],
)
def test_the_order_that_the_inputs_ask_for_is_tried_by_training(ys: list[float], words: str) -> None:
    (found,), _ = trained(squared, lambda _: (XS, ys))
    assert (found.kind, found.certainty) == ("targets shifted", "proven") and f"with {words}" in found.message
    assert found.evidence["with"] < 0.02 * found.evidence["without"], "the targets are a line of the inputs"


def binary(w: Weights, xs: Sequence[Any], ys: Sequence[int]) -> Any:
    return binary_cross_entropy([output(w, x) for x in xs], list(ys))


def smooth(w: Weights, xs: Sequence[Any], ys: Sequence[int]) -> Any:
    return mean([softplus(-z) + (1 - y) * z for z, y in zip([output(w, x) for x in xs], ys, strict=True)])


def by_hand(w: Weights, xs: Sequence[Any], ys: Sequence[int]) -> Any:
    ps = [sigmoid(output(w, x)) for x in xs]
    return mean([-(y * log(p) + (1 - y) * log(1 - p)) for p, y in zip(ps, ys, strict=True)])


def classes(w: Weights, xs: Sequence[Any], ys: Sequence[int]) -> Any:
    return cross_entropy([[output(w[:3], x), output(w[3:], x)] for x in xs], list(ys))


COSTS: list[tuple[Any, int]] = [(binary, 3), (smooth, 3), (by_hand, 3), (classes, 6)]


@pytest.mark.parametrize(("cost", "weights"), COSTS)
def test_samples_labels_and_costs_are_read_from_every_cross_entropy(cost: Any, weights: int) -> None:
    found, training = trained(cost, lambda _: (XS, LABELS), weights=weights)
    samples = samples_of(training, training.sound[-1])
    assert sorted((tuple(dict.fromkeys(s.given)), s.targets) for s in samples) == sorted(
        (x, (float(y),)) for x, y in zip(XS, LABELS, strict=True)
    )
    assert sum(s.cost for s in samples) / len(samples) == pytest.approx(training.costs[-1])
    outcome = outcome_of(training)
    assert outcome is not None and outcome.error < 0.6 * outcome.guess and found == []


@pytest.mark.parametrize(("cost", "weights"), COSTS)
def test_labels_that_are_learned_in_any_order_are_chance_level_for_sure(cost: Any, weights: int) -> None:
    drawn = random.Random(11).sample(LABELS, len(LABELS))
    (found,), _ = trained(cost, lambda _: (XS, drawn), steps=70, weights=weights)
    assert (found.kind, found.certainty) == ("chance level", "proven")
    assert "with the targets in a random order" in found.message


def test_noise_is_told_from_a_relation_that_is_weak() -> None:
    draw = random.Random(2)
    xs = [(draw.gauss(0.0, 1.0), draw.gauss(0.0, 1.0)) for _ in range(60)]
    weak = [0.6 * a + draw.gauss(0.0, 1.0) for a, _ in xs]  # a quarter of what they differ by can be known
    assert trained(squared, lambda _: (xs, weak))[0] == []


@pytest.mark.parametrize("batch", [24, 6])
def test_inputs_that_are_shuffled_alone_come_with_several_targets(batch: int) -> None:
    draw = random.Random(1)

    def data(step: int) -> tuple[Sequence[Any], Sequence[Any]]:
        return draw.sample(XS, batch), YS[step * batch % 24 :][:batch]

    (found,), _ = trained(squared, data, steps=80)
    assert (found.kind, found.certainty) == ("pairing changes", "fact")
    assert found.evidence == {"inputs": 24.0, "changing": 24.0, "targets": 24.0}


def test_targets_with_fresh_noise_are_no_other_targets() -> None:
    draw = random.Random(1)
    found, _ = trained(squared, lambda _: (XS, [draw.gauss(0.0, 1.0) for _ in XS]), steps=60)
    assert "pairing changes" not in {f.kind for f in found}


def test_the_outputs_of_one_sample_have_targets_of_their_own() -> None:
    """An autoencoder whose outputs are compared each by itself, and that has learned nothing: its code is noise."""
    draw = random.Random(3)
    rows = [[draw.gauss(0.0, 1.0) for _ in range(6)] for _ in range(16)]

    def cost(w: Weights, xs: Sequence[Any], _: Sequence[Any]) -> Any:
        def loss(row: Sequence[float]) -> Any:
            code = 1e-3 * sum(a * x for a, x in zip(w[:6], row, strict=True)) + draw.gauss(0.0, 1.0)
            return mean([square(w[6 + k] * code - x) for k, x in enumerate(row)])

        return mean([loss(row) for row in xs])

    found, _ = trained(cost, lambda step: (rows[step % 4 * 4 :][:4], ()), steps=80, rate=0.05, weights=12)
    assert "pairing changes" not in {f.kind for f in found}
