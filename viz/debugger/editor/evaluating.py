"""Answers to the expressions of an editor while a walk stands still: names of nodes, arithmetic over numbers, and questions.

    w^2_13, w²₁₃, v7                  a node: its gradient so far and its data; an editor can open it
    w^2_13.grad / w^2_13.data         arithmetic over numbers of nodes and of the step (expressions.py)
    why w^2_13    path w^2_13    check w^2_13    find tanh    rule    where    diagnose    help

The questions and the answers are those of the prompt (asking.py). Only the console takes questions: an editor evaluates the
text under the pointer unasked, and `check` is not cheap. Nothing is run as Python, neither here nor in the script.
"""

import contextlib
import re
from typing import Any, NamedTuple

from autograd import OperandError
from autograd.errors import ArgumentError

from ..commands import asking, moves
from ..commands.console import Console
from ..walk import expressions
from ..walk.breakpoints import NAMES
from ..walk.conditions import CONSTANTS, FUNCTIONS
from ..walk.stopped import NODE, Stopped, reference
from . import typed
from .dialogue import LONGEST, cut

MOST = 50  # names in one answer
MESSAGE = 10_000  # characters of a log point


class Answer(NamedTuple):
    """The answer to an expression.

    Attributes:
        text: the text to show.
        node: the node that the expression names, which an editor can open; None for anything else.
    """

    text: str
    node: int | None = None


def evaluate(stopped: Stopped, expression: str, node: int, context: str) -> Answer:
    """The answer to an expression.

    Args:
        expression: see the top of this file.
        node: the node of the chosen frame, whose numbers the expression may name.
        context: the client's word for the place of the expression: 'repl', or '' if the client does not say, takes questions;
            in a 'log' a text has no quotes.

    Raises:
        ArgumentError, OperandError: the expression cannot be evaluated here.
    """
    _bounded(expression)
    text = expression.strip()
    if context in ("repl", "") and text not in stopped.places.labels:
        answer = _answered(stopped, text, node)
        if answer is not None:
            return Answer(answer)
    if text not in NAMES:  # `data` and `label` of the step win over a node with such a label
        with contextlib.suppress(OperandError):
            return node_answer(stopped, stopped.places.find(text))
    value = expressions.evaluate(stopped, text, node)
    if context == "log" and isinstance(value, str):
        return Answer(cut(value or (stopped.places.name(node) if text == "label" else ""), LONGEST))
    return Answer("not reached yet" if value is None else cut(repr(value), LONGEST))


def hovered(stopped: Stopped, expression: str, node: int, made: int | None) -> Answer:
    """The answer for the text under the pointer: a label, or an expression of the source.

    Literals are not ids of nodes here, and `label` is not the label of the step.

    Args:
        made: the node that the expression under the pointer has made; None if that is not known.

    Raises:
        ArgumentError, OperandError: the text is no label, and it made no node.
    """
    _bounded(expression)
    text = expression.strip()
    if text in stopped.places.labels:
        return node_answer(stopped, stopped.places.find(text))
    if text.rpartition(".")[0] in stopped.places.labels:
        return evaluate(stopped, text, node, "watch")
    made = stopped.places.made_as(text) if made is None and text else made
    if made is None:
        raise OperandError(f"nothing is known of {text!r}: it is no label, and made no value")
    return node_answer(stopped, made)


def _bounded(expression: str) -> None:
    if len(expression) > LONGEST:
        raise ArgumentError(f"an expression of {len(expression):,} characters; at most {LONGEST:,}")


def node_answer(stopped: Stopped, node: int) -> Answer:
    """A line about a node."""
    return Answer(stopped.summary(node)["value"], node)


def body(stopped: Stopped, answer: Answer) -> dict[str, Any]:
    """The body of the response to `evaluate`."""
    number = 0 if answer.node is None else reference(answer.node, NODE)
    found = {"result": answer.text, "variablesReference": number, "presentationHint": {"attributes": ["readOnly"]}}
    made = answer.node is not None and stopped.session.recording.nodes.source(answer.node) is not None
    return found | {"valueLocationReference": (answer.node or 0) + 1} if made else found


def interpolated(stopped: Stopped, message: str) -> str:
    """The message of a log point with the values of expressions in braces; a failing expression is followed by the reason."""

    def fill(match: re.Match[str]) -> str:
        try:
            return evaluate(stopped, match[1], stopped.session.node, "log").text
        except Exception as error:  # noqa: BLE001 - a message that cannot be made must not stop the walk
            return f"{{{match[1]}: {error}}}"

    return cut(re.sub(r"\{([^{}]+)\}", fill, message[:MESSAGE]), MESSAGE)


