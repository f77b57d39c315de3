"""A backward pass kept as plain data: what every debugger, page and diagnosis reads.

`record_backward(root)` runs the same sweep as `root.backward()` and writes down each contribution, parent.grad += local *
upstream, in the order in which it happened. The data are columns of numbers (some sixty bytes a contribution); `Step`s are
made from them when somebody looks. A recording saves to JSON, which holds no code, and opens elsewhere without the
program that made it.
"""

import array
import functools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from .columns import Groups, Nodes, grouped, nodes_of
from .columns import Node as Node
from .errors import ArgumentError, RecordingError, not_a_number
from .files import write_whole
from .operators import number
from .primitives import Primitive
from .readers import TEXT
from .reverse import SPECIAL, _lock, any_special, careful_sweep, differentiable_order, numbered, sweep
from .source import Source
from .value import Value

FORMAT, VERSION = "stepgrad recording", 1

Columns = dict[str, "array.array[Any]"]
Rules = dict[str, list[str]]


class Step(NamedTuple):
    """One contribution of the chain rule: parent.grad += local * upstream.

    Attributes:
        id: its place in the walk, from 0.
        node: whose gradient is passed on.
        parent: who receives.
        position: which of the node's parents that is: tells the two edges of x*x apart.
        local: the local derivative d(node)/d(parent).
        upstream: the node's gradient, d(root)/d(node).
        contribution: local * upstream.
        total: the parent's gradient of this pass so far, this contribution included.
        rule: the local derivative as a formula, 'd(x * y)/dx = y'.
    """

    id: int
    node: Node
    parent: Node
    position: int
    local: float
    upstream: float
    contribution: float
    total: float
    rule: str

    def __str__(self) -> str:
        where = f"    # {self.node.source}" if self.node.source else ""
        return (
            f"{self.parent.name}.grad += {self.local:.6g} * {self.upstream:.6g} = {self.contribution:.6g}"
            f"  -> {self.total:.6g}    [{self.rule}]{where}"
        )


