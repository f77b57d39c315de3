"""The diagnosis of lists whose places hold the same object: [Value(0.1)] * 4, [row] * 4.

The check takes a `Training` and yields its findings; the table (table.py) has their name. Weights may be shared on
purpose - over positions, over time, between layers -, but then each place multiplies another input.
"""

from collections.abc import Iterator

from autograd import TABLE, Source

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.passes import Key, Pass, is_product, is_sum
from ..evidence.statements import repetition
from ..evidence.thresholds import SAMPLES
from ..evidence.training import Training

_CLASSES = TABLE["logsumexp"]  # its operands are the logits of classes
_MOST = 1000  # nodes of a sum that are walked: a sum carried through a long chain would be walked again at every link


Term = tuple[int, int | float]  # a product in a sum: its weight (a leaf), and the other factor (a node or a number)


def one_weight(training: Training) -> Iterator[Found]:
    """The same `Value` in all places of a list that should hold different ones: [Value(0.1)] * 4."""
    if training.first is None:
        return
    found = _one_value(training.first)
    if found is None:
        ends = {(id(p.shape), id(p.nodes.constants)): p for p in training.ends}  # of equal graphs one tells enough
        rows = [_one_row(training, p) for p in ends.values()]
        found = (rows[0] if all(rows) else None) or _in_a_repeated_list(training, training.first)
    if found is not None:
        yield found


def _in_a_repeated_list(training: Training, p: Pass) -> Found | None:
    """A trained leaf made inside of a list that is repeated as it is written, and that a pass uses in several places."""
    made: dict[Source, list[int]] = {}
    for i, key in p.key_of.items():
        source = p.source(i)
        if key in training.updated and len(p.users[i]) > 1 and source is not None:
            made.setdefault(source, []).append(i)
    for source, leaves in made.items():
        written = repetition(source, named=False)
        if written is not None and written.text != source.text:
            return Found(
                written,
                f"this repeats one list: what looks like several rows is {style.counted(len(leaves), 'parameter')}, which all "
                "of them share",
                "make each its own: [[Value(...) for _ in range(n)] for _ in range(m)] instead of [row] * m",
                {"weights": float(len(leaves))},
                tuple(p.nodes.name(i) for i in leaves),
            )
    return None


# --- one weight for every input ----------------------------------------------------------------------------------------


def _one_value(p: Pass) -> Found | None:
    for i, terms in _weighted_sums(p):
        weights = {w for w, _ in terms}
        if len(terms) < 2 or len(weights) > 1:
            continue
        (w,) = weights
        # A sum of w x over many x may be meant; a list of copies ([w] * n in the source) is not.
        if p.rows[i].weighted or repetition(p.source(w), named=False) is not None:
            return Found(
                p.source(w),
                f"all {len(terms)} weights of {p.name(i)} are one and the same Value: they cannot differ",
                "make each its own: [Value(...) for _ in range(n)] instead of [Value(...)] * n",
                {"weights": float(len(terms))},
                (p.nodes.name(w),),
                _meant(p.source(w), Certainty.HINT),  # [beta] * 3 may be meant: equal shares
                _apart([p.key_of.get(w)], len(terms)),
            )
    return None


def _apart(keys: list[Key], places: int) -> Claim:
    """The claim that it helps if each place of a weight has a weight of its own."""

    def edit(p: Pass) -> Edit:
        return Edit(split={p.leaf[key]: places for key in keys if key in p.leaf})

    return Claim([Experiment("a weight of its own for each place", edit=edit)], vital=False)


def _meant(source: Source | None, named: Certainty) -> Certainty | None:
    """The certainty that a list of copies is a mistake: a fact for [Value(0.1)] * 4, `named` for [w] * 4."""
    if repetition(source, named=False) is not None:
        return Certainty.FACT
    return named if repetition(source) is not None else None


def _weighted_sums(p: Pass) -> Iterator[tuple[int, list[Term]]]:
    """Every weighted sum of a graph, w1 x1 + w2 x2 + ... with leaves as weights: its node and its terms."""
    rows, leaves = p.rows, len(p.leaves)
    for i in p.interior:
        if rows[i].weighted:
            operands = p.operands_of(i)
            n = len(operands) // 2
            if all(w.__class__ is int and w < leaves for w in operands[:n]):
                yield i, list(zip(operands[:n], operands[n : 2 * n], strict=True))  # type: ignore[arg-type]
        elif is_sum(p.rows[i]) and not any(is_sum(p.rows[user]) for user in p.users[i]):
            yield i, _terms(p, i)


def _terms(p: Pass, i: int) -> list[Term]:
    """The products with a leaf in a sum that is written out."""
    found: list[Term] = []
    stack, seen = [i], {i}
    while stack and len(seen) < _MOST:
        j = stack.pop()
        if is_product(p.rows[j]) and len(p.operands_of(j)) == 2:
            a, b = p.operands_of(j)
            if isinstance(a, int) and a in p.leaves and a != b:
                found.append((a, b))
            elif isinstance(b, int) and b in p.leaves and a != b:
                found.append((b, a))
        elif is_sum(p.rows[j]):
            stack += (parents := [q for q in p.parents[j] if q not in seen])
            seen.update(parents)
    return found


def one_input(training: Training) -> Iterator[Found]:
    """Weights that should each have an input of their own, and all multiply the same one."""
    ends = [_with_one_input(training, p) for p in training.ends]
    for line, (p, i, terms) in (ends[0] if ends else {}).items():
        if line in ends[-1]:
            yield Found(
                p.source(i),
                f"all {len(terms)} weights of {p.name(i)}, from {p.name(terms[0][0])} on, multiply the same number, and so "
                "for every sample: together they are one weight",
                "an input of its own for each weight: look at the index, or at the variable of the loop",
                {"weights": float(len(terms))},
                tuple(p.nodes.name(t[0]) for t in terms),
            )
            return


