"""`Graph`: a lifted pass, which everything reads that reads recordings, with what the framework says beside it."""

import functools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from autograd import Recording
from autograd.recording.rules import BY_HAND, Rules, rules_of

from .blocks import Block, Floats, Ints, Numbered, nodes_of, numbered
from .sweep import swept

LIMIT = 3_000_000  # contributions, some 100 bytes each
_ROUNDING = {"float64": 1e-12, "float32": 2e-6, "float16": 5e-3, "bfloat16": 5e-2}  # of what was added up for a gradient


class Agreement(NamedTuple):
    """A tensor's gradients of the graph beside those of the framework.

    Attributes:
        name: the tensor.
        error: the largest difference, as a share of what was added up for the gradient; inf if one is nan or inf where the
            other is not.
        right: True if the error is no more than rounding.
    """

    name: str
    error: float
    right: bool


class Report(NamedTuple):
    """The framework's operations as they were lifted, and the agreement of the gradients.

    Attributes:
        framework: its name and version.
        precision: the type of its numbers.
        exact: per operation of the table of primitives, how many there were: the table's formula gives the same numbers.
        own: the same for the operations that only the framework can compute: their derivatives are numbers without a formula.
        agreement: the tensors whose gradients were compared, the worst first.
    """

    framework: str
    precision: str
    exact: Mapping[str, int]
    own: Mapping[str, int]
    agreement: tuple[Agreement, ...] = ()

    def __str__(self) -> str:
        right = sum(a.right for a in self.agreement)
        lines = [f"{self.framework}, {self.precision}"]
        for title, operations in (("by the table of primitives", self.exact), ("by the framework's own derivative", self.own)):
            if operations:
                lines.append(f"{title}: " + ", ".join(f"{n} {op}" for op, n in operations.items()))
        if self.agreement:
            lines.append(f"{right} of {len(self.agreement)} tensors agree with {self.framework}")
        lines += [
            f"    {a.name}: the gradient differs by {a.error:.2g} of what was added up" for a in self.agreement if not a.right
        ]
        return "\n".join(lines)


class Graph(Recording):
    """A pass of another framework, scalar by scalar.

    Attributes:
        parameters: per name of a parameter, the ids of its elements, in its shape; -1 where the loss does not depend on one.
        report: what became of the operations, and the agreement with the framework.
    """

    parameters: Mapping[str, Ints]
    report: Report

    @functools.cached_property
    def rules(self) -> Rules:
        """The rules of all kinds of nodes; those of the framework's own operations say whose they are."""
        own = f"{self.computed_by.split()[0]}'s own derivative"
        return {kind: [own if rule == BY_HAND else rule for rule in rules] for kind, rules in rules_of(self.nodes).items()}

    @property
    def loss(self) -> float:
        """The number that the framework computed."""
        return self.root.data

    def gradient(self, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """The gradient of a parameter in its shape; 0 where the loss does not depend on it."""
        ids = self.parameters[name]
        gradients = np.append(np.frombuffer(self.gradients), 0.0)
        return gradients[ids]


def graph_of(blocks: list[Block], root: int, framework: str, parameters: Mapping[str, Ints]) -> tuple[Graph, Ints]:
    """The graph of a root, and its ids by those of the blocks.

    Args:
        blocks: all operations, in the order in which they were done.
        root: the id of the loss.
        framework: its name and version.
        parameters: per name, the ids of its elements.
    """
    kept: Numbered = numbered(blocks, root)
    columns, gradients = swept(kept)
    nodes = nodes_of(kept, gradients)
    recording = Graph(nodes, 1.0, columns["local"], columns)
    recording.gradients = nodes.grad
    recording.computed_by, recording.precision = framework, kept.blocks[-1].precision
    number = np.append(kept.number, -1)
    recording.parameters = {name: number[ids] for name, ids in parameters.items()}
    exact, opaque = dict[str, int](), dict[str, int]()
    for block in kept.blocks:
        if block.made_by:
            counts = opaque if isinstance(block.made_by, str) else exact
            name = block.made_by if isinstance(block.made_by, str) else block.made_by.name
            counts[name] = counts.get(name, 0) + len(block.data)
    recording.report = Report(framework, recording.precision, exact, opaque)
    return recording, number


def compared(graph: Graph, tensors: Iterable[tuple[str, Ints, Floats, str]]) -> tuple[Agreement, ...]:
    """Gradients of the graph beside those of the framework, the worst first.

    Args:
        tensors: for each its name, the ids of its elements, the framework's gradients, and the type of its numbers.
    """
    columns, tensors = graph.columns, list(tensors)
    contributions = np.abs(np.frombuffer(columns["contribution"]))
    size = np.bincount(np.frombuffer(columns["parent"], np.int64), contributions, len(graph.nodes)).astype(np.float64)
    answers = _beside(graph, size, tensors)
    if not all(a.right for a in answers):
        answers = _beside(graph, _inherited(graph, size), tensors)
    return tuple(sorted(answers, key=lambda a: -a.error))


def _inherited(graph: Graph, size: Floats) -> Floats:
    """The size of the numbers added up for each gradient, or for one that it was made of, in its measure.

    The gradient of a mean may be the rest of numbers that cancel. What is multiplied by that rest has its rounding.
    """
    columns, sizes = graph.columns, size.tolist()
    sizes[-1] = 1.0
    for node, parent, local in zip(columns["node"], columns["parent"], columns["local"], strict=True):
        through = abs(local) * sizes[node]
        if through > sizes[parent]:
            sizes[parent] = through
    return np.array(sizes)


def _beside(graph: Graph, size: Floats, tensors: Iterable[tuple[str, Ints, Floats, str]]) -> list[Agreement]:
    gradients, size = np.append(np.frombuffer(graph.gradients), 0.0), np.append(size, 0.0)
    answers = []
    for name, ids, theirs, precision in tensors:
        ours = gradients[ids]
        with np.errstate(all="ignore"):
            error = np.where((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)), 0.0, np.abs(ours - theirs))
        worst = float(np.nan_to_num(error, nan=np.inf).max(initial=0.0))
        added = float(size[ids].max(initial=0.0, where=np.isfinite(size[ids])))
        share = worst / added if worst and added else worst
        answers.append(Agreement(name, share, share <= _ROUNDING[precision]))
    return answers
