"""Experiments as data: one thing changed in a recorded training, and what a graph becomes by it.

A check says which experiment would refute it; the laboratory (laboratory.py) runs it. Changed are the length of the steps, the
numbers at which the parameters begin, the leaves that are trained, the passes that are used, or the graphs themselves: an
operation left out or replaced, a result squared, a weight that becomes one for each of its uses, a probability taken among
others, other inputs and targets.
"""

import array
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from autograd import TABLE
from autograd.primitives.readers import FLOAT
from autograd.recording.columns import Nodes
from autograd.replay.tape import Draft, Tape

from .passes import Key, Pass

Entry = int  # a leaf's id, or -1 - k for constant k of the nodes: as in the column of operands


class Edit(NamedTuple):
    """The changes of one graph.

    Attributes:
        left_out: the nodes that are left out, each with the node that takes its place: the operand of an activation.
        replaced: the nodes that another primitive makes of the same operands.
        applied: the nodes to whose result another primitive is applied: a square, an activation.
        biased: the nodes to which a new parameter is added, by its mark; it begins at 0.
        dropped: the nodes that become 0: the terms of samples that are left out.
        split: the leaves that become one for each place, with the number of places, which take turns in every sample.
        swapped: other operands, by node and operand: the logit of another class.
        grouped: the probabilities that are taken among others: exp(z - logsumexp) or a quotient of exponentials, with the
            logits or exponentials that each is to be normalised with.
        numbers: other numbers for leaves and constants.
    """

    left_out: Mapping[int, int] = {}
    replaced: Mapping[int, str] = {}
    applied: Mapping[int, str] = {}
    biased: Mapping[int, Key] = {}
    dropped: frozenset[int] = frozenset()
    split: Mapping[int, int] = {}
    swapped: Mapping[tuple[int, int], int] = {}
    grouped: Mapping[int, tuple[int, ...]] = {}
    numbers: Mapping[Entry, float] = {}

    @property
    def structure(self) -> tuple[object, ...]:
        """The changes without those of numbers: graphs of one shape with one structure are one program."""
        if self is UNCHANGED:
            return ()
        maps: tuple[Mapping[Any, Any], ...] = (
            self.left_out, self.replaced, self.applied, self.biased, self.split, self.swapped, self.grouped,
        )  # fmt: skip
        if not any(maps) and not self.dropped:
            return ()
        return (*(tuple(sorted(changes.items(), key=lambda item: item[0])) for changes in maps), self.dropped)


UNCHANGED = Edit()


class Update(Protocol):
    """An update that can be run."""

    def step(self, k: int, numbers: dict[Any, float], gradient: Mapping[Any, float], /) -> None:
        """Change the numbers in step k by their gradient."""


class Experiment(NamedTuple):
    """One thing changed in a training.

    Attributes:
        words: the change, as it completes "with ...": 'a rate 10 times smaller'.
        remedy: the advice that follows if it helps.
        rate: the factor on every step; -1 is the other sign.
        rates: plain descent with these rates, beside the script's own run.
        law: makes another update, beside the script's own run.
        clip: the length to which gradients are cut.
        start: other numbers at which parameters begin.
        also: leaves that are trained besides.
        edit: the changes of a pass's graph.
        only: True for the passes that are used.
        further: how many times as many steps are made, beside the script's own run; 1 for as many.
        solved: True for the same cost made small by a method that finds its own steps (solver.py), from the same beginning;
            with an edit, beside what the method makes of it without the edit.
    """

    words: str
    remedy: str = ""
    rate: float = 1.0
    rates: tuple[float, ...] = ()
    law: Callable[[], Update] | None = None
    clip: float = math.inf
    start: Mapping[Key, float] = {}
    also: frozenset[Key] = frozenset()
    edit: Callable[[Pass], Edit] | None = None
    only: Callable[[Pass], bool] | None = None
    further: int = 1
    solved: bool = False


class Claim(NamedTuple):
    """A suspicion as a prediction: with one of these changes the training reaches a much smaller cost.

    Attributes:
        experiments: the changes; the first that helps is the answer.
        measure: the number that should become small, from a pass and the parameters; None for the cost that is trained.
        what: the name of that number.
        best: True runs all and takes the best.
        vital: True if the suspicion falls with the experiments; else it stays as likely as it was.
        alone: True if the experiments are the only evidence: nothing is said unless one helps.
        judge: the verdict from three numbers - at the beginning, at the end without and with the change -, where it is another
            than that the last one is much smaller.
        longer: False if the script's own steps are enough.
        whole: True if all of the script's steps are needed: at its beginning nothing differs yet.
        then: a claim that is tried besides: it may have the better advice.
    """

    experiments: Sequence[Experiment]
    measure: Callable[[Pass, Mapping[Key, float]], float] | None = None
    what: str = "the cost"
    best: bool = False
    vital: bool = True
    alone: bool = False
    judge: Callable[[float, float, float], bool | None] | None = None
    longer: bool = True
    whole: bool = False
    then: "Claim | None" = None


Place = tuple[int, int]  # a leaf that is split, and the number of one of its places