def _with_one_input(training: Training, p: Pass) -> dict[Key, tuple[Pass, int, list[Term]]]:
    """The lines whose weighted sums give the same input to three weights or more, which were made in one line."""
    lines: dict[Key, list[tuple[int, list[Term], set[float]]]] = {}
    for i, terms in _weighted_sums(p):
        own = [t for t in terms if p.key_of.get(t[0]) in training.trained]
        if not own:
            continue
        given = [t[1] for t in own if isinstance(t[1], float) or t[1] in p.leaves]
        numbers = {x if isinstance(x, float) else p.nodes.data[x] for x in given}
        different = len({t[0] for t in own}) == len(own) == len(given) >= 3
        alike = different and len({p.line(t[0]) for t in own}) == 1
        lines.setdefault(p.line(i), []).append((i, own, numbers if alike else {0.0, 1.0}))
    return {
        line: (p, sums[0][0], sums[0][1])
        for line, sums in lines.items()
        if line and all(len(numbers) == 1 for *_, numbers in sums)
        and len({x for *_, numbers in sums for x in numbers}) >= SAMPLES
    }  # fmt: skip


# --- one row for every unit --------------------------------------------------------------------------------------------


def _one_row(training: Training, p: Pass) -> Found | None:
    """A layer whose units are computed from the same operands, though they are weighted as different units."""
    same = _same(p)
    lines: dict[Key, tuple[int, list[int]]] = {}
    for i, units in _compared(p):
        line = p.line(i)
        if line not in lines or lines[line][1]:  # in some samples two inputs may be equal by chance
            alike = len(set(units)) == len(units) and len({same[q] for q in units}) == 1
            alike = alike or bool(_one_but_for_a_bias(training, p, units))
            lines[line] = (lines[line][0] if line in lines else i, (lines.get(line, (i, units))[1]) if alike else [])
    for i, units in lines.values():
        rows = _rows(training, p, units) if units else []
        if rows:
            row, one = rows[0], len({same[q] for q in units}) == 1
            written = repetition(p.source(row))
            if written is None and not one:
                continue  # thresholds: one score, and a number of its own for each step up
            return Found(
                written or p.source(row),
                f"all {len(units)} units that go into {p.name(i)} {'are one: ' if one else 'have '}the same weights, beginning "
                f"with {p.name(row)}, and the same inputs{'' if one else '; they differ in the bias alone'}",
                "make each row its own: [[Value(...) for _ in range(n)] for _ in range(m)] instead of [row] * m",
                {"units": float(len(units))},
                tuple(p.nodes.name(q) for q in rows),
                _meant(p.source(row), Certainty.LIKELY),
                _apart([p.key_of.get(q) for q in rows], len(units)),
            )
    return None


def _rows(training: Training, p: Pass, units: list[int]) -> list[int]:
    """The weights that all of these units have."""
    common = set.intersection(*(set(p.linear_leaves(u)) for u in units))
    return [q for q in p.linear_leaves(units[0]) if q in common and p.key_of.get(q) in training.parameters]


def _one_but_for_a_bias(training: Training, p: Pass, units: list[int]) -> list[int]:
    """The units, if each is computed from the same weights and numbers as the others, and from one parameter of its own."""
    seen = []
    for u in units:
        leaves = p.linear_leaves(u)
        numbers = tuple(o for j in _sum(p, u) for o in p.operands_of(j) if isinstance(o, float))
        seen.append((set(leaves), numbers))
    common = set.intersection(*(leaves for leaves, _ in seen))
    own = [leaves - common for leaves, _ in seen]
    weights = [q for q in common if p.key_of.get(q) in training.parameters]
    if not weights or any(len(leaves) != 1 for leaves in own) or len({numbers for _, numbers in seen}) > 1:
        return []
    (first, *_), *_ = own
    return units if p.key_of.get(first) in training.parameters else []


def _sum(p: Pass, i: int) -> list[int]:
    """The nodes of a unit, with its activation, down to its leaves."""
    found: list[int] = []
    stack = [i]
    while stack and len(found) < _MOST:
        j = stack.pop()
        if j in p.leaves or j in found:
            continue
        if j == i or p.rows[j].linear:
            found.append(j)
            stack += p.parents[j]
    return sorted(found)


def _compared(p: Pass) -> Iterator[tuple[int, list[int]]]:
    """Groups of units that should differ, with the node that uses them: it gives each a weight, or takes them as logits."""
    for i, terms in _weighted_sums(p):
        units = [x for _, x in terms if isinstance(x, int) and x not in p.leaves]
        if len({w for w, _ in terms}) == len(terms) == len(units) > 1:
            yield i, units
    for i in p.interior:
        if p.rows[i] is _CLASSES and len(p.parents[i]) > 1:
            yield i, list(p.parents[i])


def _same(p: Pass) -> list[int]:
    """For each node the first node with the same operation and the same operands."""
    first: dict[Key, int] = {}
    numbers: dict[float, int] = {}
    constants = [numbers.setdefault(x, -1 - k) for k, x in enumerate(p.nodes.constants)]
    same, parents, operands, ops = list(range(len(p.nodes))), p.parents, p.shape.operands, p.ops
    for i in p.interior:
        if parents[i] is operands[i]:
            of = tuple(map(same.__getitem__, parents[i]))
        else:
            of = tuple([same[o] if o >= 0 else constants[-1 - o] for o in operands[i]])
        same[i] = first.setdefault((ops[i], of), i)
    return same
