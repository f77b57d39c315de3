"""Answers about a node of a recording: the cause of its gradient, the ways from it to the cost, the nodes that use it.

Pure functions of a `Recording`; every front end of the debugger asks these.
"""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import OperandError, Recording, Value
from autograd.errors import described
from autograd.recording.recording import Step
from autograd.recording.rules import rule_key

from ... import style
from ...graphs.graph import find
from .breakpoints import EXPLODING

if TYPE_CHECKING:
    from ..._typed import Which

SMALL = 1e-7  # below that the answer says why the gradient vanishes
SHOWN = 8  # contributions that an answer lists


class Why(NamedTuple):
    """The reason for the value of a gradient.

    Attributes:
        node: the node that has the gradient.
        gradient: its gradient in this pass.
        steps: the contributions that add up to it: nan first, then by size.
        cause: the reason in a sentence.
        chain: the nodes from this one towards the cost, up to the node in which the cause lies.
        recording: the recording of the pass.
    """

    node: int
    gradient: float
    steps: list[Step]
    cause: str
    chain: list[int]
    recording: Recording

    def __str__(self) -> str:
        names = [_name(self.recording, i) for i in self.chain]
        lines = [f"{names[0]}.grad = {style.number(self.gradient, 6)}"]
        shown = self.steps[:SHOWN]
        lines += [f"  {_product(s)}   from {_name(self.recording, s.node.id)}{_at(self.recording, s.node.id)}" for s in shown]
        if len(self.steps) > SHOWN:
            rest = math.fsum(step.contribution for step in self.steps[SHOWN:] if math.isfinite(step.contribution))
            lines.append(f"  {style.number(rest, 6)}   from {style.counted(len(self.steps) - SHOWN, 'more contribution')}")
        lines.append(f"because {self.cause}")
        if len(names) > 1:
            lines.append("the way there: " + " → ".join(names))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)  # as the last line of a cell or at a prompt it is the answer


class Rule(NamedTuple):
    """A contribution, written down.

    Attributes:
        symbols: 'd(w × x)/dw = x'.
        numbers: 'w.grad += 2 × 0.5 = 1, total 1'.
    """

    symbols: str
    numbers: str


def node_id(recording: Recording, node: Any) -> int:
    """The id of a node by its label, 'v7' or its id.

    Raises:
        OperandError: no node or several nodes have the name.
    """
    if not isinstance(recording, Recording):
        raise OperandError(f"a question is asked of a Recording, got {described(recording)}")
    if isinstance(node, Value):  # a recording holds the numbers of a graph, not its Values
        if not node.label:
            raise OperandError(f"{node!r} has no label to find it by; give it one before the pass, or ask for 'v7' or an id")
        node = node.label
    return find(recording.nodes.label, node, "node")


def contributions(recording: Recording, node: int) -> list[Step]:
    """The contributions that add up to a node's gradient: nan first, then by size."""
    steps = recording.steps_to(node)
    return sorted(steps, key=lambda s: (-math.inf if s.contribution != s.contribution else -abs(s.contribution), s.id))


def why(recording: Recording, node: "Which") -> Why:
    """The reason for the value of a node's gradient.

    Args:
        node: a label, 'v7' or an id.

    Raises:
        OperandError: there is no such node.

    Example:
        >>> from autograd import Value, record_backward, relu
        >>> w, x = Value(-2.0, label="w"), Value(3.0, label="x")
        >>> z = w * x
        >>> z.label = "z"
        >>> print(why(record_backward(relu(z)), "w"))
        w.grad = 0
          3 × 0 = 0   from z
        because the local derivative of v3 = relu(z) is exactly 0 at z = −6: nothing passes
        the way there: w → z → v3
    """
    i = node_id(recording, node)
    steps = contributions(recording, i)
    gradient = float(recording.gradients[i])
    if not steps:
        return Why(i, gradient, [], "it is where the pass begins: its gradient is the seed", [i], recording)
    arrived = recording.arrived(i)
    if gradient != arrived and not (gradient != gradient and arrived != arrived):
        cause = f"{style.number(arrived, 6)} has arrived, and a hook has made {style.number(gradient, 6)} of it"
        chain = [i]
    elif gradient != gradient:
        cause, chain = _nan(recording, i)
    elif gradient == 0.0 and any(s.contribution for s in steps):
        cause, chain = f"{len(steps)} contributions cancel to exactly 0", [i]
    elif abs(gradient) < SMALL:
        cause, chain = _small(recording, i)
    elif abs(gradient) > EXPLODING:
        cause, chain = _huge(recording, i)
    else:
        through, chain = _made(recording, steps[0].node.id), [i, steps[0].node.id]
        part = math.fsum(s.contribution for s in steps if s.node.id == steps[0].node.id)  # x*x makes two contributions to x
        if 0.0 < part / gradient <= 1.0:
            cause = f"{'all' if part == gradient else f'{part / gradient:.0%}'} of it comes through {through}"
        else:  # contributions of both signs: a share in percent would mean nothing
            rest = style.number(gradient - part)
            cause = f"the largest contribution comes through {through}; the others add up to {rest}, against it"
    return Why(i, gradient, steps, cause, chain, recording)


