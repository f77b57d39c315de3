"""A backward pass written out as Python: one line for every contribution of the chain rule, in mathematical names.

    z_bar += y_bar * dy_dz    # dy/dz = 1 - y ** 2    [net.py:13: tanh(z)]
    w_bar += z_bar * x        # dz/dw = x             [net.py:12: w * x + b]

The text is an ordinary function, so that any Python debugger can list it, step through it and stop in it. The forward
pass's numbers are the defaults of its parameters: they are variables from the first line on, and no line has to be stepped
over to set them. The factors stand in the order of the sweep's own arithmetic, and so do the lines: the sums come out the
same bit for bit. Nodes beyond the size limit or outside the chosen scope run as a call between the lines; so do hooks and
rules made by hand, which are the program's own code. pydevd_dont_trace.py runs what is emitted here.
"""

import math
import os
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import ArgumentError, did_you_mean, not_a_number
from ..operators import number
from ..primitives.readers import TEXT
from ..recording.rules import fill, templates
from ..reverse import differentiable_order, numbered
from ..value import Value
from . import switch
from .identifiers import Namespace, names_of


class Call(NamedTuple):
    """A part of the sweep that is not written out.

    Attributes:
        kind: its name in the text: 'unwritten', 'hooks' or 'by_hand'.
        nodes: those that pass on their gradients in it; of 'hooks', the one whose hooks are called.
        changed: the nodes shown in the text whose gradients it may change; the call returns them.
    """

    kind: str
    nodes: list[Value]
    changed: list[Value]


class Emission(NamedTuple):
    """An emitted pass.

    Attributes:
        text: the source, which defines `backward`.
        values: the parameters' values, in order: the numbers that the text gives as defaults.
        bars: the nodes that have variables in it, and the name of each one's adjoint.
        calls: the parts that run between the lines, by the number in the text.
        layout: equal for two passes whose texts have the same lines but for numbers.
    """

    text: str
    values: tuple[float, ...]
    bars: dict[Value, str]
    calls: list[Call]
    layout: tuple[Any, ...]


def emitted_source(cost: Value, scope: str = "", *, seed: float = 1.0, most: int | None = None) -> str:
    """The backward pass from a value as the source text of a Python function.

    Nothing is run and no gradient is touched. Without hooks and rules made by hand, and when it is written out whole, the
    text stands for itself: executed anywhere, `backward()` returns every gradient as name_bar.

    Args:
        cost: the node to begin at, as in `cost.backward()`.
        scope: write out only what was made in this `scope(...)`, 'layer2' or 'layer2/neuron1'; the rest runs as calls.
        seed: its own gradient.
        most: write out at most that many contributions, the first ones; 5,000 by default, or AUTOGRAD_STEP_MAX.

    Returns:
        The text.

    Raises:
        OperandError: cost is not a `Value`.
        ArgumentError: nothing was made in that scope.
        GraphError: as `backward()`.

    Example:
        >>> x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
        >>> z = w * x
        >>> z.label = "z"
        >>> print(emitted_source(z * z))
        # The backward pass from v3. Each line is one contribution of the chain rule:
        #     the parent's gradient += the node's gradient * the local derivative d(node)/d(parent).
        # v_bar is dv3/dv, as far as it has been added up; v3_bar is the seed.
        <BLANKLINE>
        def backward(
            # leaves: the number, and what earlier passes have left in the gradient
            w=-3.0, w_bar=0.0,
            x=2.0, x_bar=0.0,
            # nodes, in the order of the forward pass
            z=-6.0, z_bar=0.0,
            v3=36.0, v3_bar=1.0,
        ):
            # v3 = z * z
            z_bar += v3_bar * z    # dv3/dz = z
            z_bar += v3_bar * z    # dv3/dz = z
            # z = w * x
            w_bar += z_bar * x     # dz/dw = x
            x_bar += z_bar * w     # dz/dx = w
            return {**locals()}
        <BLANKLINE>
    """
    if not isinstance(cost, Value):
        raise not_a_number(cost, "emitted_source(cost)")
    order = differentiable_order(cost)
    scopes = scopes_of(order)
    if scope and scope not in scopes:
        there = f" Scopes here: {', '.join(sorted(scopes)[:10])}" if scopes else " There is no scope in this graph"
        raise ArgumentError(f"emitted_source: nothing was made in the scope {scope!r}.{did_you_mean(scope, scopes)}{there}")
    return emission(
        order, cost, number(seed, "emitted_source(seed)"), scope, switch.SETTINGS.most if most is None else most
    ).text


