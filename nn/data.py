"""Data to learn from: bundled sets, shapes in the plane; checked, and split reproducibly. Files are read in tables.py.

A `Data` is plain lists: `x`, one list of numbers per sample, and `y`, one class from 0 (or number) per sample. Whatever is
wrong with data - a word where a number belongs, a nan, a row too short - is reported with row and column before anything
is trained.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple, NoReturn

from autograd import ArgumentError, OperandError
from autograd.arguments import whole
from autograd.forms import Pictured

from .matching import class_index, listed


@dataclass(frozen=True)
class Data(Pictured):
    """Samples, and the classes or numbers to learn.

    Attributes:
        x: per sample a list of numbers, all of the same length.
        y: per sample the class, a whole number from 0, or the number to predict.
        columns: the names of the numbers in x.
        classes: the names of the classes; empty if y are numbers to predict.
    """

    x: list[list[float]]
    y: list[Any]
    columns: list[str]
    classes: list[str]

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.x)

    def __iter__(self) -> NoReturn:
        """Samples and targets are taken apart by name."""
        raise OperandError(
            "Data are not gone through: data.x are the samples and data.y the targets; zip(data.x, data.y) has pairs"
        )

    def split(self, share: float, seed: int = 0) -> tuple["Data", "Data"]:
        """Shuffled and cut in two: the samples to train with, and those to test with.

        Args:
            share: the share of the samples in the second part, from 0 to 1: 0.2 keeps 80 % for training.
            seed: of the shuffling.

        Raises:
            ArgumentError: one of the parts would be empty.
        """
        order = list(range(len(self.x)))
        random.Random(seed).shuffle(order)
        if not isinstance(share, (int, float)) or not 0.0 <= share <= 1.0:
            raise ArgumentError(f"split({share!r}): it takes a share of the samples, from 0 to 1, such as 0.2")
        cut = round(share * len(order))
        if not 0 < cut < len(order):
            raise ArgumentError(f"split({share!r}): {len(order)} samples cannot be cut into {len(order) - cut} and {cut}")
        return self.take(order[cut:]), self.take(order[:cut])

    def take(self, indices: Sequence[int]) -> "Data":
        """The samples with these indices, in that order."""
        return replace(self, x=[self.x[i] for i in indices], y=[self.y[i] for i in indices])


def checked_data(data: Data) -> Data:
    """Check the data and return them as plain lists.

    Raises:
        OperandError: they are no `Data`, or something in them is no number.
        ArgumentError: no samples, samples of different lengths, as many targets as samples are missing, a nan or an inf
            (with row and column, counted from 1), or a label that is no class.
    """
    if not isinstance(data, Data):
        raise OperandError(
            f"data are a Data(x, y, columns, classes), got a {type(data).__name__}: x has a list of numbers for each sample, y "
            "its class from 0 or its number; classes are their names, [] where y are numbers to predict"
        )
    data = replace(data, x=listed(data.x), y=listed(data.y), columns=list(data.columns), classes=list(data.classes))
    if not data.x:
        raise ArgumentError("there are no samples to learn from")
    if len(data.x) != len(data.y):
        raise ArgumentError(f"{len(data.x)} samples but {len(data.y)} targets; there is one target for each sample")
    if not isinstance(data.x[0], list):
        raise ArgumentError(f"sample 1 is {data.x[0]!r}; each is a list of numbers, [v] where there is one")
    columns = len(data.x[0])
    if not columns:
        raise ArgumentError("the samples have no numbers; each needs at least one column")
    for row, x in enumerate(data.x, start=1):
        if not isinstance(x, list) or len(x) != columns:
            found = f"{len(x)} numbers" if isinstance(x, list) else repr(x)
            raise ArgumentError(f"row {row} has {found}, row 1 has {columns}; all samples have the same columns")
        for column, number in enumerate(x, start=1):
            name = f" ({data.columns[column - 1]})" if len(data.columns) == columns else ""
            if not _is_real(number):
                hint = "; of words, make a column of 0 and 1 for each" if isinstance(number, str) else ""
                raise OperandError(f"row {row}, column {column}{name} is {number!r}, not a number{hint}")
            if not math.isfinite(number):
                raise ArgumentError(f"row {row}, column {column}{name} is {number!r}; fill the gap or leave the row out")
    for row, y in enumerate(data.y, start=1):
        _check_target(data, row, y)
    return data


def _is_real(x: Any) -> bool:
    return (
        x.__class__ is float
        or isinstance(x, Real)
        or (not isinstance(x, (str, bytes)) and hasattr(x, "__float__") and not hasattr(x, "parents"))
    )


def _check_target(data: Data, row: int, y: Any) -> None:
    if data.classes:
        try:
            class_index(y, len(data.classes), f"row {row}")
        except ArgumentError as error:
            named = f". The class {y!r} is {data.classes.index(y)}" if isinstance(y, str) and y in data.classes else ""
            raise ArgumentError(f"{error}{named}") from None
        return
    for number in y if isinstance(y, list) and y else [y]:
        if not _is_real(number):
            hint = "; for classes, number them from 0 and give their names as Data(..., classes=[...])"
            raise OperandError(f"row {row} has target {y!r}, not a number{hint if isinstance(number, str) else ''}")
        if not math.isfinite(number):
            raise ArgumentError(f"row {row} has target {y!r}; leave the row out")


def _mean_and_deviation(column: Sequence[float]) -> tuple[float, float]:
    """Mean and deviation of a column, in units of a power of two near the largest: no square overflows or becomes 0.

    Example:
        >>> _mean_and_deviation([1e200, 3e200]), _mean_and_deviation([0.0, 2e-200])
        ((2e+200, 1e+200), (1e-200, 1e-200))
    """
    unit = 2.0 ** (math.frexp(max(map(abs, column)))[1] - 1)  # division by it is exact
    parts = [v / unit for v in column]
    mean = math.fsum(parts) / len(parts)
    return mean * unit, math.sqrt(math.fsum((v - mean) ** 2 for v in parts) / len(parts)) * unit


class Standardisation(NamedTuple):
    """The shift and the scale that give each column mean 0 and deviation 1; they belong to the model.

    Example:
        >>> s = Standardisation.of([[1.0, 5.0], [3.0, 5.0]])
        >>> s([1.0, 6.0])
        [-1.0, 1.0]
    """

    mean: list[float]
    scale: list[float]

    @staticmethod
    def of(x: Sequence[Sequence[float]]) -> "Standardisation":
        """The standardisation of these samples; a column that never changes keeps its scale."""
        if not all(isinstance(row, (list, tuple)) or hasattr(row, "tolist") for row in x) or not len(x):
            raise ArgumentError(
                "Standardisation.of takes a list of samples, each a list of numbers; of single numbers, [[v], ...]"
            )
        columns = list(zip(*x, strict=True))
        pairs = [_mean_and_deviation(c) for c in columns]
        return Standardisation([mean for mean, _ in pairs], [deviation or 1.0 for _, deviation in pairs])

    def __call__(self, x: Sequence[float]) -> list[float]:
        """The columns of one sample, shifted and scaled.

        Raises:
            ArgumentError: the sample has another number of columns.
        """
        if len(x) != len(self.mean):
            raise ArgumentError(f"a sample of {len(x)} numbers, and the standardisation is of {len(self.mean)} columns")
        return [(v - m) / s for v, m, s in zip(x, self.mean, self.scale, strict=True)]


def repeated(names: Sequence[str]) -> str | None:
    """The first name that has occurred before; None if all names differ.

    Example:
        >>> repeated(["a", "b", "a"]), repeated(["a", "b"])
        ('a', None)
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


