"""Diagnoses of masks, as in dropout: one that keeps nothing, and one that is drawn once for all steps.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import functools
from collections.abc import Iterator

from .... import style
from ..evidence.found import Found
from ..evidence.passes import Key, Pass, is_product
from ..evidence.thresholds import ENOUGH, SAMPLES
from ..evidence.training import Training


def keeps_nothing(training: Training) -> Iterator[Found]:
    """A line that multiplies everything it gets by 0: a mask that keeps nothing."""
    lines: dict[Key, list[tuple[Pass, int, bool]]] = {}
    for p in training.looked_at:
        for i in training.once(("masks", id(p.shape)), functools.partial(_masks, p)):
            with_zero = [number for number in p.operands_of(i) if isinstance(number, float)] == [0.0]
            lines.setdefault(p.line(i), []).append((p, i, with_zero))
        for i in p.interior:  # a / 0.7 if kept else a * 0.0
            if p.line(i) in lines and len(p.parents[i]) == 1 and not is_product(p.rows[i]) and p.rows[i].arity == 2:
                lines[p.line(i)].append((p, i, False))
    for line, seen in lines.items():
        if line is not None and len(seen) >= SAMPLES * SAMPLES and all(zero for *_, zero in seen):
            p, i, _ = seen[0]
            yield Found(
                p.source(i),
                f"all {len(seen)} products of this line are with 0: {p.written(i)}; whatever was computed before is lost",
                "look at the mask: which share does it keep?",
                {"products": float(len(seen))},
                (p.nodes.name(i),),
            )


def _masks(p: Pass) -> list[int]:
    """The products of two computed nodes, or of one and a number; not those whose result is multiplied again."""
    found = []
    for i in p.interior:
        parents = p.parents[i]
        if not is_product(p.rows[i]) or len(p.shape.operands[i]) != 2 or not all(p.parents[j] for j in parents):
            continue
        if len(parents) == 1 or not any(is_product(p.rows[user]) for user in p.users[i]):
            found.append(i)
    return found


def never_drawn_anew(training: Training) -> Iterator[Found]:
    """A mask of zeros and one other factor, above 1 as in dropout, that is the same for all samples of all steps."""
    passes = training.sound
    if len(passes) < ENOUGH or not training.updated or any(q.shape is not passes[0].shape for q in passes):
        return
    p = passes[0]
    lines: dict[Key, list[tuple[int, int]]] = {}
    for i in p.interior:
        constants = [-1 - o for o in p.shape.operands[i] if o < 0]
        masked = is_product(p.rows[i]) and len(constants) == 1 and len(p.shape.operands[i]) == 2
        if masked and p.parents[p.parents[i][0]]:  # a weight times 0 or 10 is a treatment, and no mask
            lines.setdefault(p.source(i), []).append((i, constants[0]))  # the expression: a line may have several
    for line, products in lines.items():
        factors = {p.nodes.constants[k] for _, k in products}
        if line is None or len(factors) != 2 or min(factors) != 0.0 or not max(factors) > 1.0:
            continue
        drawn = [tuple(q.nodes.constants[k] for _, k in products) for q in passes]
        width = next((w for w in range(2, len(products) + 1) if _repeats(drawn[0], w)), 0)
        if len(set(drawn)) > 1 or width > len(products) // SAMPLES:
            continue
        i, _ = products[0]
        zeros = drawn[0][:width].count(0.0)
        yield Found(
            p.source(i),
            f"{zeros} of {width} units are multiplied by 0 and the others by {style.number(max(factors))}, "
            f"the same ones for all samples in all {len(passes)} passes: those are never trained",
            "draw the mask in every step",
            {"units": float(width), "zeros": float(zeros), "passes": float(len(passes))},
            (p.nodes.name(i),),
        )
        return


def _repeats(factors: tuple[float, ...], width: int) -> bool:
    """True if factors repeat after some places."""
    return len(factors) % width == 0 and factors == factors[:width] * (len(factors) // width)
