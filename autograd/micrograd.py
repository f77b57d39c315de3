"""What micrograd's names say of a node: its graph as micrograd would have built it.

Code written for micrograd walks a graph by `_prev` and `_op`: it draws it, evaluates it again, sorts it. micrograd has nodes
for plain numbers, and four operations: a - b is a + b * -1, a / b is a * b**-1, and a neuron is a chain of products and sums.
Here a constant is an operand and no node, and a neuron is one node. So the nodes that such a walk expects are made when
somebody asks, and kept with the node, so that they are the same ones next time. No other node pays for it.
"""

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

from .errors import not_a_number
from .operators import Tracer, apply
from .primitives import TABLE
from .readers import FLOAT

_OPS = {"add": "+", "sub": "+", "mul": "*", "div": "*", "neg": "*", "dot": "+"}


def operation(node: Any) -> str:
    """The sign of what made a node: '+', '*', '**2', 'ReLU'; other functions by their names, '' for a leaf."""
    if node._op_by_hand is not None or node.primitive is None:
        return str(node._op_by_hand or "")
    name = node.primitive.name
    if name == "pow" and node.operands[1].__class__ is float:
        return f"**{repr(node.operands[1]).removesuffix('.0')}"
    return _OPS.get(name, str(node.op))


def children(node: Any) -> frozenset[Any]:
    """The nodes it was computed from; a plain number is a leaf of its own, the same one each time."""
    if node.primitive is None:
        return frozenset(node.parents)
    if node._children is None:
        # In a context of its own, in which no mode is on: these nodes belong to no scope and no no_grad().
        node._children = frozenset(Context().run(_shown, node))
    return node._children  # type: ignore[no-any-return]


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
    node._op = operation(node)  # its name stays, the row of the table is no longer what it means
    node.primitive = None
    node.operands = node.parents = parents
    node.partials = None if parents else ()
    node._children = None
    if parents:
        made_by_hand()


def _shown(node: Any) -> Iterable[Any]:
    row, operands = node.primitive, node.operands
    name = row.name
    if name == "pow" and operands[1].__class__ is float:
        return (operands[0],)
    # What a node of the view passes on, if a pass has reached this one: its gradient times the derivative by it.
    upstream = node.grad if node.has_grad else None
    if name == "sub":
        u, v = operands
        return _leaf(u, upstream), _step("mul", v, -1.0, upstream)
    if name == "neg":
        return operands[0], _leaf(-1.0, _times(upstream, operands[0]))
    if name == "div":
        u, v = operands
        return _leaf(u, _times(upstream, 1.0 / _number(v) if _number(v) else 0.0)), _step("pow", v, -1.0, _times(upstream, u))
    if name == "dot":
        return _neuron(operands, upstream)
    numbers = [_number(o) for o in operands]
    slopes = row.partials(FLOAT, node._data, *numbers) if upstream is not None else (0.0,) * len(operands)
    return [_leaf(o, _times(upstream, slope)) for o, slope in zip(operands, slopes, strict=True)]


def _neuron(operands: tuple[Any, ...], upstream: float | None) -> Iterable[Any]:
    """A weighted sum as micrograd has it: w1*x1 + b, + w2*x2, ...; the last sum is the node itself."""
    n = len(operands) // 2
    total = _leaf(operands[-1], upstream)
    product = None
    for w, x in zip(operands[:n], operands[n:-1], strict=True):
        if product is not None:
            total = _step("add", total, product, upstream)
        product = _step("mul", w, x, upstream)
    return (total,) if product is None else (total, product)


def _step(name: str, u: Any, v: Any, grad: float | None) -> Any:
    """A node between a node and its operands, or their number if both are constants; gradients do not pass through it."""
    made = apply(TABLE[name], (u, v))
    if made.__class__ is float:
        return _leaf(made, grad)
    made._by_hand = _nothing
    if grad is not None:
        made._grad = grad
    return made


def _leaf(operand: Any, grad: float | None) -> Any:
    """An operand as a node: a `Value` as it is, a number as a leaf."""
    if operand.__class__ is not float:
        return operand
    from .value import Value  # which needs this module

    leaf = Value(operand)
    if grad is not None:
        leaf._grad = grad
    return leaf


def _times(upstream: float | None, factor: Any) -> float | None:
    return None if upstream is None else upstream * _number(factor)


def _number(operand: Any) -> float:
    return operand if operand.__class__ is float else operand._data


def _nothing() -> None:
    """The rule of a node that only looks."""
