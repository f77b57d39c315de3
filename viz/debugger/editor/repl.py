"""The meaning of a line in an editor's console: a command, a question for the script, a long question, or an expression."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from ..walk.stopped import Stopped
from .evaluating import Answer, evaluate, takes_long
from .typed import Typed, command_in


@dataclass(frozen=True, slots=True)
class ScriptState:
    """The facts about the script in the pass that the console needs.

    Attributes:
        folder: its working directory, in which it would write a file.
        passes: the number of passes it has come to.
        answers: True if it can answer: its process runs, and no recording was opened in its place.
    """

    folder: str
    passes: int
    answers: bool


@dataclass(frozen=True, slots=True)
class ForScript:
    """A question that the script itself can answer: its process knows all passes so far, and how to run it again."""

    question: str


@dataclass(frozen=True, slots=True)
class Long:
    """A question whose answer takes longer than an editor should wait for it."""

    find: Callable[[], str]


def read_line(
    here: Stopped, text: str, node: int, context: str, script: ScriptState | None
) -> Typed | ForScript | Long | Answer:
    """Find out what a line is: a command, a question for the script, a question that takes long, or an expression.

    Args:
        node: the node of the chosen frame.
        context: 'repl', or '' from a client that does not say; a command moves the walk only in 'repl'.
        script: None if nothing has been launched.

    Raises:
        ArgumentError, OperandError: the line cannot be evaluated here.
    """
    if context == "repl" and (line := command_in(here, text)):
        return line
    head, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if head in ("save", "page") and rest and script:  # in the folder in which the script would write it
        text = f"{head} {os.path.join(script.folder, rest)}"
    if script and script.answers and head not in here.places.labels and _is_for(script, here, head, rest):
        return ForScript(text)
    if takes_long(here, text):
        return Long(lambda: evaluate(here, text, node, context).text)
    return evaluate(here, text, node, context)


def _is_for(script: ScriptState, here: Stopped, head: str, rest: str) -> bool:
    """True if the script knows more about a question than the recording of this pass."""
    by_hand = bool(here.session.recording.by_hand)
    if head == "check":
        return by_hand
    return head == "diagnose" and ("pass" not in rest.split() or by_hand or script.passes > 1)
