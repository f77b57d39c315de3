"""Intentions that the moves betray: games, bounds, copies, tables, bodies in motion; and the faults that look like them."""

import random
from collections.abc import Callable

import pytest

from autograd import Value, cos, exp, mean, sin, square, sum
from nn import binary_cross_entropy
from viz.debugger import Finding, watching


def found(
    values: list[Value], cost: Callable[[], Value], update: Callable[[int, Value], None], steps: int, *, hints: bool = False
) -> list[Finding]:
    with watching() as watch:
        for _ in range(steps):
            cost().backward()
            for i, v in enumerate(values):
                update(i, v)
                v.zero_grad()
    return watch.findings(hints=hints)


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(f.kind, f.certainty) for f in findings]


@pytest.mark.parametrize("signs", [(-1.0, 1.0), (-1.0, -1.0)])
def test_a_cost_in_a_game_has_no_direction(signs: tuple[float, float]) -> None:
    x, y = Value(0.1, label="x"), Value(3.0, label="y")
    rate = 0.02 if signs[1] > 0.0 else 1.02  # descent with steps that are too long does make it worse

    def update(i: int, v: Value) -> None:
        v.data += signs[i] * rate * v.grad

    cost = lambda: 1.0 + square(x - 2.0) + (square(y) if signs[1] < 0.0 else 3.0 * x * y - square(y))
    assert bool(found([x, y], cost, update, 40)) == (signs[1] < 0.0)


@pytest.mark.parametrize("bound", [False, True])
def test_steps_that_end_at_a_bound_are_no_training_that_stopped(bound: bool) -> None:
    w, passed = Value(0.0, label="w"), [0]

    def update(_: int, v: Value) -> None:
        passed[0] += 1
        if bound:
            v.data = min(1.0, v.data - 0.02 * v.grad)
        else:
            v.data -= (0.02 if passed[0] <= 10 else 0.0) * v.grad

    findings = found([w], lambda: square(w - 3.0) + 0.5, update, 60, hints=True)
    assert kinds(findings) == [("training stopped", "hint" if bound else "proven")]


@pytest.mark.parametrize("lost", ["a row that no sample asks for", "the last weight of each sample"])
def test_a_row_that_is_not_asked_for_and_a_weight_that_is_forgotten(lost: str) -> None:
    w = [Value(0.1 * i, label=f"w_{i}") for i in range(4)]
    samples = [
        ((1.0, 0.5, -1.0, 2.0), 1.0),
        ((0.3, -0.2, 0.8, 1.0), 0.0),
        ((-1.0, 0.1, 0.4, 0.5), 2.0),
        ((2.0, 1.0, 0.0, 1.0), 1.0),
    ]

    def cost() -> Value:
        if lost.startswith("a row"):
            return mean([square(2.0 * w[i % 3] - y) for i, (_, y) in enumerate(samples)])
        return mean([square(sum([w[i] * x[i] for i in range(3)]) - y) for x, y in samples])

    def update(_: int, v: Value) -> None:
        v.data -= 0.1 * v.grad

    findings = found(w, cost, update, 30, hints=True)
    (finding,) = [f for f in findings if f.kind == "no gradient"]
    assert (finding.certainty, finding.nodes) == ("hint" if lost.startswith("a row") else "fact", ("w₃",))


def test_the_rows_of_a_layer_are_no_table() -> None:
    w = [Value(0.1 * i + 0.1, label=f"w_{i}") for i in range(3)]
    xs = [-1.0, -0.4, 0.3, 1.2]

    def update(_: int, v: Value) -> None:
        v.data -= 0.1 * v.grad

    # Two outputs for each sample, where three are meant: the third is forgotten.
    findings = found(w, lambda: mean([square(w[j] * x - (j + 1.0) * x) for x in xs for j in range(2)]), update, 20)
    assert [(f.kind, f.certainty, f.nodes) for f in findings] == [("no gradient", "fact", ("w₂",))]


@pytest.mark.parametrize(("momentum", "expected"), [(1.0, "hint"), (1.1, "fact")])
def test_a_mass_without_friction_is_asked_about(momentum: float, expected: str) -> None:
    values, velocity = [Value(1.0, label="x"), Value(0.5, label="y")], [0.0, 0.3]

    def update(i: int, v: Value) -> None:
        velocity[i] = momentum * velocity[i] - 0.1 * v.grad
        v.data += 0.1 * velocity[i]

    x, y = values
    findings = found(values, lambda: 0.5 * square(x) + square(y), update, 30, hints=True)
    assert ("momentum of one or more", expected) in kinds(findings)
    assert all(f.certainty == "hint" for f in findings) == (momentum == 1.0)


@pytest.mark.parametrize(("many", "expected"), [(1, "hint"), (6, "proven")])
def test_away_from_one_point_may_be_meant_and_away_from_many_targets_is_not(many: int, expected: str) -> None:
    w, b = Value(0.4, label="w"), Value(0.1, label="b")
    samples = [(0.3 * k - 0.7, 0.5 * k) for k in range(many)]

    def update(_: int, v: Value) -> None:
        v.data -= 0.02 * v.grad

    findings = found([w, b], lambda: -mean([square(w * x + b - y) for x, y in samples]), update, 30, hints=True)
    assert kinds(findings)[0] == ("wrong sign of the cost", expected)


