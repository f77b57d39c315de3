"""Faults that no pattern shows, only an experiment or the arithmetic of the updates.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Nothing is said unless the training
was bad and the one change makes it good.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Mapping

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment, number_of
from ..evidence.found import Found
from ..evidence.passes import Key, Pass, is_product
from ..evidence.thresholds import CHANCE, ENOUGH, LONG, MANY, MATCHED, SAMPLES, STEPS, TERMS, UNEXPLAINED
from ..evidence.training import Training
from .cost import at_parameters, has_inputs, mean_square, residuals, targets_of
from .progress import sense_of

_EXACT = 1e-5  # relative: an update that is a formula is one up to rounding
_LEFT_OUT = 5  # every fifth sample


# --- the cost ----------------------------------------------------------------------------------------------------------


def divided_twice(training: Training) -> Iterator[Found]:
    """A mean over n samples that is divided by n again: steps n times too short."""
    p = training.first
    if p is None or sense_of(training) != 1.0:
        return
    terms = [(i, c) for i, c in p.terms if not all(q in p.leaves for q in p.nodes.parents(i))]
    n, ops, factors = len(terms), {p.ops[i] for i, _ in terms}, {c for _, c in terms}
    if n < TERMS or len(ops) != 1 or max(factors) - min(factors) > 1e-12 or not math.isclose(min(factors) * n * n, 1.0):
        return
    yield Found(
        p.source(len(p.nodes) - 1),
        f"the cost is the mean over {n} samples, divided by {n} once more: its gradient is {n} times too small",
        "take the mean once",
        {"samples": float(n)},
        (p.nodes.name(len(p.nodes) - 1),),
        claim=Claim([Experiment("the mean taken once", rate=float(n))]),
    )


# --- the targets -------------------------------------------------------------------------------------------------------


def targets_shifted(training: Training) -> Iterator[Found]:
    """Every output is compared with the target of the sample before or after its own."""
    passes = training.sound
    if len(passes) < ENOUGH or sense_of(training) != 1.0 or not _unexplained(training):
        return
    p = passes[-1]
    i, f, _ = residuals(p)[0]
    yield Found(
        p.source(i),
        "the outputs do not fit their targets",
        "pair them by place: zip(inputs, targets), both sorted or shuffled together",
        {},
        (p.nodes.name(f),),
        claim=Claim(
            [_shifted(passes, 1, "before"), _shifted(passes, -1, "after")],
            alone=True, longer=False, judge=lambda _, before, after: after < MATCHED * before,
        ),
    )  # fmt: skip


def _unexplained(training: Training) -> bool:
    """True if a training with enough different targets, one for each sample, has not explained what they differ by."""
    p = training.sound[-1]
    outputs = [f for _, f, _ in residuals(p)]
    if not any(has_inputs(training, p, f) for f in outputs) or len({tuple(p.linear_leaves(f)) for f in outputs}) > 1:
        return False
    compared: list[tuple[float, float]] = []
    for q in reversed(training.sound[-MANY:]):
        compared += [(q.nodes.data[f], y) for _, f, y in residuals(q)]
        if len(compared) >= MANY:  # earlier passes know less
            break
    ys = [y for _, y in compared]
    if len(set(ys)) < 4 * SAMPLES:  # a few can be fitted to anything
        return False
    error = math.fsum((f - y) ** 2 for f, y in compared) / len(compared)
    return error > UNEXPLAINED * statistics.pvariance(ys)


def _shifted(passes: list[Pass], by: int, where: str) -> Experiment:
    """The same training, each target that of a neighbour."""
    entries: list[tuple[int, Entry, float]] = []
    whole = len(residuals(passes[0])) >= 2 * SAMPLES  # a pass with all samples: its own order
    numbers: dict[int, dict[Entry, float]] = {id(p): {} for p in passes}
    for p in passes:
        here = [(id(p), e, number_of(p, e)) for e in targets_of(p)]
        if whole:
            _turned(here, by, numbers)
        entries += here
    if not whole:
        _turned(entries, by, numbers)

    def edit(p: Pass) -> Edit:
        return Edit(numbers=numbers[id(p)])

    return Experiment(f"the target of the sample {where} it for each", edit=edit)


def _turned(entries: list[tuple[int, Entry, float]], by: int, numbers: dict[int, dict[Entry, float]]) -> None:
    for k, (p, entry, _) in enumerate(entries):
        numbers[p][entry] = entries[(k - by) % len(entries)][2]


def penalty_outweighs(training: Training) -> Iterator[Found]:
    """A penalty on the parameters that outweighs the errors: with less of it the targets would be met."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or sense_of(training) != 1.0 or not _unexplained(training):
        return
    penalties = [i for i, c in p.terms if c > 0.0 and all(q in p.leaves for q in p.nodes.parents(i))]
    if not penalties:
        return
    ops = {(p.ops[i], p.line(i)) for i in penalties}

    def without(q: Pass) -> Edit:
        own = (i for i, _ in q.terms if (q.ops[i], q.line(i)) in ops and all(j in q.leaves for j in q.nodes.parents(i)))
        return Edit(dropped=frozenset(own))

    yield Found(
        p.source(penalties[0]),
        f"the penalty on {style.counted(len(penalties), 'parameter')} outweighs the errors",
        "a smaller factor for the penalty",
        {"penalties": float(len(penalties))},
        (p.nodes.name(penalties[0]),),
        claim=Claim(
            [Experiment("no penalty", edit=without)], mean_square, "the mean squared error",
            alone=True, longer=False, judge=lambda _, before, after: after < MATCHED * before,
        ),
    )  # fmt: skip


