"""Copying and pickling graphs of any depth, without recursion.

`copy.deepcopy` and `pickle` would follow parents recursively and fail at a depth of some hundreds. Both get the nodes in
topological order instead, parents first, so that every parent is known before its child. Identity is kept: a weight that is
in a pickled list and also deep inside a pickled cost is one object afterwards.
"""

import copy
import threading
import weakref
from collections.abc import Container
from typing import Any

from .errors import GraphError
from .modes import UNRECORDED
from .operators import Tracer
from .reverse import UNSET, topological_order

_LEFT_BEHIND = ("_hooks", "_shown", "_assigned", "_filled")  # the last three are of walks over _prev, and made anew


def _missing(root: Any, known: Container[int]) -> list[Any]:
    """The nodes `root` depends on whose id is not known yet, leaves and itself included, parents before children.

    The walk does not go beyond known nodes, so that copying a list of all states of a computation stays linear.
    """
    order: list[Any] = []
    entered: set[Any] = set()
    done: set[Any] = set()
    stack = [root]
    while stack:
        v = stack.pop()
        if v in done or id(v) in known:
            continue
        if v in entered or not v.parents:
            done.add(v)
            order.append(v)
            continue
        entered.add(v)
        stack.append(v)  # comes up again when all its parents are done
        for parent in v.parents:
            if not isinstance(parent, Tracer) or (parent in entered and parent not in done):
                topological_order(root)  # raises for it
            stack.append(parent)
    return order


def _check(node: Any) -> None:
    if node._by_hand is not None:
        raise GraphError(
            f"{node!r} (op {node.op!r}) has a _backward function, which holds on to the original nodes: a copy would send its "
            "gradients there. Copy the leaves and run the forward pass again, or use autograd.define_primitive",
            node,
        )


def _engine(node: Any) -> Any:
    """The class `Value` of a node, even if the node is of a subclass."""
    classes: list[Any] = [*type(node).__mro__]
    return next(cls for cls in classes if cls.__base__.__base__ is Tracer)  # Value is a Shared, which is a Tracer


def _slots(node: Any) -> dict[str, Any]:
    """The contents of the slots that a node's subclass adds."""
    engine = _engine(node)
    if type(node) is engine:  # `Value` itself adds no slots
        return {}
    state: Any = object.__getstate__(node)  # the dictionary, and the slots
    slots = state[1] if type(state) is tuple else {}
    own = engine.__dict__.get("__slots__", ())
    return {name: item for name, item in slots.items() if name not in own}


def copy_node(node: Any, operands: tuple[Any, ...], parents: tuple[Any, ...]) -> Any:
    """A new node with the same number, gradient and attributes, on the given operands. Hooks stay with the original."""
    _check(node)
    cls: Any = type(node)
    new = cls.__new__(cls)
    new._fill(node._data, node.primitive, operands, parents, node.partials)
    new._grad = node._grad
    for name, item in _slots(node).items():
        _engine(new).__setattr__(new, name, item)
    if node.__dict__:
        new.__dict__.update((key, item) for key, item in node.__dict__.items() if key not in _LEFT_BEHIND)
    return new


def copy_graph(root: Any, memo: dict[int, Any]) -> Any:
    """`copy.deepcopy` of a node: a copy of every node it depends on, each once, `memo` shared with the caller's."""
    for node in _missing(root, memo):
        operands = tuple(memo[id(o)] if not isinstance(o, float) else o for o in node.operands)
        parents = tuple(memo[id(p)] for p in node.parents)
        memo[id(node)] = twin = copy_node(node, operands, parents)
        for key, item in twin.__dict__.items():
            if key != "_place":  # a piece of code
                twin.__dict__[key] = copy.deepcopy(item, memo)
        for key, item in _slots(twin).items():
            _engine(twin).__setattr__(twin, key, copy.deepcopy(item, memo))
    return memo[id(root)]


# --- pickle ------------------------------------------------------------------------------------------------------------
# A pickler asks each object how to rebuild it, goes on with the parts that it gets, and remembers by identity the objects it
# has written. A node therefore answers: "first these ancestors, in order, then me". A session keeps the ids of written nodes,
# so that they are left out. It is part of the pickle, so the pickler holds it as long as the pickler lives, and a weak
# reference shows that a pickler is at work. Another pickler gives itself away by asking for the session again: it gets a
# session of its own with the next node.


class _Session:
    """The nodes that one pickler has written; it is read back as an empty object."""

    __slots__ = ("__weakref__", "asked", "written")

    def __init__(self) -> None:
        self.written: set[int] = set()
        self.asked = False

    def __reduce__(self) -> tuple[Any, ...]:
        if self.asked:  # a pickler asks once and remembers: this is another one
            _threads.session = None
        self.asked = True
        return _nothing, ()


def _nothing() -> None:
    """The object that stands for a session when it is read back."""


class _Threads(threading.local):
    session: Any = None  # a weak reference to the session of this thread's latest pickler


_threads = _Threads()


def reduce(node: Any) -> tuple[Any, ...]:
    """The contents of a node in a pickle: its data, with constants and primitives by name, and its parents."""
    _check(node)
    session = _threads.session and _threads.session()
    if session is None:
        session = _Session()
        _threads.session = weakref.ref(session)
    written = session.written
    before = None
    if any(id(p) not in written for p in node.parents):
        before = _missing(node, written)[:-1]
    written.add(id(node))
    extra = (
        {key: item for key, item in node.__dict__.items() if key not in (*_LEFT_BEHIND, "_place", "_made_in")}
        if node.__dict__
        else {}
    )
    if node._place:
        extra["_place"] = node.source  # code objects cannot be pickled, the place they resolve to can
    grad = node._grad if node.has_grad else node._grad is UNRECORDED  # a truth value stands for a missing gradient
    return restore, (
        type(node),
        (session, before),
        node._data,
        grad,
        node.primitive,
        node.operands,
        node.partials,
        extra,
        _slots(node),
    )


def restore(
    cls: Any,
    _before: Any,
    data: float,
    grad: float | bool,
    primitive: Any,
    operands: Any,
    partials: Any,
    extra: dict[str, Any],
    slots: dict[str, Any] | None = None,
) -> Any:
    """The node that `reduce` described; its ancestors have been read before it."""
    node: Any = cls.__new__(cls)
    parents = tuple(o for o in operands if o.__class__ is not float)
    node._fill(data, primitive, operands, operands if len(parents) == len(operands) else parents, partials)
    node._grad = UNRECORDED if grad is True else UNSET if grad is False else grad
    node.__dict__.update(extra)
    for name, item in (slots or {}).items():
        _engine(node).__setattr__(node, name, item)
    return node
