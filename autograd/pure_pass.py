"""An ordinary backward pass over the nodes of pure.py: the sort and the sweep of reverse.py, on the fields as they lie.

It says what `topological_order` and `pass_on` say there, in a third of the time, for the nodes that nearly all graphs are made
of. Two things make the difference: the fields are read where they are, and the sort needs no table of what it has seen. A node
that has been entered has for its gradient one certain 0.0, known by identity, and a node whose parents are done has another; so
the sort sets interior gradients to 0 as it goes.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from .errors import GraphError

_MOST_INTERRUPTIONS = 100  # a tracing tool may raise at every line
_BROKEN = (TypeError, ValueError, AttributeError, MemoryError, GraphError)


def quick_pass(root: Any, seed: float, special: bool) -> list[Any]:
    """Run a pass from an interior node, and return its order; return [], and do nothing, if the pass is one for reverse.py.

    An interrupt such as Control-C is raised when the pass is complete: a pass that has begun to add to the leaves cannot be
    taken back without a copy of their gradients, which every pass would pay for.

    Args:
        special: True if there are hooks, or the like, anywhere in the process.
    """
    if special or root.primitive is None:
        return []
    order: list[Any] = []
    nodes: Iterator[Any] | None = None
    v = links = interruption = None
    v_bar, times = 0.0, 0
    # One round: sort, and for every node parent_bar += v_bar * partial. Another round begins only after Control-C.
    while True:
        try:
            if nodes is None:
                order = _order(root)
                root._grad = seed
                nodes = reversed(order)
            elif links is not None:  # interrupted between two contributions of v
                for parent, partial in links:
                    parent._grad += v_bar * partial
                links = v = None
            elif v is not None:  # interrupted before the first of them
                nodes, v = itertools.chain((v,), nodes), None
            for v in nodes:
                v_bar = v._grad
                a, b = v._a, v._b
                if a is not None:
                    a._grad += v_bar * v._da
                    if b is not None:
                        b._grad += v_bar * v._db
                elif b.__class__ is not tuple:
                    b._grad += v_bar * v._db
                else:
                    links = zip(b, v._db)  # noqa: B905 - the hot loop; lengths are the engine's
                    for parent, partial in links:
                        parent._grad += v_bar * partial
                    links = None
                v = None  # Python looks for signals in calls and where a loop begins again, not between two additions
            break
        except BaseException as error:
            times += 1
            if times > _MOST_INTERRUPTIONS or isinstance(error, _BROKEN):
                error.add_note("The pass has stopped half way: gradients are incomplete until zero_grad() and another pass.")
                raise
            interruption = error
    if interruption is not None:
        raise interruption
    return order


def _order(root: Any) -> list[Any]:
    """The order of `topological_order`; the gradients of all the nodes in it are 0.0.

    There is no cycle: whoever assigns `parents` says so (`SPECIAL`), and then the pass is one for reverse.py.
    """
    entered, zero = float("0.0"), float("0.0")  # two objects, unlike the constant 0.0
    order: list[Any] = []
    stack = [root]
    while stack:
        v = stack.pop()
        grad = v._grad
        if grad is entered:  # it comes up again: its parents are done
            v._grad = zero
            order.append(v)
        elif grad is not zero:
            v._grad = entered
            stack.append(v)
            a, b = v._a, v._b
            if b is not None:
                if b.__class__ is tuple:
                    stack.extend([p for p in reversed(b) if p.primitive is not None and p._grad is not zero])
                elif b.primitive is not None and b._grad is not zero:
                    stack.append(b)
            if a is not None and a.primitive is not None and a._grad is not zero:
                stack.append(a)
    return order
