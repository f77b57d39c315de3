"""`python -m viz.debugger --diagnose train.py`: the answer from the shell, a line for each finding.

The script runs to its end under `watching(threads=True)`, with its own output, arguments and numbers. The findings about its
training are printed afterwards, worst first. The exit status says if there is a finding, for a test or a commit hook.
"""

import sys
from collections.abc import Sequence

from ... import style
from ..diagnoses.evidence.again import Program
from ..diagnoses.evidence.found import Certainty
from ..diagnoses.watch import Watch, watching
from ..program.debuggee import Ended, run

_NO_STEP = (
    "nothing to diagnose: no loss.backward() of PyTorch was seen. Gradients by torch.autograd.grad or torch.func are not "
    "watched; viz.debugger.lift.pytorch.lift(function, model) makes the graph of a loss"
)
FOUND = 1  # the exit status if there is a finding, as that of linters


def verdict(
    target: str, arguments: Sequence[str], *, module: bool = False, hints: bool = False, torch: bool = False
) -> tuple[Ended, str, int]:
    """Run a script and describe the faults of its training.

    Args:
        target: the file, or the name of a module.
        arguments: the arguments that the script finds in `sys.argv[1:]`.
        module: True if `target` is a module's name, as in `python -m`.
        hints: True adds the findings that are questions.
        torch: True if the script trains a model of PyTorch.

    Returns:
        How the script ended, the findings as text, and the exit status: 1 if there is a finding, else that of the script.

    Raises:
        ScriptError: the file is missing or contains no Python.
    """
    if torch:
        return _of_torch(target, arguments, module, hints)
    program = Program(target, tuple(arguments), module)
    with watching(threads=True) as watch:
        ended = run(target, arguments, module=module)
    ended = ended._replace(passes=watch.count)
    sys.stdout.flush()
    known = watch.findings(program, hints=True, told=_telling if sys.stderr.isatty() else None)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    findings = [finding for finding in known if hints or finding.certainty is not Certainty.HINT]
    faults = [finding for finding in findings if finding.is_fault]
    lines = [*([] if faults else [_nothing(watch)]), *map(str, findings)]
    if left := len(known) - len(findings):
        lines.append(f"{style.counted(left, 'question')}: --hints asks")
    if watch.left_out:
        lines.append(f"not tried, as it would take longer than the training itself: {'; '.join(watch.left_out)}")
    return ended, "\n".join(lines), FOUND if faults else ended.status


def _of_torch(target: str, arguments: Sequence[str], module: bool, hints: bool) -> tuple[Ended, str, int]:
    """The same for a script that trains a model of PyTorch."""
    from ..lift import pytorch  # needs PyTorch

    with pytorch.watching() as watch:
        ended = run(target, arguments, module=module)
    sys.stdout.flush()
    findings = watch.findings(hints=hints)
    text = watch.written(findings) if watch.count else _NO_STEP
    return ended._replace(passes=watch.count), text, FOUND if watch.troubles else ended.status


def _telling(words: str, used: float) -> None:
    """Say on one line what is tried, while experiments run."""
    print(
        f"\r\033[Ktrying {words} ({used:.0%} of the time for experiments; Ctrl-C ends them)",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _nothing(watch: Watch) -> str:
    """The sentence that says that there is no finding, and what was looked at."""
    if not watch.count:
        return "nothing to diagnose: the script ran no backward()"
    kept = len(watch.passes)
    some = f"; the first and the last passes, {kept} in all, were looked at" if kept < watch.count else ""
    return f"nothing found in {watch.seen}{some}"