# --- the update --------------------------------------------------------------------------------------------------------


def grown_by_decay(training: Training) -> Iterator[Found]:
    """An update that adds a part of each weight to it, where decay takes it away."""
    fits = _fits(training, lambda a, _, i: a.nodes.data[i])
    rates, growths = [rate for rate, _ in fits], [growth for _, growth in fits]
    if len(fits) < STEPS or not min(rates) > 0.0 or not min(growths) > 0.0 or training.maximise:
        return
    growth = statistics.median(growths)
    yield Found(
        training.update_source,
        f"each step is {style.number(statistics.median(rates))} times the gradient, downwards, and "
        f"{style.number(growth)} times the weight, away from 0: a decay that makes the weights grow",
        "the other sign for the decay: p.data -= rate * (p.grad + decay * p.data)",
        {"rate": statistics.median(rates), "growth": growth},
        claim=Claim([Experiment("the gradient alone", rates=(statistics.median(rates),))], alone=True),
    )


def growing_momentum(training: Training) -> Iterator[Found]:
    """An update that contains more than the whole step before: the steps grow without end."""

    def before(a: Pass, earlier: Pass, i: int) -> float:
        key = a.key_of.get(i)
        return a.nodes.data[i] - earlier.nodes.data[earlier.leaf[key]] if key in earlier.leaf else 0.0

    fits = _fits(training, before)
    if len(fits) < STEPS or not min(momentum for _, momentum in fits) >= 1.0:
        return
    momentum = statistics.median(momentum for _, momentum in fits)
    yield Found(
        training.update_source,
        f"each step is {style.number(momentum)} times the step before, and a part of the gradient: the steps grow without end",
        "a momentum below 1, such as 0.9",
        {"momentum": momentum, "rate": statistics.median(rate for rate, _ in fits)},
    )


Fit = tuple[float, float]  # the rate of the gradient, and the factor of the other number


def _fits(training: Training, other: Callable[[Pass, Pass, int], float]) -> list[Fit]:
    """The steps from the second on, as -rate * gradient + factor * another number, up to one that is something else."""
    found: list[Fit] = []
    rows: list[tuple[float, float, float]] = []
    for earlier, step, following in zip(training.steps, training.steps[1:], training.steps[2:], strict=False):
        a, b = step[-1], following[0]
        rows = rows[-2 * len(a.leaf) :] if len(training.updated) < STEPS else []  # two parameters: over three steps
        rows += [
            (b.nodes.data[b.leaf[key]] - a.nodes.data[i], a.nodes.grad[i], other(a, earlier[0], i))
            for key, i in a.leaf.items()
            if key in training.updated and key in b.leaf
        ]
        fit = _fitted(rows)
        if len(rows) < 2 * STEPS and len(training.updated) < STEPS:
            continue
        if fit is None:
            break  # where the two cancel nothing can be told
        found.append(fit)
    return found


