"""`walk(value)`: the backward pass as text, one line per contribution, from the cost to all leaves or to one node.

Each line is one application of the chain rule: the receiving node, the local derivative times the gradient that arrives,
the sum so far, the rule, and, if sources were recorded, the source line that made the node.
"""

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from autograd import ArgumentError, Recording, Value
from autograd.arguments import whole_or_none
from autograd.errors import shown
from autograd.foreign import teach_keywords
from autograd.recording.recording import Step

from .. import style
from ..recorded import numbered_pass

if TYPE_CHECKING:
    from .._typed import Which


@teach_keywords
def walk(
    root: Value | Recording, to: "Which | None" = None, *, most: int | None = None, file: TextIO | None = None
) -> Recording:
    """Print the backward pass, contribution by contribution. Every `.grad` stays as it is.

    Args:
        root: the value to begin at, or a pass that has been recorded already.
        to: print only contributions on the way to this node: a `Value`, a label, a name such as 'v3', or the id of a node.
            A recording holds no `Value`s: give it a label, a name or an id.
        most: print only the first `most` contributions, and say how many were left out.
        file: where to print; standard output by default.

    Returns:
        The recording.

    Raises:
        OperandError: root is neither a `Value` nor a recording, or no node or several nodes in it are called `to`.
        ArgumentError: `most` is no whole number, or `file` cannot be written to.
        GraphError: as `backward()`.

    Example:
        >>> x = Value(3.0, label="x")
        >>> _ = walk(x * x)
        v1 = mul(x, x)    grad 1
          x += 3 × 1 = 3    total 3    d(x × x)/dx = x
          x += 3 × 1 = 3    total 6    d(x × x)/dx = x
    """
    most = whole_or_none(most, "walk(most=...)", 0)
    if file is not None and not callable(getattr(file, "write", None)):
        raise ArgumentError(f"walk(file={shown(file)}): it is an open file; open(path, 'w') makes one")
    walked = numbered_pass(root, "walk")
    recording = walked.recording
    steps = list(recording) if to is None else path_steps(recording, walked.find(to, f"walk(to={shown(to)})"))
    out = file or sys.stdout
    for line in lines(recording, steps[:most]):
        print(line, file=out)
    if most is not None and len(steps) > most:
        left = len(steps) - most
        print(f"... {style.counted(left, 'more contribution')} (walk(..., most=None) prints them all)", file=out)
    return recording


def lines(recording: Recording, steps: list[Step]) -> list[str]:
    """The walk as lines: a heading per node, and below it the node's contributions."""
    named = functools.partial(style.node_name, recording.nodes, written=_shown)
    texts: list[str] = []
    heading = -1
    for step in steps:
        if step.node.id != heading:
            heading = step.node.id
            texts.append(_heading(step, named))
        texts.append(
            f"  {named(step.parent.id)} += {style.number(step.local)} × {style.number(step.upstream)} = "
            f"{style.number(step.contribution)}    total {style.number(step.total)}    "
            + style.rule(functools.partial(recording.rule, step.node, step.position), named)
        )
    return texts


def _heading(step: Step, named: Callable[[int], str]) -> str:
    node = step.node
    names = [named(o) if isinstance(o, int) else style.number(o) for o in node.operands]
    shown = ", ".join(names[:4]) + (f", ... {len(names) - 4} more" if len(names) > 4 else "")
    source = f"    {style.source(node.source)}" if node.source else ""
    return f"{named(node.id)} = {node.op}({shown})    grad {style.number(step.upstream)}{source}"


def _shown(name: str) -> str:
    """A name on one line: control characters, which a terminal would obey, are written out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in style.name(name))


def path_steps(recording: Recording, target: int) -> list[Step]:
    """The contributions on all paths from the root to a node, in the order of the walk."""
    nodes = recording.nodes
    leads = bytearray(len(nodes))
    leads[target] = 1
    for i in range(target + 1, len(nodes)):  # parents come first: one pass finds every descendant of the target
        leads[i] = any(leads[parent] for parent in nodes.parents(i))
    return [recording[i] for i, parent in enumerate(recording.columns["parent"]) if leads[parent]]
