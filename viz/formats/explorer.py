"""`explorer_of(view)`: a picture as JSON that both Netron and Model Explorer open, with the names that values have.

The two read different keys of one object. For Netron it is a model in ONNX's JSON: operations are nodes, leaves are inputs, and
constants are initializers. For Model Explorer it is a collection of one graph, whose namespaces are the frames. The operations
are this project's own: neither program needs to know them, and ONNX Runtime does not run them.
"""

import base64
import json
import math
from typing import Any

from .. import style
from ..graphs import dot
from ..graphs.view import Box, View
from .words import label_of, scope_of

FLOAT, STRING, DOUBLE = 1, 3, 11  # ONNX's numbers for attributes of a number and of a text, and for tensors of doubles


def explorer_of(view: View) -> str:
    """A picture as JSON for Netron and for Model Explorer.

    Example:
        >>> from autograd import Value
        >>> from ..graphs.draw import viewed
        >>> found = json.loads(explorer_of(viewed(Value(2.0, label="x") * Value(3.0, label="w"))))
        >>> found["graph"]["node"][0]["input"], [node["label"] for node in found["graphs"][0]["nodes"]]
        (['x', 'w'], ['x', 'w', 'v2 = *'])
    """
    names = _names(view)
    root = names[view.boxes[-1].id]
    netron = {"ir_version": 10, "producer_name": "stepgrad", "graph": _onnx(view, names)}
    explorer = {"label": root, "graphs": [{"id": root, "nodes": [_node(view, box) for box in view.boxes]}]}
    return json.dumps(netron | explorer, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _title(box: Box) -> str:
    """The name of a box, without its operation."""
    if box.kind == "constant":
        return dot.lines_of(box)[0]
    return style.name(box.name) or box.number or dot.lines_of(box)[0]


def _names(view: View) -> dict[str, str]:
    """A name for every box; those that several have with the number of the node."""
    titles = {box.id: _title(box) for box in view.boxes}
    shared = {title for title in titles.values() if list(titles.values()).count(title) > 1}
    constants = {box.id for box in view.boxes if box.kind == "constant" and box.nodes == 1}
    return {i: f"{title} [{i}]" if title in shared and i not in constants else title for i, title in titles.items()}


def _facts(box: Box) -> list[tuple[str, str]]:
    """Data, gradient, operation and place of a box, in words."""
    found = [line.partition(" ") for line in dot.lines_of(box)[1:] if line.startswith(("data ", "grad "))]
    facts = [(key, value) for key, _, value in found]
    if box.ops:
        facts.append(("made by", style.operation(box.ops)))
    if box.nodes > 1:
        facts.append(("values", f"{box.nodes:,}"))
    return facts + ([("source", style.source(box.source))] if box.source else [])


# --- Netron ------------------------------------------------------------------------------------------------------------


def _onnx(view: View, names: dict[str, str]) -> dict[str, Any]:
    used: dict[str, list[str]] = {}
    for arrow in view.arrows:
        used.setdefault(arrow.head, []).append(names[arrow.tail])
    constants, inputs, nodes = {}, [], []
    for box in view.boxes:
        name = names[box.id]
        if box.kind == "constant" and box.nodes == 1 and math.isfinite(box.data.low):
            constants[name] = {"name": name, "data_type": FLOAT, "dims": [], "float_data": [box.data.low]}
        elif box.id not in used and box.kind not in ("operation", "output"):
            inputs.append(_value(name))
        else:
            op_type = style.operation(box.ops) if box.nodes == 1 or box.kind in ("operation", "output") else _title(box)
            nodes.append({"name": name, "op_type": op_type or name, "input": used.get(box.id, []), "output": [name],
                          "attribute": [_attribute(*fact) for fact in _facts(box)]})  # fmt: skip
    root = names[view.boxes[-1].id]
    return {"name": root, "node": nodes, "initializer": list(constants.values()), "input": inputs, "output": [_value(root)]}


def _value(name: str) -> dict[str, Any]:
    return {"name": name, "type": {"tensor_type": {"elem_type": DOUBLE, "shape": {"dim": []}}}}


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"name": key, "type": STRING, "s": base64.b64encode(value.encode()).decode()}


# --- Model Explorer ----------------------------------------------------------------------------------------------------


def _node(view: View, box: Box) -> dict[str, Any]:
    arrows = [arrow for arrow in view.arrows if arrow.head == box.id]
    node = {
        "id": box.id,
        "label": _plain(box),
        "namespace": scope_of(view, box.frame),
        "attrs": [{"key": key, "value": value} for key, value in _facts(box)],
        "incomingEdges": [
            {"sourceNodeId": arrow.tail, "sourceNodeOutputId": "0", "targetNodeInputId": str(n)}
            for n, arrow in enumerate(arrows)
        ],
        "inputsMetadata": [
            {"id": str(n), "attrs": [{"key": "arrow", "value": label_of(arrow)}]} for n, arrow in enumerate(arrows)
        ],
    }  # fmt: skip
    if box.kind == "constant":
        return node
    fill = dot.fill_in(box, view.grads.huge)
    return node | {"style": {"backgroundColor": fill.partition(":")[2] or fill}}


def _plain(box: Box) -> str:
    """The name of a box in letters that Model Explorer can draw: it has ? for all others."""
    if box.kind != "constant" and (box.name or box.number) and box.nodes == 1:
        title = " = ".join(filter(None, (box.name or box.number, box.ops)))
    else:
        title = dot.lines_of(box)[0]
    for sign, letters in (("×", "x"), ("−", "-"), ("…", "...")):
        title = title.replace(sign, letters)
    return title