class Recording(Sequence[Step]):
    """A backward pass: a sequence of `Step`s in the order of the walk, and the `nodes` they speak of.

    Made by `record_backward` or `load_recording`.

    Attributes:
        nodes: every node of the graph, parents before children; the last is the root.
        seed: the gradient the walk began with.
        columns: what the steps hold, a column of numbers for each of 'node', 'parent', 'position', 'local', 'upstream',
            'contribution' and 'total': for who looks at all of them.
        gradients: each node's gradient of this pass.
        rules: the rules of every kind of node that occurs; see `rule`.
    """

    def __init__(
        self,
        nodes: Nodes,
        seed: float,
        local: "array.array[float]",
        columns: "Columns | None" = None,
        rules: Rules | None = None,
    ) -> None:
        self.nodes = nodes
        self.seed = seed
        self._local = local  # the local derivatives, node by node in the order of ids
        self._given_columns, self._given_rules = columns, rules

    @functools.cached_property
    def columns(self) -> "Columns":
        """What happened, contribution by contribution: worked out when first asked for, by the arithmetic of the sweep."""
        return self._given_columns or _replayed(self.nodes, self._local, self.seed)

    @functools.cached_property
    def gradients(self) -> "array.array[float]":
        """Each node's gradient of this pass: what it passes on, which a hook may have changed; of a leaf its last total."""
        gradients = array.array("d", [0.0]) * len(self.nodes)
        gradients[-1] = self.seed
        for node, parent, upstream, total in zip(
            *(self.columns[c] for c in ("node", "parent", "upstream", "total")), strict=True
        ):
            gradients[parent] = total
            gradients[node] = upstream  # comes after all that it receives
        return gradients

    @functools.cached_property
    def rules(self) -> Rules:
        """The rules of all kinds of nodes that occur: per kind, a template for each parent."""
        return self._given_rules or rules_of(self.nodes)

    @property
    def root(self) -> Node:
        """The node the pass began at: the cost."""
        return self.nodes[-1]

    def __len__(self) -> int:
        return len(self._given_columns["node"]) if self._given_columns else len(self._local)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        if not -len(self) <= index < len(self):
            raise IndexError(f"step {index} of a recording of {len(self)} steps (0 to {len(self) - 1})")
        index %= len(self)
        node = self.nodes[self.columns["node"][index]]
        position = self.columns["position"][index]
        parent = self.nodes[node.parents[position]]
        local, total = self.columns["local"][index], self.columns["total"][index]
        upstream = self.columns["upstream"][index]
        contribution = self.columns["contribution"][index]
        return Step(index, node, parent, position, local, upstream, contribution, total, self.rule(node, position))

    def __iter__(self) -> Iterator[Step]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<Recording of {len(self)} contributions to {len(self.nodes)} nodes, from {self.root.name}>"

    def rule(self, node: Node, position: int, naming: Callable[[str], str] = str) -> str:
        """The rule by which a node passes its gradient on to one of its parents, as a formula in the nodes' names.

        Args:
            position: which of the node's parents.
            naming: how names are written: z^1_2 or z¹₂.
        """

        def operand(i: int) -> str:
            o = node.operands[i]
            return naming(self.nodes.name(o)) if isinstance(o, int) else TEXT.number(o).text

        return fill(self.rules[rule_key(node.op, node.operands)][position], naming(node.name), operand)

    def steps_to(self, node: int) -> list[Step]:
        """The contributions that a node's gradient is made of, in order."""
        return [self[i] for i in self.received(node)]

    def received(self, node: int) -> "array.array[int]":
        """The steps that contribute to a node, in order."""
        start, steps = self.by_parent
        return steps[start[node] : start[node + 1]]

    def passed_on(self, node: int) -> "array.array[int]":
        """The steps in which a node passes its gradient on, in order."""
        start, steps = self.by_node
        return steps[start[node] : start[node + 1]]

    @functools.cached_property
    def by_parent(self) -> Groups:
        """The steps grouped by who receives; see `grouped`."""
        return grouped(self.columns["parent"], len(self.nodes))

    @functools.cached_property
    def by_node(self) -> Groups:
        """The steps grouped by who passes on."""
        return grouped(self.columns["node"], len(self.nodes))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file: JSON, whole or not at all."""
        import json  # here and below: importing the engine should cost milliseconds

        try:
            write_whole(path, lambda: json.dumps(_to_json(self), ensure_ascii=False, allow_nan=False).encode())
        except OSError as error:
            raise RecordingError(f"cannot write the recording {os.fspath(path)}: {error.strerror or error}") from error


def record_backward(root: Value, seed: float = 1.0) -> Recording:
    """Run `root.backward()` and keep what it did.

    Args:
        root: the node to begin at, as in `root.backward()`; gradients are set in the same way.
        seed: its own gradient.

    Returns:
        The pass, one `Step` per contribution.

    Raises:
        OperandError: root is not a `Value`.
        GraphError: as `backward()`.

    Example:
        >>> from autograd import Value, record_backward
        >>> x, y = Value(3.0, label="x"), Value(4.0, label="y")
        >>> for step in record_backward(x * y + x):
        ...     print(step)
        v2.grad += 1 * 1 = 1  -> 1    [d(v2 + x)/dv2 = 1]
        x.grad += 1 * 1 = 1  -> 1    [d(v2 + x)/dx = 1]
        x.grad += 4 * 1 = 4  -> 5    [d(x * y)/dx = y]
        y.grad += 3 * 1 = 3  -> 3    [d(x * y)/dy = x]
    """
    if not isinstance(root, Value):
        raise not_a_number(root, "record_backward(root)")
    seed = number(seed, "record_backward(seed)")
    with _lock:
        order = differentiable_order(root)
        values = numbered(order, root)
        index = {v: i for i, v in enumerate(values)}
        local = array.array("d")
        if SPECIAL.exists and any_special(order, root):
            columns = _observed(order, root, seed, index)
        else:
            columns = None  # the sweep is plain arithmetic: what it did can be worked out later
            sweep(order, root, seed)
            for v in order:
                local.extend(v.partials or ())  # no rule made by hand is among them
        return Recording(nodes_of(values, index), seed, local, columns)


def _observed(order: list[Value], root: Value, seed: float, index: dict[Value, int]) -> "Columns":
    """Run a pass with hooks or rules made by hand, and write down every contribution as it happens."""
    columns = {name: array.array("q" if name in _INTEGERS else "d") for name in _COLUMNS}
    add = [columns[name].append for name in _COLUMNS]

    def observe(v: Any, position: int, contribution: float, total: float) -> None:
        parent = v.parents[position]
        upstream = v.grad
        local = v.partials[position] if v.partials is not None else _ratio(contribution, upstream)
        for append, item in zip(add, (index[v], index[parent], position, local, upstream, contribution, total), strict=True):
            append(item)

    careful_sweep(order, root, seed, observe)
    return columns


def _replayed(nodes: Nodes, local: "array.array[float]", seed: float) -> "Columns":
    """The contributions of a plain sweep: the same additions in the same order, so the same numbers bit for bit."""
    columns: Columns = {name: array.array("q" if name in _INTEGERS else "d") for name in _COLUMNS}
    add_node, add_parent, add_position, add_local, add_upstream, add_contribution, add_total = (
        columns[name].append for name in _COLUMNS
    )
    totals = [0.0] * len(nodes)
    totals[-1] = seed
    end = len(local)
    for i in range(len(nodes) - 1, -1, -1):
        parents = nodes.parents(i)
        if not parents:
            continue
        upstream = totals[i]
        end -= len(parents)
        for position, parent in enumerate(parents):
            d = local[end + position]
            contribution = upstream * d
            totals[parent] += contribution
            add_node(i)
            add_parent(parent)
            add_position(position)
            add_local(d)
            add_upstream(upstream)
            add_contribution(contribution)
            add_total(totals[parent])
    return columns


_COLUMNS = ("node", "parent", "position", "local", "upstream", "contribution", "total")
_INTEGERS = ("node", "parent", "position")


def _ratio(contribution: float, upstream: float) -> float:
    return contribution / upstream if upstream else math.nan


# --- rules as text -----------------------------------------------------------------------------------------------------
# A rule is kept once per kind of node, with {out} and {0}, {1}, ... for the names; a recording can so be read where the
# primitive is not defined.


def rule_key(op: str, operands: Sequence[int | float]) -> str:
    """What a node's rules are kept under: nodes of the same operation, with constants in the same places, share them."""
    return op + ":" + "".join("v" if isinstance(o, int) else "c" for o in operands)


