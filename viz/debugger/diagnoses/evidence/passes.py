"""`Pass`: a recorded backward pass as the checks look at it, with the changes since the pass before.

A pass that was watched (watch.py) knows which leaves are the same object in another pass, and which line changed their data;
passes that were only recorded are matched by label.
"""

import functools
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import Recording, Source
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive
from autograd.recording.columns import Nodes
from autograd.source import Place

from .... import style
from ....graphs.graph import is_input
from .shapes import Shape, Structure

if TYPE_CHECKING:
    from .by_hand import Formula

_PARAMETER = re.compile(r"(w|b|bias|weights?|theta|beta|params?|W)(?![^\W\d_])")

Key = Any  # the mark of one leaf in several passes: an id, a label, a place in graphs of one shape


@functools.cache
def is_difference(row: Primitive) -> bool:
    """True if a row subtracts one operand from the other."""
    return row.linear == "all" and row.arity == 2 and math.fsum(_coefficients(row)) == 0.0


@functools.cache
def is_sum(row: Primitive) -> bool:
    """True if a row adds its operands up, with positive factors: a mean does."""
    return row.linear == "all" and all(c > 0.0 for c in _coefficients(row))


def is_product(row: Primitive) -> bool:
    """True if a row multiplies its operands; a weighted sum of products is more than a product."""
    return row.linear == "each" and not row.weighted


@functools.cache
def _coefficients(row: Primitive) -> Sequence[float]:
    """The factors of a linear row's operands: they do not depend on the operands."""
    operands = (0.0,) * (row.arity or 1)
    return row.partials(FLOAT, 0.0, *operands)  # type: ignore[no-any-return]


class Update(NamedTuple):
    """The data of a leaf, assigned between two passes.

    Attributes:
        value: the leaf.
        place: the place of the last assignment.
        before, after: its data.
        grad: its gradient at the last assignment.
        times: how often that place has assigned it, without another in between.
        even: True if each of these assignments moved it by the same amount, or not at all: the same update, made again.
        moved: True if any assignment changed it, even if the last one put the data back.
        cleared: where its gradient was set to 0 between the pass before and the assignment.
        others: other places that have assigned it between the same passes, in order.
        idle: True if the last place has left it as it was.
    """

    value: Any
    place: Place | None
    before: float
    after: float
    grad: float
    times: int
    moved: bool
    even: bool = True
    cleared: Place | None = None
    others: tuple[Place | None, ...] = ()
    idle: bool = False


class Zeroed(NamedTuple):
    """A gradient that was set to 0 between two passes: the value and the place."""

    value: Any
    place: Place | None


