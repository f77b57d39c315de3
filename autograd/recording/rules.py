"""The rules by which gradients are passed on, as text for recordings, pictures, the debugger and emitted code.

A rule is kept once per kind of node, with {out} and {0}, {1}, ... for the names; a recording can so be read where the
primitive is not defined.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..primitives.readers import TEXT
from ..primitives.table import Primitive
from .columns import Nodes

Rules = dict[str, list[str]]
BY_HAND = "made by hand"


def rule_key(op: str, operands: Sequence[int | float]) -> str:
    """The key of a node's rules: nodes of the same operation, with constants in the same places, share them."""
    return op + ":" + "".join("v" if isinstance(o, int) else "c" for o in operands)


def rules_of(nodes: Nodes, ids: Iterable[int] | None = None) -> Rules:
    """The rules of all kinds of nodes that occur: per kind, a template for each parent.

    Args:
        ids: the nodes whose kinds count; all by default.
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
            rules[key] = [BY_HAND] * shape.count(0) if by_hand else templates(made_by, shape)  # type: ignore[arg-type]
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

    A negative number is put in brackets where it would be read as something else: -2 ** x is -(2 ** x).

    >>> fill("d({0} * {1})/d{0} = {1}", "z", ["x", "y"].__getitem__)
    'd(x * y)/dx = y'
    >>> fill("d({0} ** {1})/d{1} = {out} * log({0})", "z", ["-2", "x"].__getitem__)
    'd((-2) ** x)/dx = z * log(-2)'
    """

    def filled(match: re.Match[str]) -> str:
        text = out if match[1] == "out" else operand(int(match[1]))
        apart = template.endswith(("(", "= ", ", "), 0, match.start()) and not template.startswith(" **", match.end())
        return f"({text})" if text[:1] == "-" and not apart else text

    return re.sub(r"\{(out|\d+)\}", filled, template)
