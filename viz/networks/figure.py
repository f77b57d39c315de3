"""The contents of a network's figure: columns of neurons, lines between them, headings, equations and remarks.

They are plain data; pinned.py gives them a place and a look. The forward figure shows the computation of each neuron, the
backward figure the parts of each error. With a focus on one neuron, only the terms of its equation are lit.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .. import style
from . import equations
from .equations import decimal, neuron_name, weight_name
from .geometry import Fold, Row, magnitude, rows
from .neurons import Network, Number, disagrees, rest, shares, total

ALL = 64  # lines between two columns that can be told apart; if there are more, only the strongest are drawn
FEW = 12  # lines between two columns that leave room for more
STRONGEST = 3


class Node(NamedTuple):
    """A neuron, or several folded into one.

    Attributes:
        id: 'l1_2' for neuron 2 of layer 1, 'l1_more' for a fold, 'C' for the cost.
        lines: the text in it.
        value: the number that its colour shows: a, or delta; None for a fold, and where there is no number.
        tip: the text shown while the pointer rests on it.
        lit: False if it has no part in the equation of the focus.
        bias: the bias of a neuron in the forward figure.
        bias_lit: True if the bias has a part in the equation of the focus.
    """

    id: str
    lines: list[str]
    value: Number
    tip: str
    lit: bool = True
    bias: Number = None
    bias_lit: bool = True


class Line(NamedTuple):
    """A weight, or the share of an error that it carries back.

    Attributes:
        tail, head: ids of nodes, in the direction of the figure.
        value: the weight, or its share w * delta; None if it is not known.
        name: its name in symbols.
        tip: the text shown while the pointer rests on it.
        lit: False if it has no part in the equation of the focus.
        folded: it stands for several, and `value` is the sum of their shares.
    """

    tail: str
    head: str
    value: Number
    name: str
    tip: str
    lit: bool = True
    folded: bool = False


class Column(NamedTuple):
    """A layer: its heading and remarks below that, its neurons from top to bottom, and its equation."""

    heading: str
    summary: list[str]
    nodes: list[Node]
    below: list[str]


class Figure(NamedTuple):
    """A figure.

    Attributes:
        columns: from left to right.
        gaps: the lines between each two neighbouring columns.
        equation: the equation of the focus; empty without a focus.
        remarks: further lines of text.
        backward: True if lines run from right to left.
    """

    columns: list[Column]
    gaps: list[list[Line]]
    equation: list[str]
    remarks: list[str]
    backward: bool = False


Focus = tuple[int, int]  # layer from 1 on, neuron from 0 on


def forward_figure(net: Network, focus: Focus | None, strongest: int | None, widest: int) -> Figure:
    """The forward pass: z = W a + b and a = sigma(z), column by column."""
    last = len(net.layers)
    shown = [_forward_rows(net, number, focus, widest) for number in range(last + 1)]
    columns = [_forward_column(net, number, shown[number], focus) for number in range(last + 1)]
    gaps: list[list[Line]] = []
    picked: list[int] = []
    for number in range(1, last + 1):
        lines = [_weight_line(net, number, i, j, focus) for i in shown[number] for j in shown[number - 1]]
        chosen, is_part = _strongest(lines, strongest)
        picked += [number] if is_part else []
        gaps.append(chosen)
    remarks = _forward_remarks(net, shown, focus)
    remarks.append(_legend("weights", picked, last, strongest, "a" if net.layers[-1].a else ""))
    remarks += _wide(
        [row for column in shown for row in column],
        "those with the largest numbers" if focus or net.layers[-1].a else "the first and the last",
    )
    return Figure(columns, gaps, equations.forward_neuron(net, *focus) if focus else [], remarks)


def _forward_rows(net: Network, number: int, focus: Focus | None, widest: int) -> list[Row]:
    a = net.activations(number)
    keep = [focus[1]] if focus and focus[0] == number else []
    if focus and focus[0] == number + 1:
        weights = net.layers[number].W[focus[1]]
        return rows(net.size(number), widest, [w * x for w, x in zip(weights, a, strict=True)] if a else weights)
    return rows(net.size(number), widest, a, keep)


def _forward_column(net: Network, number: int, shown: Sequence[Row], focus: Focus | None) -> Column:
    size, a = net.size(number), net.activations(number)
    nodes = []
    for row, node_id in _with_ids(number, shown):
        is_lit = focus is None or number == focus[0] - 1 or (number, row) == focus
        if isinstance(row, Fold):
            nodes.append(Node(node_id, [f"… {len(row.members)} more"], None, _names("a", number, row), is_lit))
            continue
        name = neuron_name("a", number, row)
        if number == 0:
            text = [name, decimal(a[row], 3)] if a else [name]
            nodes.append(Node(node_id, text, a[row] if a else None, f"{name} = {decimal(a[row])}" if a else name, is_lit))
            continue
        layer = net.layers[number - 1]
        numbers = [f"{letter} {decimal(values[row], 3)}" for letter, values in (("z", layer.z), ("a", layer.a)) if values]
        tip = f"{name}: {', '.join(line.replace(' ', ' = ') for line in (f'b {decimal(layer.b[row], 3)}', *numbers))}"
        value, bias_lit = a[row] if a else None, focus is None or (number, row) == focus
        nodes.append(Node(node_id, [name, *numbers], value, tip, is_lit, layer.b[row], bias_lit))
    if number == 0:
        return Column(f"x: {style.counted(size, 'input')}", [], nodes, [])
    activation = net.layers[number - 1].activation
    return Column(_heading(number, activation), [], nodes, equations.forward_layer(number, activation))


def _heading(number: int, activation: str) -> str:
    return f"layer {number}: {activation}" if activation else f"layer {number}"


def _weight_line(net: Network, number: int, i: Row, j: Row, focus: Focus | None) -> Line:
    """The line from j, in the layer before, to i; either may be a fold."""
    W, before = net.layers[number - 1].W, net.activations(number - 1)
    tail, head = _id(number - 1, j), _id(number, i)
    is_lit = focus is None or (number, i) == focus
    if isinstance(i, Fold) or isinstance(j, Fold):
        count = len(i.members if isinstance(i, Fold) else [i]) * len(j.members if isinstance(j, Fold) else [j])
        value = None
        if isinstance(j, Fold) and not isinstance(i, Fold) and before:
            value = total(W[i][k] * before[k] for k in j.members)
        tip = f"{count} weights" + (f", together {decimal(value)}" if value is not None else "")
        return Line(tail, head, value, f"{count} more", tip, is_lit, True)
    name = weight_name(number, i, j)
    return Line(tail, head, W[i][j], name, f"{name} = {decimal(W[i][j])}", is_lit)


def _forward_remarks(net: Network, shown: Sequence[Sequence[Row]], focus: Focus | None) -> list[str]:
    if not any(layer.z for layer in net.layers):
        return ["no forward pass yet: z and a have no numbers"]
    if net.x is None:
        return ["the inputs are not known: the forward pass ran inside no_grad()"]
    changed = [
        (number, i)
        for number in range(1, len(net.layers) + 1)
        for i in shown[number]
        if not isinstance(i, Fold) and disagrees(net, number, i)
    ]
    if not changed:
        return []
    remarks = ["z and a are those of the latest forward pass; weights or biases have changed since"]
    z = net.layers[focus[0] - 1].z if focus in changed and focus else None
    if focus and z:
        remarks.append(f"{neuron_name('z', *focus)} was {decimal(z[focus[1]])} in that pass")
    return remarks


def backward_figure(net: Network, focus: Focus | None, strongest: int | None, widest: int) -> Figure:
    """The backward pass: each delta from those of the next layer, through the weights and sigma'."""
    last = len(net.layers)
    shown = {number: _backward_rows(net, number, focus, widest) for number in range(1, last + 1)}
    columns = [_backward_column(net, number, shown[number], focus) for number in range(1, last + 1)]
    cost = Node("C", ["C"], None, "the cost", focus is None or focus[0] == last)
    columns.append(Column("cost", [], [cost], [f"∂C/∂{style.name(f'a^{last}')}"]))
    gaps: list[list[Line]] = []
    picked: list[int] = []
    for number in range(1, last):
        lines = [_share_line(net, number, j, i, focus) for j in shown[number] for i in shown[number + 1]]
        chosen, is_part = _strongest(lines, strongest)
        picked += [number] if is_part else []
        gaps.append(chosen)
    gaps.append([_cost_line(net, j, focus) for j in shown[last]])
    remarks = _backward_remarks(net, shown)
    remarks.append(_legend("w δ, what a weight carries back", picked, last - 1, strongest, "δ"))
    remarks += _wide([row for column in shown.values() for row in column], "those with the largest numbers")
    return Figure(columns, gaps, equations.backward_neuron(net, *focus) if focus else [], remarks, backward=True)


