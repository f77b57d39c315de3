"""The report of a program in words: kinds of calls, variants, and the lines that decided."""

from collections import Counter
from collections.abc import Sequence

from ..words import counted
from .case import Case
from .variants import described

MOST = 8  # variants that are described


def report(name: str, cases: Sequence[Case]) -> str:
    """The report of a program.

    Args:
        name: that of the function.
        cases: its kinds of calls.
    """
    calls, recordings, eager = (sum([getattr(case, what) for case in cases]) for what in ("calls", "recordings", "eager"))
    calls += sum([variant.called for case in cases for variant in case.variants])
    lines = [
        f"{name}: {counted(calls, 'call')} of {counted(len(cases), 'kind')}, {counted(recordings, 'recording')}, "
        f"{counted(calls - recordings - eager, 'replay')}" + (f", {eager:,} by the function itself" if eager else "")
    ]
    for case in cases:
        lines += _of(case)
    return "\n".join(lines)


def _of(case: Case) -> list[str]:
    inputs = ", ".join(case.inputs[:6]) + ", ..." * (len(case.inputs) > 6)
    lines = [f"  inputs {inputs or 'none'}: {counted(len(case.variants), 'variant')}"]
    decided: dict[str, Counter[str]] = {}
    variants = sorted(case.variants, key=lambda v: -v.uses)
    for n, variant in enumerate(variants):
        operations = len(variant.tape) - variant.tape.inputs
        if n < MOST:
            decisions = counted(len(variant.tape.guards), "decision")
            lines.append(f"    {operations:,} operations, {decisions}: {counted(variant.uses, 'use')}")
        for guard in variant.tape.guards:
            line = described(variant.tape, guard, variant.reader.names)
            answer = "read as a plain number" if guard.relation == "is" else str(guard.outcome)
            decided.setdefault(line, Counter())[answer] += variant.uses
    if len(variants) > MOST:
        lines.append(f"    and {counted(len(variants) - MOST, 'variant')} that served less often")
    for line, answers in decided.items():
        told = ", ".join(f"{answer} {counted(n, 'time')}" for answer, n in answers.most_common())
        left = f"; replays left here {counted(case.left[line], 'time')}" if case.left[line] else ""
        lines.append(f"    {line}: {told}{left}")
    return lines
