"""`network(model)`: a picture of a network, its neurons in columns.

Per neuron the bias and the strongest incoming weights: a picture of all weights of a layer is grey. Width is magnitude,
colour is sign. It reads `model.layers`, and of each layer `W` and `b` (nothing here knows the package nn).
"""

from typing import Any

from autograd import OperandError

from . import style
from .draw import Picture


def network(model: Any, *, strongest: int = 3, widest: int = 40) -> Picture:
    """The neurons of a network in columns, with the weights that matter most.

    Args:
        model: has `layers`, each with `W` (one row of weights per neuron) and `b`.
        strongest: how many incoming weights of each neuron are drawn.
        widest: layers with more neurons than this are drawn as one box.

    Returns:
        A `Picture`.

    Raises:
        OperandError: the model has no such layers.
    """
    layers = getattr(model, "layers", None)
    if not layers or not all(hasattr(layer, "W") and hasattr(layer, "b") for layer in layers):
        raise OperandError(f"network: a model has layers with W and b, got {type(model).__name__}")
    nin = len(layers[0].W[0])
    sizes = [nin, *(len(layer.b) for layer in layers)]
    tallest = max(size for size in sizes if size <= widest or size == min(sizes))
    picture = Picture(
        "network",
        # wide enough that a line from the top of one column to the bottom of the next does not cross their neighbours
        graph_attr={
            "rankdir": "LR",
            "ranksep": f"{max(2.0, 0.18 * tallest):.2f}",
            "nodesep": "0.06",
            "splines": "line",
            "bgcolor": style.PAPER,
        },
        node_attr={
            "shape": "circle",
            "fontname": style.FONT,
            "fontsize": "9",
            "width": "0.42",
            "fixedsize": "true",
            "style": "filled",
            "color": style.FAINT,
            "fontcolor": style.INK,
        },
        edge_attr={"arrowhead": "none"},
    )
    for number, size in enumerate(sizes):
        _column(picture, number, size, layers[number - 1] if number else None, widest)
    for number, layer in enumerate(layers, start=1):
        _weights(picture, number, layer, strongest, widest)
    return picture


def _column(picture: Picture, number: int, size: int, layer: Any, widest: int) -> None:
    """The neurons of one layer; layer 0 is the input."""
    if size > widest:
        kind = f"x: {size} inputs" if layer is None else f"layer {number}: {size} neurons"
        picture.node(f"l{number}", label=kind, shape="box", fixedsize="false", style="filled,rounded", fillcolor=style.INPUT)
        return
    with picture.subgraph() as column:
        column.attr(rank="same")
        for i in range(1, size + 1):
            label = style.name(f"a^{number}_{i}" if layer is not None else f"x_{i}")
            fill = style.INPUT if layer is None else style.ROOT
            tip = f"b = {style.number(layer.b[i - 1].data)}" if layer is not None else ""
            column.node(f"l{number}_{i}", label=label, fillcolor=fill, tooltip=tip)
            if i > 1:
                column.edge(f"l{number}_{i - 1}", f"l{number}_{i}", style="invis")  # keeps them in order


def _weights(picture: Picture, number: int, layer: Any, strongest: int, widest: int) -> None:
    """The strongest incoming weights of every neuron of a layer."""
    largest = max((abs(w.data) for row in layer.W for w in row), default=1.0) or 1.0
    folded_from, folded_to = len(layer.W[0]) > widest, len(layer.W) > widest
    if folded_from and folded_to:
        picture.edge(f"l{number - 1}", f"l{number}", color=style.FAINT)
        return
    for i, row in enumerate(layer.W, start=1):
        order = sorted(range(len(row)), key=lambda j: -abs(row[j].data))[:strongest]
        for j in order[:1] if folded_from else order:
            w = row[j].data
            tail = f"l{number - 1}" if folded_from else f"l{number - 1}_{j + 1}"
            head = f"l{number}" if folded_to else f"l{number}_{i}"
            picture.edge(
                tail,
                head,
                color=style.FAINT if folded_from else style.POSITIVE if w > 0 else style.NEGATIVE,
                penwidth=f"{0.4 if folded_from else 0.3 + 3.0 * abs(w) / largest:.2f}",
                tooltip=f"w = {style.number(w)}",
            )
