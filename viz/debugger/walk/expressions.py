"""Expressions that a user can print and watch: arithmetic over the numbers of nodes and of the step, and nothing else.

    w.grad       w^2_13.data * 2       abs(z.grad) > 1e-3       local * upstream       'my label'.grad

Labels are not Python (w^2_13 would be an exclusive or), so names of nodes are found first and replaced by plain ones. The
result is evaluated like the condition of a breakpoint, which cannot reach anything.
"""

import keyword
import re
from typing import Any

from autograd import OperandError
from autograd.errors import ArgumentError

from .breakpoints import NAMES
from .conditions import CONSTANTS, FUNCTIONS, LONGEST, TEXTS, Condition
from .stopped import Stopped

ATTRIBUTES = ("data", "grad", "final", "op", "label", "scope")
_WORD = r"[^\W\d](?:[\w^⁰¹²³⁴-⁹₀-₉₊₋]|[.,](?=[\w₀-₉])|\[\d+\]|@v(?=\d))*"
_TOKEN = re.compile(rf"""(?P<quoted>'[^']*'|"[^"]*")(?P<of>\.[a-z]+)?|(?P<word>{_WORD})|\d[\w.]*|.""", re.DOTALL)
_KNOWN = {*NAMES, *FUNCTIONS, *CONSTANTS, *keyword.kwlist}


class UnknownNameError(OperandError):
    """A name that is no node, no number of the step and no function."""


def evaluate(stopped: Stopped, text: str, node: int) -> Any:
    """The value of an expression where the walk stands: a number, a truth value, a text; None for a gradient not reached.

    Args:
        stopped: the walk.
        text: the expression. A node in it stands for its data; `.grad` is its gradient so far, `.final` that of the end.
        node: the node that `data`, `grad`, `local`, `upstream`, `contribution` and `total` are about.

    Raises:
        ArgumentError, OperandError: the text is no expression, or it names something that does not exist.

    Example:
        >>> from autograd import Value, record_backward
        >>> from viz.debugger.walk.session import Session
        >>> session = Session(record_backward(Value(2.0, label="w^1_2") * Value(3.0, label="x")))
        >>> stopped = Stopped(session)
        >>> evaluate(stopped, "w^1_2 * 10 + x.final", session.node), evaluate(stopped, "x.grad", session.node)
        (22.0, None)
    """
    if len(text) > LONGEST:
        raise ArgumentError(f"an expression of {len(text):,} characters; at most {LONGEST}")
    numbers = stopped.numbers(node)
    names: dict[str, Any] = {name: numbers.get(name) for name in NAMES}
    plain = "".join(_replaced(match, stopped, names) for match in _TOKEN.finditer(text))
    try:
        texts = [name for name, thing in names.items() if isinstance(thing, str)]
        value = Condition(plain, list(names), {*TEXTS, *texts}).value(names)
        unreached = any(thing is None and re.search(rf"\b{name}\b", plain) for name, thing in names.items())
        return None if value != value and unreached else value  # a missing number gives None, not nan
    except ArgumentError as error:  # say it without the names that stand for nodes
        message = str(error).replace(repr(plain.strip()), repr(text.strip())).partition(" There are:")[0]
        raise ArgumentError(re.sub(r"; it compares .*", "; it is arithmetic over numbers of nodes", message)) from None


def node_named(stopped: Stopped, text: str) -> int | None:
    """The node whose name the text is; None if the text is an expression."""
    text = text.strip()
    if text[:1] in "'\"" and text[-1:] == text[:1] and len(text) > 2:
        text = text[1:-1]
    if text in NAMES:
        return None
    try:
        return stopped.places.find(text) if not re.fullmatch(r"[\d.]+", text) else None
    except OperandError:
        return None


def _replaced(match: re.Match[str], stopped: Stopped, names: dict[str, Any]) -> str:
    """One token, with nodes replaced by names that Python can read; their values go into `names`."""
    if match["quoted"]:
        if not match["of"]:
            return match[0]  # a text, to compare a label with
        return _attribute(stopped, stopped.places.find(match["quoted"][1:-1]), match["of"][1:], names)
    word = match["word"]
    if not word or word in _KNOWN:
        return match[0]
    ends = sorted({len(word), *(m.start() for m in re.finditer(r"[.,^\[@]", word))}, reverse=True)
    for end in ends:  # take the longest name that exists: b^1_10,2 may be a node, but z_1,2 in max(z_1,2) is not
        node = _found(stopped, word[:end])
        if node is None or word[:end] in _KNOWN:
            continue
        of = re.match(r"\.([a-z]+)", word[end:])
        rest = word[end + of.end() :] if of else word[end:]
        written = _attribute(stopped, node, of[1] if of else "data", names)
        return written + "".join(_replaced(m, stopped, names) for m in _TOKEN.finditer(rest))
    stem = word[: ends[-1]]
    if stem in _KNOWN:
        return stem + "".join(_replaced(m, stopped, names) for m in _TOKEN.finditer(word[len(stem) :]))
    try:
        stopped.places.find(re.sub(rf"\.({'|'.join(ATTRIBUTES)})$", "", word))
    except OperandError as error:
        raise UnknownNameError(str(error)) from None
    return word


def _found(stopped: Stopped, name: str) -> int | None:
    try:
        return stopped.places.find(name)
    except OperandError as error:
        if "nodes are called" in str(error):  # several nodes have this name: say so instead of trying a shorter one
            raise
        return None


def _attribute(stopped: Stopped, node: int, attribute: str, names: dict[str, Any]) -> str:
    """The plain name of an attribute of a node, whose value goes into `names`."""
    session, nodes = stopped.session, stopped.session.recording.nodes
    if attribute not in ATTRIBUTES:
        raise ArgumentError(f"a node has no {attribute!r}; it has {', '.join(ATTRIBUTES)}")
    name = f"node_{node}_{attribute}"
    names[name] = {
        "data": nodes.data[node],
        "grad": session.gradient(node),
        "final": session.gradient(node, len(session)),
        "op": nodes.op(node),
        "label": nodes.label[node],
        "scope": nodes.scope[node],
    }[attribute]
    return name
