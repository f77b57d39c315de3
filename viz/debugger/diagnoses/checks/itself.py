"""The diagnosis of a difference, or a quotient, of a thing and itself: it is always 0, or 1, and no gradient goes through it.

Two nodes are the same thing if the same operations made them of the same leaves and constants. The old probability of an
action, computed again from the parameters that are trained, is one such thing.

The check takes a `Training` and yields its findings; the table (table.py) has its name.
"""

from collections.abc import Iterator, Sequence

from autograd import TABLE

from ..evidence.found import Found
from ..evidence.passes import Pass, is_difference
from ..evidence.training import Training
from .flow import depends_on

_QUOTIENT = TABLE["div"]


def difference_with_itself(training: Training) -> Iterator[Found]:
    """A difference or quotient of two nodes that were computed in the same way from the same numbers."""
    for p in training.looked_at:
        if found := _of_one(p, training):
            yield found
            return


def _of_one(p: Pass, training: Training) -> Found | None:
    pairs = [i for i in p.interior if len(p.parents[i]) == 2 and (p.rows[i] is _QUOTIENT or is_difference(p.rows[i]))]
    if not any(p.nodes.data[a] == p.nodes.data[b] for a, b in map(p.parents.__getitem__, pairs)):
        return None
    alike, trained = _numbered(p), depends_on(p, training.parameters)
    lines: dict[tuple[str, int] | None, list[int]] = {}
    for i in pairs:
        lines.setdefault(p.line(i), []).append(i)
    for nodes in lines.values():
        # A sample is compared with itself among others; a line that never does anything else is a slip.
        if not all(_is_same(alike, p.parents[j]) for j in nodes):
            continue
        passed = [j for j in nodes if p.upstream[j] and trained[p.parents[j][0]] and len(set(p.parents[j])) == 2]
        if not passed:
            continue
        i = passed[0]
        what, number = ("quotient", 1) if p.rows[i] is _QUOTIENT else ("difference", 0)
        return Found(
            p.source(i),
            f"both sides of this {what} are the same, computed twice in the same way from the same parameters: it is {number} "
            "whatever they are, and no gradient goes through it",
            "keep the number that one of them had before, as x.data or detach(x)",
            {"nodes": float(len(nodes))},
            (p.nodes.name(i),),
        )
    return None


def _is_same(alike: Sequence[int], pair: Sequence[int]) -> bool:
    return alike[pair[0]] == alike[pair[1]]


def _numbered(p: Pass) -> list[int]:
    """A number for every node, the same for nodes that are made in the same way of the same."""
    known: dict[object, int] = {}
    numbers = list(p.leaves)
    for i in p.interior:
        operands = tuple([numbers[o] if o >= 0 else (p.nodes.constants[-1 - o],) for o in p.structure.operands[i]])
        numbers.append(known.setdefault((p.ops[i], operands), i))
    return numbers