def _backward_rows(net: Network, number: int, focus: Focus | None, widest: int) -> list[Row]:
    importance: Sequence[Number] = net.layers[number - 1].delta
    keep = [focus[1]] if focus and focus[0] == number else []
    if focus and focus[0] == number - 1:
        importance = shares(net, *focus)
    return rows(net.size(number), widest, importance, keep)


def _backward_column(net: Network, number: int, shown: Sequence[Row], focus: Focus | None) -> Column:
    layer = net.layers[number - 1]
    nodes = []
    for row, node_id in _with_ids(number, shown):
        is_lit = focus is None or number == focus[0] + 1 or (number, row) == focus
        if isinstance(row, Fold):
            nodes.append(Node(node_id, [f"… {len(row.members)} more"], None, _names("delta", number, row), is_lit))
            continue
        name, delta, slope = neuron_name("delta", number, row), layer.delta[row], layer.slope[row]
        tip = f"{name} = ∂C/∂{neuron_name('z', number, row)}"
        if delta is None:
            nodes.append(Node(node_id, [name, "not", "computed"], None, f"{tip}: not computed", is_lit))
            continue
        lines = [name, decimal(delta, 3), style.word(abs(delta)).strip(" !")]
        lines += [f"σ′ {decimal(slope, 3)}"] if slope is not None else []
        tip = f"{tip} = {decimal(delta)}"
        nodes.append(Node(node_id, list(filter(None, lines)), delta, tip, is_lit))
    equation = equations.backward_layer(number, len(net.layers), layer.activation)
    return Column(_heading(number, layer.activation), _summary(layer.delta), nodes, [equation])


