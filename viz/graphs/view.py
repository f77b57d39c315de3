"""One picture of a graph: boxes, arrows and frames, cut out of the tree of folds by the choice of open groups.

It is plain data from which DOT, SVG and text are written. The module choice.py decides which groups to open; `View.folded`
lists the closed ones.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd import Source

from .. import style
from .alike import CHAINS
from .arrivals import CANCELLED, HOOKED, OTHER, ZEROED, cancelled, notes_of
from .graph import Edge, Graph
from .ranges import NONE, Range, grads_of, range_of, single
from .rules import formula_of, ordered, rules_of
from .tree import Group, Item, Tree

NESTED = 12  # frames nest no deeper than that
# Why some of many leaves are not among "94 more", as fold.py chooses them: True of siblings, False of a long list.
ALONE = {"with the largest local derivative × data": True, "used most": False}
CONSTANTS = 4  # an operation shows up to this many constants one by one


class Box(NamedTuple):
    """A node, a constant, or a folded group.

    Attributes:
        id: 'n3' for node 3, 'g2' for group 2, 'c3_1' for constant operand 1 of node 3.
        kind: 'output', 'operation', 'parameter', 'input', 'constant', or a group's: 'scope', 'siblings', 'rest', 'loop',
            'step', 'part'. A folded chain, which gives one number, is the operation or output at its end.
        data, grad: its numbers.
        name: the label; for a group the scope's own name, or the first and the last name in it.
        ops: the operation; for a group the most frequent ones.
        nodes: how many nodes (or constants) it stands for.
        things: how many siblings, or how many steps of a loop.
        frame: the open scope it lies in, a place in `View.frames`; -1 for none.
        cut: how many of its operands are not part of the picture.
        source: where it was made.
        number: its name by its number, 'v7', as walks and the debugger call it; '' for a constant and a group.
        rules: for a loop, what a step makes of what the step before left; empty if that cannot be said in short.
        output: for a group that holds the root of the graph, its name and its number, 'h = 0.5'.
        note: the reason why the gradient is not what the arrows bring; of a group, how many of its gradients are not.
        zeroed: for a group, how many of its gradients a pass has computed that were zeroed since.
        text, colour: what somebody wants to read in it, and the colour it is to have; None for what is written without.
        formula: for an operation, how it was computed from the names of its operands.
        beside: for a chain of one operation its constants, which have no boxes: ' + 100'.
        order: the same in short where operands may not change places, with those that the picture shows; '' else.
        focus: True for the node that a picture was drawn around.
    """

    id: str
    kind: str
    data: Range
    grad: Range = NONE
    name: str = ""
    ops: str = ""
    nodes: int = 1
    things: int = 1
    frame: int = -1
    cut: int = 0
    source: Source | None = None
    number: str = ""
    rules: tuple[str, ...] = ()
    output: str = ""
    note: str = ""
    zeroed: int = 0
    formula: str = ""
    order: str = ""
    beside: str = ""
    text: str | None = None
    colour: str | None = None
    focus: bool = False


def is_zeroed(box: Box) -> bool:
    """True if all gradients of a box have been zeroed since a pass computed them: they are 0, and not unknown."""
    return box.note == ZEROED or 0 < box.zeroed == box.nodes


class Arrow(NamedTuple):
    """The operands of one box that another box holds, in the direction of the computation.

    Attributes:
        tail, head: ids of the boxes.
        operands: how many it stands for.
        local, contribution: as in `Edge`, if the arrow stands for a single operand.
        largest: the largest magnitude of a contribution; nan if any is nan, 0 if there is none.
    """

    tail: str
    head: str
    operands: int
    local: float | None = None
    contribution: float | None = None
    largest: float = 0.0


class Frame(NamedTuple):
    """An open scope that is drawn around its boxes: its own name, and the frame it lies in (-1 for none)."""

    id: str
    name: str
    frame: int


def around(frames: Sequence[Frame], frame: int) -> Iterator[int]:
    """A frame and those around it, from the inside out; none for -1."""
    while frame != -1:
        yield frame
        frame = frames[frame].frame


def is_inside(frames: Sequence[Frame], frame: int, outer: int) -> bool:
    """True if a frame is another one or lies in it; -1 is the whole picture."""
    return outer == -1 or outer in around(frames, frame)


class View(NamedTuple):
    """The contents of a picture.

    Attributes:
        boxes: in the order of the computation.
        arrows, frames: see `Arrow` and `Frame`.
        folded: the folded groups, in words; '' if there are none.
        grads: the numbers that colours are relative to.
        nodes: how many nodes of the graph are part of the picture, folded or not.
    """

    boxes: list[Box]
    arrows: list[Arrow]
    frames: list[Frame]
    folded: str
    grads: Range
    nodes: int


def constant_boxes(graph: Graph, i: int) -> int:
    """The number of boxes for the constant operands of a node."""
    if graph.start[i + 1] - graph.start[i] == graph.first[i + 1] - graph.first[i]:
        return 0
    n = sum(isinstance(o, float) and _is_shown(graph, i, place, o) for place, o in enumerate(graph.operands_of(i)))
    return n if n <= CONSTANTS else 1


def _is_shown(graph: Graph, i: int, place: int, constant: float) -> bool:
    """True if a constant is worth a box.

    The 0 that a sum in Python begins with is not, nor is a missing bias, the constant 0 at the end of a dot.
    """
    if not graph.with_constants:
        return False
    is_bias = graph.row[i].weighted and graph.start[i] + place == graph.start[i + 1] - 1
    return bool(constant) or not (is_bias or graph.op[i] == "+")


def cut_through(tree: Tree, opened: Collection[int]) -> tuple[list[tuple[Item, int]], list[Frame]]:
    """The visible items as (item, frame), in the order of the computation, and the frames."""
    seen: list[tuple[Item, int]] = []
    frames: list[Frame] = []
    stack = [(tree.groups[0].item, -1)]  # item, frame
    while stack:
        item, frame = stack.pop()
        group = tree.group_at(item)
        if group is None or group.id not in opened:
            seen.append((item, frame))
            continue
        is_framed = group.kind == "scope" or (group.kind == "step" and group.parent in tree.divided)
        if is_framed and len(tree.ancestors(group.id)) <= NESTED:
            frames.append(Frame(f"g{group.id}", group.name.rpartition("/")[2].replace("step", "step "), frame))
            frame = len(frames) - 1
        stack += [(inner, frame) for inner in reversed(group.items)]
    return seen, frames


def box_places(tree: Tree, seen: Sequence[tuple[Item, int]]) -> "array[int]":
    """For every node the place of its box among the visible items; -1 if it is not part of the picture."""
    places = array("q", [-1]) * len(tree.graph)
    for place, (item, _) in enumerate(seen):
        for node in tree.nodes(item):
            places[node] = place
    return places


def view(tree: Tree, opened: Collection[int]) -> View:
    """The picture in which exactly these groups and the groups around them are open."""
    graph = tree.graph
    seen, frames = cut_through(tree, opened)
    places = box_places(tree, seen)
    notes = notes_of(graph)
    groups = [tree.group_at(item) for item, _ in seen]
    out = _given_out(graph, places) if any(group and group.kind == "loop" for group in groups) else set()
    ids = [f"g{group.id}" if group else f"n{item}" for group, (item, _) in zip(groups, seen, strict=True)]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    together: Together = {}

    def called(o: int) -> str:
        """The number of a node that is seen alone."""
        return graph.number(o) if places[o] >= 0 and _is_one(groups[places[o]]) else ""

    for place, (group, (item, frame)) in enumerate(zip(groups, seen, strict=True)):
        if group:
            nodes = tree.nodes(item)
            note, zeroed = _notes_in(notes, nodes)
            rules = _rules_in(tree, group, out, called) if group.kind == "loop" else ()
            if group.kind == "chain":
                note, zeroed = notes.get(group.items[-1], ""), 0
            held = graph.root if group.kind != "chain" and places[graph.root] == place else None
            output = "" if held is None else f"{style.name(graph.name(held))} = {style.number(graph.data[held])}"
            box = _group_box(tree, group, nodes, frame)
            order = ordered(graph, nodes, called) if group.kind in ("siblings", "rest") else ""
            boxes.append(box._replace(note=note, zeroed=zeroed, rules=tuple(rules), output=output, order=order))
            _gather(graph, nodes, places, place, together)
            continue
        edges = graph.edges(item)
        constants = [e for e in edges if e.tail is None and _is_shown(graph, item, e.place, e.constant)]
        for some in [[e] for e in constants] if len(constants) <= CONSTANTS else [constants]:
            boxes.append(_constants_box(f"c{item}_{some[0].place}", some, frame))
            arrows.append(Arrow(boxes[-1].id, ids[place], len(some)))
        missing = 0
        for e in edges:
            tail = -1 if e.tail is None else places[e.tail]
            if tail < 0:
                missing += e.tail is not None
            elif _is_one(groups[tail]):
                arrows.append(Arrow(ids[tail], ids[place], 1, e.local, e.contribution, abs(e.contribution or 0.0)))
            else:
                _add(together, tail, place, e.contribution)
        order = ordered(graph, [item], called)
        boxes.append(_node_box(graph, item, frame, missing)._replace(note=notes.get(item, ""), order=order))
    _told_apart(tree, boxes)
    _note_cancelled(graph, boxes)
    for (tail, head), (operands, largest, contribution) in together.items():
        arrow = Arrow(ids[tail], ids[head], int(operands), largest=largest)
        if operands == 1 and _is_one(groups[tail]) and _is_sum(graph, groups[head]):
            arrow = arrow._replace(local=1.0, contribution=contribution)
        arrows.append(arrow)
    whole = array("q", [i for i, place in enumerate(places) if place >= 0])
    return View(boxes, arrows, frames, _folded(tree, [group for group in groups if group]), grads_of(graph, whole), len(whole))


def _rules_in(tree: Tree, loop: Group, out: Collection[int], called: Callable[[int], str]) -> list[str]:
    """The mathematics of a step; where the loop is divided, that of the whole, so that all its pieces say the same."""
    whole = loop.parent if loop.parent in tree.divided else loop.id
    return rules_of(tree.graph, tree.steps[whole], out, called)


def _given_out(graph: Graph, places: Sequence[int]) -> set[int]:
    """The nodes that others use which are not in the same box."""
    first, tails, out = graph.first, graph.tails, set[int]()
    for i, place in enumerate(places):
        if place >= 0:
            out.update([p for p in tails[first[i] : first[i + 1]] if places[p] != place])
    return out


def _notes_in(notes: Mapping[int, str], nodes: Sequence[int]) -> tuple[str, int]:
    """The gradients in a group that are not what the arrows bring, in words, and how many were zeroed since."""
    if not notes:
        return "", 0
    found = [notes[i] for i in nodes if i in notes]
    zeroed, others, hooked = found.count(ZEROED), found.count(OTHER), sum(note.endswith(HOOKED) for note in found)
    counts = {
        "with more than this pass": len(found) - zeroed - others - hooked, "changed by a hook": hooked, OTHER: others,
    }  # fmt: skip
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n), zeroed


# Per pair of boxes with a group among them: the number of operands, the largest contribution, and the first one.
Together = dict[tuple[int, int], list[Any]]


def _is_one(group: Group | None) -> bool:
    """True for a box that is one number to all that use it: a node, and a chain, of which only the last node is used."""
    return group is None or group.kind == "chain"


def _is_sum(graph: Graph, group: Group | None) -> bool:
    """True for a chain of +: what one of its operands gets is known although the chain is folded."""
    return group is not None and group.kind == "chain" and graph.op[group.items[-1]] == "+"


def _add(together: Together, tail: int, head: int, contribution: float | None) -> None:
    entry = together.setdefault((tail, head), [0, 0.0, contribution])
    entry[0] += 1
    size = abs(contribution or 0.0)
    if size > entry[1] or size != size:  # nan stays: nothing is larger
        entry[1] = size


def _add_all(together: Together, tail: int, head: int, contributions: Sequence[float | None]) -> None:
    entry = together.setdefault((tail, head), [0, 0.0, contributions[0]])
    entry[0] += len(contributions)
    sizes = [abs(c or 0.0) for c in contributions]
    largest = max(sizes)
    if (total := sum(sizes)) != total:  # there is a nan among them
        largest = total
    if largest > entry[1] or largest != largest:
        entry[1] = largest


def _gather(graph: Graph, nodes: Sequence[int], places: Sequence[int], place: int, together: Together) -> None:
    """Add the operands of the nodes inside a folded group to the arrows that lead there."""
    first, tails, local, contributions = graph.first, graph.tails, graph.local, graph.contributions
    for i in nodes:
        start, end = first[i], first[i + 1]
        boxes = [places[p] for p in tails[start:end]]
        others = set(boxes)
        others.discard(place)
        others.discard(-1)
        if not others:  # most nodes have all that they use in their own box
            continue
        if contributions is not None:
            passed: Sequence[float | None] = contributions[start:end]
        else:
            grad = graph.passes_on(i)
            passed = [None] * len(boxes) if grad is None else [d * grad for d in local[start:end]]
        if len(others) == 1 and len(boxes) == boxes.count(boxes[0]):
            _add_all(together, boxes[0], place, passed)
            continue
        for tail, contribution in zip(boxes, passed, strict=True):
            if tail != place and tail >= 0:
                _add(together, tail, place, contribution)


def _node_box(graph: Graph, i: int, frame: int, missing: int) -> Box:
    return Box(
        id=f"n{i}",
        kind=graph.kind(i),
        name=graph.labelled(i),
        ops=graph.op[i],
        data=single(graph.data[i]),
        grad=grads_of(graph, [i]),
        frame=frame,
        cut=missing,
        source=graph.source(i),
        number=graph.number(i),
        formula=formula_of(graph, i),
        focus=graph.focus == i,
    )


def _constants_box(box_id: str, constants: Sequence[Edge], frame: int) -> Box:
    return Box(
        id=box_id,
        kind="constant",
        nodes=len(constants),
        things=len(constants),
        data=single(constants[0].constant) if len(constants) == 1 else range_of(e.constant for e in constants),
        frame=frame,
    )


def _chain_box(tree: Tree, chain: Group, frame: int) -> Box:
    """The box of a folded chain: an operation of many operands, whose number is that of the last node."""
    graph, last = tree.graph, chain.items[-1]
    op = graph.op[last]
    operands = [o for i in chain.items for o in graph.operands_of(i) if isinstance(o, float) or tree.group[o] != chain.id]
    # A sum in Python begins with a 0, which is no term.
    constants = [o for o in operands if isinstance(o, float) and o != 0.0]
    terms = sum(not isinstance(o, float) for o in operands)
    sign = f" {style.operation(op)} "
    some = constants if len(constants) <= CONSTANTS else []
    beside = "".join(f"{sign}{style.number(c) if c >= 0.0 else f'({style.number(c)})'}" for c in some)
    if constants and not some:
        beside = f"{sign}{len(constants):,} constants"
    single = _node_box(graph, last, frame, 0)
    formula = f"{CHAINS[op]} of {terms}{beside}"
    return single._replace(
        formula=formula, id=f"g{chain.id}", ops=CHAINS[op], nodes=len(chain.items), things=terms, beside=beside
    )


def _group_box(tree: Tree, group: Group, nodes: Sequence[int], frame: int) -> Box:
    if group.kind == "chain":
        return _chain_box(tree, group, frame)
    graph = tree.graph
    operations = Counter(map(graph.op.__getitem__, nodes))
    del operations[""]  # of leaves
    ops = _operations(operations, alike=group.kind in ("siblings", "rest"))
    things = len(group.items) if group.kind in ("siblings", "rest", "loop") else 1
    rest = tree.group_at(group.items[-1])
    if group.kind == "siblings" and rest and rest.kind == "rest":
        things += len(rest.items) - 1
    return Box(
        id=f"g{group.id}",
        kind=group.kind,
        name=_own_name(group) if group.name else _names(tree, group, nodes, graph.called),
        ops=ops,
        nodes=len(nodes),
        things=things,
        data=range_of(map(graph.data.__getitem__, nodes)),
        grad=grads_of(graph, nodes),
        frame=frame,
    )


def _operations(operations: Counter[str], alike: bool) -> str:
    """The most frequent operations with their counts; for alike nodes, the one operation that made them all."""
    if alike and len(operations) == 1:
        return style.operation(next(iter(operations)))
    most = [(f"{n:,} " if n > 1 else "") + style.operation(op) for op, n in operations.most_common(3)]
    return ", ".join(most) + (", …" if len(operations) > 3 else "")


def _told_apart(tree: Tree, boxes: list[Box]) -> None:
    """Name blocks that have the same name by the first and the last number in them: z²₁@v12 … z²₁@v44."""
    times = Counter(box.name for box in boxes if box.name)
    for n, box in enumerate(boxes):
        if times[box.name] > 1 and box.kind in ("siblings", "rest"):
            group = tree.groups[int(box.id[1:])]
            boxes[n] = box._replace(name=_names(tree, group, tree.nodes(group.item), tree.graph.labelled))


def _note_cancelled(graph: Graph, boxes: list[Box]) -> None:
    """Say of small gradients that they are the rounding of contributions that cancel, if they are."""
    small = [n for n, box in enumerate(boxes) if box.id[0] == "n" and 0.0 < abs(box.grad.low) < style.VANISHING]
    noise = cancelled(graph) if small else bytearray()
    for n in small:
        if noise[int(boxes[n].id[1:])] and not boxes[n].note:
            boxes[n] = boxes[n]._replace(note=CANCELLED)


def _names(tree: Tree, group: Group, nodes: Sequence[int], called: Callable[[int], str]) -> str:
    """The first and the last name in a group."""
    if group.kind == "part":
        return ""
    first, last = tree.group_at(group.items[0]), tree.group_at(group.items[-1])
    if first and last and first.kind == "scope":
        return f"{_own_name(first)} … {_own_name(last)}"
    labels = [called(i) for i in sorted(nodes)]
    distinct = list(dict.fromkeys(filter(None, labels)))
    return " … ".join([*distinct[:1], *distinct[1:][-1:]])


def _own_name(scope: Group) -> str:
    return scope.name.rpartition("/")[2]


def _folded(tree: Tree, closed: Sequence[Group]) -> str:
    """The folded groups, in words."""
    if not closed:
        return ""
    scopes = [g.name for g in closed if g.kind == "scope"]
    alike = sum(1 for g in closed if g.kind in ("siblings", "rest"))
    parts = sum(1 for g in closed if g.kind == "part")
    chains = sum(1 for g in closed if g.kind == "chain")
    loops = [len(g.items) for g in closed if g.kind == "loop" and g.parent not in tree.divided]
    steps = sum(1 if g.kind == "step" else len(g.items) for g in closed if g.kind == "step" or g.parent in tree.divided)
    said = []
    if scopes:
        names = ", ".join(scopes[:3]) + (", …" if len(scopes) > 3 else "")
        said.append(f"{style.counted(len(scopes), 'scope')} ({names})")
    if alike:
        said.append(f"{style.counted(alike, 'group')} of alike values")
    if chains:
        said.append(f"{style.counted(chains, 'chain')} of one operation")
    if loops:
        of_steps = f" of {style.counted(loops[0], 'step')}" if len(set(loops)) == 1 else ""
        said.append(f"{style.counted(len(loops), 'loop')}{of_steps}")
    if steps:
        said.append(f"{style.counted(steps, 'step')} of a loop")
    if parts:
        said.append(f"{style.counted(parts, 'stretch')} of the computation")
    rests = [tree.groups[g.parent].kind for g in closed if g.kind == "rest"]
    alone = [why for why, kinds in ALONE.items() if any((kind == "siblings") == kinds for kind in rests)]
    why = f"; of many alike those {' or '.join(alone)} stand alone" if alone else ""
    return f"{sum(g.size for g in closed):,} of {tree.groups[0].size:,} values folded: {', '.join(said)}{why}"