# --- bundled sets ------------------------------------------------------------------------------------------------------


def _bundled(name: str) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(f"the {name} data come with scikit-learn: pip install 'stepgrad[nn]'") from error
    return getattr(datasets, f"load_{name}")()


def digits(**_: object) -> Data:
    """1,797 handwritten digits of 8x8 pixels from 0 to 1 (UCI, E. Alpaydin and C. Kaynak)."""
    bunch = _bundled("digits")
    x = [[float(p) / 16.0 for p in row] for row in bunch.data]
    return Data(x, [int(y) for y in bunch.target], [f"pixel_{r}_{c}" for r in range(8) for c in range(8)], list("0123456789"))


def iris(**_: object) -> Data:
    """150 flowers of three kinds, four lengths each (R. A. Fisher, 1936)."""
    bunch = _bundled("iris")
    return Data(
        [[float(v) for v in row] for row in bunch.data],
        [int(y) for y in bunch.target],
        list(bunch.feature_names),
        [str(name) for name in bunch.target_names],
    )


def diabetes(**_: object) -> Data:
    """442 patients, ten measurements each, and the progression of the disease a year later: numbers to predict."""
    bunch = _bundled("diabetes")
    return Data(
        [[float(v) for v in row] for row in bunch.data], [float(y) for y in bunch.target], list(bunch.feature_names), []
    )


