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
from .errors import GraphError, OperandError, StaleDataWarning, described
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


def topological_order(root: Any) -> list[Any]:
    """The interior nodes that `root` depends on, itself included, parents before children; leaves are left out.

    Raises:
        GraphError: the graph has a cycle, or a parent is not a `Value`.
    """
    if (quick := root._quick_order(root)) is not None:
        return quick  # type: ignore[no-any-return]
    order: list[Any] = []
    # For each node that has been met: its parents, then None while they are being done, then (); it is () from the beginning
    # for a leaf.
    waiting: dict[Any, Any] = {root: root.parents}
    stack = [root]
    v = root
    try:
        while stack:
            v = stack.pop()
            parents = waiting[v]
            if parents is None:
                waiting[v] = ()
                order.append(v)
            elif parents:
                waiting[v] = None
                stack.append(v)  # comes up again when all its parents are done
                for parent in reversed(parents):  # the first operand first: the order in which they were written
                    if parent not in waiting:
                        waiting[parent] = parent.parents
                    above = waiting[parent]
                    if above:
                        stack.append(parent)
                    elif above is None:
                        raise GraphError(
                            f"the graph has a cycle: {parent!r} depends on itself through {v!r}. Some code has "
                            "assigned `parents`; build nodes by arithmetic, which cannot make a cycle",
                            parent,
                        )
    except (AttributeError, TypeError) as error:
        raise GraphError(f"a parent of {v!r} is not a Value ({error}); parents are Values, constants are operands", v) from None
    return order


def leaves_of(order: list[Any]) -> dict[Any, None]:
    """The leaves below the nodes of a topological order, as keys, in the order in which they are met."""
    if order and (quick := order[-1]._quick_leaves(order[-1])) is not None:
        return dict.fromkeys(quick)
    parents = itertools.chain.from_iterable([v.parents for v in order])
    return dict.fromkeys(itertools.filterfalse(set(order).__contains__, parents))


def pass_on(v: Any, partials: Sequence[float], note: Callable[[Any, int, Any, float], None] | None = None) -> None:
    """The chain rule at one node: parent_bar += v_bar * partial, for each of its parents.

    `quick_pass` (pure_pass.py) says the same in its loop, because a call per node would be most of its time.

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
    if seed.__class__ is not float:
        seed = number(seed, "backward(seed)")
    if (MODES.active or debug) and tell_passing(root, seed, debug, look):  # an observer has recorded it, and so has run it
        return
    with turns.lock:
        if root._quick_pass(root, seed, SPECIAL.exists):
            return
        with turns.stepwise:
            order = differentiable_order(root)
            if any_special(order, root) or not root._quick_pass(root, seed, False):
                careful_sweep(order, root, seed)


def any_special(order: list[Any], root: Any) -> bool:
    """True if a node of the graph has a hook, a rule made by hand, or parents or partials that were assigned."""
    return any(v._hooks or v._loose or v.partials is None for v in order or (root,)) or any(
        leaf._hooks or leaf._loose for leaf in leaves_of(order)
    )


def careful_sweep(
    order: list[Any],
    root: Any,
    seed: float,
    observe: Callable[[Any, int, float, float], None] | None = None,
    observe_leaf: Callable[[Any, float], None] | None = None,
) -> None:
    """The sweep, with features that few passes need: hooks, rules made by hand, an observer; all or nothing.

    Args:
        observe: called per contribution with (node, index of the parent, contribution, parent's total in this pass).
        observe_leaf: called with every leaf that has hooks, and its gradient of this pass as the hooks have left it.

    Raises:
        GraphError: a node made by hand has no rule. After any error, even in a hook, every gradient is put back.
    """
    leaves = leaves_of(order) if order else {root: None}
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
    return [*leaves_of(order), *order] or [root]


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
        raise OperandError(f"breakpoint: a pass begins at a Value, got {described(value)}")
    with gradients_kept(numbered(differentiable_order(value), value)):
        backward(value, debug=True, look=True)
