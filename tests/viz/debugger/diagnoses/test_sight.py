"""The data in sight of the first `backward()`, and what is found by holding it beside the passes."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograd import Value, exp, log, mean, softplus, square, where
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.evidence.sight import Sight, sight
from viz.debugger.diagnoses.evidence.training import Training


def _step(cost: Value, *parameters: Value, rate: float = 0.1) -> None:
    for p in parameters:
        p.zero_grad()
    cost.backward()
    for p in parameters:
        p.data -= rate * p.grad


def _told(train: Callable[[], Any]) -> list[Finding]:
    with watching() as watch:
        train()
    return watch.findings()


def _kinds(train: Callable[[], Any]) -> list[str]:
    return [finding.kind for finding in _told(train)]


# --- what is seen ------------------------------------------------------------------------------------------------------


def test_lists_of_numbers_are_copied_and_nothing_else() -> None:
    import inspect

    rows, pairs, words, once = [[1, 2.0], [3, 4.5]], [("a", 1.0), ("b", 2.0)], ["a", "b"], iter([1.0])  # noqa: F841
    also, mixed = once, [1.0, Value(2.0)]  # noqa: F841
    seen = sight(inspect.currentframe())
    assert seen.lists["rows"] == [(1.0, 2.0), (3.0, 4.5)] and seen.lists["pairs"] == [(1.0,), (2.0,)]
    assert not {"words", "mixed", "once"} & set(seen.lists)
    assert seen.iterators["once"] == ("once", "also") == seen.iterators["also"]
    assert seen.calls[0][0].co_name == "test_lists_of_numbers_are_copied_and_nothing_else"


def test_the_lists_of_objects_and_dictionaries_are_seen_by_their_paths() -> None:
    import inspect

    class Split:
        def __init__(self) -> None:
            self.x, self.words, self._hidden = [[1.0], [2.5]], ["a", "b"], [3.0, 4.0]

    test, rows = Split(), {"test": [5.0, 6.0], 1: [7.0, 8.0]}  # noqa: F841
    assert sight(inspect.currentframe()).parts == {"test.x": [(1.0,), (2.5,)], "rows['test']": [(5.0,), (6.0,)]}


def test_without_a_frame_there_is_nothing_to_see() -> None:
    assert sight(None) == Sight() and Training([]).script.loop is None


def test_a_list_that_is_too_long_is_left_alone() -> None:
    import inspect

    long, short = [0.0] * 30_000, [1.0, 2.0]  # noqa: F841
    seen = sight(inspect.currentframe())
    assert "long" not in seen.lists and seen.lists["short"] == [(1.0,), (2.0,)]


def test_only_the_first_pass_is_looked_at() -> None:
    w = Value(1.0)
    with watching() as watch:
        for _ in range(2):
            data = [w.data, 2.0]
            (w * data[0]).backward()
            w.data = 5.0
    assert watch._sight.lists["data"] == [(1.0,), (2.0,)]


# --- samples -----------------------------------------------------------------------------------------------------------


def _line(x: float) -> float:
    return 1.5 * x - 0.25


def test_an_index_that_counts_too_far_leaves_samples_out() -> None:
    def train() -> None:
        xs, w, b = [0.15 + 0.2 * k for k in range(10)], Value(0.0, label="w"), Value(0.0, label="b")
        k = 0
        for _ in range(60):
            _step(square(w * xs[k] + b - _line(xs[k])), w, b)
            k = (k + 5) % len(xs)

    (found,) = _told(train)
    assert (found.kind, found.text, found.evidence["unused"]) == ("samples never used", "k = (k + 5) % len(xs)", 8.0)


def test_samples_that_are_held_out_are_not_missed() -> None:
    def train() -> None:
        xs, w, b = [0.15 + 0.2 * k for k in range(10)], Value(0.0, label="w"), Value(0.0, label="b")
        for _ in range(20):
            for x in xs[:6]:
                _step(square(w * x + b - _line(x)), w, b)
        assert len([w.data * x + b.data for x in xs[6:]]) == 4

    assert _kinds(train) == []


def test_a_generator_is_emptied_by_a_function_too() -> None:
    def epoch(samples: Iterator[float], w: Value) -> None:
        for x in samples:
            _step(square(w * x - 2.0 * x), w)

    def train() -> None:
        w, made = Value(0.0, label="w"), (0.1 * k for k in range(1, 9))
        for _ in range(5):
            epoch(made, w)

    (found,) = _told(train)
    assert found.kind == "generator used up" and found.evidence == {"passes": 8.0}


def test_a_stream_that_is_asked_for_the_next_is_not_used_up() -> None:
    def train() -> None:
        w, stream = Value(0.0, label="w"), (0.1 * k for k in range(1, 100))
        for _ in range(40):
            x = next(stream)
            _step(square(w * x - 2.0 * x), w)

    assert _kinds(train) == []


def test_a_seed_that_changes_with_the_step_is_none() -> None:
    def train() -> None:
        w = Value(0.0, label="w")
        for k in range(40):
            draw = random.Random(k)
            _step(mean([square(w + 0.1 * draw.gauss(0.0, 1.0) - 1.0) for _ in range(3)]), w)

    assert _kinds(train) == []


# --- costs -------------------------------------------------------------------------------------------------------------


def test_a_likelihood_of_counts_without_the_expected_count_has_no_minimum() -> None:
    def train() -> None:
        theta = Value(0.0, label="theta")
        for _ in range(60):
            _step(mean([-count * theta for count in (3.0, 5.0, 2.0, 4.0)]), theta)

    (found,) = _told(train)
    assert (found.kind, found.certainty) == ("cost without a minimum", "proven")
    assert found.evidence["further"] < 100.0 * found.evidence["last"] < 0.0


@pytest.mark.parametrize(("sign", "found"), [(1.0, ["cost without a minimum"]), (-1.0, [])])
def test_a_divergence_with_the_wrong_sign_is_seen_through_the_noise_of_the_passes(sign: float, found: list[str]) -> None:
    def train() -> None:
        rng = random.Random(4)
        xs = [2.0 * rng.gauss(0.0, 1.0) for _ in range(12)]
        a, s, c = Value(0.3, label="a"), Value(-1.0, label="s"), Value(0.5, label="c")
        for _ in range(120):
            terms = []
            for x in xs:
                mu = a * x
                z = mu + exp(0.5 * s) * rng.gauss(0.0, 1.0)
                terms.append(0.5 * square(c * z - x) + sign * 0.5 * (1.0 + s - mu * mu - exp(s)))
            cost = mean(terms)
            cost.backward()
            for p in (a, s, c):
                p.data -= 0.05 * max(-5.0, min(5.0, p.grad))
                p.zero_grad()

    assert _kinds(train) == found


def _divergence(mu: Value, s: Value) -> Any:
    width = exp(2.0 * s)
    return 0.5 * (
        mu * mu + width - 1.0 + 2.0 * s  # the term
    )


def _entropy(s: Value) -> Any:
    return 0.5 * (1.0 + math.log(2.0 * math.pi)) + 3.0 * s  # the term of the entropy


def _deviation(s: Value) -> Any:
    return log(exp(-2.0 * s)) / 2.0  # the term of a logarithm


@pytest.mark.parametrize(("of", "text"), [
    (lambda mu, s, error: error + _divergence(mu, s), "2.0 * s"),
    (lambda mu, s, error: -(-error - _divergence(mu, s)), "2.0 * s"),
    (lambda mu, s, error: error + square(mu) + exp(s) + _entropy(s), "3.0 * s"),
    (lambda mu, s, error: error * exp(-s) + mu * mu + _deviation(s), "log(exp(-2.0 * s))"),
])  # fmt: skip
def test_the_line_of_a_cost_without_a_minimum_is_that_of_the_term_that_falls(of: Callable[..., Any], text: str) -> None:
    xs = [0.3, -0.5, 1.1, 0.2, 0.9]

    def train() -> None:
        mu, s = Value(0.2, label="mu"), Value(-0.2 if text.endswith("* s") else 0.2, label="s")
        for _ in range(80):
            _step(of(mu, s, mean([square(x - mu) for x in xs])), mu, s)

    (found,) = _told(train)
    assert (found.kind, found.text) == ("cost without a minimum", text)
    assert "this term goes from " in found.message and ("as s, " in found.message or "of the last steps" in found.message)


@pytest.mark.parametrize("by_if", [True, False])
def test_a_hinge_with_branches_is_no_line_that_falls_for_ever(by_if: bool) -> None:
    def train() -> None:
        w, b = Value(0.0, label="w"), Value(0.0, label="b")
        samples = [(x, 1.0 if x > 0.0 else -1.0) for x in (-2.0, -1.5, -1.0, 1.0, 1.5, 2.0)]
        for _ in range(24):
            gaps = [1.0 - y * (w * x + b) for x, y in samples]
            terms = [gap if gap.data > 0.0 else 0.0 * gap for gap in gaps] if by_if else [where(g > 0, g, 0.0) for g in gaps]
            _step(mean(terms), w, b, rate=0.02)

    assert _kinds(train) == []


def test_what_is_brought_back_to_length_1_in_every_step_is_not_scaled_by_it() -> None:
    def train() -> None:
        rng = random.Random(5)
        points = [(3.0 * rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)) for _ in range(12)]
        w = [Value(0.05), Value(0.999)]
        for _ in range(40):
            cost = -mean([square(w[0] * x + w[1] * y) for x, y in points])
            cost.backward()
            for p in w:
                p.data -= 0.005 * p.grad
                p.zero_grad()
            length = math.hypot(w[0].data, w[1].data)
            for p in w:
                p.data /= length

    assert "cost without a minimum" not in _kinds(train)


def test_a_cost_that_falls_to_zero_for_ever_has_one_at_infinity_and_that_is_well() -> None:
    def train() -> None:
        w, b = Value(0.0, label="w"), Value(0.0, label="b")
        samples = [(x, x > 0.0) for x in (-2.0, -1.5, -1.0, 1.0, 1.5, 2.0)]
        for _ in range(60):
            _step(mean([softplus(w * x + b) - label * (w * x + b) for x, label in samples]), w, b, rate=0.5)

    assert _kinds(train) == []


def test_a_height_of_a_decay_is_no_scale_of_its_cost() -> None:
    def train() -> None:
        a, k = Value(1.0, label="a"), Value(0.3, label="k")
        for _ in range(60):
            _step(mean([square(a * exp(-k * t) - 2.0 * math.exp(-0.7 * t)) for t in (0.0, 0.5, 1.0, 2.0)]), a, k)

    assert _kinds(train) == []


def test_a_sine_of_plain_degrees_is_seen_by_its_result() -> None:
    def train() -> None:
        angles = [10.0, 55.0, 80.0, 120.0, 200.0, 310.0]
        r, e = Value(1.0, label="r"), Value(0.0, label="e")
        for _ in range(60):
            _step(mean([square(r * math.sin(a) + e - 1.4 * math.sin(math.radians(a)) - 0.2) for a in angles]), r, e, rate=0.3)

    (found,) = _told(train)
    assert (found.kind, found.certainty) == ("degrees for radians", "proven")


def test_a_state_is_cut_at_the_lengths_of_the_sequences() -> None:
    runs = [([1.0, 1.0, 0.0], [0.8, 1.44, 1.152]), ([2.0, 0.0, 0.0], [1.6, 1.28, 1.024]), ([0.5, 0.5, 0.5], [0.4, 0.72, 0.976])]

    def train() -> None:
        gain, keep = Value(0.5, label="gain"), Value(0.5, label="keep")
        assert len(runs) == 3
        for _ in range(60):
            level: Any = 0.0
            terms = []
            for inflow, seen in runs:
                for q, s in zip(inflow, seen, strict=True):
                    level = keep * level + gain * q
                    terms.append(square(level - s))
            _step(mean(terms), gain, keep)

    found = _told(train)
    assert [f.kind for f in found] == ["state carried over"] and "every 3 outputs" in found[0].message


# --- numbers on another scale ------------------------------------------------------------------------------------------


def _loudness(scaled: Callable[[int], float]) -> None:
    draw = random.Random(4)
    levels = [draw.randrange(100, 1900) for _ in range(40)]
    targets = [1.0 + 0.001 * n + draw.gauss(0.0, 0.02) for n in levels]
    w, b = Value(0.0, label="w"), Value(0.0, label="b")
    for _ in range(60):
        _step(mean([square(w * scaled(n) + b - y) for n, y in zip(levels, targets, strict=True)]), w, b)


def test_a_division_that_leaves_0_and_1_is_named() -> None:
    def scaled(n: int) -> float:
        return n // 1000

    (finding,) = _told(lambda: _loudness(scaled))
    assert finding.kind == "data rounded away"
    assert finding.text == "return n // 1000"
    assert _kinds(lambda: _loudness(lambda n: n / 1000)) == []


def test_a_sine_that_is_a_method_without_arguments_is_looked_at_like_others() -> None:
    class Angle:
        def __init__(self, degrees: float) -> None:
            self.degrees = degrees

        def sin(self) -> float:
            return math.sin(self.degrees)

    def train() -> None:
        angles = [10.0 * k + 5.0 for k in range(16)]
        targets = [3.0 * math.sin(math.radians(a)) + 0.5 for a in angles]
        w, b = Value(0.0, label="w"), Value(0.0, label="b")
        for _ in range(80):
            _step(mean([square(w * Angle(a).sin() + b - y) for a, y in zip(angles, targets, strict=True)]), w, b)

    assert _kinds(train) == ["degrees for radians"]


def test_a_default_of_an_argument_by_place_is_looked_at_like_others() -> None:
    def remembered(x: Value, memory: list[float] = [], /) -> Value:  # noqa: B006
        memory.append(x.data)
        return x

    def train() -> None:
        w = Value(0.0, label="w")
        for _ in range(30):
            _step(mean([square(remembered(w) * x - 2.0 * x) for x in (1.0, -2.0, 0.5)]), w)

    assert _kinds(train) == []  # it has done no harm