def scopes_of(order: Sequence[Value]) -> set[str]:
    """The scopes in which the nodes of a graph were made, the outer ones included: 'layer2/neuron1' and 'layer2'."""
    paths = {v.scope for v in order if v.scope}
    return {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 2)}


def emission(order: list[Value], root: Value, seed: float, scope: str = "", most: int = switch.MOST) -> Emission:
    """The pass as text, with what is needed to run it.

    Args:
        order: the interior nodes, parents first.
    """
    written = _written(order, scope, most)
    values = numbered(order, root)
    relevant = {root} if not order else written | {p for v in written for p in v.parents}
    shown = [v for v in values if v in relevant]
    namespace = Namespace()
    names = dict(zip(values, names_of([v.label for v in values], namespace), strict=True))
    page = _Page(names, namespace, set(shown))
    if not order:
        page.line(f"{names[root]}_bar += {literal(seed)}", "the seed")
    run: list[Value] = []
    for v in reversed(order):
        if v not in written:
            run.append(v)
            continue
        if run:
            page.call("unwritten", run)
            run = []
        page.node(v)
    if run:
        page.call("unwritten", run)
    for leaf in values[: len(values) - len(order)] if order else []:
        if leaf._hooks:
            page.call("hooks", [leaf])
    starts = {v: 0.0 if v.parents or v._hooks else v.grad for v in shown} | ({root: seed} if order else {})
    parameters, numbers = _parameters(shown, names, starts, page.partials)
    heading = _heading(names[root], len(page.layout), sum(len(v.parents) for v in order), scope, scopes_of(order), page.calls)
    text = "\n".join([*heading, _import([*numbers, *page.literals]), "def backward(", *parameters, "):", *page.body(), ""])
    bars = {v: f"{names[v]}_bar" for v in shown}
    layout = (names[root], *bars.values(), *page.partials, *page.layout, len(heading))
    return Emission(text, tuple(numbers), bars, page.calls, layout)


def _written(order: list[Value], scope: str, most: int) -> set[Value]:
    """The nodes whose contributions are written out: those of the scope, as many as fit, from the root on."""
    written: set[Value] = set()
    for v in reversed(order):
        if scope and v.scope != scope and not v.scope.startswith(f"{scope}/"):
            continue
        most -= len(v.parents)
        if most < 0:
            break
        written.add(v)
    return written


# --- the body: lines of code, and what is said beside them --------------------------------------------------------------


