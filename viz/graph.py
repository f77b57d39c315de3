"""The graph that pictures are drawn from: plain data, made from a `Value` by pure functions.

Boxes and arrows, nothing about how they look. Ids are n0, n1, ... in the order of a breadth-first walk from the root, so
that the same computation gives the same picture on every machine.
"""

from collections import deque
from typing import NamedTuple

from autograd import Value


class Box(NamedTuple):
    """A value, a constant, or what stands for operands left out.

    Attributes:
        id: 'n0', 'n1', ...; the root is n0.
        kind: 'root', 'interior', 'leaf', 'constant' or 'rest'.
        label: the value's own name, '' if it has none; for 'rest' what it stands for.
        op: the operation that made it, '' for a leaf or a constant.
        data: its number.
        grad: its gradient, None if no pass has computed it.
        cut: whether it has parents that are not shown.
    """

    id: str
    kind: str
    label: str
    op: str
    data: float
    grad: float | None
    cut: bool


class Arrow(NamedTuple):
    """An operand of an operation, in the direction of the computation.

    Attributes:
        tail, head: ids of the operand's box and the operation's.
        local: the local derivative d(head)/d(tail); None for a constant, or where it is not known.
    """

    tail: str
    head: str
    local: float | None


class Graph(NamedTuple):
    """The boxes, root first, and the arrows between them."""

    boxes: list[Box]
    arrows: list[Arrow]


def graph_of(root: Value, depth: int | None = None, operands: int = 12, limit: int = 10**9) -> Graph:
    """The graph of everything a value was computed from.

    Args:
        depth: how many operations back to follow.
        operands: operations of more operands show those with the largest share, and one box for the rest.
        limit: stop soon after that many boxes; the caller refuses to draw them.
    """
    ids: dict[Value, str] = {root: "n0"}
    count = 1
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    queue = deque([(root, 0)])
    while queue and len(boxes) <= limit:
        v, distance = queue.popleft()
        cut = bool(v.parents) and depth is not None and distance >= depth
        boxes.append(_box(v, ids[v], "root" if v is root else "interior" if v.parents else "leaf", cut))
        if cut:
            continue
        shown, rest = leading_operands(v, operands)
        locals_ = _locals(v)
        for i in shown:
            operand = v.operands[i]
            if isinstance(operand, Value):
                if operand not in ids:
                    ids[operand] = f"n{count}"
                    count += 1
                    queue.append((operand, distance + 1))
                arrows.append(Arrow(ids[operand], ids[v], locals_[i]))
            else:
                boxes.append(Box(f"n{count}", "constant", "", "", operand, None, False))
                arrows.append(Arrow(f"n{count}", ids[v], None))
                count += 1
        if rest:
            boxes.append(Box(f"n{count}", "rest", *rest, None, False))
            arrows.append(Arrow(f"n{count}", ids[v], None))
            count += 1
    return Graph(boxes, arrows)


def _box(v: Value, box_id: str, kind: str, cut: bool) -> Box:
    return Box(box_id, kind, v.label, v.op, v.data, v.grad if v.has_grad else None, cut)


def _locals(v: Value) -> list[float | None]:
    """The local derivative by each operand, None for constants and for rules made by hand."""
    partials = iter(v.partials or ())
    return [next(partials, None) if isinstance(o, Value) else None for o in v.operands]


def leading_operands(v: Value, most: int) -> tuple[list[int], tuple[str, str, float] | None]:
    """Which operands of an operation to show, and (label, op, data) of a box for the others, None if all are shown.

    Of a dot w1*x1 + ... + b the largest products are shown, each with both factors, and the bias; of other operations
    the operands with the largest partial * data.
    """
    n = len(v.operands)
    is_dot = v.primitive is not None and v.primitive.name == "dot"  # not an operation by hand of that name
    if n <= most and not is_dot:
        return list(range(n)), None
    numbers = [o.data if isinstance(o, Value) else o for o in v.operands]
    if is_dot:
        terms = n // 2
        products = [numbers[j] * numbers[terms + j] for j in range(terms)]
        kept = list(range(terms)) if n <= most else sorted(_largest(products, max(most // 2, 1)))
        left_out = [p for j, p in enumerate(products) if j not in set(kept)]
        bias = [n - 1] if isinstance(v.operands[-1], Value) or numbers[-1] else []
        shown = [i for j in kept for i in (j, terms + j)] + bias
        return shown, (f"{len(left_out)} more products", "sum", sum(left_out)) if left_out else None
    weights = [(d or 0.0) * x for d, x in zip(_locals(v), numbers, strict=True)]
    kept = sorted(_largest(weights, most))
    return kept, (f"{n - len(kept)} more operands", "", float("nan"))


def _largest(shares: list[float], most: int) -> list[int]:
    def size(i: int) -> float:  # nan is what somebody is looking for, and compares with nothing
        return abs(shares[i]) if shares[i] == shares[i] else float("inf")

    return sorted(range(len(shares)), key=lambda i: (-size(i), i))[:most]