# --- shapes in the plane -----------------------------------------------------------------------------------------------

PLANE = ["x", "y"]


def _plane(count: int, noise: float, seed: int, kinds: int, point: Callable[[int, float], tuple[float, float]]) -> Data:
    """Points of each kind along a curve given by its parameter from 0 to 1, with Gaussian noise."""
    count = whole(count, "the number of points", least=kinds, remedy=f", for {kinds} classes")
    rng = random.Random(seed)
    x, y = [], []
    for n in range(count):
        kind = n % kinds
        px, py = point(kind, (n // kinds) / max((count + kinds - 1) // kinds - 1, 1))
        x.append([px + rng.gauss(0.0, noise), py + rng.gauss(0.0, noise)])
        y.append(kind)
    return Data(x, y, PLANE, [str(kind) for kind in range(kinds)])


def moons(count: int = 200, noise: float = 0.1, seed: int = 0) -> Data:
    """Two half circles that reach into each other."""
    return _plane(count, noise, seed, 2, lambda k, t: (
        (math.cos(math.pi * t), math.sin(math.pi * t)) if k == 0 else (1 - math.cos(math.pi * t), 0.5 - math.sin(math.pi * t))
    ))  # fmt: skip


def circles(count: int = 200, noise: float = 0.05, seed: int = 0) -> Data:
    """A circle inside another."""
    return _plane(count, noise, seed, 2, lambda k, t: (
        (1.0 - 0.5 * k) * math.cos(2 * math.pi * t), (1.0 - 0.5 * k) * math.sin(2 * math.pi * t)
    ))  # fmt: skip


def spirals(count: int = 200, noise: float = 0.03, seed: int = 0) -> Data:
    """Two spirals wound around each other."""
    return _plane(count, noise, seed, 2, lambda k, t: (
        (0.1 + t) * math.cos(3 * math.pi * t + math.pi * k), (0.1 + t) * math.sin(3 * math.pi * t + math.pi * k)
    ))  # fmt: skip


def xor(count: int = 4, noise: float = 0.0, seed: int = 0) -> Data:
    """The four corners of a square, opposite corners of one class: a problem that no single neuron can learn."""
    rng = random.Random(seed)
    corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
    chosen = [corners[n % 4] for n in range(count)]
    x = [[u + rng.gauss(0.0, noise), v + rng.gauss(0.0, noise)] for u, v in chosen]
    return Data(x, [int(u != v) for u, v in chosen], PLANE, ["0", "1"])


DATASETS: dict[str, Callable[..., Data]] = {f.__name__: f for f in (digits, iris, diabetes, moons, circles, spirals, xor)}