# --- questions ---------------------------------------------------------------------------------------------------------

WIDTH = 100  # columns of an answer; an editor's console wraps longer lines
# A name that a node and a command share, such as `a` or `p`, means the node.
_ASKED = ("why", "path", "check", "rule", "info", "users", "args", "find", "graph", "list", "diagnose", "save", "page", "print")
_LONG, LARGE = {"check", "diagnose", "page", "save"}, 10_000  # LARGE is a number of contributions
QUESTIONS = {name: c for c in asking.COMMANDS for name in c.names if {*c.names} & {*_ASKED, "longlist"}}
QUESTIONS |= {name: c for c in moves.COMMANDS for name in c.names if "where" in c.names}


def takes_long(stopped: Stopped, expression: str) -> bool:
    """True if an answer takes longer than an editor should wait: if it reads all of a large pass."""
    head = expression.split(None, 1)[0] if expression.strip() else ""
    command = QUESTIONS.get(head) if head not in stopped.places.labels else None
    return command is not None and {*command.names} & _LONG != set() and len(stopped.session) > LARGE


def _answered(stopped: Stopped, text: str, node: int) -> str | None:
    """The answer to a question; None if the text is no question."""
    head, _, rest = text.partition(" ")
    if head == "help":
        return _help(rest)
    if told := typed.hint_about(stopped, text):
        return told
    if head not in QUESTIONS or typed.names_a_node(stopped, head, rest.strip()):
        return None
    console = Console.at(stopped, node, WIDTH)
    try:
        return str(QUESTIONS[head].run(console, rest.strip()))
    except OSError as error:  # a file that cannot be written
        raise ArgumentError(str(error)) from error


def _help(topic: str) -> str:
    known = QUESTIONS | typed.MOVES | typed.BREAKPOINTS
    if topic.strip() in known:
        command = known[topic.strip()]
        return "\n".join(filter(None, [f"{command.syntax}    {command.about}", command.more]))
    rows = [(" ".join([n, *QUESTIONS[n].syntax.split(" ")[1:]]), QUESTIONS[n].about) for n in (*_ASKED, "where")]
    room = max(len(syntax) for syntax, _ in rows) + 2
    return "\n".join(
        [
            "a node: w^2_13, w²₁₃ or v7; its numbers: w^2_13.grad (so far), .final, .data",
            f"arithmetic over {', '.join(NAMES)} with {', '.join(FUNCTIONS)}",
            *(f"{syntax:{room}}{about}" for syntax, about in rows),
            f"{'s n o [N]':{room}}a contribution, a node, a scope forward;  rs rn ro  back",
            f"{'c rc [N]':{room}}to the next breakpoint, to the one before",
            f"{'goto NODE, j N, run':{room}}to a node, to a position, to the start of the pass",
            f"{'b PLACE':{room}}a breakpoint, as at the prompt: b 12, b tanh if grad > 1 x3; b lists all, delete N",
        ]
    )


def completions(stopped: Stopped | None, text: str, column: int) -> list[dict[str, Any]]:
    """The completions of the word before the cursor.

    Args:
        text: the line.
        column: the column of the cursor, from 0.
    """
    before = text[: max(0, column)]
    word = re.search(r"[\w^,.⁰¹²³⁴-⁹₀-₉]*$", before)
    begun = word[0] if word else ""
    commands = [*QUESTIONS, *typed.MOVES, *typed.BREAKPOINTS]
    known = [
        *([*commands, "help"] if begun == before else ()),
        *NAMES,
        *FUNCTIONS,
        *CONSTANTS,
    ]
    if stopped is not None:
        stem = begun.rpartition(".")[0]
        known += [f"{stem}.{a}" for a in expressions.ATTRIBUTES] if stem in stopped.places.labels else stopped.places.labels
    start, length = len(before) - len(begun), len(begun)
    names = list(dict.fromkeys(name for name in known if name.startswith(begun)))[: 2 * MOST]
    kinds = dict.fromkeys(commands, "keyword") | dict.fromkeys(FUNCTIONS, "function")
    return [{"label": n, "type": kinds.get(n, "variable"), "start": start, "length": length} for n in names]
