"""A dot product written out: z = w1*x1 + ... + b as its products and their sum.

The engine keeps a neuron's z as one node, because mathematics gives z one name. A reader who meets z for the first time may
want to see the products; this module puts them into the graph as nodes of their own, with the gradients they would have.
"""

from collections.abc import Iterable, Sequence

from autograd import TABLE

from .graph import Graph

_MUL, _SUM = TABLE["mul"], TABLE["sum"]


def expanded(graph: Graph, keep: bytearray, nodes: Iterable[int] = ()) -> tuple[Graph, bytearray, list[int]]:
    """The graph with every dot product of `keep` written out; the nodes get other ids.

    Returns:
        The graph, a byte per node, 0 for a node that is not drawn, and the new ids of `nodes`.

    Example:
        >>> from autograd import Value, dot
        >>> from .graph import graph_of
        >>> z = dot([Value(2.0, label="w_1"), Value(3.0, label="w_2")], [5.0, 7.0])
        >>> graph, _, _ = expanded(graph_of(z), bytearray(3))
        >>> graph.op, graph.data.tolist()
        (['', '', '*', '*', 'sum'], [2.0, 3.0, 10.0, 21.0, 31.0])
    """
    out = Graph()
    kept = bytearray()
    at: list[int] = []  # the new id of every node
    for i in range(len(graph)):
        operands = [at[o] if isinstance(o, int) else o for o in graph.operands_of(i)]
        partials: Sequence[float] | None
        op, row, partials = graph.op[i], graph.row[i], graph.partials(i)
        if row.weighted and partials is not None:
            operands = _products(graph, i, operands, out)
            op, row, partials = _SUM.label, _SUM, [1.0] * sum(isinstance(o, int) for o in operands)
            kept.extend([keep[i]] * (len(out) - len(kept)))
        grad = graph.grad[i] if graph.has_grad[i] else None
        place = graph.place[i]
        at.append(out.append(graph.data[i], grad, op, graph.label[i], graph.scope[i], operands, partials, place, row))
        kept.append(keep[i])
    out.names = {at[i]: name for i, name in graph.names.items()}
    out.hooked = {at[i] for i in graph.hooked}
    out.outputs, out.with_constants = frozenset(at[i] for i in graph.outputs), graph.with_constants
    out.focus = None if graph.focus is None else at[graph.focus]
    out.numbers = [None] * len(out)
    for old, new in enumerate(at):
        out.numbers[new] = old
    return out, kept, [at[i] for i in nodes]


def _products(graph: Graph, i: int, operands: list[int | float], out: Graph) -> list[int | float]:
    """Put the products of a dot into `out`; returns them, and the bias, as the operands of their sum."""
    n = len(operands) // 2
    grad = graph.grad[i] if graph.has_grad[i] else None  # a sum passes its whole gradient on to each product
    terms: list[int | float] = []
    for w, x in zip(operands[:n], operands[n:-1], strict=True):
        a, b = (out.data[o] if isinstance(o, int) else o for o in (w, x))
        slopes = [d for o, d in ((w, b), (x, a)) if isinstance(o, int)]
        terms.append(out.append(a * b, grad, _MUL.label, "", graph.scope[i], [w, x], slopes, graph.place[i], _MUL))
    bias = operands[-1]
    return [*terms, bias] if isinstance(bias, int) or bias else terms
