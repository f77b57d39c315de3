"""A softmax over the wrong axis, and the programs in which weights of one sum come from many softmaxes by intention."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, log, mean, record_backward, softmax, square
from viz.debugger import watching
from viz.debugger.diagnoses.checks import axes
from viz.debugger.diagnoses.evidence.experiment import Edit
from viz.debugger.diagnoses.evidence.models import Model
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.training import Training

XS, VALUES = (0.3, -1.0, 0.8, 1.7), (0.5, 2.0, -1.0, 3.0)


def by_hand(zs: Any) -> list[Any]:
    es = [z.exp() for z in zs]
    return [e / sum(es[1:], es[0]) for e in es]


@pytest.mark.parametrize("normalised", [softmax, by_hand])
def test_the_experiment_is_the_graph_with_the_other_axis(normalised: Callable[[Any], list[Any]]) -> None:
    def cost(along: bool) -> tuple[Value, Value]:
        w = Value(0.7, label="w")
        scores = [[w * a * b + a for b in XS] for a in XS]
        columns = [normalised(column) for column in zip(*scores, strict=True)]
        weights = [normalised(row) for row in scores] if along else list(zip(*columns, strict=True))
        outputs = [sum(p * v for p, v in zip(row, VALUES, strict=True)) for row in weights]
        return mean([square(out - y) for out, y in zip(outputs, XS, strict=True)]), w

    wrong, _ = cost(along=False)
    p = Pass(record_backward(wrong), ["w"])
    edit = Edit(grouped=axes._groups(Training([p]), p))
    assert len(edit.grouped) == len(XS) ** 2
    found, gradient = Model(p, edit, []).gradient(p, edit, {"w": 0.7}, frozenset(["w"]))
    right, other = cost(along=True)
    right.backward()
    assert found == pytest.approx(right.data, rel=1e-12) and found != pytest.approx(wrong.data, rel=1e-3)
    assert gradient["w"] == pytest.approx(other.grad, rel=1e-12)


def trained(cost: Callable[[list[Value]], Any], start: list[float], rate: float = 0.1) -> list[str]:
    ps = [Value(x) for x in start]
    with watching() as watch:
        for _ in range(40):
            c = cost(ps)
            c.backward()
            for p in ps:
                p.data -= rate * p.grad
                p.zero_grad()
    return [finding.kind for finding in watch.findings()]


def test_flows_that_each_place_shares_out() -> None:
    flows, far = (1.0, 4.0, 2.5), [[0.1, 1.0, 2.0], [1.5, 0.3, 0.9], [2.2, 1.1, 0.2]]

    def arrivals(b: Any, share: Callable[[list[Any]], list[Any]]) -> list[Any]:
        out = [share([-b * d for d in row]) for row in far]
        return [sum(f * row[k] for f, row in zip(flows, out, strict=True)) for k in range(3)]

    def shares(zs: list[float]) -> list[float]:
        return [math.exp(z) / math.fsum(map(math.exp, zs)) for z in zs]

    seen = arrivals(1.3, shares)
    assert trained(lambda ps: mean([square(a - s) for a, s in zip(arrivals(ps[0], softmax), seen, strict=True)]), [0.2]) == []


def test_steps_of_a_hidden_chain_and_clusters_divided_by_their_size() -> None:
    rng = random.Random(4)
    seen = [rng.randrange(3) for _ in range(8)]
    emit = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]

    def likelihood(ps: list[Value]) -> Any:
        rows = [softmax([p * (1.0 + k) for k, p in enumerate(ps[3 * i : 3 * i + 3])]) for i in range(3)]
        alpha: list[Any] = [emit[s][seen[0]] / 3.0 for s in range(3)]
        for o in seen[1:]:
            alpha = [sum(alpha[r] * rows[r][s] for r in range(3)) * emit[s][o] for s in range(3)]
        return -log(sum(alpha))

    def clusters(ps: list[Value]) -> Any:
        near = [softmax([-square(c - x) for c in ps]) for x in (-2.1, -1.9, 0.1, 0.2, 2.0, 2.2)]
        sizes = [sum(row[k] for row in near) for k in range(3)]
        means = [sum(row[k] * x for row, x in zip(near, (-2.1, -1.9, 0.1, 0.2, 2.0, 2.2), strict=True)) for k in range(3)]
        return mean([square(c - m / n) for c, m, n in zip(ps, means, sizes, strict=True)])

    kind = "softmax over the other axis"
    assert kind not in trained(likelihood, [rng.gauss(0.0, 0.3) for _ in range(9)])
    assert kind not in trained(clusters, [-1.0, 0.3, 1.0])
