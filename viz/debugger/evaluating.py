"""What can be typed while a walk stands still: names of nodes, arithmetic over numbers, and questions.

    w^2_13, w²₁₃, v7                  a node: its gradient so far and its number; it can be opened
    w^2_13.grad / w^2_13.data         its numbers
    abs(local) < 1e-3 and op == "tanh"    arithmetic over the numbers of the step and of nodes
    why w^2_13    path w^2_13    check w^2_13    users w^2_13    rule    where    diagnose    help

Everything is worked out from the recording by the evaluator of conditions; nothing is run as Python, neither here nor in
the script. Questions are for the console: an editor evaluates what the pointer is over without being asked, and `check`
is not cheap.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd import OperandError
from autograd.errors import ArgumentError

from .. import style
from .breakpoints import NAMES
from .conditions import CONSTANTS, FUNCTIONS, Condition
from .questions import check, path, rule, users, why
from .stopped import NODE, Stopped, reference

# A name of a node followed by .grad or .data. Labels are not Python: w^2_13 would be an exclusive or.
_NUMBER = re.compile(r"([^\W\d][\w⁰¹²³⁴-⁹₀-₉^,]*(?:\[\d+\])?)\.(grad|data)\b")
MOST = 50  # names in one answer


class Answer(NamedTuple):
    """What an expression is.

    Attributes:
        text: as it is shown.
        node: the node it names, to be opened; None for anything else.
    """

    text: str
    node: int | None = None


def evaluate(stopped: Stopped, expression: str, node: int, context: str) -> Answer:
    """What an expression is.

    Args:
        expression: see the top of this file.
        node: the node whose numbers it may name: that of the frame that was chosen.
        context: where it stands: 'repl' takes questions, 'hover' also an expression of the source.

    Raises:
        ArgumentError, OperandError: it is nothing that can be evaluated here.
    """
    text = expression.strip()
    head, _, rest = text.partition(" ")
    if context == "repl" and head in QUESTIONS:
        return Answer(QUESTIONS[head](stopped, node, rest.strip()))
    if text not in NAMES:  # the step's own `data` and `label` win over a node that is called so
        try:
            return node_answer(stopped, stopped.places.find(text))
        except OperandError:
            made = stopped.places.made_as(text) if context == "hover" and text else None
            if made is not None:
                return node_answer(stopped, made)
    return Answer(shown(value(stopped, text, node)))


def value(stopped: Stopped, text: str, node: int) -> Any:
    """The value of an expression over the numbers of a step and of named nodes.

    Raises:
        ArgumentError, OperandError: it cannot be evaluated.
    """
    names = stopped.numbers(node)
    names = {name: names.get(name) for name in NAMES}

    def number(match: re.Match[str]) -> str:
        i = stopped.places.find(match[1])
        name = f"v{i}_{match[2]}"
        names[name] = stopped.session.recording.nodes.data[i] if match[2] == "data" else stopped.session.gradient(i)
        return name

    text = _NUMBER.sub(number, text)
    return Condition(text, list(names)).value(names)


def shown(thing: Any) -> str:
    """A value as an editor shows it."""
    return "not reached yet" if thing is None else repr(thing)


def node_answer(stopped: Stopped, node: int) -> Answer:
    """A node in a line."""
    return Answer(stopped.summary(node)["value"], node)


def body(answer: Answer) -> dict[str, Any]:
    """The body of the response to `evaluate`."""
    number = 0 if answer.node is None else reference(answer.node, NODE)
    return {"result": answer.text, "variablesReference": number, "presentationHint": {"attributes": ["readOnly"]}}


def interpolated(stopped: Stopped, message: str) -> str:
    """The message of a log point, with what stands in braces evaluated; what cannot be is shown with the reason."""

    def fill(match: re.Match[str]) -> str:
        try:
            return evaluate(stopped, match[1], stopped.session.node, "log").text
        except (ArgumentError, OperandError) as error:
            return f"{{{match[1]}: {error}}}"

    return re.sub(r"\{([^{}]+)\}", fill, message)


# --- questions ---------------------------------------------------------------------------------------------------------


def _why(stopped: Stopped, node: int, rest: str) -> str:
    return str(why(stopped.session.recording, stopped.places.find(rest) if rest else node))


def _path(stopped: Stopped, node: int, rest: str) -> str:
    ends = [stopped.places.find(name) for name in rest.split()[:2]] or [node]
    way = path(stopped.session.recording, *ends)
    return " → ".join(map(stopped.places.name, way[:MOST])) + (" → …" if len(way) > MOST else "") or "there is no way"


def _check(stopped: Stopped, node: int, rest: str) -> str:
    return str(check(stopped.session.recording, stopped.places.find(rest) if rest else node))


def _users(stopped: Stopped, node: int, rest: str) -> str:
    found = users(stopped.session.recording, stopped.places.find(rest) if rest else node)
    names = ", ".join(stopped.title(i) for i in found[:MOST]) + (", …" if len(found) > MOST else "")
    return names or "nothing was computed from it"


def _rule(stopped: Stopped, node: int, _: str) -> str:
    step = stopped.step_of(node)
    recording = stopped.session.recording
    return "it passes nothing on" if step is None else "\n".join(rule(recording, recording[step]))


def _where(stopped: Stopped, node: int, _: str) -> str:
    session = stopped.session
    place = session.recording.nodes.source(node)
    at = f" at {style.source(place)}" if place else ""
    return f"{stopped.title(node)}{at}\ncontribution {session.position} of {len(session)}"


def _diagnose(stopped: Stopped, _: int, __: str) -> str:
    from .diagnose import diagnose  # reads all of the recording; only who asks pays for it

    return "\n".join(map(str, diagnose(stopped.session.recording))) or "nothing wrong was found"


def _help(*_: Any) -> str:
    return (
        "a node: w^2_13, w²₁₃ or v7; its numbers: w^2_13.grad, w^2_13.data\n"
        f"arithmetic over {', '.join(NAMES)} with {', '.join(FUNCTIONS)}\n"
        "why [NODE]        what its gradient is made of, and the cause if it is 0, nan or huge\n"
        "path [A [B]]      the strongest way from A up to B, or to the cost\n"
        "check [NODE]      its gradient beside a central difference\n"
        "users [NODE]      what was computed from it\n"
        "rule              the contribution in symbols and in numbers\n"
        "where             the node, its line, and how far the walk is\n"
        "diagnose          what is wrong with this pass, by source line\n"
        "s n o             a contribution, a node, a scope forward;  rs rn ro  back"
    )


QUESTIONS: dict[str, Callable[[Stopped, int, str], str]] = {
    "why": _why, "path": _path, "check": _check, "users": _users, "rule": _rule, "where": _where, "diagnose": _diagnose,
    "help": _help,
}  # fmt: skip


MOVES = {
    "s": "step", "n": "next", "o": "out", "rs": "step_back", "rn": "next_back", "ro": "out_back",
}  # fmt: skip


def completions(stopped: Stopped | None, text: str, column: int) -> list[dict[str, Any]]:
    """What may stand at the end of what has been typed.

    Args:
        text: the line.
        column: of the cursor, from 0.
    """
    typed = text[: max(0, column)]
    word = re.search(r"[\w^,.⁰¹²³⁴-⁹₀-₉]*$", typed)
    begun = word[0] if word else ""
    known = [*(QUESTIONS if begun == typed else ()), *NAMES, *FUNCTIONS, *CONSTANTS]
    if stopped is not None:
        known += stopped.places.labels
    start, length = len(typed) - len(begun), len(begun)
    names = list(dict.fromkeys(name for name in known if name.startswith(begun)))[: 2 * MOST]
    kinds = dict.fromkeys(QUESTIONS, "keyword") | dict.fromkeys(FUNCTIONS, "function")
    return [{"label": n, "type": kinds.get(n, "variable"), "start": start, "length": length} for n in names]
