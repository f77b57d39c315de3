"""Data: the bundled sets are what they are, shapes are reproducible, and what is wrong with data is said."""

import math

import pytest

from autograd import ArgumentError
from nn.data import DATASETS, Data, Standardisation, checked_data, circles, digits, moons, spirals, xor


@pytest.mark.parametrize(
    ("name", "samples", "columns", "classes"),
    [
        ("digits", 1797, 64, 10), ("iris", 150, 4, 3), ("diabetes", 442, 10, 0),
        ("moons", 200, 2, 2), ("circles", 200, 2, 2), ("spirals", 200, 2, 2), ("xor", 4, 2, 2),
    ],
)  # fmt: skip
def test_sets(name: str, samples: int, columns: int, classes: int) -> None:
    data = checked_data(DATASETS[name]())
    assert (len(data.x), len(data.x[0]), len(data.classes)) == (samples, columns, classes)
    assert len(data.columns) == columns
    assert type(data.x[0][0]) is float
    if classes:
        assert set(data.y) == set(range(classes))


def test_digits_are_between_0_and_1() -> None:
    assert {min(v for row in digits().x for v in row), max(v for row in digits().x for v in row)} == {0.0, 1.0}


def test_shapes_without_noise_lie_on_their_curves() -> None:
    for (px, py), k in zip(moons(100, noise=0.0).x, moons(100, noise=0.0).y, strict=True):
        assert math.hypot(px - k, py - 0.5 * k) == pytest.approx(1.0)
        assert (py >= -1e-12) if k == 0 else (py <= 0.5 + 1e-12)
    for (px, py), k in zip(circles(100, noise=0.0).x, circles(100, noise=0.0).y, strict=True):
        assert math.hypot(px, py) == pytest.approx(1.0 - 0.5 * k)
    for px, py in spirals(100, noise=0.0).x:
        assert 0.1 - 1e-9 <= math.hypot(px, py) <= 1.1 + 1e-9
    assert list(zip(xor().x, xor().y, strict=True)) == [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]


def test_seeds() -> None:
    assert moons(50, seed=1) == moons(50, seed=1)
    assert moons(50, seed=1) != moons(50, seed=2)
    assert digits().split(0.2, seed=3) == digits().split(0.2, seed=3)


def test_splits_take_every_sample_once() -> None:
    data = moons(100)
    learn, held_out = data.split(0.25)
    assert (len(learn.x), len(held_out.x)) == (75, 25)
    assert sorted(learn.x + held_out.x) == sorted(data.x)
    assert all(data.y[data.x.index(x)] == y for x, y in zip(held_out.x, held_out.y, strict=True))
    for share in (0.0, 1.0, 0.001):
        with pytest.raises(ArgumentError, match="cannot be cut"):
            data.split(share)


def test_standardisation() -> None:
    s = Standardisation.of(moons(200).x)
    columns = list(zip(*[s(x) for x in moons(200).x], strict=True))
    for column in columns:
        assert math.fsum(column) / len(column) == pytest.approx(0.0, abs=1e-14)
        assert math.fsum(v * v for v in column) / len(column) == pytest.approx(1.0)
    assert Standardisation.of([[2.0], [2.0]])([5.0]) == [3.0]


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (Data([], [], [], []), "no samples"),
        (Data([[1.0]], [1.0, 2.0], ["a"], []), "1 samples but 2 targets"),
        (Data([[]], [1.0], [], []), "no numbers"),
        (Data([[1.0], [1.0, 2.0]], [0.0, 1.0], ["a"], []), "row 2 has 2 numbers, row 1 has 1"),
        (Data([[1.0, 2.0], [1.0, math.nan]], [0.0, 1.0], ["a", "b"], []), r"row 2, column 2 \(b\) is nan"),
        (Data([[math.inf]], [0.0], ["a"], []), "row 1, column 1.*inf"),
        (Data([[1.0]], [2], ["a"], ["n", "y"]), "row 1: label 2 with 2 classes; labels are 0 to 1. They are"),
        (Data([[1.0]], [math.nan], ["a"], []), "row 1 has target nan"),
    ],
)
def test_wrong_data(data: Data, hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        checked_data(data)


def test_too_few_points() -> None:
    with pytest.raises(ArgumentError, match="at least 2"):
        moons(1)