class Pass:
    """A recorded backward pass, and the views of it that checks need.

    Args:
        recording: the pass.
        keys: per leaf (ids from 0) its mark in all passes, None if it has none.
        values: the leaves themselves, if they are known.
        called: where `backward()` was called.
        updates: the assignments to data since the pass before, by key.
        zeroed: the gradients that were set to 0 since the pass before, by key.
        old: the interior nodes that belonged to the graph of the pass before.
        hooks: where the hooks of nodes were written.
        rules: where the rules made by hand were written.
        formulas: of some of the nodes with such rules, how their numbers were computed.
        number: the pass's number in the script, from 1; 0 if it is not known.
        shape: what it has in common with other passes, if that is known; else it is worked out for this one.
    """

    def __init__(
        self,
        recording: Recording,
        keys: Sequence[Key] = (),
        *,
        values: Sequence[Any] = (),
        called: Place | None = None,
        updates: dict[Key, Update] | None = None,
        zeroed: dict[Key, Zeroed] | None = None,
        old: Iterable[int] = (),
        hooks: dict[int, Source] | None = None,
        rules: dict[int, Source] | None = None,
        formulas: "dict[int, Formula] | None" = None,
        number: int = 0,
        shape: Shape | None = None,
    ) -> None:
        self.recording: Recording = recording
        self.nodes: Nodes = recording.nodes
        self.shape: Shape = shape or Shape(Structure(recording.nodes), keys)
        self.structure: Structure = self.shape.structure
        self.values: Sequence[Any] = values
        self.called: Place | None = called
        self.updates: dict[Key, Update] = updates or {}
        self.zeroed: dict[Key, Zeroed] = zeroed or {}
        self.old: frozenset[int] = frozenset(old)
        self.hooks: dict[int, Source] = hooks or {}
        self.rules: dict[int, Source] = rules or {}
        self.formulas: dict[int, Formula] = formulas or {}
        self.number: int = number

    @property
    def cost(self) -> float:
        """The number that the pass makes small: the value it began at, or its negative for `backward(-1.0)`, which climbs."""
        return self.sign * self.nodes.data[-1]

    @functools.cached_property
    def sign(self) -> float:
        """1, or -1 if the pass began with a negative number."""
        return math.copysign(1.0, self.recording.seed)

    @functools.cached_property
    def upstream(self) -> Sequence[float]:
        """The gradient of every node in this pass."""
        return self.recording.gradients

    @property
    def keys(self) -> Sequence[Key]:
        """Per leaf its mark in all passes, None if it has none."""
        return self.shape.keys

    @functools.cached_property
    def ops(self) -> list[str]:
        """The operation of every node, '' for a leaf."""
        return self.structure.ops

    @functools.cached_property
    def rows(self) -> list[Primitive]:
        """The row of the table that made every node, with its properties; `UNKNOWN` for a leaf or a node made by hand."""
        return self.structure.rows

    @functools.cached_property
    def leaves(self) -> range:
        """The ids of the leaves: they come first."""
        return self.structure.leaves

    @property
    def interior(self) -> range:
        """The ids of the computed nodes."""
        return range(len(self.leaves), len(self.nodes))

    @functools.cached_property
    def key_of(self) -> dict[int, Key]:
        """The leaves that can be recognised in another pass."""
        return self.shape.key_of

    @functools.cached_property
    def leaf(self) -> dict[Key, int]:
        """The id of a leaf by its key."""
        return self.shape.leaf

    @functools.cached_property
    def parents(self) -> list[tuple[int, ...]]:
        """The ids of the nodes that each node was computed from, in order, repeated where they are used repeatedly."""
        return self.structure.parents

    def operands_of(self, i: int) -> tuple[int | float, ...]:
        """The operands of a node, in order: ids of nodes (int) and constants (float)."""
        operands = self.structure.operands[i]
        if self.structure.parents[i] is operands:
            return operands
        constants = self.nodes.constants
        return tuple([o if o >= 0 else constants[-1 - o] for o in operands])

    def locals(self, i: int) -> list[float]:
        """The local derivatives of a node by its parents; nan where a rule made by hand gives none."""
        plain = self.recording.plain
        if plain is not None:
            return plain[self.structure.begin[i] : self.structure.begin[i + 1]].tolist()
        found = [math.nan] * len(self.parents[i])
        columns = self.recording.columns
        for k in self.recording.passed_on(i):
            found[columns["position"][k]] = columns["local"][k]
        return found

    @functools.cached_property
    def users(self) -> list[list[int]]:
        """The nodes that were computed from each node."""
        return self.structure.users

    @functools.cached_property
    def term_nodes(self) -> frozenset[int]:
        """The nodes of `terms`."""
        return frozenset(i for i, _ in self.terms)

    @property
    def terms(self) -> list[tuple[int, float]]:
        """The nonlinear nodes, with coefficients, that the cost is a linear combination of: the first on every way down.

        Leaves are left out.
        """
        return self._expanded[1]

    @property
    def linear(self) -> dict[int, float]:
        """The nodes above the terms, with the coefficients that they have in the cost."""
        return self._expanded[0]

    @functools.cached_property
    def _expanded(self) -> tuple[dict[int, float], list[tuple[int, float]]]:
        return self.expanded(len(self.nodes) - 1, self.sign)

    def expanded(self, root: int, factor: float = 1.0) -> tuple[dict[int, float], list[tuple[int, float]]]:
        """The nodes above the terms of a node, and the terms, with the coefficients that they have in it, times a factor."""
        coefficients, parents = {root: factor}, self.parents
        linear, terms = self.structure.expanded(root)
        for i in linear:  # the latest first: all that it is used by has been seen
            c = coefficients[i]
            for q, d in zip(parents[i], self.locals(i), strict=False):
                coefficients[q] = coefficients.get(q, 0.0) + c * d
        return {i: coefficients[i] for i in linear}, [(i, coefficients[i]) for i in terms]

    def is_linear(self, i: int) -> bool:
        """True if a node is a linear function of its parents: a sum, a multiple."""
        return self.structure.is_linear(i)

    def linear_leaves(self, i: int) -> list[int]:
        """The leaves of a node's weighted input w x + b, in the order in which they were written.

        Sums are expanded, one that is used twice once. In a product with a leaf, only leaves are listed: another factor is
        the input.
        """
        found: list[int] = []
        stack, expanded = [i], set[int]()
        while stack and len(found) < 1000:
            j = stack.pop()
            if j in expanded:
                continue
            parents = self.parents[j]
            leaves = [q for q in parents if q in self.leaves]
            if not parents:
                found.append(j)
            elif leaves and self.rows[j].linear == "each":
                found += leaves
            elif j == i or self.rows[j].linear:
                expanded.add(j)
                stack += reversed(parents)
        return found

    def source(self, i: int) -> Source | None:
        """The line that made a node."""
        return self.nodes.source(i)

    def line(self, i: int) -> tuple[str, int] | None:
        """File and line of a node."""
        return self.structure.line(i)

    def name(self, i: int) -> str:
        """A node's name as people read it."""
        return style.name(self.nodes.name(i))

    def is_input(self, i: int) -> bool:
        """True if a leaf's label says that it is an input or a target."""
        return is_input(self.nodes.label[i])

    def is_parameter(self, i: int) -> bool:
        """True if a leaf's label is one that parameters have."""
        return bool(_PARAMETER.match(self.nodes.label[i]))

    def written(self, i: int) -> str:
        """A node as it was made, with its numbers: 'log(0)'."""
        numbers = [self.nodes.data[o] if isinstance(o, int) else o for o in self.operands_of(i)]
        shown = ", ".join(style.number(x) for x in numbers[:3]) + (", …" if len(numbers) > 3 else "")
        return f"{self.ops[i]}({shown})"
