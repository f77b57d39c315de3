"""micrograd's names on a node: they show its graph as micrograd would have built it.

Code written for micrograd walks a graph by `_prev` and `_op`: it draws it, evaluates it again, sorts it. micrograd has nodes
for plain numbers, and four operations: a - b is a + b * -1, a / b is a * b**-1, and a neuron is a chain of products and sums.
Here a constant is an operand and no node, and a neuron is one node. So the nodes that such a walk expects are made on demand,
and kept with the node, so that the next walk finds the same ones. No other node pays for it.
"""

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any, NamedTuple

from .errors import OperandError, not_a_number
from .operators import Tracer, apply
from .primitives.ieee import div
from .primitives.readers import FLOAT
from .primitives.table import TABLE

_OPS = {"add": "+", "sub": "+", "mul": "*", "div": "*", "neg": "*", "dot": "+"}


class Shown(NamedTuple):
    """The nodes that a node shows to micrograd's code as its origin.

    Attributes:
        children: the nodes of its `_prev`.
        between: the children that exist only for this, each with the derivative of the node by it.
    """

    children: frozenset[Any]
    between: list[tuple[Any, float]]


def operation(node: Any) -> str:
    """The sign of a node's operation: '+', '*', '**2', 'ReLU'; other functions by their names, '' for a leaf."""
    if node._op_by_hand is not None or node.primitive is None:
        return str(node._op_by_hand or "")
    name = node.primitive.name
    if name == "pow" and node.operands[1].__class__ is float:
        return f"**{repr(node.operands[1]).removesuffix('.0')}"
    return _OPS.get(name, str(node.op))


def children(node: Any) -> frozenset[Any]:
    """The nodes it was computed from; a plain number is a leaf of its own, the same leaf each time."""
    if node.primitive is None:
        return frozenset(node.parents)
    if node._shown is None:
        # In a context of its own, in which no mode is on: these nodes belong to no scope and no no_grad().
        node._shown = Context().run(_shown, node)
    shown: Shown = node._shown
    # A pass of the engine has given the node a gradient: the gradients of the nodes in between follow from it. Gradients that
    # a user's own walk has assigned, to this node or to those, stay as they are.
    if node.has_grad and not node._still(node._assigned):
        for child, slope in shown.between:
            if not child.has_grad or child._still(child._filled):
                child._grad = child._filled = node._grad * slope
    return shown.children


def given_children(data: float, children: Any) -> tuple[Any, ...]:
    """The given children as a tuple.

    Raises:
        OperandError: it is no collection: a name, as PyTorch and others have it there, or a node by itself.
    """
    if isinstance(children, (str, bytes)) or not hasattr(children, "__iter__"):
        remedy = f"a name is given as label={children!r}" if isinstance(children, str) else "of one node (v,), of none ()"
        raise OperandError(
            f"Value({data!r}, {children!r}): the second argument is a tuple of the nodes it was computed from; {remedy}"
        )
    return tuple(children)


def missing_rule(node: Any) -> str:
    """The message for a node made by hand whose derivative nobody wrote down."""
    return (
        f"{node!r} (op {node.op!r}) was made by hand from {len(node.parents)} parents and has no local derivatives: its "
        "gradient would be dropped silently. Set node._backward to a function that adds to the parents' gradients, or "
        "make the operation a primitive with autograd.define_primitive"
    )


def set_children(node: Any, given: Iterable[Any], made_by_hand: Callable[[], None]) -> None:
    """Make a node one made by hand from these, as micrograd's own constructor does; no change if it is made of them already.

    Raises:
        OperandError: one of them is no `Value`.
    """
    parents = tuple(given)
    for parent in parents:
        if not isinstance(parent, Tracer) or parent.level:
            raise not_a_number(parent, "_prev = {...} (only a Value can be in it)")
    if frozenset(parents) == children(node):
        return
    node._op = operation(node)  # its name stays, but no longer means the row of the table
    node.primitive = None
    node.operands = node.parents = parents
    node.partials = None if parents else ()
    node._shown = None
    if parents:
        made_by_hand()


def _shown(node: Any) -> Shown:
    row, operands = node.primitive, node.operands
    name = row.name
    if name == "pow" and operands[1].__class__ is float:
        pairs: list[tuple[Any, float]] = [(operands[0], 1.0)]
    elif name == "sub":
        u, v = operands
        pairs = [(u, 1.0), (_step("mul", v, -1.0), 1.0)]
    elif name == "neg":
        pairs = [(operands[0], -1.0), (-1.0, _number(operands[0]))]
    elif name == "div":
        u, v = operands
        pairs = [(u, div(1.0, _number(v))), (_step("pow", v, -1.0), _number(u))]
    elif name == "dot":
        pairs = _neuron(operands)
    else:
        numbers = [_number(o) for o in operands]
        pairs = [*zip(operands, row.partials(FLOAT, node._data, *numbers), strict=True)]
    nodes = [(type(node)(o) if o.__class__ is float else o, slope) for o, slope in pairs]
    between = [pair for pair in nodes if not any(pair[0] is o for o in operands)]
    return Shown(frozenset(v for v, _ in nodes), between)


def _neuron(operands: tuple[Any, ...]) -> list[tuple[Any, float]]:
    """A weighted sum as micrograd has it: w1*x1 + b, + w2*x2, ...; the last sum is the node itself."""
    n = len(operands) // 2
    total, product = operands[-1], None
    for w, x in zip(operands[:n], operands[n:-1], strict=True):
        if product is not None:
            total = _step("add", total, product)
        product = _step("mul", w, x)
    return [(total, 1.0)] if product is None else [(total, 1.0), (product, 1.0)]


def _step(name: str, u: Any, v: Any) -> Any:
    """A node between a node and its operands; gradients do not pass through it. Constants alone give a plain number."""
    made = apply(TABLE[name], (u, v))
    if made.__class__ is not float:
        made._by_hand = _nothing
    return made


def _number(operand: Any) -> float:
    return operand if operand.__class__ is float else operand._data


def _nothing() -> None:
    """The rule of a node that only looks."""