def _summary(delta: Sequence[Number]) -> list[str]:
    """The errors of a layer in a few words: the largest, and counts of the remarkable ones."""
    known = [d for d in delta if d is not None]
    finite = [abs(d) for d in known if math.isfinite(d)]
    parts = [f"|δ| up to {decimal(max(finite), 3)}"] if finite else []
    for count, what in (
        (len(known) - len(finite), "not finite"),
        (known.count(0.0), "zero"),
        (len(delta) - len(known), "not computed"),
    ):
        parts += [f"{count} of {len(delta)} {what}"] if count else []
    return parts


def _share_line(net: Network, number: int, j: Row, i: Row, focus: Focus | None) -> Line:
    """The line from i, in the layer after, back to j; either may be a fold."""
    following = net.layers[number]
    tail, head = _id(number + 1, i), _id(number, j)
    is_lit = focus is None or (number, j) == focus
    if isinstance(i, Fold) or isinstance(j, Fold):
        count = len(i.members if isinstance(i, Fold) else [i]) * len(j.members if isinstance(j, Fold) else [j])
        value = None
        if isinstance(i, Fold) and not isinstance(j, Fold):
            parts = shares(net, number, j)
            value = total(p for k in i.members if (p := parts[k]) is not None)
        tip = f"{count} shares" + (f", together {decimal(value)}" if value is not None else "")
        return Line(tail, head, value, f"{count} more", tip, is_lit, True)
    w, d = following.used[i][j], following.delta[i]
    name = f"{weight_name(number + 1, i, j)} {neuron_name('delta', number + 1, i)}"
    share = None if d is None else w * d
    tip = f"{name}: not computed" if d is None or share is None else (
        f"{name} = {decimal(w)} × {decimal(d)} = {decimal(share)}"
    )  # fmt: skip
    return Line(tail, head, share, name, tip, is_lit)