def rules_of(nodes: Nodes, ids: Iterable[int] | None = None) -> Rules:
    """The rules of all kinds of nodes that occur: per kind, a template for each parent.

    Args:
        ids: the nodes that are meant; all by default.
    """
    rules: Rules = {}
    known: set[Any] = set()
    for i in range(len(nodes)) if ids is None else ids:
        made_by = nodes.made_by[i]
        codes = nodes.operands[nodes.start[i] : nodes.start[i + 1]]
        shape: list[int | float] = [0 if o >= 0 else 0.0 for o in codes]
        kind = (made_by if isinstance(made_by, str) else made_by.name, *map(type, shape)) if len(shape) < 4 else None
        if kind and kind in known:
            continue
        known.add(kind)
        key = rule_key(nodes.op(i), shape)
        if key not in rules:
            by_hand = isinstance(made_by, str)
            rules[key] = ["made by hand"] * shape.count(0) if by_hand else templates(made_by, shape)  # type: ignore[arg-type]
    return rules


def templates(row: Primitive, shape: list[int | float]) -> list[str]:
    """The rule for each parent of a node, over {out}, {0}, {1}, ...

    Args:
        shape: per operand an int for a node, a float for a constant.
    """
    symbols = [TEXT.symbol(f"{{{i}}}") for i in range(len(shape))]
    # A node of many operands is named rather than written out: d(z)/dw_3 = a_3.
    whole = str(TEXT.write(row, *symbols)) if len(symbols) <= 3 and not (row.variadic and row.rules) else "{out}"
    if row.variadic and row.rules:
        partials = [row.rules[0].replace("{u}", str(u)) for u in symbols]
    elif row.rules:
        names = {f"{{{name}}}": str(u) for name, u in zip(row.operand_names, symbols, strict=True)}
        partials = [_replaced(rule, names) for rule in row.rules]
    else:
        partials = [TEXT.operand(d, 0) for d in row.partials(TEXT, TEXT.symbol("{out}"), *symbols)]
    return [f"d({whole})/d{symbols[i]} = {partial}" for i, partial in enumerate(partials) if isinstance(shape[i], int)]


def _replaced(text: str, names: dict[str, str]) -> str:
    for name, symbol in names.items():
        text = text.replace(name, symbol)
    return text