def climbing(rate: float, steps: int = 60) -> list[Finding]:
    """The likelihood of a scale, made large by `backward(-1/n)` and steps down that gradient."""
    xs = [0.3, -1.2, 0.7, 2.1, -0.4, 1.6, -0.9, 0.2]
    log_scale = Value(2.0, label="log_scale")
    with watching() as watch:
        for _ in range(steps):
            likelihood = sum([-log_scale - 0.5 * square(x / exp(log_scale)) for x in xs])
            likelihood.backward(-1.0 / len(xs))
            log_scale.data -= rate * log_scale.grad
            log_scale.zero_grad()
    return watch.findings()


def test_who_begins_a_pass_with_a_negative_number_climbs() -> None:
    assert climbing(0.1) == []
    (finding, *_) = climbing(-0.1)  # and this goes down
    assert finding.kind in ("wrong sign of the update", "got worse", "cost without a minimum")


@pytest.mark.parametrize("grows", [True, False])
def test_a_hook_whose_factor_grows_from_0_does_not_stop_the_gradient(grows: bool) -> None:
    w, b = Value(0.5, label="w"), Value(0.1, label="b")
    with watching() as watch:
        for step in range(30):
            strength = min(1.0, step / 10) if grows else 0.0
            z = w * 2.0
            z.register_hook(lambda d, strength=strength: strength * d)  # type: ignore[misc]
            square(z + b - 3.0).backward()
            for v in (w, b):
                v.data -= 0.05 * v.grad
                v.zero_grad()
    assert ("gradient stopped by a hook" in {f.kind for f in watch.findings()}) != grows


def test_a_graph_whose_steps_depend_on_the_parameters_holds_near_them_only() -> None:
    """A thrown ball: the simulation has more steps for a steeper angle, and no earlier graph says how far that one goes."""

    def reach(angle: Value) -> Value:
        x, y, vx, vy = Value(0.0), Value(0.0), 30.0 * cos(angle), 30.0 * sin(angle)
        while True:
            further, higher = x + 0.05 * vx, y + 0.05 * vy
            vx, vy = vx * 0.995, vy * 0.995 - 0.49
            if higher.data < 0.0:
                return x + y / (y - higher) * (further - x)
            x, y = further, higher

    angle = Value(0.25, label="angle")
    with watching() as watch:
        for _ in range(200):
            reach(angle).backward()
            angle.data += 0.001 * angle.grad
            angle.zero_grad()
    assert reach(angle).data > reach(Value(angle.data + 0.1)).data - 0.5 > reach(Value(0.25)).data
    assert watch.findings() == []


def two_players(*, cut: bool, zeroed: bool, memory: float) -> list[Finding]:
    """A generator of normal numbers and its discriminator, each with an update of its own."""
    rng = random.Random(6)
    shift, scale, u, c = (Value(x, label=name) for name, x in [("shift", 0.0), ("scale", 1.0), ("u", 0.1), ("c", 0.0)])
    with watching(memory=memory) as watch:
        for _ in range(60):
            xs = [rng.gauss(3.0, 1.0) for _ in range(4)] + [(shift + scale * rng.gauss(0.0, 1.0)).detach() for _ in range(4)]
            for p in (u, c) if zeroed else ():
                p.zero_grad()
            binary_cross_entropy([u * x + c for x in xs], [1] * 4 + [0] * 4).backward()
            for p in (u, c):
                p.data -= 0.02 * p.grad
            drawn = [shift + scale * rng.gauss(0.0, 1.0) for _ in range(4)]
            for p in (shift, scale):
                p.zero_grad()
            given = [x.detach() for x in drawn] if cut else drawn
            binary_cross_entropy([u * x + c for x in given], [1] * 4).backward()
            for p in (shift, scale):
                p.data -= 0.02 * p.grad
    return watch.findings()


@pytest.mark.parametrize("memory", [2e4, 2e5, 2.5e5, 1e9])  # some end the first passes at one player, some at the other
def test_gradients_that_another_player_leaves_are_zeroed_before_they_are_used(memory: float) -> None:
    assert [f.kind for f in two_players(cut=False, zeroed=True, memory=memory)] == []
    left = [f.kind for f in two_players(cut=False, zeroed=False, memory=memory)]
    assert left == ["gradients not zeroed"] or memory < 1e5  # of four passes nobody can tell


def test_what_a_discriminator_is_given_may_be_cut_off_and_what_a_generator_is_judged_by_may_not() -> None:
    (found,) = two_players(cut=True, zeroed=True, memory=1e9)
    assert (found.kind, found.certainty, found.nodes != ()) == ("no gradient", "fact", True)
    assert found.text == "x.detach()" and "2 parameters (shift, scale)" in found.message