def _cost_line(net: Network, j: Row, focus: Focus | None) -> Line:
    """The line from the cost to a neuron of the last layer."""
    last = len(net.layers)
    is_lit = focus is None or (last, j) == focus or (net.layers[-1].coupled and focus[0] == last)
    if isinstance(j, Fold):
        return Line("C", _id(last, j), None, f"{len(j.members)} more", f"{len(j.members)} derivatives", is_lit, True)
    carried = net.layers[-1].carried[j]
    name = f"∂C/∂{neuron_name('a', last, j)}"
    tip = f"{name}: not computed" if carried is None else f"{name} = {decimal(carried)}"
    return Line("C", _id(last, j), carried, name, tip, is_lit)


def _backward_remarks(net: Network, shown: dict[int, list[Row]]) -> list[str]:
    remarks = []
    for number, layer in enumerate(net.layers, start=1):
        delta = style.name(f"delta^{number}")
        if layer.coupled:
            origin = "the cost and softmax together" if number == len(net.layers) else "the next layer and softmax together"
            remarks.append(
                f"softmax couples the neurons of layer {number}: each z acts on every a, so {delta} comes from {origin}"
            )
        if any(rest(net, number, j) for j in shown[number] if not isinstance(j, Fold)):
            remarks.append(f"{delta} is more than the arrows bring: z or a of layer {number} is used elsewhere too")
    if any(layer.used != layer.W for layer in net.layers):
        remarks.append("the weights are those of the latest forward pass; they have changed since")
    return remarks


def _legend(what: str, picked: list[int], of: int, strongest: int | None, colour: str) -> str:
    """The legend of the lines. Where only some layers have lines left out, it names those: the others have all of theirs."""
    layers = f" of layer{'s' * (len(picked) > 1)} {', '.join(map(str, picked))}" if len(picked) < of else ""
    which = f", the {strongest or STRONGEST} strongest into each neuron{layers}" if picked else ""
    neurons = f"; neurons coloured by {colour}" if colour else ""
    return f"lines: {what}{which}; wide is large, orange positive, blue negative{neurons}"


def _wide(shown: Iterable[Row], which: str) -> list[str]:
    return [f"of wide layers, {which} are shown"] if any(isinstance(row, Fold) for row in shown) else []


def _strongest(lines: list[Line], strongest: int | None) -> tuple[list[Line], bool]:
    """The lines to draw, and True if they are only the strongest. All lines are drawn if they can be told apart."""
    if any(is_fold(line.tail) and is_fold(line.head) for line in lines):  # such a line speaks for all lines into the fold
        lines = [line for line in lines if is_fold(line.tail) or not is_fold(line.head)]
    single = [line for line in lines if not line.folded]
    lit = [line for line in lines if line.lit]
    if lit and len(lit) < len(lines):  # the terms of the equation; the other lines may help, but must not hide them
        return (lines if len(single) <= FEW else lit), False
    if strongest is None and len(single) <= ALL:
        return lines, False
    into: dict[str, list[Line]] = {}
    for line in single:
        into.setdefault(line.head, []).append(line)
    kept = set()
    for head, arriving in into.items():
        order = sorted(arriving, key=lambda line: -magnitude(line.value))
        kept |= {(line.tail, head) for line in order[: strongest or STRONGEST]}
    return [line for line in lines if line.folded or (line.tail, line.head) in kept], len(kept) < len(single)


def _with_ids(number: int, shown: Iterable[Row]) -> list[tuple[Row, str]]:
    return [(row, _id(number, row)) for row in shown]


def _id(number: int, row: Row) -> str:
    return f"l{number}_{row.members[0] + 1}_more" if isinstance(row, Fold) else f"l{number}_{row + 1}"


def is_fold(node_id: str) -> bool:
    """True if a node stands for several neurons."""
    return node_id.endswith("_more")


def _names(letter: str, number: int, fold: Fold) -> str:
    first, last = fold.members[0], fold.members[-1]
    names = [neuron_name(letter, number, i) for i in (first, last)]
    return f"{len(fold.members)} neurons, {names[0]} to {names[1]}" if number else f"{len(fold.members)} inputs"
