"""Structures of numbers: paired by key, refused where they differ, given back as what they were.

Random nested structures are differentiated along random directions whose dicts are in another order. The oracle is a sum
over paths, which knows nothing of flattening.
"""

import collections
import dataclasses
import itertools
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import ArgumentError, OperandError, derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.structure import flatten, paired


class Point(NamedTuple):
    x: Any
    y: Any


class Swapped(NamedTuple):
    y: Any
    x: Any


class Named(list[Any]):
    """A list with a constructor of its own."""

    def __init__(self, name: str, items: list[Any]) -> None:
        super().__init__(items)
        self.name = name


class Config(dict[str, Any]):
    """A dict with something besides."""

    unit = "m"


# --- random structures -----------------------------------------------------------------------------------------------------

Path = tuple[Any, ...]


class _Random:
    """A random structure of small whole numbers, and others of the same kind."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def number(self) -> float:
        return float(self.rng.randint(-9, 9))

    def structure(self, depth: int) -> Any:
        rng = self.rng
        kind = rng.choice(("dict", "list", "tuple", "point", "array", "ordered", "number") if depth else ("number",))
        parts = [self.structure(depth - 1) for _ in range(rng.randint(0, 3))] if kind not in ("array", "number") else []
        keys = rng.sample(["b", "a", 7, ("t", 1), "z", None], len(parts))
        made: dict[str, Callable[[], Any]] = {
            "dict": lambda: dict(zip(keys, parts, strict=True)),
            "ordered": lambda: collections.OrderedDict(zip(keys, parts, strict=True)),
            "list": lambda: parts,
            "tuple": lambda: tuple(parts),
            "point": lambda: Point(self.structure(depth - 1), self.structure(depth - 1)),
            "array": lambda: np.array([[self.number() for _ in range(2)] for _ in range(rng.randint(1, 3))]),
            "number": self.number,
        }
        return made[kind]()

    def like(self, structure: Any) -> Any:
        """Another one of the same kind, its dicts in another order."""
        if isinstance(structure, dict):
            items = [(key, self.like(item)) for key, item in structure.items()]
            self.rng.shuffle(items)
            return type(structure)(items)
        if isinstance(structure, np.ndarray):
            return np.array([self.number() for _ in structure.flat]).reshape(structure.shape)
        if isinstance(structure, Point):
            return Point(*map(self.like, structure))
        return type(structure)(map(self.like, structure)) if isinstance(structure, (list, tuple)) else self.number()


def _paths(structure: Any, path: Path = ()) -> dict[Path, Any]:
    """The numbers of a structure by their paths."""
    if isinstance(structure, dict):
        items: Any = structure.items()
    elif isinstance(structure, (list, tuple)):
        items = enumerate(structure)
    elif isinstance(structure, np.ndarray):
        items = np.ndenumerate(structure)
    else:
        return {path: structure}
    return {at: x for key, item in items for at, x in _paths(item, (*path, key)).items()}


def _weight(path: Path) -> int:
    """A weight of each path, the same in every run of Python."""
    return sum((i + 2) * ord(c) for i, c in enumerate(repr(path))) % 17 - 8


@pytest.mark.parametrize("seed", range(60))
def test_random_structures_along_random_directions(seed: int) -> None:
    rng = _Random(seed)
    point, other = [rng.structure(3), rng.structure(2)], rng.structure(1)
    direction = rng.like(point)

    def f(*args: Any) -> Any:
        return sum((_weight(path) * x * x for path, x in _paths(list(args)).items()), 0.0 * sum(_paths(other).values(), 0.0))

    at, along = _paths(point), _paths(direction)
    # the derivative of sum(w * x**2) along v is sum(2*w*x*v), its gradient 2*w*x, the Hessian times v 2*w*v
    value, slope = jvp(f, tuple(point), tuple(direction))
    assert value == sum(_weight(path) * x * x for path, x in at.items())
    assert slope == sum(2 * _weight(path) * x * along[path] for path, x in at.items())
    product = hvp(f, tuple(point), tuple(direction), argnums=(0, 1))
    assert _paths(list(product)) == {path: 2 * _weight(path) * v for path, v in along.items()}
    gradient = grad(f, (0, 1))(*point)
    assert _paths(list(gradient)) == {path: 2 * _weight(path) * x for path, x in at.items()}
    assert [type(x) for x in gradient] == [type(x) for x in point]

    # and back: the result has the structure, the cotangent is in another order
    _, pullback = vjp(lambda t: _scaled(point, t), 1.0)
    (by_t,) = pullback(direction)
    assert by_t == sum(x * along[path] for path, x in at.items())


def _scaled(structure: Any, t: Any) -> Any:
    leaves, rebuild = flatten(structure, "structure")
    return rebuild([x * t for x in leaves])


# --- what differs is refused -------------------------------------------------------------------------------------------------


def test_entries_are_paired_by_key() -> None:
    assert jvp(lambda p: p["x"] - 10 * p["y"], ({"x": 2.0, "y": 3.0},), ({"y": 1.0, "x": 0.0},))[1] == -10.0
    assert vjp(lambda p: {"s": 2 * p, "t": 3 * p}, 1.0)[1]({"t": 1.0, "s": 0.0}) == (3.0,)
    assert hvp(lambda p: p["x"] ** 2 * p["y"], ({"x": 3.0, "y": 4.0},), ({"y": 0.0, "x": 1.0},)) == {"x": 8.0, "y": 6.0}


DIFFERENT: list[tuple[Any, Any, str]] = [
    ([1.0, 2.0], {"a": 1.0, "b": 2.0}, "A[0] is a dict of 'a', 'b' where B[0] is a list of 2"),
    ({"a": 1.0, "b": 2.0}, [1.0, 2.0], "A[0] is a list of 2 where B[0] is a dict of 'a', 'b'"),
    ([1.0, 2.0], (1.0, 2.0), "A[0] is a tuple of 2 where B[0] is a list of 2"),
    ([1.0, 2.0], [1.0], "A[0] is a list of 1 where B[0] is a list of 2"),
    ([1.0, 2.0], np.array([1.0, 2.0]), "A[0] is an array of shape (2,) where B[0] is a list of 2"),
    (np.array([1.0, 2.0]), [1.0, 2.0], "A[0] is a list of 2 where B[0] is an array of shape (2,)"),
    (np.ones((2, 3)), np.ones((3, 2)), "A[0] is an array of shape (3, 2) where B[0] is an array of shape (2, 3)"),
    (np.ones((2, 3)), np.ones(6), "A[0] is an array of shape (6,) where B[0] is an array of shape (2, 3)"),
    ([[1.0], [2.0]], [[1.0, 2.0], []], "A[0][0] is a list of 2 where B[0][0] is a list of 1"),
    ({"a": [1.0, {"b": 2.0}]}, {"a": [1.0, {"c": 2.0}]}, "A[0]['a'][1] lacks 'b' and has 'c' besides; the keys"),
    ({"a": 1.0, "b": 2.0}, {"a": 1.0}, "A[0] lacks 'b'; the keys have to be those of B[0]: 'a', 'b'"),
    ({"weight": 1.0}, {"wieght": 1.0}, "Did you mean 'weight'?"),
    (Point(1.0, 2.0), Swapped(1.0, 2.0), "A[0] is the named tuple Swapped(y, x) where B[0] is the named tuple Point(x, y)"),
    (Point(1.0, 2.0), (1.0, 2.0), "A[0] is a tuple of 2 where B[0] is the named tuple Point(x, y)"),
    (1.0, [1.0], "A[0] is a list of 1 where B[0] is one number"),
    ([1.0], 1.0, "A[0] is one number where B[0] is a list of 1"),
    ({}, [], "A[0] is a list of 0 where B[0] is an empty dict"),
]  # fmt: skip


@pytest.mark.parametrize(("like", "given", "said"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_what_differs_is_refused_by_its_path(like: Any, given: Any, said: str) -> None:
    said = re.escape(said)
    told = said.replace("A\\[0\\]", r"tangents\[0\]").replace("B\\[0\\]", r"primals\[0\]")
    for name, transform in (("jvp", jvp), ("hvp", hvp)):
        with pytest.raises(ArgumentError, match=told) as caught:
            transform(lambda p: 0.0, (like,), (given,))
        assert str(caught.value).startswith(f"{name}: ")
    _, pullback = vjp(lambda t: _scaled(like, t), 1.0)
    with pytest.raises(
        ArgumentError, match="^vjp: .*" + said.replace("A\\[0\\]", "cotangent").replace("B\\[0\\]", "the result")
    ):
        pullback(given)


def test_dicts_of_any_kind_pair_and_a_class_defined_again_too() -> None:
    assert paired(collections.OrderedDict(b=1.0, a=2.0), {"a": 3.0, "b": 4.0}, "x", "y") == [2.0, 1.0]
    again: Any = type("Point", (Point,), {})  # as a cell of a notebook makes it that is run again
    assert paired(again(1.0, 2.0), Point(3.0, 4.0), "x", "y") == [1.0, 2.0]
    assert jvp(lambda a: a * a, (np.array(3.0),), (1.0,))[1] == 6.0


def test_a_list_of_arguments_or_a_tuple_of_them() -> None:
    for primals, tangents in itertools.product(((2.0, 3.0), [2.0, 3.0]), ((1.0, 0.0), [1.0, 0.0])):
        assert jvp(lambda x, y: x * y, primals, tangents) == (6.0, 3.0)


# --- what comes back ---------------------------------------------------------------------------------------------------------


def _same_kind(got: Any, want: Any) -> bool:
    return type(got) is type(want) and got == want


def test_subclasses_come_back_as_what_they_were() -> None:
    def f(d: Any) -> Any:
        return d["a"] ** 2 * d["b"]

    ordered = collections.OrderedDict(b=3.0, a=2.0)
    default = collections.defaultdict(lambda: 1.0, a=2.0, b=3.0)
    kinds: list[tuple[Any, Any]] = [
        (ordered, collections.OrderedDict(b=4.0, a=12.0)),
        (default, collections.defaultdict(None, a=12.0, b=4.0)),
        (collections.Counter(a=2, b=3), collections.Counter(a=12, b=4)),
        (Config(a=2.0, b=3.0), Config(a=12.0, b=4.0)),
    ]
    for given, want in kinds:
        assert _same_kind(grad(f)(given), want)
        assert list(grad(f)(given)) == list(given)
        assert _same_kind(value_and_grad(f)(given)[1], want)
        assert _same_kind(vjp(f, given)[1](1.0)[0], want)
        assert type(hessian(f)(given)["a"]) is type(given)
    assert grad(f)(default)["missing"] == 1.0, "the factory is kept"
    assert jvp(lambda t: collections.OrderedDict(b=t, a=t * t), (3.0,), (1.0,)) == (
        collections.OrderedDict(b=3.0, a=9.0), collections.OrderedDict(b=1.0, a=6.0))  # fmt: skip
    assert type(derivative(lambda t: collections.OrderedDict(b=t))(3.0)) is collections.OrderedDict
    assert type(jacobian(lambda t: collections.OrderedDict(b=t))(3.0)) is collections.OrderedDict


def test_the_function_gets_what_it_is_given() -> None:
    seen: list[Any] = []

    def f(d: Any) -> Any:
        seen.append(d)
        return d["a"] + d["new"] if isinstance(d, collections.defaultdict) else d[0] * d[1]

    grad(f)(collections.defaultdict(lambda: 1.0, a=2.0))
    named = Named("weights", [2.0, 3.0])
    slope = grad(f)(named)
    assert (type(seen[1]), seen[1].name) == (Named, "weights")
    assert (type(slope), slope.name, list(slope)) == (Named, "weights", [3.0, 2.0])
    assert list(named) == [2.0, 3.0]


def test_a_pullback_keeps_the_structure_of_the_time_it_was_made() -> None:
    given = collections.OrderedDict(a=2.0, b=3.0)
    _, pullback = vjp(lambda d: d["a"] * d["b"], given)
    given["c"] = 5.0
    assert pullback(1.0) == (collections.OrderedDict(a=3.0, b=2.0),)


def test_a_structure_that_contains_itself() -> None:
    endless: list[Any] = [1.0]
    endless.append({"again": endless})
    for call in (
        lambda: grad(lambda x: x[0])(endless),
        lambda: jvp(lambda x: x[0], (endless,), (endless,)),
        lambda: jvp(lambda x: endless, (1.0,), (1.0,)),
        lambda: vjp(lambda x: x[0], endless),
    ):
        with pytest.raises(ArgumentError, match=r"\[1\]\['again'\]: this list contains itself; a structure has"):
            call()
    with pytest.raises(ArgumentError, match=r"tangents\[0\]\[1\] is a dict of 'again' where primals\[0\]\[1\] is one number"):
        jvp(lambda x: x[0], ([1.0, 2.0],), (endless,))
    twice = [1.0, 2.0]
    assert grad(lambda x: x[0][0] * x[1][1])([twice, twice]) == [[2.0, 0.0], [0.0, 1.0]], "the same list twice is no circle"


def test_a_structure_nested_too_deeply() -> None:
    deep: Any = 1.0
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ArgumentError, match="nested more deeply than Python's recursion limit"):
        grad(lambda x: 0.0)(deep)
    while isinstance(deep, list):  # freed without recursion
        deep = deep.pop()


def test_a_dataclass_is_refused_with_a_remedy() -> None:
    @dataclasses.dataclass
    class Parameters:
        w: float
        name: str = "w"

    with pytest.raises(ArgumentError, match=r"grad: argument 0\['p'\]: Parameters is a dataclass.*dataclasses\.asdict\(p\)"):
        grad(lambda d: d["p"].w)({"p": Parameters(2.0)})


def test_what_is_no_number_is_named_as_such() -> None:
    with pytest.raises(OperandError, match=r"jvp: tangents\[0\]\[1\].*got NoneType None"):
        jvp(lambda x: x[0], ([1.0, 2.0],), ([1.0, None],))
    with pytest.raises(OperandError, match=r"jvp: tangents\[0\].*got NoneType None"):
        jvp(lambda x: x[0], ([1.0, 2.0],), (None,))
