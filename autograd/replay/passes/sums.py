"""Chains of additions become sums: acc = acc + t, however long, is one operation with many operands.

A chain is followed through additions that nothing else uses, up to its lowest addition. The order of the operands is that in
which the program added them.

The lowest term needs care. In `acc = t0; acc = acc + t1; ...` a t0 that is itself a sum is the bottom of the chain, and it
alone would be opened, while t1, t2, ... stay whole: 5,000 alike terms would be 4,999 alike terms and a few odd pieces. So the
chain is cut above its bottom where that bottom is as long a chain as the later terms are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tape import Tape
from .columns import Columns, Integers, columns_of, rebuilt, tape_of


def sums(tape: Tape) -> Tape:
    r"""The tape with chains of two additions or more as sums.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(sums(Tape.parse("in 2\nv2 = exp v0\nv3 = add v2 v1\nv4 = add v3 5.0\nout v4")))
        in 2
        v2 = exp v0
        v3 = sum v2 v1 5.0
        out v3
    """
    return tape_of(with_sums(columns_of(tape)))


class _Chains(NamedTuple):
    """The chains of a tape, all columns per node.

    Attributes:
        below: the next lower addition of the chain; -1 at its bottom and elsewhere.
        root: the topmost addition; the node itself outside of chains.
        height: the number of additions of the chain from its bottom up to this node.
    """

    below: Integers
    root: Integers
    height: Integers


def with_sums(columns: Columns) -> Columns:
    """`sums`, on columns."""
    add = columns.code("add")
    if add < 0:
        return columns
    nodes = np.flatnonzero(columns.op == add)
    left, right = columns.operands[columns.start[nodes]], columns.operands[columns.start[nodes] + 1]
    single = (columns.op == add) & (columns.uses() == 1)
    below = np.full(columns.length, -1)
    for side in (right, left):  # constants are negative
        below[nodes[side >= 0]] = np.where(single[side[side >= 0]], side[side >= 0], below[nodes[side >= 0]])
    other = np.zeros(columns.length, dtype=np.int64)  # the operand of an addition that is not below it
    other[nodes] = np.where((below[nodes] >= 0) & (below[nodes] == left), right, left)
    chains = _chains(below)
    cut = _above_whole_bottoms(chains, other, nodes, columns.op == add)
    if len(cut):
        below[cut] = -1
        chains = _chains(below)
    return _as_sums(columns, nodes, chains, other, right)


def _chains(below: Integers) -> _Chains:
    """Root and height of every node, by doubling: each round looks twice as far."""
    nodes = np.arange(len(below))
    above = nodes.copy()
    above[below[below >= 0]] = np.flatnonzero(below >= 0)
    root = above
    while not np.array_equal(further := root[root], root):
        root = further
    bottom = np.where(below >= 0, below, nodes)
    height = (below >= 0).astype(np.int64)
    while not np.array_equal(further := bottom[bottom], bottom):
        height += height[bottom]
        bottom = further
    return _Chains(below, root, height + 1)


def _above_whole_bottoms(chains: _Chains, other: Integers, nodes: Integers, add: NDArray[np.bool_]) -> Integers:
    """The additions that stand above the lowest term of a chain, if that is as long a chain as the later terms."""
    top = nodes[chains.root[nodes] == nodes]
    length = np.zeros(len(chains.root), dtype=np.int64)
    length[top] = chains.height[top]
    # A term of the upper half, and the one below it, tell how long the terms are.
    level = chains.height[nodes]
    whole = length[chains.root[nodes]]
    probes = nodes[(level == whole - whole // 4) & (whole >= 3)]
    lower = chains.below[probes]
    probes, lower = probes[lower >= 0], lower[lower >= 0]
    term, term_below = other[probes], other[lower]
    sums_both = (term >= 0) & (term_below >= 0)  # constants are negative, and there may be more of them than nodes
    term, term_below = np.maximum(term, 0), np.maximum(term_below, 0)
    sums_both &= add[term] & add[term_below] & (length[term] == length[term_below])
    bottom = np.zeros(len(chains.root), dtype=np.int64)
    bottom[chains.root[probes]] = np.where(sums_both, length[term], 0)
    wanted = bottom[chains.root[nodes]]
    found: Integers = nodes[(wanted > 0) & (level == wanted + 1) & (whole >= wanted + 2)]
    return found


def _as_sums(columns: Columns, nodes: Integers, chains: _Chains, other: Integers, right: Integers) -> Columns:
    """The columns in which the chains of two additions or more are sums."""
    member = chains.height[chains.root[nodes]] >= 2
    nodes, right = nodes[member], right[member]
    if not len(nodes):
        return columns
    keep = np.ones(columns.length, dtype=bool)
    keep[nodes] = chains.root[nodes] == nodes
    bottom = chains.below[nodes] < 0
    # One operand of every addition, two at the bottom, which come in front.
    root = np.concatenate([chains.root[nodes], chains.root[nodes[bottom]]])
    order = np.concatenate([chains.height[nodes], np.zeros(int(bottom.sum()), dtype=np.int64)])
    operand = np.concatenate([np.where(bottom, right, other[nodes]), columns.operands[columns.start[nodes[bottom]]]])
    in_order = np.lexsort((order, root))
    names = [*columns.names, "sum"]
    op = columns.op.copy()
    op[nodes] = len(names) - 1
    arity = columns.arity.copy()
    arity[nodes] = chains.height[nodes] + 1
    kept = np.flatnonzero(keep)
    operand = operand[in_order]
    root = root[in_order]
    zero = (
        (operand < 0) & (columns.constants[np.where(operand < 0, -1 - operand, 0)] == 0.0)
        if len(columns.constants)
        else operand < 0
    )
    zeros = np.bincount(root[zero], minlength=columns.length)
    zero &= (arity[root] - zeros[root]) >= 2
    arity -= np.bincount(root[zero], minlength=columns.length)
    operand = operand[~zero]
    start = np.concatenate([[0], np.cumsum(arity[kept])])
    operands = np.empty(start[-1], dtype=np.int64)
    in_sum = np.zeros(columns.length, dtype=bool)
    in_sum[nodes] = True
    is_sum = np.repeat(in_sum[kept], arity[kept])
    operands[~is_sum] = columns.operands[np.repeat(~in_sum, columns.arity)]
    operands[is_sum] = operand
    return rebuilt(columns._replace(names=names), keep, op[kept], arity[kept], operands)
