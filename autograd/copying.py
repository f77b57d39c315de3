"""Copying and pickling graphs of any depth, without recursion.

`copy.deepcopy` and `pickle` would follow parents recursively and fail at a depth of some hundreds. Both are told the
nodes in topological order instead, parents first, so that every parent is known when its child comes. Identity is kept:
a weight that is in a pickled list and also deep inside a pickled cost is one object afterwards.
"""

import threading
from typing import Any

from .errors import GraphError
from .reverse import UNSET, topological_order


def _ancestors(root: Any) -> list[Any]:
    """Every node `root` depends on, leaves too, parents before children; `root` is last."""
    order = topological_order(root) or [root]
    leaves = dict.fromkeys(p for v in order for p in v.parents if not p.parents)
    return [*leaves, *order]


def _check(node: Any) -> None:
    if node._by_hand is not None:
        raise GraphError(
            f"{node!r} (op {node.op!r}) has a _backward function, which holds on to the original nodes: a copy would send its "
            "gradients there. Copy the leaves and run the forward pass again, or use autograd.define_primitive"
        )


def copy_node(node: Any, operands: tuple[Any, ...], parents: tuple[Any, ...]) -> Any:
    """A new node with the same number, gradient and attributes, on the given operands. Hooks stay with the original."""
    _check(node)
    new = object.__new__(type(node))
    new._data, new.grad, new.primitive, new.partials = node._data, node.grad, node.primitive, node.partials
    new.operands, new.parents = operands, parents
    if node.label or node.scope or node._place or node.__dict__:
        new.__dict__.update((key, item) for key, item in node.__dict__.items() if key != "_hooks")
    return new


def copy_graph(root: Any, memo: dict[int, Any]) -> Any:
    """`copy.deepcopy` of a node: a copy of every node it depends on, each once, `memo` shared with the caller's."""
    for node in _ancestors(root):
        if id(node) not in memo:
            operands = tuple(memo[id(o)] if not isinstance(o, float) else o for o in node.operands)
            parents = tuple(memo[id(p)] for p in node.parents)
            memo[id(node)] = copy_node(node, operands, parents)
    return memo[id(root)]


# --- pickle ------------------------------------------------------------------------------------------------------------
# A pickler asks each object how to rebuild it and remembers by identity what it has written. The node it meets first
# therefore answers: "first these, then me", with an iterator over its ancestors. While that iterator is alive, its nodes
# answer for themselves only; their parents have been written by then, so nothing nests.


class _Writing(threading.local):
    def __init__(self) -> None:
        self.nodes: set[int] = set()


_writing = _Writing()


class _InOrder:
    """Iterates over nodes for a pickler; they count as being written until the pickler lets go of it, also by an error."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes
        self._next = 0
        self._ids = {id(v) for v in nodes} - _writing.nodes
        _writing.nodes |= self._ids

    def __iter__(self) -> "_InOrder":
        return self

    def __next__(self) -> Any:
        if self._next == len(self._nodes):
            raise StopIteration
        self._next += 1
        return self._nodes[self._next - 1]

    def __del__(self) -> None:
        _writing.nodes -= self._ids


class _Before:
    """Stands in a pickle for "write these first"; reads back as a list that nobody keeps."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, _InOrder(self._nodes)


def reduce(node: Any) -> tuple[Any, ...]:
    """What a pickle holds of a node: its data, with constants and primitives by name, and its parents."""
    _check(node)
    before = None
    if node.parents and id(node) not in _writing.nodes:
        before = _Before(_ancestors(node)[:-1])
    extra = {key: item for key, item in node.__dict__.items() if key not in ("_hooks", "_place")} if node.__dict__ else {}
    if node._place:
        extra["_place"] = node.source  # code objects cannot be pickled, the place they resolve to can
    grad = node.grad if node.has_grad else None
    return restore, (type(node), before, node._data, grad, node.primitive, node.operands, node.partials, extra)


def restore(
    cls: type,
    _before: Any,
    data: float,
    grad: float | None,
    primitive: Any,
    operands: Any,
    partials: Any,
    extra: dict[str, Any],
) -> Any:
    """The node that `reduce` described; its ancestors have been read before it."""
    node: Any = object.__new__(cls)
    node._data, node.primitive, node.operands, node.partials = data, primitive, operands, partials
    node.grad = UNSET if grad is None else grad
    parents = tuple(o for o in operands if o.__class__ is not float)
    node.parents = operands if len(parents) == len(operands) else parents
    node.__dict__.update(extra)
    return node
