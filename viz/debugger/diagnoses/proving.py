"""Findings put to the test: a likely one names the experiment that would refute it, which is run and settles it.

If the cost becomes much smaller with the one change, the finding is proven: the numbers of both runs are in its evidence, and
the advice is the change that has helped. If it makes no difference, the finding is a question. Otherwise it stays likely.
"""

from ... import style
from .evidence.found import Certainty, Found
from .evidence.laboratory import Laboratory, Verdict


def settled(found: Found, certainty: Certainty, laboratory: Laboratory) -> tuple[Found, Certainty] | None:
    """A finding and its certainty after the experiment; None if it was a mere suspicion that the experiment does not confirm.

    Args:
        certainty: before it. What is certain already gets the remedy that helps; questions are not put to the test.
        laboratory: runs experiments as long as its budget allows.
    """
    if found.claim is None or certainty is Certainty.HINT:
        return None if found.claim and found.claim.alone else (found, certainty)
    verdict = laboratory.judged(found.claim)
    if found.claim.then is not None and not (found.claim.alone and not (verdict and verdict.helped)):
        return _settled_further(found, certainty, laboratory, verdict)
    if found.claim.alone and not (verdict and verdict.helped):
        return None
    if verdict is None or (certainty is not Certainty.LIKELY and (not verdict.helped or verdict.by)):
        return found, certainty
    evidence = {**found.evidence, "without": verdict.before, "with": verdict.after, "steps": float(verdict.steps)}
    if verdict.helped:
        message = f"{found.message}; {_told(verdict, found.claim.what)}"
        certainty = Certainty.PROVEN if certainty is Certainty.LIKELY else certainty
        return found._replace(message=message, remedy=verdict.experiment.remedy or found.remedy, evidence=evidence), certainty
    if verdict.helped is False:
        message = f"{found.message}; but {_told(verdict, found.claim.what)}"
        return found._replace(message=message, evidence=evidence), Certainty.HINT if found.claim.vital else certainty
    return found._replace(evidence=evidence), certainty


def _settled_further(
    found: Found, certainty: Certainty, laboratory: Laboratory, verdict: Verdict | None
) -> tuple[Found, Certainty] | None:
    """A finding with what the first experiment says of it, and then the other."""
    claim = found.claim
    if claim is None or verdict is None or not verdict.helped:
        return settled(found._replace(claim=claim.then if claim else None), certainty, laboratory)
    told = f"{found.message}; {_told(verdict, claim.what)}"
    evidence = {**found.evidence, "without": verdict.before, "permuted": verdict.after, "steps": float(verdict.steps)}
    known = found._replace(message=told, evidence=evidence)
    further = laboratory.judged(claim.then) if claim.then else None
    if further is not None and further.helped:
        known = known._replace(
            message=f"{told}; {_told(further, claim.what)}", remedy=further.experiment.remedy or found.remedy
        )
    return known, Certainty.PROVEN


def _told(verdict: Verdict, what: str) -> str:
    """Both runs in words."""
    how = "" if not verdict.by else f" ({verdict.by} in both)"
    return (
        f"with {verdict.experiment.words} {what} comes to {style.number(verdict.after)} in "
        f"{style.counted(verdict.steps, 'step')}, without it to {style.number(verdict.before)}{how}"
    )
