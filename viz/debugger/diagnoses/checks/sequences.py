"""Diagnoses of sequences: a state that goes from one to the next, and the places that fill short ones up.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Both are proven by training again:
with a state that begins anew where a sequence does, and without the samples that are padding.
"""

import ast
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment
from ..evidence.found import Found
from ..evidence.outputs import at_parameters, residuals
from ..evidence.passes import Key, Pass
from ..evidence.script import Script
from ..evidence.thresholds import ENOUGH, MATCHED, SAMPLES
from ..evidence.training import Training
from .progress import sense_of

_MOST = 40_000  # nodes that are walked through
_TRIED = 4  # lengths of sequences
_SMALL = 0.02  # of the variance of the targets: there is little to be mended
_FEW, _BETTER = 16, 0.1  # targets, and of the cost: so few are more easily fitted by a wrong change as well

Link = tuple[int, int]  # a node, and its operand that comes from the sample before


# --- a state ---------------------------------------------------------------------------------------------------------


def carried_over(training: Training) -> Iterator[Found]:
    """Outputs that are computed from those of all sequences before, because their state does not begin anew."""
    p = training.sound[-1] if training.sound else None
    if (
        p is None
        or len(training.steps) < ENOUGH
        or sense_of(training) != 1.0
        or len(p.nodes) > _MOST
        or _explained(p, SAMPLES + 1)
    ):
        return
    links = _links(training, p)
    if len(links) < SAMPLES or not all(_beginning(training, p, link) is not None for link in links[0]):
        return
    lengths = {len(entries) for entries in training.sight.lists.values() if 1 < len(entries) <= len(links)}
    periods = [1, *sorted({(len(links) + 1) // n for n in lengths if (len(links) + 1) % n == 0} - {1})]

    def experiment(period: int) -> Experiment:
        def edit(q: Pass) -> Edit:
            own = links if q.shape is p.shape else _links(training, q)
            return _begun_anew(training, q, own, period)

        what = "for every sample" if period == 1 else f"for every {period} outputs"
        return Experiment(f"a state that begins anew {what}", edit=edit)

    share = MATCHED if len(links) >= _FEW else _BETTER
    i, q = links[0][0]
    yield Found(
        p.source(i),
        f"each of {len(links) + 1} outputs is computed from those before it: {p.name(q)}, the state at the end of one, is "
        "where the next begins",
        "set the state back where a sequence begins, inside the loop over the sequences",
        {"outputs": float(len(links) + 1)},
        (p.nodes.name(q),),
        claim=Claim(
            [experiment(period) for period in periods[:_TRIED]], best=True,
            alone=True, longer=False, judge=lambda first, before, after: after < share * min(first, before),
        ),
    )  # fmt: skip


def _explained(p: Pass, least: int) -> bool:
    """True if the errors are small beside the differences of the targets, or fewer than so many targets differ."""
    compared = residuals(p)
    ys = [y for *_, y in compared]
    if len(set(ys)) < least:
        return True
    mean = math.fsum(ys) / len(ys)
    error = math.fsum((p.nodes.data[f] - y) ** 2 for _, f, y in compared)
    return error < _SMALL * math.fsum((y - mean) ** 2 for y in ys)


def _links(training: Training, p: Pass) -> list[list[Link]]:
    """The ways by which each output goes into the next one; [] if there is one that does not."""
    outputs = sorted({f for _, f, _ in residuals(p)})
    owner: dict[int, int] = {}  # the first output that a node is used for
    fed = set[int]()  # the nodes that are computed from more than parameters
    for k, f in enumerate(outputs):
        stack = [f]
        while stack:
            if (j := stack.pop()) not in owner:
                owner[j] = k
                stack += p.parents[j]
    found: list[list[Link]] = [[] for _ in outputs[1:]]
    for j in sorted(owner):
        operands = p.shape.operands[j]
        if any(o < 0 or o in fed or (o in p.leaves and p.key_of.get(o) not in training.trained) for o in operands):
            fed.add(j)
        if j not in p.leaves and owner[j]:
            found[owner[j] - 1] += [(j, q) for q in p.parents[j] if q in fed and owner[q] == owner[j] - 1]
    return found if all(found) else []


def _beginning(training: Training, p: Pass, link: Link) -> Entry | None:
    """The number with which the first sequence begins: what stands in the place of the output before."""
    user, f = link
    own = p.shape.operands[user]
    place = own.index(f)
    for i in p.interior:
        operands = p.shape.operands[i]
        if i >= user or p.line(i) != p.line(user) or p.rows[i] is not p.rows[user] or len(operands) != len(own):
            continue
        same = all(a == b for k, (a, b) in enumerate(zip(own, operands, strict=True)) if k != place and a in p.leaves)
        begun = operands[place]
        if same and (begun < 0 or (begun in p.leaves and p.key_of.get(begun) not in training.trained)):
            return begun
    return None


def _begun_anew(training: Training, p: Pass, links: Sequence[Sequence[Link]], period: int) -> Edit:
    """The change of a graph: every so many outputs, the number of the beginning in the place of the output before."""
    first = [_beginning(training, p, link) for link in links[0]] if links else []
    cut: dict[Link, Entry] = {}
    for k, edges in enumerate(links, 1):
        if k % period == 0 and len(edges) == len(first):
            cut |= {edge: entry for edge, entry in zip(edges, first, strict=True) if entry is not None}
    return Edit(swapped=cut)


# --- padding -----------------------------------------------------------------------------------------------------------


def padded(training: Training) -> Iterator[Found]:
    """Targets that are padding: the numbers by which short sequences are filled up are learned like all others."""
    p, script = training.sound[-1] if training.sound else None, training.script
    if p is None or len(training.steps) < ENOUGH or sense_of(training) != 1.0 or _explained(p, 2):
        return
    fillers = _fillers(script)
    times = Counter(y for *_, y in residuals(p))
    for number, made in fillers.items():
        if not SAMPLES <= times[number] < len(residuals(p)) - SAMPLES or times[number] < 2 * max(_others(times, number)):
            continue

        def without(q: Pass, number: float = number) -> Edit:
            return Edit(dropped=frozenset(user for i, _, y in residuals(q) if y == number for user in q.users[i]))

        def error(q: Pass, numbers: Mapping[Key, float], number: float = number) -> float:
            data, own = at_parameters(q, numbers), [(f, y) for _, f, y in residuals(q) if y != number]
            return math.fsum((data[f] - y) ** 2 for f, y in own) / len(own) if own else math.nan

        i = next(i for i, _, y in residuals(p) if y == number)
        yield Found(
            p.source(i),
            f"{times[number]} of {len(residuals(p))} targets are {style.number(number)}, by which line {made} fills up what is "
            "short: they are learned like the others",
            "leave them out of the cost: the mean over the length that the sequence has",
            {"padding": float(times[number]), "targets": float(len(residuals(p)))},
            (p.nodes.name(i),),
            claim=Claim(
                [Experiment("the padding left out", edit=without)], error, "the mean squared error of the others",
                alone=True, longer=False, judge=lambda _, before, after: after < MATCHED * before,
            ),
        )  # fmt: skip
        return


def _others(times: Counter[float], number: float) -> list[int]:
    return [n for y, n in times.items() if y != number] or [0]


def _fillers(script: Script) -> dict[float, int]:
    """The numbers by which lists are filled up, [0.0] * (n - len(x)), or the fill of a zip, with the line of each."""
    found: dict[float, int] = {}
    for n in script.module:
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult):
            for filler, times in ((n.left, n.right), (n.right, n.left)):
                if isinstance(filler, ast.List) and len(filler.elts) == 1 and _is_rest(times):
                    found |= _number(filler.elts[0], n.lineno)
        elif isinstance(n, ast.keyword) and n.arg in ("fillvalue", "padding_value", "constant_values"):
            found |= _number(n.value, n.value.lineno)
    return found


def _is_rest(times: ast.expr) -> bool:
    """True for a difference of lengths."""
    return isinstance(times, ast.BinOp) and isinstance(times.op, ast.Sub) and "len" in ast.unparse(times.right)


def _number(node: ast.expr, line: int) -> dict[float, int]:
    try:
        return {float(ast.literal_eval(node)): line}
    except (ValueError, TypeError):
        return {}
