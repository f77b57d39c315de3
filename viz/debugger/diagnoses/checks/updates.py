"""Diagnoses of the form of an update: a decay that makes weights grow, a momentum of one, steps of one over the gradient.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They are arithmetic: the steps are
a formula of the gradients, up to rounding.
"""

import statistics
from collections.abc import Iterator

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.forms import fits, the_step_before
from ..evidence.found import Certainty, Found
from ..evidence.samples import outcome_of
from ..evidence.thresholds import FREELY, SAMPLES, STEPS
from ..evidence.training import Training


def grown_by_decay(training: Training) -> Iterator[Found]:
    """An update that adds a part of each weight to it, where decay takes it away."""
    found = fits(training, lambda a, _, i: a.nodes.data[i])
    rates, growths = [rate for rate, _ in found], [growth for _, growth in found]
    if len(found) < STEPS or not min(rates) > 0.0 or not min(growths) > 0.0 or training.maximise:
        return
    # Of a cost of few parameters gradient and weight add up to any step; a decay keeps its number, or follows the rate.
    if not any(max(xs) <= 1.01 * min(xs) for xs in (growths, [growth / rate for rate, growth in found])):
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
    found = fits(training, the_step_before)
    if len(found) < STEPS or not min(momentum for _, momentum in found) >= FREELY:
        return
    momentum = statistics.median(momentum for _, momentum in found)
    free = momentum <= 2.0 - FREELY
    # A mass that moves is no model of anything, or is given another speed now and then, to draw samples from a posterior.
    for_ever = 2 * len(found) >= len(training.steps) and outcome_of(training) is not None
    meant = "so the parameters swing for ever" if for_ever else "is this meant? so a mass moves that has no friction"
    yield Found(
        training.update_source,
        f"each step is {style.number(momentum)} times the step before, and a part of the gradient: "
        + (meant if free else "the steps grow without end"),
        "a momentum below 1, such as 0.9",
        {"momentum": momentum, "rate": statistics.median(rate for rate, _ in found)},
        certainty=Certainty.HINT if free and not for_ever else None,
    )


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
    if len(pairs) < 2 or not max(sizes) > 2.0 * min(sizes):
        return
    products = [d * g for d, g in pairs]
    usual = statistics.median(products)
    few = len(pairs) < SAMPLES or max(sizes) <= 10.0 * min(sizes)
    if usual < 0.0 and all(abs(x - usual) <= (1e-4 if few else 0.02) * abs(usual) for x in products):
        yield Found(
            training.update_source,
            f"the steps are the longer the smaller the gradient is: step times gradient is {style.number(usual)} for all "
            f"{len(pairs)} parameters, whose gradients lie in {style.span(min(sizes), max(sizes))}",
            "divide by the root of the mean of squares, as Adam does: m / (v ** 0.5 + 1e-8)",
            {"product": usual, "smallest": min(sizes), "largest": max(sizes)},
        )
