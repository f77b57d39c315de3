"""What passes share: structures, shapes and samples are found as if each pass were looked at by itself, but once."""

import math
import random

import pytest

from autograd import Value
from autograd.recording.columns import Nodes
from nn import MLP
from viz.debugger import watching
from viz.debugger.diagnoses.evidence.outputs import residuals
from viz.debugger.diagnoses.evidence.passes import Pass
from viz.debugger.diagnoses.evidence.samples import all_samples, different, numbers_given, numbers_present
from viz.debugger.diagnoses.evidence.shapes import Shapes
from viz.debugger.diagnoses.evidence.training import Training
from viz.debugger.diagnoses.watch import Watch


def two_players(memory: float = 2**28) -> Watch:
    """One network learns forty times for each time that the other does; the inputs are new leaves in every pass."""
    draw = random.Random(1)
    often, seldom = MLP(2, [3, 1], rng=random.Random(2)), MLP(2, [5, 1], rng=random.Random(3))
    with watching(memory=memory) as watch:
        for k in range(160):
            net = seldom if k % 40 == 39 else often
            ((net([Value(draw.random()), Value(draw.random())]) - draw.random()) ** 2).backward()
            for p in net.parameters():
                p.data -= 0.01 * p.grad
                p.grad = 0.0
    return watch


def test_a_structure_that_comes_seldom_is_known_when_it_comes_again() -> None:
    watch = two_players()
    assert len(watch.passes) == 160
    assert len({id(p.structure) for p in watch.passes}) == 2
    assert len({id(p.shape) for p in watch.passes}) == 160  # its inputs are in no other pass


def test_what_passes_share_takes_memory_once() -> None:
    n = max(len(p.nodes) for p in two_players().passes)
    assert len(two_players(memory=160 * (1500 + 60 * n + 100 * 300)).passes) == 160  # and not 450 bytes for each node besides


def test_rows_of_a_table_have_a_shape_for_each_pair_however_many_come_in_between() -> None:
    users, films = ([Value(draw / 7.0) for draw in range(1, n)] for n in (7, 6))
    with watching() as watch:
        for _ in range(3):
            for u in users:
                for f in films:
                    ((u * f - 1.0) ** 2).backward()
                    for p in (u, f):
                        p.data -= 0.01 * p.grad
                        p.grad = 0.0
    assert len({id(p.structure) for p in watch.passes}) == 1
    assert len({id(p.shape) for p in watch.passes}) == 30


def test_shapes_that_nobody_uses_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.debugger.diagnoses.evidence.shapes._SHAPES", 3)
    shapes, p = Shapes(), two_players().passes[0]
    first, size = shapes.of(p.nodes, (0,))
    assert size > 400 * len(p.nodes)
    assert shapes.of(p.nodes, (0,)) == (first, 0)
    for key in range(1, 4):
        _, more = shapes.of(p.nodes, (key,))
        assert 0 < more < 400
    again, _ = shapes.of(p.nodes, (0,))
    assert again is not first
    assert again.structure is first.structure


def reached(nodes: Nodes, outputs: tuple[int, ...]) -> tuple[set[int], set[int]]:
    """The leaves and constants below some nodes, by recursion."""
    leaves, constants, done = set[int](), set[int](), set[int]()

    def walk(i: int) -> None:
        if i in done:
            return
        done.add(i)
        own = nodes.operands[nodes.start[i] : nodes.start[i + 1]]
        constants.update(o for o in own if o < 0)
        leaves.update([] if own else [i])
        for o in own:
            if o >= 0:
                walk(o)

    for i in outputs:
        walk(i)
    return leaves, constants


@pytest.mark.parametrize("seed", range(20))
def test_what_groups_of_nodes_are_computed_from_is_what_a_walk_from_each_finds(seed: int) -> None:
    draw = random.Random(seed)
    values = [Value(draw.random()) for _ in range(6)]
    for _ in range(40):
        x: Value | float = draw.choice(values) if draw.random() < 0.5 else draw.random()
        values.append(draw.choice(values[-9:]) * x + draw.choice(values))
    cost = Value(0.0)
    for value in values:
        cost = cost + value
    with watching() as watch:
        cost.backward()
    (p,) = watch.passes
    groups = tuple(tuple(draw.choices(p.interior, k=draw.choice([1, 1, 3]))) for _ in range(12))
    found = p.structure.reaching(groups)
    for k, group in enumerate(groups):
        leaves = [i for i, mark in found.leaves if mark >> k & 1]
        constants = [o for own, mark in found.constants for o in own if mark >> k & 1]
        assert leaves == sorted(leaves)
        assert (set(leaves), set(constants)) == reached(p.nodes, group)
        assert len(constants) == len(set(constants))


def a_series(passes: int, same: bool) -> Training:
    """The errors in a series of which each number is foretold from all before it: of one series, or of new ones."""
    draw, a, s = random.Random(4), Value(0.3, label="a"), Value(1.0, label="s")
    series = [draw.gauss(0.0, 1.0) for _ in range(12)]
    with watching() as watch:
        for _ in range(passes):
            state, cost = s * 0.5, Value(0.0)
            for y in series if same else [draw.gauss(0.0, 1.0) for _ in range(12)]:
                cost = cost + (state - y) ** 2
                state = a * state + (1.0 - a) * y
            cost.backward()
            for p in (a, s):
                p.data -= 1e-3 * p.grad
                p.grad = 0.0
    return Training(watch.passes, watched=True)


@pytest.mark.parametrize("same", [True, False])
def test_samples_of_a_series_have_the_numbers_that_a_walk_finds(same: bool) -> None:
    training = a_series(5, same)
    a, s = (next(i for i in training.passes[0].leaves if training.passes[0].nodes.label[i] == name) for name in "as")
    numbers, everything = set[float](), set[float]()
    for p, samples in zip(training.sound, all_samples(training), strict=True):
        for sample, (_, f, y) in zip(samples, residuals(p), strict=True):
            leaves, constants = reached(p.nodes, (f,))
            given = sorted(_number(p, e) for e in (leaves - {a, s}) | constants)
            assert sorted(sample.given) == given
            assert sample.targets == (y,)
            numbers.update(given)
            everything.update((*given, y))
    assert numbers_given(training) == numbers
    assert numbers_present(training) == everything
    every = [sample for samples in all_samples(training) for sample in samples]
    assert len(different(every)) == (len(every) // 5 if same else len(every))
    assert {sample.given for sample in different(every)} == {sample.given for sample in every}


def _number(p: Pass, entry: int) -> float:
    return p.nodes.data[entry] if entry >= 0 else p.nodes.constants[-1 - entry]


def test_a_label_that_changes_is_that_of_its_own_pass() -> None:
    """Passes with the same inputs share their numbers, and not their targets."""
    w, targets = Value(0.1, label="w"), [random.Random(5).random() for _ in range(8)]
    with watching() as watch:
        for y in targets:
            ((w * 2.0 - Value(y)) ** 2 + (w * 3.0 - 1.0) ** 2).backward()
            w.data -= 0.01 * w.grad
            w.grad = 0.0
    samples = all_samples(Training(watch.passes, watched=True))
    assert [s.targets for order in samples for s in order if s.given == (2.0,)] == [(y,) for y in targets]
    assert all(math.isclose(s.given[0], 3.0) and s.targets == (1.0,) for order in samples for s in order[1:])