class _Page:
    """The lines of the function, as they are written one after the other."""

    def __init__(self, names: dict[Value, str], namespace: Namespace, shown: set[Value]) -> None:
        self.names, self.namespace, self.shown = names, namespace, shown
        self.partials: dict[str, float] = {}  # the local derivatives that need a variable of their own
        self.literals: list[float] = []
        self.calls: list[Call] = []
        self.layout: list[tuple[str, str]] = []  # per contribution: the two bars
        self._lines: list[tuple[str, str]] = []
        self._rules: dict[Any, list[str]] = {}

    def line(self, code: str, comment: str) -> None:
        """One line, with a comment; without code, a comment of its own."""
        self._lines.append((code, comment))

    def body(self) -> list[str]:
        """The lines with their comments in one column, as far as that is reasonable."""
        width = max((len(code) for code, _ in self._lines if len(code) <= 48), default=0)
        lines = [f"    {code.ljust(width)}    # {text}" if code else f"    # {text}" for code, text in self._lines]
        return [*lines, "    return {**locals()}"]

    def node(self, v: Value) -> None:
        """The lines of a node's contributions to its parents."""
        name = self.names[v]
        inside = f"    in {_plain(v.scope)}" if v.scope else ""
        if v.partials is None:
            self.line("", f"{name} was made by hand{inside}: its rule adds to the gradients of its parents itself")
            self.call("by_hand", [v])
            return
        self.line("", f"{name} = {self._formula(v)}{inside}")
        if v._hooks:
            self.call("hooks", [v])
        for i, (parent, partial) in enumerate(zip(v.parents, v.partials, strict=True)):
            factor, rule = self._local(v, i, partial)
            bars = f"{self.names[parent]}_bar", f"{name}_bar"
            self.layout.append(bars)
            self.line(f"{bars[0]} += {bars[1]} * {factor}", rule + _where(v))

    def call(self, kind: str, nodes: list[Value]) -> None:
        """A part that runs as one call, which returns what it may change of the variables."""
        receivers = [v for v in nodes if v._hooks]
        if kind != "hooks":
            receivers += [p for v in nodes for p in v.parents]
        changed = [v for v in dict.fromkeys(receivers) if v in self.shown]
        targets = ", ".join(f"{self.names[v]}_bar" for v in changed)
        self.calls.append(Call(kind, nodes, changed))
        if kind == "unwritten":
            told = f"{sum(len(v.parents) for v in nodes):,} contributions of {_count(nodes)}"
        elif kind == "by_hand":
            told = f"the rule of {_plain(nodes[0].op) or self.names[nodes[0]]}{_where(nodes[0])}"
        else:
            told = f"the hooks of {self.names[nodes[0]]}, on what arrived in this pass"
            told += "" if nodes[0].parents else "; then what earlier passes left is added"
        self.line(f"{targets} = {kind}({len(self.calls) - 1})" if targets else f"{kind}({len(self.calls) - 1})", told)
        self.layout.append((kind, targets))

    def _local(self, v: Value, i: int, partial: float) -> tuple[str, str]:
        """A local derivative: the factor in the code, and the rule it comes from."""
        operands = [k for k, o in enumerate(v.operands) if isinstance(o, Value)]
        template = self._templates(v)[i].partition(" = ")[2]
        name, parent = self.names[v], self.names[v.parents[i]]

        def written(k: int) -> str:
            o = v.operands[k]
            return self.names[o] if isinstance(o, Value) else TEXT.number(o).text

        rule = f"d{name}/d{parent} = {_cut(fill(template, name, written), 60)}"
        if "{" not in template:
            return self._literal(partial), rule
        if match := re.fullmatch(r"\{(\w+)\}", template):
            factor = v if match[1] == "out" else v.operands[int(match[1])]
            if not isinstance(factor, Value):
                return self._literal(partial), rule
            if same(factor._data, partial):
                return self.names[factor], rule
            rule += " in the forward pass: .data has been changed since"
        variable = self.namespace.new(f"d{name}_d{self.names[v.operands[operands[i]]]}")
        self.partials[variable] = partial
        return variable, rule

    def _literal(self, x: float) -> str:
        self.literals.append(x)
        return literal(x)

    def _templates(self, v: Value) -> list[str]:
        """The rules of a node's kind, which most nodes share with many others."""
        shape: list[int | float] = [0 if isinstance(o, Value) else 0.0 for o in v.operands]
        key = (v.primitive, len(shape), "".join("v" if o.__class__ is int else "c" for o in shape))
        if key not in self._rules:
            assert v.primitive is not None  # only a node made by hand has none, and has no partials either
            self._rules[key] = templates(v.primitive, shape)
        return self._rules[key]

    def _formula(self, v: Value) -> str:
        assert v.primitive is not None
        operands = [TEXT.symbol(self.names[o]) if isinstance(o, Value) else o for o in v.operands]
        return _cut(str(TEXT.write(v.primitive, *operands)), 90)