def _nan(recording: Recording, i: int) -> tuple[str, list[int]]:
    """The way up to the contribution where the nan begins; if a value there is not finite, on down to where it was made."""
    chain = [i]
    while True:
        bad = [s for s in recording.steps_to(chain[-1]) if s.contribution != s.contribution]
        if not bad:  # the sum of +inf and -inf
            return f"infinite contributions of both signs meet at {_name(recording, chain[-1])}", chain
        step = bad[0]
        chain.append(step.node.id)
        if step.upstream != step.upstream:
            if step.node.id == recording.root.id:
                return "the pass begins with nan", chain
            continue
        origin = recording.nodes.origin(step.node.id)
        if origin is not None:
            cause = f"{_made(recording, origin)} is {recording.nodes.data[origin]!r} in the forward pass"
            return cause, [*chain, *_between(recording, origin, chain[-1])]
        cause = f"{step.local!r} × {step.upstream!r} is nan at {_made(recording, step.node.id)}"
        if math.isinf(step.upstream):
            infinite = _infinite(recording, step.node.id)
            return f"{cause}; the infinity comes from {_made(recording, infinite[-1])}", chain + infinite
        return f"{cause}: its local derivative is {step.local!r} there", chain


def _between(recording: Recording, origin: int, user: int) -> list[int]:
    """The nodes after `user` on the way down to `origin`, from which it was computed, along values that are not finite."""
    nodes, way = recording.nodes, [user]
    while way[-1] != origin:
        parents = [p for p in nodes.bad_parents(way[-1]) if p >= origin]
        if not parents:
            return [origin]
        way.append(min(parents))
    return way[1:]


def _infinite(recording: Recording, i: int) -> list[int]:
    """The way up from a node whose gradient is infinite to the node whose local derivative made it infinite."""
    chain: list[int] = []
    while True:
        infinite = [s for s in recording.steps_to(chain[-1] if chain else i) if math.isinf(s.contribution)]
        if not infinite:  # finite contributions with an infinite sum
            return chain or [i]
        chain.append(infinite[0].node.id)
        if not math.isinf(infinite[0].upstream):
            return chain


def _small(recording: Recording, i: int) -> tuple[str, list[int]]:
    """The cause is the smallest local derivative on the way up, or a zero that is passed on."""
    steps = _upwards(
        recording,
        i,
        # If all contributions are 0, the one whose upstream gradient is not 0 tells more.
        lambda found: max(found, key=lambda s: (abs(s.contribution), abs(s.upstream))),
        lambda s: (s.local == 0.0 and s.upstream != 0.0) or abs(s.upstream) >= 1e-2,
    )
    weakest = min(steps, key=lambda s: abs(s.local))
    chain = _chain(i, steps, weakest)
    place, at = _made(recording, weakest.node.id), _operands(recording, weakest)
    if weakest.local == 0.0:
        return f"the local derivative of {place} is exactly 0 at {at}: nothing passes", chain
    if weakest.upstream == 0.0 and weakest.node.id == recording.root.id:
        return "the pass begins with 0", chain
    number = style.number(weakest.local)
    many = f", one of {len(steps)} factors on the way" if len(steps) > 1 else ""
    return f"the local derivative of {place} is only {number} at {at}{many}", chain


def _huge(recording: Recording, i: int) -> tuple[str, list[int]]:
    """The cause is the largest local derivative on the way up, while the gradient is large."""
    steps = _upwards(recording, i, lambda found: found[0], lambda s: abs(s.upstream) <= 1e2)
    strongest = max(steps, key=lambda s: abs(s.local))
    return (
        f"the local derivative of {_made(recording, strongest.node.id)} is {style.number(strongest.local)} at "
        f"{_operands(recording, strongest)}",
        _chain(i, steps, strongest),
    )