def fill(template: str, out: str, operand: Callable[[int], str]) -> str:
    """A rule's template with names put in.

    Args:
        out: the name of the node.
        operand: gives the name of an operand by its index; only those that occur are asked for.

    >>> fill("d({0} * {1})/d{0} = {1}", "z", ["x", "y"].__getitem__)
    'd(x * y)/dx = y'
    """
    import re  # only who reads rules pays for it

    return re.sub(r"\{(out|\d+)\}", lambda match: out if match[1] == "out" else operand(int(match[1])), template)


# --- files -------------------------------------------------------------------------------------------------------------


def _plain(x: float) -> float | str:
    """JSON has no nan and no inf; they are written as text."""
    return x if math.isfinite(x) else repr(x)


def _to_json(recording: Recording) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "seed": _plain(recording.seed),
        "nodes": [
            [_plain(n.data), _plain(n.grad), n.op, n.label, n.scope,
             [o if isinstance(o, int) else [_plain(o)] for o in n.operands], list(n.source) if n.source else None]
            for n in recording.nodes
        ],
        "rules": recording.rules,
        "columns": {
            name: column.tolist() if name in _INTEGERS else [_plain(x) for x in column]
            for name, column in recording.columns.items()
        },
    }  # fmt: skip


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording from a file.

    The file is data; nothing in it is executed. Everything is checked before the recording is made.

    Raises:
        RecordingError: the file is missing, unreadable, damaged, or of a version this program does not know.
    """
    import json

    path = os.fspath(path)
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise RecordingError(f"cannot read the recording {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RecordingError(
            f"{path} is damaged or not a recording: it is not valid JSON ({error}). Record it again"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RecordingError(f'{path} is not a recording: its "format" is not {FORMAT!r}. Write one with Recording.save(path)')
    if content.get("version") != VERSION:
        raise RecordingError(f"{path} is a recording of version {content.get('version')!r}; this program reads {VERSION}")
    try:
        return _from_json(content)
    except (ArgumentError, AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(f"{path} is damaged ({type(error).__name__}: {error}). Record it again") from error


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ArgumentError(what)


def _float(x: Any) -> float:
    _require(type(x) in (int, float) or x in ("nan", "inf", "-inf"), f"{x!r} is not a number")
    return float(x)


def _text(x: Any) -> str:
    _require(isinstance(x, str), f"{x!r} is not text")
    return str(x)


def _index(x: Any, size: int) -> int:
    _require(type(x) is int and 0 <= x < size, f"{x!r} is not an index below {size}")
    return int(x)


def _template(text: Any, key: str) -> str:
    """A rule's template that names no operand which nodes of its kind do not have."""
    import re

    size = len(key.rpartition(":")[2])
    for i in re.findall(r"\{(\d+)\}", _text(text)):
        _index(int(i[:9]), size)
    return _text(text)


def _from_json(content: dict[str, Any]) -> Recording:
    nodes = Nodes()
    places: dict[Source, Source] = {}  # one object for each: by that, nodes of one expression are known
    for i, (data, grad, op, label, scope, operands, source) in enumerate(content["nodes"]):
        decoded = tuple(_float(o[0]) if isinstance(o, list) else _index(o, i) for o in operands)
        place = source and Source(_text(source[0]), _index(source[1], 2**31), _text(source[2]), _text(source[3]))
        nodes.data.append(_float(data))
        nodes.grad.append(_float(grad))
        nodes.made_by.append(_text(op))
        nodes.label.append(_text(label))
        nodes.scope.append(_text(scope))
        nodes.place.append(places.setdefault(place, place) if place else None)
        nodes.add_operands(decoded)
    _require(len(nodes) > 0, "it has no nodes")
    rules = {_text(key): [_template(rule, key) for rule in templates] for key, templates in content["rules"].items()}
    for node in nodes:
        _require(len(rules[rule_key(node.op, node.operands)]) >= len(node.parents), f"a rule of {node.op!r} is missing")
    raw = content["columns"]
    columns: dict[str, array.array[Any]] = {
        name: array.array("q" if name in _INTEGERS else "d", [x if name in _INTEGERS else _float(x) for x in raw[name]])
        for name in _COLUMNS
    }
    _require(len({len(column) for column in columns.values()}) == 1, "its columns differ in length")
    for node_i, parent_i, position in zip(columns["node"], columns["parent"], columns["position"], strict=True):
        parents = nodes.parents(_index(node_i, len(nodes)))
        _require(parents[_index(position, len(parents))] == parent_i, f"node {node_i} has no parent {parent_i} there")
    return Recording(nodes, _float(content["seed"]), columns["local"], columns, rules)
