"""The diagnosis of outputs that are compared with the targets of all samples: `for f in outputs for y in targets`.

Every output has the same targets then, so that one answer is best for all inputs, whatever they are. It is seen in the terms of
the cost: in n times n of them n outputs come with n numbers each, in rows and columns. Samplers and distances between sets of
points, as that of kernels, have terms of two outputs besides; a grid of inputs goes into the model, and not beside its outputs.
"""

import ast
import heapq
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd import Source

from ..evidence.experiment import number_of
from ..evidence.found import Found
from ..evidence.outputs import given_to
from ..evidence.passes import Key, Pass
from ..evidence.script import Script, names_in
from ..evidence.thresholds import ENOUGH, SAMPLES
from ..evidence.training import Training

_Loop = ast.For | ast.comprehension
_MOST = 50_000  # nodes of a pass that is looked at


class _Term(NamedTuple):
    """The nodes and numbers that a term is computed from.

    Attributes:
        outputs: the nodes that other terms are computed from, too.
        numbers: the numbers that are given to it besides, in order.
    """

    outputs: tuple[int, ...]
    numbers: tuple[float, ...]


def every_target(training: Training) -> Iterator[Found]:
    """As many terms in a cost as there are pairs of an output with any of the targets."""
    p = training.first
    if p is None or len(training.steps) < ENOUGH or len(p.nodes) > _MOST or training.changes_inputs:
        return
    factors = {i: c for i, c in reversed(p.terms) if c and not all(q in p.leaves for q in p.parents[i])}
    roots = list(factors)
    n = math.isqrt(len(roots))
    if n < SAMPLES or n * n != len(roots) or len({p.ops[i] for i in roots}) > 1:
        return
    rows: dict[tuple[int, ...], Counter[tuple[float, ...]]] = {}
    for i in roots:
        term = _term(training, p, i)
        if term is None or len(rows) > n or any(o in p.linear or o in factors for o in term.outputs):
            return
        rows.setdefault(term.outputs, Counter())[float(f"{factors[i]:.9g}"), *term.numbers] += 1
    first, *others = rows.values()
    if (
        len(rows) == n
        and len(first) >= SAMPLES
        and all(row == first for row in others)
        and _are_of_one_model(training, p, rows)
    ):
        yield Found(
            _line_of_both(training.script) or p.source(roots[0]),
            f"each of {n} outputs is compared with the same {n} targets, in {len(roots)} terms: what is best for one is "
            "best for all, whatever their inputs are",
            "compare each output with the target of its own sample: zip(outputs, targets)",
            {"outputs": float(n), "terms": float(len(roots))},
            (p.nodes.name(roots[0]),),
        )


def _term(training: Training, p: Pass, root: int) -> _Term | None:
    """The nodes and numbers of a term; None if a parameter is applied in it to what it alone is computed from."""
    own, outputs, numbers, heap = {root}, list[int](), list[float](), [-root]
    while heap:  # the latest first: all that it is used by has been seen
        i = -heapq.heappop(heap)
        if i not in own and not all(user in own for user in p.users[i]):
            outputs.append(i)
            continue
        own.add(i)
        for o in p.shape.operands[i]:
            if o < 0 or (o in p.leaves and p.key_of.get(o) not in training.trained):
                numbers.append(number_of(p, o))
            elif o in p.leaves:
                return None
            elif -o not in heap:
                heapq.heappush(heap, -o)
    return _Term(tuple(outputs), tuple(numbers))


def _are_of_one_model(training: Training, p: Pass, rows: Iterable[tuple[int, ...]]) -> bool:
    """True if outputs are computed from other numbers each, and from the same parameters: several models have their own."""
    inputs, models = set[frozenset[float]](), set[frozenset[Key]]()
    for outputs in rows:
        given = [given_to(training, p, f) for f in outputs]
        inputs.add(frozenset(x for numbers, _ in given for x in numbers))
        models.add(frozenset(key for _, keys in given for key in keys))
    return len(inputs) >= SAMPLES and len(models) == 1 and bool(models.pop())


def _line_of_both(script: Script) -> Source | None:
    """The only line in which one loop goes through something inside another, and what is made belongs to both."""
    found = []
    for n in script.inside:
        if isinstance(n, (ast.ListComp, ast.GeneratorExp)) and len(n.generators) == 2:
            outer, inner = n.generators
            if _is_crossed(outer, inner, names_in(n.elt)):
                found.append(script.at(n))
        elif isinstance(n, ast.For):
            loops = [m for m in n.body if isinstance(m, ast.For)]
            found += [script.source(m) for m in loops if _is_crossed(n, m, set().union(*map(names_in, m.body)))]
    return found[0] if len(found) == 1 else None


def _is_crossed(outer: _Loop, inner: _Loop, read: set[str]) -> bool:
    """True if a loop inside another goes through the same things each time, and the names of both are read."""
    return not names_in(outer.target) & names_in(inner.iter) and all(names_in(n.target) & read for n in (outer, inner))