def _fitted(rows: list[tuple[float, float, float]]) -> Fit | None:
    """The least squares of step = -rate * gradient + factor * other; None if they are not exact, or say nothing."""
    if len(rows) < STEPS:
        return None
    products = [(g * g, g * w, w * w, d * g, d * w) for d, g, w in rows]
    gg, gw, ww, dg, dw = map(math.fsum, zip(*products, strict=True))
    determinant = gg * ww - gw * gw
    if not determinant > 1e-9 * gg * ww:
        return None
    rate, factor = (dw * gw - dg * ww) / determinant, (dw * gg - dg * gw) / determinant
    size = math.hypot(*(d for d, *_ in rows))
    off = math.hypot(*(d + rate * g - factor * w for d, g, w in rows))
    return (rate, factor) if off <= _EXACT * size and abs(factor) * math.sqrt(ww) > 1e-3 * size else None


def longer_for_small_gradients(training: Training) -> Iterator[Found]:
    """Steps of one over the gradient: they divide by its square where its size is meant."""
    if len(training.steps) < STEPS:
        return
    a, b = training.steps[0][-1], training.steps[1][0]
    pairs = [
        (b.nodes.data[b.leaf[key]] - a.nodes.data[i], a.nodes.grad[i])
        for key, i in a.leaf.items()
        if key in training.updated and key in b.leaf and a.nodes.grad[i]
    ]
    sizes = [abs(g) for _, g in pairs]
    if len(pairs) < SAMPLES or not max(sizes, default=0.0) > 10.0 * min(sizes, default=0.0):
        return
    products = [d * g for d, g in pairs]
    usual = statistics.median(products)
    if usual < 0.0 and all(abs(x - usual) <= 0.02 * abs(usual) for x in products):
        yield Found(
            training.update_source,
            f"the steps are the longer the smaller the gradient is: step times gradient is {style.number(usual)} for all "
            f"{len(pairs)} parameters, whose gradients lie in {style.span(min(sizes), max(sizes))}",
            "divide by the root of the mean of squares, as Adam does: m / (v ** 0.5 + 1e-8)",
            {"product": usual, "smallest": min(sizes), "largest": max(sizes)},
        )


# --- on the way --------------------------------------------------------------------------------------------------------


def masked(training: Training) -> Iterator[Found]:
    """A line that multiplies everything it gets by 0: a mask that keeps nothing."""
    lines: dict[Key, list[tuple[Pass, int, bool]]] = {}
    for p in training.looked_at:
        for i in p.interior:
            operands = p.nodes.operands_of(i)
            if is_product(p.rows[i]) and len(operands) == 2:
                for number, other in (operands, operands[::-1]):
                    if isinstance(number, float) and isinstance(other, int) and other not in p.leaves:
                        lines.setdefault(p.line(i), []).append((p, i, number == 0.0))
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


# --- the outcome -------------------------------------------------------------------------------------------------------


def fits_the_training_set_only(training: Training) -> Iterator[Found]:
    """A model that knows its samples and nothing else: of others it says no more than the mean of the targets does."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or len(training.steps[-1]) > 1 or sense_of(training) != 1.0:
        return
    compared = residuals(p)
    ys = [y for *_, y in compared]
    if len(set(ys)) < 2 * LONG or len({f for _, f, _ in compared}) < len(compared) or training.changes_inputs:
        return
    spread, error = statistics.pvariance(ys), _error(p, compared, {})
    if not error < 0.1 * spread:
        return

    def held(q: Pass) -> list[tuple[int, int, float]]:
        return residuals(q)[::_LEFT_OUT]

    def edit(q: Pass) -> Edit:
        ends = {user for i, *_ in held(q) for user in q.users[i]}
        return Edit(dropped=frozenset(ends))

    def measure(q: Pass, numbers: Mapping[Key, float]) -> float:
        return _error(q, held(q), numbers)

    def judge(_: float, before: float, after: float) -> bool | None:
        return after > max(CHANCE * spread, 10.0 * before)

    yield Found(
        p.source(compared[0][0]),
        f"it fits the training set only: the error is {style.number(error)} where the targets vary by {style.number(spread)}",
        "more samples, fewer parameters, a penalty; and judge the model by samples that it has not seen",
        {"error": error, "variance": spread},
        claim=Claim(
            [Experiment("each fifth sample left out", edit=edit)],
            measure, "the error of these", judge=judge, alone=True, longer=False,
        ),
    )  # fmt: skip


def _error(p: Pass, compared: list[tuple[int, int, float]], numbers: Mapping[Key, float]) -> float:
    data = at_parameters(p, numbers) if numbers else p.nodes.data
    return math.fsum((data[f] - y) ** 2 for _, f, y in compared) / len(compared)
