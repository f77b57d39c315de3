"""The Hessian of a graph times a vector, by two sweeps over the graph: at the cost of a few gradients, whatever its size.

Forward mode is run over reverse mode, on the graph that one evaluation has recorded:

    v'             = sum of partial * parent'                        the derivative of every node along the vector
    parent_bar    += v_bar * partial                                 the sweep of every gradient
    parent_bar'   += v_bar' * partial + v_bar * partial'             and its derivative

partial' comes from the table's rule at operands that are duals. Sums, products and squares, the most frequent operations,
restate their rules here; a test holds them together. A forward or a reverse pass around the gradient would have to record
every step of it first.
"""

from collections.abc import Container
from typing import Any

from ..levels import Level
from ..modes import recording_nodes
from ..operators import partials_of
from ..primitives.table import TABLE
from ..reverse import topological_order
from ..value import Value
from .adjoints import Outcome, local_derivatives
from .dual import Dual

_Local = list[tuple[Any, Any]]  # per parent of a node the partial, and its derivative along the vector (None: there is none)


def hessian_product(y: Any, variables: list[Any], directions: list[Any], outcome: Outcome) -> list[Any]:
    """d/dt of the gradient of y at (variables + t*directions), one number per variable.

    Args:
        y: what a function of the variables has returned: a number, a `Value`, a dual of such.
        variables: `Value`s.
        directions: numbers of any kind.
        outcome: tells if the derivatives have to be differentiable.
    """
    if isinstance(y, Dual):
        primals = hessian_product(y.primal, variables, directions, outcome)
        tangents = hessian_product(y.tangent, variables, directions, outcome)
        return [_with_tangent(y.level, p, t) for p, t in zip(primals, tangents, strict=True)]
    if not isinstance(y, Value):
        return [0.0] * len(variables)
    order = topological_order(y)
    create_graph = outcome.open(y, order)
    with Level() as level, recording_nodes(rules=True):
        slopes: dict[Any, Any] = dict(zip(variables, directions, strict=True))
        local = _sweep_forward(order, slopes, level.number, create_graph)
        return [outcome.settled(d) for d in _sweep_back(order, y, local, slopes, variables)]


def _with_tangent(level: int, x: Any, tangent: Any) -> Any:
    """The sum x + tangent*epsilon, where the direction may have given x a perturbation of that level already."""
    if isinstance(x, Dual) and x.level == level:
        base = tangent.primal if isinstance(tangent, Dual) and tangent.level == level else tangent
        return Dual(level, x.primal, x.tangent + base)
    return Dual(level, x, tangent.primal if isinstance(tangent, Dual) and tangent.level == level else tangent)


def _sweep_forward(order: list[Any], slopes: dict[Any, Any], level: int, create_graph: bool) -> dict[Any, _Local]:
    """Put the slope of every node along the vector into `slopes`; return the partials and their own slopes."""
    local: dict[Any, _Local] = {}
    for v in order:
        parents = v.parents
        if slopes.keys().isdisjoint(parents):
            continue
        partials = v.partials
        if create_graph or partials is None:  # which raises
            partials = local_derivatives(v, create_graph)
        slope: Any = None
        for parent, partial in zip(parents, partials, strict=True):
            if parent in slopes:
                term = partial * slopes[parent]
                slope = term if slope is None else slope + term
        slopes[v] = slope
        row, operands = v.primitive, v.operands
        if row.linear == "all":
            local[v] = [(partial, None) for partial in partials]
        elif row is _MUL:  # each partial is the other operand
            local[v] = [(d, slopes.get(o)) for d, o in zip(partials, _others(operands), strict=True)]
        elif row is _POW and operands[1].__class__ is float and operands[1] == 2.0:
            local[v] = [(partials[0], 2.0 * slopes[operands[0]])]
        else:
            local[v] = _read(v, slopes, level, create_graph)
    return local


_MUL, _POW = TABLE["mul"], TABLE["pow"]  # most nodes of most graphs are these: no need to read their rules


def _others(operands: tuple[Any, ...]) -> list[Any]:
    """For each factor that is no constant, the other factor."""
    u, w = operands
    return [other for o, other in ((u, w), (w, u)) if o.__class__ is not float]


def _read(v: Any, slopes: dict[Any, Any], level: int, create_graph: bool) -> _Local:
    """The partials of a node and their slopes, by the table's rule at duals."""

    def number(o: Any) -> Any:
        return o if create_graph else o.data

    out = Dual(level, number(v), slopes[v])
    operands = [
        o if o.__class__ is float else Dual(level, number(o), slopes[o]) if o in slopes else number(o) for o in v.operands
    ]
    return [
        (d.primal, d.tangent) if d.__class__ is Dual and d.level == level else (d, None)
        for o, d in zip(v.operands, partials_of(v.primitive, out, tuple(operands)), strict=True)
        if o.__class__ is not float
    ]


def _sweep_back(order: list[Any], y: Any, local: dict[Any, _Local], depends: Container[Any], variables: list[Any]) -> list[Any]:
    bars: dict[Any, Any] = {y: 1.0}
    slopes: dict[Any, Any] = {}
    for v in reversed(order):
        if v not in local or v not in bars:
            continue
        bar, bar_slope = bars[v], slopes.get(v)
        for parent, (partial, partial_slope) in zip(v.parents, local[v], strict=True):
            if parent not in depends:
                continue
            term = bar * partial
            bars[parent] = bars[parent] + term if parent in bars else term
            if bar_slope is not None:
                term = bar_slope * partial
                slopes[parent] = slopes[parent] + term if parent in slopes else term
            if partial_slope is not None:
                term = bar * partial_slope
                slopes[parent] = slopes[parent] + term if parent in slopes else term
    return [slopes.get(v, 0.0) for v in variables]
