"""Findings put to the test: a likely one names the experiment that would refute it, which is run and settles it.

If the cost becomes much smaller with the one change, the finding is proven: the numbers of both runs are in its evidence, and
the advice is the change that has helped. If it makes no difference, the finding is a question. Otherwise it stays likely.
"""

from ... import style
from .evidence.found import Certainty, Found
from .evidence.laboratory import Laboratory, Verdict


def settled(found: Found, certainty: Certainty, laboratory: Laboratory) -> tuple[Found, Certainty]:
    """A finding and its certainty after the experiment.

    Args:
        certainty: before it; only what is likely is put to the test.
        laboratory: runs experiments as long as its budget allows.
    """
    if found.claim is None or certainty is not Certainty.LIKELY:
        return found, certainty
    verdict = laboratory.judged(found.claim)
    if verdict is None:
        return found, certainty
    evidence = {**found.evidence, "without": verdict.before, "with": verdict.after, "steps": float(verdict.steps)}
    if verdict.helped:
        message, certainty = f"{found.message}; {_told(verdict, found.claim.what)}", Certainty.PROVEN
        return found._replace(message=message, remedy=verdict.experiment.remedy or found.remedy, evidence=evidence), certainty
    if verdict.helped is False:
        message = f"{found.message}; but {_told(verdict, found.claim.what)}"
        return found._replace(message=message, evidence=evidence), Certainty.HINT if found.claim.vital else certainty
    return found._replace(evidence=evidence), certainty


def _told(verdict: Verdict, what: str) -> str:
    """Both runs in words."""
    how = "" if verdict.own else " (both runs by Adam)"
    return (
        f"with {verdict.experiment.words} {what} comes to {style.number(verdict.after)} in "
        f"{style.counted(verdict.steps, 'step')}, without it to {style.number(verdict.before)}{how}"
    )