# --- what stands around it -----------------------------------------------------------------------------------------------


def _heading(root: str, written: int, total: int, scope: str, scopes: set[str], calls: list[Call]) -> list[str]:
    lines = [
        f"# The backward pass from {root}. Each line is one contribution of the chain rule:",
        "#     the parent's gradient += the node's gradient * the local derivative d(node)/d(parent).",
        f"# v_bar is d{root}/dv, as far as it has been added up; {root}_bar is the seed.",
    ]
    kinds = {call.kind for call in calls}
    written -= len(calls)
    if "unwritten" in kinds:
        which = f"in {_plain(scope)}" if scope else "the first ones"
        lines.append(f"# Written out: {written:,} of {total:,} contributions, {which}. unwritten(...) runs the others.")
        known = sorted(scopes - {scope}, key=lambda path: (path.count("/"), path))
        if known:
            others = ", ".join(known[:6]) + ", ..." * (len(known) > 6)
            lines.append(f"# AUTOGRAD_STEP={_plain(known[0])} writes out another scope: {_cut(others, 200)}")
    if kinds - {"unwritten"}:
        lines.append(
            "# hooks(...) and by_hand(...) run the program's own code, which finds the gradients of this line on nodes."
        )
    return lines


def _import(numbers: Sequence[float]) -> str:
    """The line above the function: empty if it is not needed, so that no line moves, and no breakpoint, when a nan arrives."""
    return "" if all(map(math.isfinite, numbers)) else "from math import inf, nan"


def _parameters(
    shown: Sequence[Value], names: dict[Value, str], starts: dict[Value, float], partials: dict[str, float]
) -> tuple[list[str], list[float]]:
    """The parameters as lines, and their values in order."""
    lines: list[str] = []
    numbers: list[float] = []
    for title, nodes in (
        ("leaves: the number, and what earlier passes have left in the gradient", [v for v in shown if not v.parents]),
        ("nodes, in the order of the forward pass", [v for v in shown if v.parents]),
    ):
        if nodes:
            lines.append(f"    # {title}")
        for v in nodes:
            lines.append(f"    {names[v]}={literal(v._data)}, {names[v]}_bar={literal(starts[v])},")
            numbers += [v._data, starts[v]]
    if partials:
        lines.append("    # local derivatives, as the forward pass took them")
    lines += [f"    {name}={literal(partial)}," for name, partial in partials.items()]
    return lines, [*numbers, *partials.values()]


def literal(x: float) -> str:
    """A float as Python reads it back, bit for bit.

    >>> literal(0.1), literal(-0.0), literal(float("-inf")), literal(float("nan"))
    ('0.1', '-0.0', '-inf', 'nan')
    """
    return repr(x) if x == x else "nan" if math.copysign(1.0, x) > 0.0 else "-nan"


def same(a: float, b: float) -> bool:
    """True if two floats are the same number with the same sign; nan equals nan."""
    return (a == b or (a != a and b != b)) and math.copysign(1.0, a) == math.copysign(1.0, b)


def _where(v: Value) -> str:
    source = v.source
    return f"    [{_plain(os.path.basename(source.file))}:{source.line}: {_cut(source.text, 60)}]" if source else ""


def _count(nodes: Sequence[Value]) -> str:
    scopes = dict.fromkeys(v.scope.partition("/")[0] or "no scope" for v in nodes)
    return f"{len(nodes):,} nodes ({_cut(', '.join(scopes), 60)})"


def _cut(text: str, most: int) -> str:
    text = _plain(text)
    return text if len(text) <= most else text[: most - 3] + "..."


def _plain(text: str) -> str:
    """A text on one line, without characters that would end a comment or that a terminal would obey."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
