"""Costs of yes and no of which every term says yes, and the rankings and labels that only look like it."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, dot, log, logsigmoid, mean, sigmoid, softplus
from viz.debugger import Finding, watching

KIND = "one way only"


def told(cost: Callable[[list[list[Value]]], Any], rows: int, columns: int, steps: int = 40) -> list[Finding]:
    rng = random.Random(7)
    table = [[Value(rng.gauss(0.0, 0.3)) for _ in range(columns)] for _ in range(rows)]
    with watching() as watch:
        for _ in range(steps):
            cost(table).backward()
            for p in (p for row in table for p in row):
                p.data -= 0.3 * p.grad
                p.zero_grad()
    return [finding for finding in watch.findings() if finding.kind == KIND]


PAIRS = [(a, b) for a in range(3) for b in range(3, 6)]


def written(u: list[Value], v: list[Value]) -> Any:
    return sum(a * b for a, b in zip(u, v, strict=True))


@pytest.mark.parametrize("score", [dot, written, lambda u, v: written(u, v) / 2.0, lambda u, v: u[0] * v[0] + u[1] * v[1]])
def test_pairs_without_negative_samples(score: Callable[[list[Value], list[Value]], Any]) -> None:
    (found,) = told(lambda t: mean([-logsigmoid(score(t[a], t[b])) for a, b in PAIRS]), 6, 3, 150)
    assert (found.certainty, found.evidence["terms"]) == ("fact", 150.0 * len(PAIRS))
    both = [(a, b, 1.0 if (a + b) % 2 else -1.0) for a, b in PAIRS]
    assert told(lambda t: mean([-logsigmoid(s * score(t[a], t[b])) for a, b, s in both]), 6, 3, 150) == []


def test_scores_that_are_no_product_of_two_rows_are_not_held_beside_other_pairs() -> None:
    features: Any = [[1.0, 0.0], [0.5, 1.0], [0.2, 0.7]]
    assert told(lambda t: mean([-logsigmoid(written(t[a], x)) for a in range(6) for x in features]), 6, 2) == []
    assert told(lambda t: mean([-logsigmoid(written(t[a][:2], t[b][:2]) + t[b][2]) for a, b in PAIRS]), 6, 3) == []


@pytest.mark.parametrize("form", ["logsigmoid", "softplus", "smooth", "twice", "log"])
@pytest.mark.parametrize("other", [False, True])
def test_a_bias_that_answers_everything(form: str, other: bool) -> None:
    rng = random.Random(3)
    samples = [([rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)], other and k % 3 == 0) for k in range(8)]

    def cost(t: list[list[Value]]) -> Any:
        terms = []
        for x, no in samples:
            z = dot(t[0][:2], x, t[0][2])
            if form == "log":
                terms.append(-log(1.0 - sigmoid(z)) if no else -log(sigmoid(z)))
            elif form == "softplus":
                terms.append(softplus(z) - (0.0 if no else 1.0) * z)
            elif form == "smooth":
                terms.append(softplus(-z) + (1.0 if no else 0.0) * z)
            elif form == "twice":
                w, b = t[0][:2], t[0][2]
                terms.append(softplus(w[0] * x[0] + b) - (0.0 if no else 1.0) * (w[0] * x[0] + b))
            else:
                terms.append(-logsigmoid(-z if no else z))
        return mean(terms)

    assert len(told(cost, 1, 3)) == (not other and form != "twice")


def test_a_ranking_has_one_label_and_pushes_both_ways() -> None:
    games = [(0, 1), (0, 2), (1, 2), (3, 0), (2, 3), (1, 3), (0, 3), (3, 2)]
    assert told(lambda t: mean([-logsigmoid(t[a][0] - t[b][0]) for a, b in games]), 4, 1) == []
    rng = random.Random(5)
    better = [[rng.gauss(0.5, 1.0), rng.gauss(-0.5, 1.0)] for _ in range(20)]  # features of the winner less those of the loser
    assert told(lambda t: mean([softplus(-dot(t[0], x)) for x in better]), 1, 2) == []