def _operands(recording: Recording, step: Step) -> str:
    """The operands in the formula of a local derivative: for d(a*b)/db, a. If the formula has none, the operand itself."""
    rule = recording.rules[rule_key(step.node.op, step.node.operands)][step.position].partition(" = ")[2]
    named = dict.fromkeys(step.node.operands[int(k)] for k in re.findall(r"\{(\d+)\}", rule))
    ids = [o for o in named if isinstance(o, int)] or [step.parent.id]
    return ", ".join(f"{_name(recording, i)} = {style.number(recording.nodes.data[i])}" for i in ids[:3])


def _upwards(recording: Recording, i: int, choose: Callable[[list[Step]], Step], enough: Callable[[Step], bool]) -> list[Step]:
    """The way from a node towards the cost: the contribution that is chosen at each node, up to the first that is enough."""
    steps: list[Step] = []
    while found := contributions(recording, steps[-1].node.id if steps else i):
        steps.append(choose(found))
        if enough(steps[-1]):
            break
    return steps


def _chain(i: int, steps: list[Step], cause: Step) -> list[int]:
    """The nodes from the one that the question is about to the one in which the cause lies."""
    return [i, *(s.node.id for s in steps[: steps.index(cause) + 1])]


def path(recording: Recording, a: "Which", b: "Which | None" = None) -> list[int]:
    """The strongest way from a node up to another: the nodes along which the product of local derivatives is largest.

    Args:
        a: the node at which gradients arrive: a label, 'v7' or an id.
        b: the node from which gradients come; the cost by default.

    Returns:
        The ids from a to b; empty if b was not computed from a.

    Raises:
        OperandError: there is no such node.
    """
    start, end = node_id(recording, a), recording.root.id if b is None else node_id(recording, b)
    start, end = min(start, end), max(start, end)
    best: dict[int, tuple[float, int]] = {start: (0.0, -1)}  # the logarithm of the product so far, and the node before
    columns = recording.columns
    # Read from its end, the pass comes to a node only after all nodes from which it was computed.
    for i, p, d in zip(*(reversed(columns[name]) for name in ("node", "parent", "local")), strict=True):
        if p in best and i <= end:
            size = best[p][0] + (math.log(abs(d)) if d == d and d and abs(d) != math.inf else -1e6 if d == 0.0 else 1e6)
            if i not in best or size > best[i][0]:
                best[i] = size, p
    if end not in best:
        return []
    way = [end]
    while way[-1] != start:
        way.append(best[way[-1]][1])
    return way[::-1]


def users(recording: Recording, node: "Which") -> list[int]:
    """The nodes that were computed from a node directly."""
    passing = recording.columns["node"]
    return sorted({passing[k] for k in recording.received(node_id(recording, node))})


def rule(recording: Recording, step: Step) -> Rule:
    """A contribution in symbols and in numbers.

    Example:
        >>> from autograd import Value, record_backward
        >>> recording = record_backward(Value(2.0, label="w") * Value(0.5, label="x"))
        >>> rule(recording, recording[0])
        Rule(symbols='d(w × x)/dw = x', numbers='w.grad += 0.5 × 1 = 0.5, total 0.5')
    """
    symbols = style.rule(lambda named: recording.rule(step.node, step.position, named), lambda i: _name(recording, i))
    return Rule(symbols, f"{_name(recording, step.parent.id)}.grad += {_product(step)}, total {style.number(step.total)}")


def _name(recording: Recording, i: int) -> str:
    return style.node_name(recording.nodes, i)


def _product(step: Step) -> str:
    return f"{style.number(step.local)} × {style.number(step.upstream)} = {style.number(step.contribution)}"


def _made(recording: Recording, i: int) -> str:
    """The formula that made a node and its place in the source: 'z = w * x at train.py:12'."""
    node = recording.nodes[i]
    names = [_name(recording, o) if isinstance(o, int) else style.number(o) for o in node.operands]
    operands = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    made = f" = {node.op}({operands})" if node.op else ""
    return f"{_name(recording, i)}{made}{_at(recording, i)}"


def _at(recording: Recording, i: int) -> str:
    source = recording.nodes.source(i)
    return f" at {style.source(source)}" if source else ""
