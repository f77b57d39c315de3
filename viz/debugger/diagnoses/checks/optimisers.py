"""Diagnoses of the memory of an optimiser and of the place of its step: what is kept from step to step, and how often it comes.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They read the lines of the update:
a velocity that is made anew in every step leaves plain descent, which is no fault by itself.
"""

import itertools
import math
import re
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.anew import made_anew
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Found
from ..evidence.laws import Along, Velocity, linear, moves_of
from ..evidence.limiting import limited_too_early
from ..evidence.origins import number_given
from ..evidence.statements import definition, source_at, text_of, tree_of
from ..evidence.thresholds import LONG, MOSTLY
from ..evidence.training import Training
from ..evidence.updating import is_shared, memories, never_counted, not_reached, optimiser_made_anew

_REMEMBERS = re.compile(r"\b(Adam\w*|RMSprop)\(|momentum=(?!0\.?0*\b)")


def memory_made_anew(training: Training) -> Iterator[Found]:
    """A velocity, or a mean of gradients, that is made anew in every step: it remembers nothing."""
    line, called = training.update_line, source_at(training.passes[-1].called)
    if line is None or called is None or len(training.steps) < LONG or training.changes_inputs:
        return
    made = definition(line)
    if made and made != line and _REMEMBERS.search(made.text) and optimiser_made_anew(made, called):
        if all(training.updated <= set(p.leaf) for p in (training.sound[0], training.sound[-1])):
            yield _forgets(made, f"the optimiser is made anew in every one of {len(training.steps)} steps", "the optimiser")
        return
    everything = tree_of(line, everything=True)
    for memory in memories(line):
        if made_again := made_anew(memory, (called, *training.script.calls), everything):
            where, steps = _line(made_again.lineno, line), len(training.steps)
            found = _forgets(where, f"{memory.base} is made anew before each of {steps} steps", memory.base)
            share = number_given(training.script, memory.share) if memory.share and line.file == training.script.file else None
            yield found._replace(claim=_remembering(training, share))
            return


def _remembering(training: Training, share: float | None) -> Claim | None:
    """The training with a velocity that keeps a share, where the steps are now those of plain descent."""
    moves = moves_of(training)
    parts = linear(moves) if moves else None
    if (
        not parts
        or list(parts) != ["the gradient"]
        or not parts["the gradient"] < 0.0
        or share is None
        or not 0.0 < share < 1.0
    ):
        return None
    rate = -parts["the gradient"]
    return Claim(
        [Experiment(f"{style.number(share)} of the velocity kept", law=lambda: Along(Velocity(share), rate))], longer=False
    )


def _line(number: int, like: Source) -> Source:
    """A line of the file of a source."""
    return Source(like.file, number, like.function, text_of(like.file, number))


def _forgets(source: Source, what: str, name: str) -> Found:
    return Found(
        source,
        f"{what}: what is remembered of earlier gradients is 0 each time",
        f"make {name} once, {'in __init__' if name.startswith('self.') else 'before the loop'}",
    )


def one_memory(training: Training) -> Iterator[Found]:
    """A running mean that is one number for all parameters: each mixes the gradients of the others into it."""
    line = training.update_line
    if line is None or len(training.updated) < 2 or len(training.steps) < LONG:
        return
    shared = [memory for memory in memories(line) if is_shared(memory)]
    if shared:
        memory = shared[0]
        yield Found(
            _line(memory.statement.lineno, line),
            f"{memory.name} is one number for all {len(training.updated)} parameters of this loop: the step of each has the "
            "gradients of the others in it",
            f"one for each parameter: {memory.base}[k], from {memory.base} = [0.0] * len(parameters)",
            {"parameters": float(len(training.updated))},
        )


def step_not_counted(training: Training) -> Iterator[Found]:
    """The number of the step in a correction, 1 - beta ** t, which is the same in all steps."""
    found = never_counted(training.update_line) if len(training.steps) >= LONG else None
    if found:
        source, name, power = found
        yield Found(
            source,
            f"{name} is the same in all {len(training.steps)} steps, so that {power} is: no line counts it up",
            f"{name} += 1 in every step, from 0 before the loop",
            {"steps": float(len(training.steps))},
        )


def clipped_before_backward(training: Training) -> Iterator[Found]:
    """Gradients that are clipped in every round while they are 0, before `backward()` computes those that the update uses."""
    pairs = list(itertools.pairwise(training.sound))
    if len(pairs) < LONG or training.changes_inputs:
        return
    limit = limited_too_early(training.script, source_at(training.passes[-1].called), training.update_line)
    if limit is None or not all(any(key in b.zeroed for key in training.updated) for _, b in pairs):
        return  # gradients that go on are limited on purpose
    used = [[u.grad for key, u in b.updates.items() if key in a.leaf and u.grad == a.nodes.grad[a.leaf[key]]] for a, b in pairs]
    sizes = [math.hypot(*gs) if limit.together else max(map(abs, gs)) for gs in used if gs]
    longer = [x for x in sizes if limit.bound is not None and x > limit.bound]
    if len(sizes) < MOSTLY * len(pairs) or (limit.bound is not None and not longer):
        return
    what = "the gradients are as long as" if limit.together else "entries of the gradients are as large as"
    told = f"; {what} {style.number(max(sizes))} where the steps use them"
    if limit.bound is not None:
        told += f", and larger than {style.number(limit.bound)} in {len(longer)} of {len(pairs)} steps"
    cut = [Experiment("gradients cut to this length", clip=limit.bound)] if limit.together and limit.bound is not None else []
    yield Found(
        limit.source,
        f"the gradients are limited here before backward() computes them: those that the update uses are not{told}",
        "the same line between backward() and the update",
        {"largest": max(sizes), "steps": float(len(pairs))},
        claim=Claim(cut, longer=False) if cut else None,
    )


def update_not_reached(training: Training) -> Iterator[Found]:
    """An update under a condition that never holds."""
    passes = training.passes
    if training.assigned or len(passes) < LONG or not training.watched:
        return
    found = not_reached(source_at(passes[-1].called))
    if found:
        yield Found(
            found.source,
            f"no parameter has changed in {style.counted(len(passes), 'pass')}: {found.why}",
            "look at the numbers in this condition: how often is the line reached, and what is counted?"
            if found.source.text.startswith("if ")
            else "take it out of the else: it is due in every step, whatever the condition is",
            {"passes": float(len(passes))},
        )
