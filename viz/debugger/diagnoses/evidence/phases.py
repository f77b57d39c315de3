"""The phases of a training: stretches of passes after which other parameters are updated, or other samples used, for good.

A second phase that learns nothing is hidden by a first one that has learned a lot, if all passes are looked at together; and
where it has another cost, a change of the cost says nothing.
"""

from collections.abc import Hashable, Sequence

from .passes import Pass
from .thresholds import LONG
from .training import Training

_MOST = 4  # phases; more of them are repetitions, such as the folds of a cross-validation


def phases_of(training: Training) -> list[Training]:
    """The phases of a training, each as a training of its own; the training itself if it has one only, or many."""
    passes = training.passes
    following = [*(p.updates for p in passes[1:]), training.after]
    changed = [frozenset(key for key in updates if key in p.leaf) for p, updates in zip(passes, following, strict=True)]
    marks = [_given(p, training) for p in passes] if len(passes) >= 2 * LONG and any(changed) else []
    few = 0 < len(set(marks)) <= len(passes) // LONG
    kinds = [(which, marks[k] if few else None) if which else None for k, which in enumerate(changed)]
    borders = _borders(kinds)
    ends = [*borders, len(passes)]
    if not 1 < len(ends) <= _MOST or min(b - a for a, b in zip([0, *borders], ends, strict=True)) < LONG:
        return [training]
    return [_phase(training, begin, end) for begin, end in zip([0, *borders], ends, strict=True)]


def runs_of(training: Training) -> list[list[Pass]]:
    """The runs of a script that trains several times, each with parameters of its own; [] if it does not."""
    following = [*(p.updates for p in training.passes[1:]), training.after]
    runs: list[tuple[set[Hashable], list[Pass]]] = []
    for p, updates in zip(training.passes, following, strict=True):
        keys = {key for key in updates if key in p.leaf}
        if runs and (not keys or keys & runs[-1][0]):
            runs[-1][0].update(keys)
            runs[-1][1].append(p)
        elif any(keys & own for own, _ in runs):
            return []
        else:
            runs.append((keys, [p]))
    return [passes for _, passes in runs] if len(runs) > 1 else []


def _given(p: Pass, training: Training) -> Hashable:
    """A mark of the samples of a pass: its shape, and all numbers in it but the parameters."""
    own = tuple([p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.assigned])
    return hash((id(p.shape), tuple(p.nodes.constants), own))


def _borders(kinds: Sequence[Hashable]) -> list[int]:
    """The passes at which another phase begins: the kinds of updates before are never there again. None is no update.

    >>> _borders(["ab"] * 9 + ["a"] * 9), _borders(["a", "b"] * 9), _borders(["a"] * 9 + [None] * 9)
    ([9], [], [9])
    """
    latest = {kind: k for k, kind in enumerate(kinds) if kind is not None}
    found, end = [], -1
    for k, kind in enumerate(kinds):
        if k > end >= 0 and (kind is not None or k > max(latest.values())):
            found.append(k)
            end = k
            if kind is None:
                break
        if kind is not None:
            end = max(end, latest[kind])
    return found


def _phase(training: Training, begin: int, end: int) -> Training:
    phase = Training(
        training.passes[begin:end],
        parameters=[key for key in training.given_parameters if any(key in p.leaf for p in training.passes[begin:end])],
        inputs=training.inputs,
        after=training.after if end == len(training.passes) else training.passes[end].updates,
        given=training.given,
        watched=training.watched,
        maximise=training.maximise,
        is_phase=True,
    )
    phase.budget = training.budget
    return phase