def tape_of(nodes: Nodes, leaves: int, edit: Edit, varying: Sequence[int]) -> tuple[Tape, list[Place]]:
    """A graph as a tape, changed.

    Args:
        leaves: their number.
        varying: the constants that differ between passes: inputs of the tape, after the leaves.

    Returns:
        The tape, and for each of its further inputs the leaf and the place whose number it is. The last inputs are the new
        parameters.
    """
    if not edit.structure:
        return _tape_of(nodes, leaves, varying), []
    times: Counter[int] = Counter()
    uses: list[Place] = []
    for o in nodes.operands if edit.split else ():
        if o in edit.split:
            uses.append((o, times[o] % edit.split[o]))
            times[o] += 1
    places = list(dict.fromkeys(uses))
    input_of = {-1 - k: leaves + n for n, k in enumerate(varying)}
    known = leaves + len(varying)
    input_at = {place: known + n for n, place in enumerate(places)}
    added = {key: known + len(places) + n for n, key in enumerate(dict.fromkeys(edit.biased.values()))}
    draft, used = Draft(known + len(places) + len(added)), iter(uses)
    constants, column, start, ops, number = draft.columns()
    constants.extend([edit.numbers.get(-1 - k, x) for k, x in enumerate(nodes.constants)])
    at = [*range(leaves), *[0] * (len(nodes) - leaves)]  # entries of the new tape
    op_of = {made: number(made if isinstance(made, str) else made.name) for made in dict.fromkeys(nodes.made_by[leaves:])}
    changed = {*edit.grouped, *edit.dropped, *edit.left_out, *edit.replaced, *edit.biased, *edit.applied}

    def entry(o: int) -> int:
        if o < 0:
            return input_of.get(o, o)
        return input_at[next(used)] if o in edit.split else at[o]

    def constant(x: float) -> int:
        constants.append(x)
        return -len(constants)

    def operand(entry: int) -> int | float:
        return entry if entry >= 0 else constants[-1 - entry]

    given, begin, zero = nodes.operands.tolist(), nodes.start, constant(0.0)
    for i in _order(nodes, leaves, edit):
        own = given[begin[i] : begin[i + 1]]
        if edit.split or edit.swapped:
            own = [entry(edit.swapped.get((i, o), o)) for o in own]
        else:
            own = [at[o] if o >= 0 else input_of.get(o, o) for o in own]
        if i not in changed and max(own) >= 0:  # most of them, at a fifth of the time
            ops.append(op_of[nodes.made_by[i]])
            column.extend(own)
            start.append(len(column))
            at[i] = len(ops) - 1
            continue
        operands = [*map(operand, own)]
        if i in edit.grouped:
            at[i] = _taken_among(draft, operands[0], [operand(at[g]) for g in edit.grouped[i]], nodes.op(i))
        elif i in edit.dropped:
            at[i] = zero
        elif i in edit.left_out:
            at[i] = at[edit.left_out[i]]
        elif max(own) < 0:  # everything below it has been dropped
            at[i] = constant(float(nodes.row(i).value(FLOAT, *operands)))
        else:
            made = draft.node(edit.replaced.get(i) or nodes.op(i), operands)
            made = draft.node("add", [made, added[edit.biased[i]]]) if i in edit.biased else made
            at[i] = draft.node(edit.applied[i], [made]) if i in edit.applied else made
    return draft.tape([operand(at[-1])]), places


def _taken_among(draft: Draft, x: int | float, group: Sequence[int | float], op: str) -> int:
    """A probability: the exponential of a logit, or an exponential, beside those of a group."""
    return draft.node(op, [x, draft.node("sum" if TABLE[op].linear else "logsumexp", group)])


def _order(nodes: Nodes, leaves: int, edit: Edit) -> Iterable[int]:
    """The computed nodes, each after those that it needs: in a group there may be some that come later."""
    if not edit.grouped:
        return range(leaves, len(nodes))
    found: dict[int, None] = {}
    stack = [(len(nodes) - 1, False)]
    while stack:
        i, known = stack.pop()
        if known:
            found[i] = None
        elif i >= leaves and i not in found:
            needed = [*nodes.operands[nodes.start[i] : nodes.start[i + 1]], *edit.grouped.get(i, ())]
            stack += [(i, True), *((o, False) for o in reversed(needed) if o >= leaves and o not in found)]
    return found


def _tape_of(nodes: Nodes, leaves: int, varying: Sequence[int]) -> Tape:
    """A graph as a tape, as it is: its columns, or copies with room for further inputs."""
    tape, further = Tape(leaves + len(varying)), len(varying)
    tape.constants = nodes.constants
    if further:
        input_of = {-1 - k: leaves + n for n, k in enumerate(varying)}
        tape.operands = array.array("q", [o + further if o >= leaves else input_of.get(o, o) for o in nodes.operands])
        tape.start = array.array("q", [0]) * further + nodes.start
    else:
        tape.operands, tape.start = nodes.operands, nodes.start
    ops = list(map(nodes.op, range(leaves, len(nodes))))
    tape.names = list(dict.fromkeys(ops))
    number = {name: k for k, name in enumerate(tape.names)}
    tape.op.extend([number[op] for op in ops])
    tape.outputs = (len(nodes) - 1 + further,)
    return tape


def number_of(p: Pass, entry: Entry) -> float:
    """The number of a leaf or a constant."""
    return p.nodes.data[entry] if entry >= 0 else p.nodes.constants[-1 - entry]


def numbers_of(p: Pass, entries: Iterable[Entry]) -> list[float]:
    """The numbers of many, in a quarter of the time: samples ask for those of every input."""
    data, constants = p.nodes.data, p.nodes.constants
    return [data[e] if e >= 0 else constants[-1 - e] for e in entries]
