"""A derivative along its paths, in numbers: the content of a derivation, before it is written."""

import math
from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from autograd import ArgumentError
from autograd.recording.columns import Node

from . import paths
from .paths import Between, Edge

_NODES = 40  # lines of the recursion; more is for a program to read
_WRITABLE = 10_000  # paths
_TOLERANCE = 1e-9  # relative to the sum of magnitudes: rounding in a million additions stays below
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Chain:
    """The derivative of a cost by a weight, as a sum over paths and node by node.

    Users meet it as a `Derivation`, which says what its attributes are.
    """

    between: Between
    cost: Node
    weight: Node
    seed: float
    form: str
    most: int | None
    digits: int

    def __init__(
        self,
        between: Between,
        cost: Node,
        weight: Node,
        seed: float,
        grad: float | None,
        form: str,
        most: int | None,
        digits: int,
    ) -> None:
        self.between, self.cost, self.weight, self.seed = between, cost, weight, seed
        self.form, self.most, self.digits = form, most, digits
        self.total: float
        self.total, mass = paths.sums(between) if between.order else (0.0, 0.0)
        self.gradient: float = between.adjoints.get(weight.id, 0.0)
        self.agrees: bool = _close(self.seed * self.total, self.gradient, abs(self.seed) * mass)
        self.grad = grad
        self.accumulated: bool = grad is not None and not _close(grad, self.gradient, abs(self.seed) * mass)

        if form == "paths":
            _ = self.shown  # raises here if the paths are too many

    @cached_property
    def count(self) -> int | None:
        """The exact number of paths from the weight to the cost; None if it has more than 3,010 digits."""
        return paths.count(self.between)

    @cached_property
    def shown(self) -> list[list[Edge]]:
        """The paths that are written out, as edges.

        Raises:
            ArgumentError: there are too many to write them all.
        """
        if self.most is None and (self.count is None or self.count > _WRITABLE):
            raise ArgumentError(
                f"derivation(most=None): {count_in_words(self.count)} paths cannot be written out; give the number of those to "
                "write, the largest, or form='recursion' for one line per node"
            )
        return paths.largest(self.between, self.count or 0 if self.most is None else self.most)

    @cached_property
    def products(self) -> list[float]:
        """The products of the shown paths."""
        return [_product(edges) for edges in self.shown]

    @property
    def left_out(self) -> float:
        """The sum over the paths that are not written out."""
        return 0.0 if self.count == len(self.shown) else self.total - sum(self.products)

    @cached_property
    def _users(self) -> dict[int, list[Edge]]:
        """The edges that arrive at each node, in the order of the walk."""
        users: dict[int, list[Edge]] = {}
        for i in reversed(self.between.order):
            for edge in self.between.edges.get(i, ()):
                users.setdefault(edge.parent, []).append(edge)
        return users

    def terms(self, i: int) -> tuple[list[Edge], int, float]:
        """The largest contributions to a node's derivative in the order of the walk, how many others there are, their sum."""
        edges = self._users.get(i, [])
        if self.most is None or len(edges) <= self.most:
            return edges, 0, 0.0
        sizes = [self.between.adjoints[e.node] * e.local for e in edges]
        kept = set(sorted(range(len(edges)), key=lambda k: -abs(sizes[k]) if sizes[k] == sizes[k] else -math.inf)[: self.most])
        others = [size for k, size in enumerate(sizes) if k not in kept]
        return [e for k, e in enumerate(edges) if k in kept], len(others), sum(others)

    def relevant(self) -> tuple[list[int], int]:
        """The nodes whose derivatives are written out, because the weight's uses them; and the number of other nodes."""
        limit = len(self.between.order) if self.most is None else _NODES
        found = [self.weight.id]
        known = set(found)
        for i in found:  # grows while it is gone through: breadth first
            if len(found) >= limit:
                break
            new = [edge.node for edge in self.terms(i)[0] if edge.node not in known]
            found += dict.fromkeys(new)
            known.update(new)
        ids = found[:limit]
        return ids, len(self.between.order) - len({*ids, self.cost.id})

    def reason(self) -> str:
        """The reason why sum and gradient differ."""
        if self.between.hooked:
            return "a hook has changed the gradient on the way"
        return "numbers on the way are too large or too small for floats, so that the order of the products matters"


def count_in_words(n: int | None) -> str:
    """A number of things in a sentence.

    >>> count_in_words(3), count_in_words(2**50), count_in_words(2**100), count_in_words(None)
    ('three', '1,125,899,906,842,624', 'about 1.268e30', 'more than 1e3010')
    """
    if n is None:
        return "more than 1e3010"
    if n < len(_NUMBERS):
        return _NUMBERS[n]
    return f"{n:,}" if n < 10**18 else f"about {Decimal(n):.3e}".replace("e+", "e")


def _product(edges: Sequence[Edge]) -> float:
    product = 1.0
    for edge in edges:
        product *= edge.local
    return product


def _close(a: float, b: float, mass: float) -> bool:
    """True if two results are the same up to rounding, which is proportional to the mass."""
    if math.isfinite(a) and math.isfinite(b):
        return abs(a - b) <= _TOLERANCE * (mass if math.isfinite(mass) else abs(b))
    return a == b or (a != a and b != b)
