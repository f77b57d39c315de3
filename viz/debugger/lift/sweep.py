"""The chain rule over blocks of scalars, in the precision in which the framework computes gradients.

    v_bar_root = seed;   for v from the root back:   parent_bar += v_bar * dv/dparent

It is the sweep of autograd/reverse.py with two things that frameworks do and `Value`s do not. Every product and every sum
is rounded to the type of the tensor, so that what overflows or underflows there does so here. And where the framework
selects 0 instead of multiplying by it (relu, where, a mask), the contribution is 0 even if the gradient that arrives is
nan.
"""

import array
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.recording.columns import COLUMNS, INTEGERS, Columns

from .blocks import Block, Floats, Ints, Numbered

Rounding = Callable[[Floats], Floats]


def _bfloat16(x: Floats) -> Floats:
    """The nearest numbers of 8 binary digits with the exponents of float32, ties to even."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    kept = ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)
    return np.where(np.isnan(x), x, kept)


# Two numbers of float32 have a product and a sum in float64 that rounds to the same float32 as the exact one does.
ROUNDED: dict[str, Rounding] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32).astype(np.float64),
    "float16": lambda x: x.astype(np.float16).astype(np.float64),
    "bfloat16": _bfloat16,
}


_FEW = 32  # parents, each of which is added to often
_SEQUENTIAL = ("float64", "float32", "float16")  # types in which NumPy adds one after the other


def swept(graph: Numbered, seed: float = 1.0) -> tuple[Columns, Floats]:
    """The contributions of a pass as the columns of a recording, and the gradient of every node.

    Args:
        graph: the blocks; the last node is the root.
        seed: the gradient of the root.

    Example:
        >>> import numpy as np
        >>> from viz.debugger.lift.blocks import Block, leaves, numbered
        >>> x = leaves(np.array([0, 1]), np.array([3.0, 5.0]), "float32")
        >>> two, none = np.array([[0, 1]]), np.zeros((1, 2))
        >>> y = Block("mul", np.array([2]), np.array([15.0]), two, none, np.array([[5.0, 3.0]]), none.astype(bool), "float32")
        >>> swept(numbered([x, y], 2))[1].tolist()
        [5.0, 3.0, 1.0]
    """
    totals = np.zeros(len(graph))
    totals[-1] = seed
    precisions = sorted({block.precision for block in graph.blocks})
    of_node = np.concatenate([np.full(len(b.data), precisions.index(b.precision)) for b in graph.blocks])
    parts: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    with np.errstate(all="ignore"):
        for block in reversed(graph.blocks):
            if not block.operands.shape[1]:
                break  # leaves come first
            edges = _edges(block, totals)
            destination = of_node[edges["parent"]]
            for k, precision in enumerate(precisions):
                here = np.flatnonzero(destination == k) if len(precisions) > 1 else slice(None)
                edges["total"][here] = _added(totals, edges["parent"][here], edges["contribution"][here], precision)
            for name, column in edges.items():
                parts[name].append(column)
    columns: Columns = {}
    for name in COLUMNS:
        kind = np.int64 if name in INTEGERS else np.float64
        columns[name] = array.array("q" if name in INTEGERS else "d")
        for part in parts[name]:
            columns[name].frombytes(part.astype(kind).tobytes())
    return columns, totals


def _edges(block: Block, totals: Floats) -> dict[str, Any]:
    """The contributions of a block's nodes, the last node first, without the totals of the parents."""
    parents = block.operands[::-1]
    there = parents >= 0
    row = np.nonzero(there)[0]
    node = block.ids[::-1][row]
    local, upstream = block.local[::-1][there], totals[node]
    contribution = ROUNDED[block.precision](upstream * local)
    contribution[block.selected[::-1][there]] = 0.0
    position = (np.cumsum(there, axis=1) - 1)[there]
    return {
        "node": node, "parent": parents[there], "position": position, "local": local, "upstream": upstream,
        "contribution": contribution, "total": np.zeros(len(node)),
    }  # fmt: skip


def _added(totals: Floats, parent: Ints, contribution: Floats, precision: str) -> Floats:
    """Add contributions to the totals of their parents one after the other; the totals in between."""
    order = np.argsort(parent, kind="stable")
    of, amount = parent[order], contribution[order]
    start = np.flatnonzero(np.diff(of, prepend=-1))
    times = np.diff(start, append=len(of))
    after = np.empty(len(of))
    if len(start) < _FEW and precision in _SEQUENTIAL:
        for begin, n in zip(start, times, strict=True):
            sums = np.concatenate(([totals[of[begin]]], amount[begin : begin + n])).astype(precision)
            after[begin : begin + n] = np.add.accumulate(sums)[1:]
            totals[of[begin]] = after[begin + n - 1]
    else:
        for turn in range(int(times.max(initial=0))):  # contribution number `turn` of every parent at once
            at = start[times > turn] + turn
            after[at] = totals[of[at]] = ROUNDED[precision](totals[of[at]] + amount[at])
    result = np.empty(len(of))
    result[order] = after
    return result
