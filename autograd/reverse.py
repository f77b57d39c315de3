"""Reverse mode: the chain rule, from the root back to every node it was computed from.

    v_bar_root = seed;   for v in reverse topological order:   parent_bar += v_bar * dv/dparent

That is all of backpropagation: delta^l is what `v_bar` holds when the sweep arrives at z^l. The sweep is plain IEEE
arithmetic (0 * inf is nan: no zero is skipped), contributions are added in reverse topological order and, within a node,
in the order of its parents, so that every other way of running it (recorded, emitted, compiled) can agree bit for bit.
Nothing here recurses: a chain of a million nodes is a list.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from . import notices, turns
from .blocks import MODES
from .errors import GraphError, OperandError, StaleDataWarning
from .modes import UNRECORDED
from .observers import adding, tell_passing
from .operators import Tracer, number

# The gradient of a node that no pass has reached: it reads as 0.0, and is recognised by identity (any other 0.0 is another
# object). So pictures can tell "not computed yet" from zero without a slot for it.
UNSET = float("0.0")


class _Special:
    """Flags: a node of the process has a hook, a rule made by hand or a new number. Until then no pass looks for them."""

    __slots__ = ("exists",)

    def __init__(self) -> None:
        self.exists: bool = False

    def note(self) -> None:
        self.exists = True


SPECIAL = _Special()


class _Quick:
    """The compiled sweep that runs an ordinary pass instead of the functions below, if nodes are compiled (compiled.py).

    Attributes:
        run: called with the root, the seed, and True if special nodes exist; returns False if it has done nothing, because
            it cannot run this pass.
    """

    __slots__ = ("run",)

    def __init__(self) -> None:
        self.run: Callable[[Any, float, bool], bool] | None = None


QUICK = _Quick()


def topological_order(root: Any) -> list[Any]:
    """The interior nodes that `root` depends on, itself included, parents before children; leaves are left out.

    Raises:
        GraphError: the graph has a cycle, or a parent is not a `Value`.
    """
    order: list[Any] = []
    entered: set[Any] = set()
    done: set[Any] = set()
    stack = [root] if root.parents else []
    v = root
    try:
        while stack:
            v = stack.pop()
            if v not in entered:
                entered.add(v)
                stack.append(v)  # comes up again when all its parents are done
                for parent in reversed(v.parents):  # the first operand first: the order in which they were written
                    if parent.parents and parent not in done:
                        if parent in entered:
                            raise GraphError(
                                f"the graph has a cycle: {parent!r} depends on itself through {v!r}. Some code has "
                                "assigned `parents`; build nodes by arithmetic, which cannot make a cycle",
                                parent,
                            )
                        stack.append(parent)
            elif v not in done:
                done.add(v)
                order.append(v)
    except AttributeError as error:
        raise GraphError(f"a parent of {v!r} is not a Value ({error}); parents are Values, constants are operands", v) from None
    return order


def pass_on(v: Any, partials: Sequence[float], note: Callable[[Any, int, Any, float], None] | None = None) -> None:
    """The chain rule at one node: parent_bar += v_bar * partial, for each of its parents.

    `sweep` says the same in its loop, because a call per node would be a third of its time.

    Args:
        note: called after each contribution with (node, index of the parent, parent, contribution).
    """
    v_bar = v._grad
    for i, (parent, partial) in enumerate(zip(v.parents, partials, strict=True)):
        contribution = v_bar * partial
        parent._grad += contribution
        if note:
            note(v, i, parent, contribution)


def differentiable_order(root: Any) -> list[Any]:
    """`topological_order`, for a root that a backward pass is to begin at.

    Raises:
        GraphError: also if the root was computed inside `no_grad()`: no pass could reach anything from it.
    """
    if root._grad is UNRECORDED:
        raise GraphError(
            f"{root!r} was computed inside no_grad(), so nothing is known of how: no gradient would reach anything. Compute "
            "it outside the block",
            root,
        )
    order = topological_order(root)
    if SPECIAL.exists:
        warn_of_stale(order)
    return order


def warn_of_stale(order: list[Any]) -> None:
    """Warn if a pass goes through a node whose number was assigned: the pass is that of the old number."""
    v = next((v for v in order if v._stale is not None), None)
    if v is not None:
        notices.warn(
            f"{v!r} (op {v.op!r}) was {v._stale!r} in the forward pass, and its .data was assigned afterwards: this pass is "
            "that of the old number, with the local derivatives of the forward pass. Compute it again, or make a leaf of the "
            "new number: Value(...)",
            StaleDataWarning,
        )


def backward(root: Any, seed: float = 1.0, debug: bool = False, look: bool = False) -> None:
    """Set the gradients of everything `root` depends on; see `Value.backward`.

    Args:
        look: True if the gradients will be put back (`breakpoint`).
    """
    if (MODES.active or debug) and tell_passing(root, seed, debug, look):  # an observer has recorded it, and so has run it
        return
    with turns.lock:
        if QUICK.run is not None and QUICK.run(root, seed, SPECIAL.exists):
            return
        order = differentiable_order(root)
        if SPECIAL.exists and any_special(order, root):
            careful_sweep(order, root, seed)
        else:
            sweep(order, root, seed)


def sweep(order: list[Any], root: Any, seed: float) -> None:
    """The sweep over nodes that all have partials and no hooks: the hot path.

    An interrupt such as Control-C is raised when the pass is complete: a pass that has begun to add to the leaves cannot be
    taken back without a copy of their gradients, which every pass would pay for.
    """
    if not order:  # the root is a leaf, which accumulates
        root._grad += seed
        return
    nodes: Iterator[Any] | None = None
    v = links = interruption = None
    v_bar, times = 0.0, 0
    # One round: interior gradients to 0, the root's to the seed, and for every node the code of `pass_on`, written out.
    # Another round begins only after Control-C.
    while True:
        try:
            if nodes is None:
                for v in order:
                    v._grad = 0.0
                v, root._grad = None, seed
                nodes = reversed(order)
            elif links is not None:  # interrupted between two contributions of v
                for parent, partial in links:
                    parent._grad += v_bar * partial
                links = v = None
            elif v is not None:  # interrupted before the first of them
                nodes, v = itertools.chain((v,), nodes), None
            for v in nodes:
                v_bar = v._grad
                parents = v.parents
                if len(parents) == 2:  # most nodes; unrolled because it saves a third of the sweep
                    a, b = parents
                    da, db = v.partials
                    a._grad += v_bar * da
                    b._grad += v_bar * db
                else:
                    links = zip(parents, v.partials)  # noqa: B905 - the hot loop; lengths are the engine's
                    for parent, partial in links:
                        parent._grad += v_bar * partial
                    links = None
                v = None  # Python looks for signals in calls and where a loop begins again, not between two additions
            break
        except BaseException as error:
            times += 1
            if times > _MOST_INTERRUPTIONS or isinstance(error, _BROKEN_GRAPH):
                error.add_note("The pass has stopped half way: gradients are incomplete until zero_grad() and another pass.")
                raise
            interruption = error
    if interruption is not None:
        raise interruption


_MOST_INTERRUPTIONS = 100  # a tracing tool may raise at every line
_BROKEN_GRAPH = (TypeError, ValueError, AttributeError, MemoryError)  # `partials` assigned by hand, for example


def any_special(order: list[Any], root: Any) -> bool:
    """True if a node of the graph has a hook, or a rule made by hand."""
    return bool(root._hooks) or any(
        v.partials is None or v._hooks or any(p._hooks for p in v.parents if not p.parents) for v in order
    )


def careful_sweep(
    order: list[Any],
    root: Any,
    seed: float,
    observe: Callable[[Any, int, float, float], None] | None = None,
    observe_leaf: Callable[[Any, float], None] | None = None,
) -> None:
    """The same sweep with features that few passes need: hooks, rules made by hand, an observer; all or nothing.

    Args:
        observe: called per contribution with (node, index of the parent, contribution, parent's total in this pass).
        observe_leaf: called with every leaf that has hooks, and its gradient of this pass as the hooks have left it.

    Raises:
        GraphError: a node made by hand has no rule. After any error, even in a hook, every gradient is put back.
    """
    leaves = dict.fromkeys(p for v in order for p in v.parents if not p.parents) if order else {root: None}
    before = [(v, v._grad) for v in (*order, *leaves)]
    totals = dict.fromkeys(leaves, 0.0)  # of this pass alone: a leaf's gradient goes on from earlier ones
    hooked = {leaf: leaf._grad for leaf in leaves if leaf._hooks}  # a hook sees this pass only

    def note(v: Any, i: int, parent: Any, contribution: float) -> None:
        if observe:
            if parent in totals:
                totals[parent] += contribution
            observe(v, i, contribution, totals.get(parent, parent._grad))

    try:
        for v in (*order, *hooked):
            v._grad = 0.0
        # A leaf as the root accumulates; a leaf with hooks does so below, after they have seen the gradient of this pass.
        root._grad = seed if order or root in hooked else root._grad + seed
        for v in reversed(order):
            call_hooks(v)
            if v.partials is None:
                _by_hand(v, note)
                continue
            pass_on(v, v.partials, note)
        for leaf, earlier in hooked.items():
            call_hooks(leaf)
            if observe_leaf:
                observe_leaf(leaf, leaf._grad)
            leaf._grad = earlier + leaf._grad
    except BaseException:
        for v, earlier in before:
            v._grad = earlier
        raise


def call_hooks(v: Any) -> None:
    """Show a node's gradient, complete now, to its hooks; a number that a hook returns replaces it."""
    for hook in v._hooks:
        answer = hook(v._grad)
        if answer is not None:
            v._grad = number(answer, "what a gradient hook returns")


def run_rule(v: Any) -> None:
    """Run a rule written by hand; a parent that got 0 from it has a gradient from then on."""
    adding(v._backward)
    for parent in v.parents:
        if parent._grad is UNSET:
            parent._grad = 0.0


def _by_hand(v: Any, note: Callable[[Any, int, Any, float], None]) -> None:
    """Run a rule written by hand; its contribution to a parent is measured from outside, as a difference."""
    earlier = [p._grad for p in v.parents]
    run_rule(v)
    for i, parent in enumerate(v.parents):
        if parent not in v.parents[:i]:  # its rule adds to a repeated parent once for all
            note(v, i, parent, parent._grad - earlier[i])


def numbered(order: list[Any], root: Any) -> list[Any]:
    """All nodes of a graph in the order that gives them their ids: the leaves, then `order`, parents before children."""
    leaves = dict.fromkeys(p for v in order for p in v.parents if not p.parents)
    return [*leaves, *order] or [root]


@contextmanager
def gradients_kept(nodes: Sequence[Any], *, forgotten: bool = False) -> Iterator[None]:
    """A block that leaves every gradient of these nodes as it found it, even if it had not been computed.

    Args:
        forgotten: in the block none is computed yet. No observer is told of it: it is a look, and not what the program does.
    """
    before = [(v, v._grad) for v in nodes]
    try:
        for v in nodes if forgotten else ():
            v._grad = UNSET
        yield
    finally:
        for v, grad in before:
            v._grad = grad


def breakpoint(value: Any) -> None:
    """Stop here, and step through the backward pass from a value in the gradient debugger.

    When the debugger is left, every gradient is as it was before.

    Args:
        value: the `Value` to begin at, such as the cost.

    Raises:
        OperandError: not a `Value`.
        GraphError: as `backward()`.
        AutogradError: there is no debugger, because viz is not installed.
    """
    if not isinstance(value, Tracer) or value.level:
        raise OperandError(f"breakpoint: a pass begins at a Value, got {type(value).__name__} {value!r}")
    with gradients_kept(numbered(differentiable_order(value), value)):
        backward(value, debug=True, look=True)
