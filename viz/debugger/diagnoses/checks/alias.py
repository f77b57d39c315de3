"""The diagnosis of lists whose places hold the same object: [Value(0.1)] * 4, [row] * 4.

The check takes a `Training` and yields its findings; the table (table.py) has their name. Weights may be shared on
purpose - over positions, over time, between layers -, but then each place multiplies another input.
"""

from collections.abc import Iterator

from autograd import TABLE, Source

from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.passes import Key, Pass, is_product, is_sum
from ..evidence.statements import repetition
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
        found = rows[0] if all(rows) else None
    if found is not None:
        yield found


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
                _apart([p.key_of.get(w)]),
            )
    return None


def _apart(keys: list[Key]) -> Claim:
    """The claim that it helps if each use of a weight is a weight of its own."""

    def edit(p: Pass) -> Edit:
        return Edit(split=frozenset(p.leaf[key] for key in keys if key in p.leaf))

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


# --- one row for every unit --------------------------------------------------------------------------------------------


def _one_row(training: Training, p: Pass) -> Found | None:
    """A layer whose units are computed from the same operands, though they are weighted as different units."""
    same = _same(p)
    lines: dict[Key, tuple[int, list[int]]] = {}
    for i, units in _compared(p):
        line = p.line(i)
        if line not in lines or lines[line][1]:  # in some samples two inputs may be equal by chance
            alike = len(set(units)) == len(units) and len({same[q] for q in units}) == 1
            lines[line] = (lines[line][0] if line in lines else i, (lines.get(line, (i, units))[1]) if alike else [])
    for i, units in lines.values():
        rows = [q for q in p.linear_leaves(units[0]) if p.key_of.get(q) in training.parameters] if units else []
        if rows:
            row = rows[0]
            return Found(
                repetition(p.source(row)) or p.source(row),
                f"all {len(units)} units that go into {p.name(i)} are one: the same weights, beginning with {p.name(row)}, and "
                "the same inputs",
                "make each row its own: [[Value(...) for _ in range(n)] for _ in range(m)] instead of [row] * m",
                {"units": float(len(units))},
                tuple(p.nodes.name(q) for q in rows),
                _meant(p.source(row), Certainty.LIKELY),
                _apart([p.key_of.get(q) for q in rows]),
            )
    return None


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
