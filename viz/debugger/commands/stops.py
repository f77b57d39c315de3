"""The commands about breakpoints, and the written form of a breakpoint.

b train.py:12     b 12     b w^1_*     b op:tanh     b scope:layer1     b node:v7      if abs(grad) < 1e-7     x3
"""

import re

from autograd import TABLE, Source
from autograd.errors import ArgumentError, OperandError, did_you_mean
from autograd.words import plural

from ... import style
from ..walk.breakpoints import EXCEPTIONS, Breakpoint, counts
from ..walk.kinds import KINDS, NAMED
from ..walk.places import Places, written
from . import panes
from .console import Command, Console
from .moves import whole_number_in
from .plain import clip, line

_EXPLICIT = ("line", *NAMED)


def parse(text: str, console: Console) -> Breakpoint:
    """Read a breakpoint from its written form: a place, a condition after 'if', a hit count after 'x'.

    Raises:
        ArgumentError, OperandError: the text is no breakpoint, or no node has the name.

    >>> from viz.debugger.commands.console import Console
    >>> b = parse("op:tanh if abs(grad) < 1e-7 x>=3", Console())
    >>> b.kind, b.what, b.condition, b.hits
    ('op', 'tanh', 'abs(grad) < 1e-7', '>=3')
    """
    text = text.strip()
    hits = re.search(r"(?:^|\s)x\s*([-<>=%]+\s*\S+|\d+)(?=$|\sif\s)", text)
    if hits:
        text = (text[: hits.start()] + text[hits.end() :]).strip()
    where, _, condition = re.match(r"(.*?)(?:(^|\s)if\s(.*))?$", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if (condition is not None and not condition.strip()) or re.search(r"(^|\s)if$", where):
        raise ArgumentError("if what? b op:relu if data == 0")
    if not where.strip():
        raise ArgumentError("a breakpoint where? b train.py:12, b 12, b w^1_*, b op:tanh, b scope:layer1, b node:v7")
    kind, what = _place(where.strip(), console)
    return Breakpoint(kind, what, condition=(condition or "").strip(), hits=hits[1].replace(" ", "") if hits else "")


def _place(text: str, console: Console) -> tuple[str, str]:
    head, rest = re.match(r"(?:(\w+)(?::\s*|\s+))?(.*)$", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if head in _EXPLICIT and not rest.strip() and text.rstrip().endswith(":"):
        raise ArgumentError(f"which {head}? {head}:NAME, as in op:tanh, scope:layer1, label:w^1_*, node:v7")
    if head in _EXPLICIT and rest:
        if head == "line":
            return _place(rest, console)
        return (head, unquoted(rest)) if head != "node" else ("node", _node(rest, console))
    if text.isdecimal():
        return "line", f"{_current_file(console)}:{text}"
    if re.fullmatch(r".+:\d+", text, re.DOTALL):
        return "line", text
    if head and text[len(head) : len(head) + 1] == ":":
        raise ArgumentError(
            f"no breakpoint is of kind {head!r}.{did_you_mean(head, _EXPLICIT)} There are {', '.join(f'{k}:' for k in NAMED)}"
        )
    what = unquoted(text)
    if not console.entered:
        return ("op", what) if what in TABLE else ("label", what)
    if re.fullmatch(r"v\d+", what) and what not in console.places.labels:
        return "node", _node(what, console)
    what = what if what in console.places.labels else written(what)
    return console.places.kind(what), what


def _node(text: str, console: Console) -> str:
    return str(console.find(text)) if console.entered else unquoted(text)


def unquoted(text: str) -> str:
    """A typed text without the quotes around it."""
    text = text.strip()
    return text[1:-1] if len(text) > 2 and text[0] in "'\"" and text[-1] == text[0] else text


def _current_file(console: Console) -> str:
    place = console.session.recording.nodes.source(console.node) if console.entered else None
    file = place.file if place else console.script
    if not file:
        raise ArgumentError("a line of which file? Write train.py:12")
    return file


def added(console: Console, breakpoint: Breakpoint) -> str:
    """Add a breakpoint, and describe it."""
    console.add(breakpoint)
    note = console.problem(breakpoint)
    if console.entered and not note and breakpoint.kind != "exception":
        stops = len(console.session.stops(breakpoint))
        note = f"stops {style.counted(stops, 'time')} in this pass" if stops else "nothing in this pass stops at it"
    kind = "temporary breakpoint" if breakpoint.temporary else "breakpoint"
    return line(f"{kind} {breakpoint.id}: {_described(console, breakpoint)}" + (f" ({note})" if note else ""))


def _described(console: Console, b: Breakpoint) -> str:
    text = panes.described(b)
    if b.kind in ("node", "gradient") and b.what.isdecimal() and console.entered and b.nodes:
        text = text.replace(f" {b.what}", f" {panes.name(console.stopped, int(b.what))}", 1)
    return text


def _break(console: Console, rest: str) -> str:
    return added(console, parse(rest, console)) if rest.strip() else listed_breakpoints(console)


def _temporary(console: Console, rest: str) -> str:
    breakpoint = parse(rest, console)
    breakpoint.temporary = True
    return added(console, breakpoint)


def _until(console: Console, rest: str) -> str:
    if not rest.strip():
        console.moved(console.session.next())
        return console.stop_text()
    breakpoint = parse(rest, console)
    breakpoint.temporary = True
    console.add(breakpoint)
    problem = console.problem(breakpoint)
    if problem:
        console.remove(breakpoint.id)
        raise ArgumentError(problem)
    console.moved(console.session.run())
    if breakpoint.id not in console.breakpoints:
        return console.stop_text()
    console.remove(breakpoint.id)  # another breakpoint or the end of the pass has stopped the run
    return f"{console.stop_text()}\n(it has not come to {line(rest.strip())})"


def _watch(console: Console, rest: str) -> str:
    node = re.sub(r"\.grad(?=\s|$)", "", rest, count=1)  # other commands call it w.grad
    if node != rest and not (console.entered and rest.split(" if ")[0].strip() in console.places.labels):
        rest = node
    if re.match(r"\s*\S+\.data(\s|$)", rest):
        raise ArgumentError("the data of a node does not change in a backward pass; watch NODE stops when its gradient does")
    breakpoint = parse("node:" + rest if rest.strip() else "", console)
    breakpoint.kind = "gradient"
    if console.entered and breakpoint.what.isdecimal():
        label = console.session.recording.nodes.label[int(breakpoint.what)]
        if label and label not in console.session.recording.nodes.shared_labels:
            breakpoint.what = label  # the label names the same node in the graphs of later passes
    return added(console, breakpoint)


def _catch(console: Console, rest: str) -> str:
    if not rest.strip():
        return "\n".join(f"catch {name:10}  {about}" for name, about in EXCEPTIONS.items())
    breakpoint = parse(f"label:{rest}", console)
    breakpoint.kind = "exception"
    return added(console, breakpoint)


def listed_breakpoints(console: Console) -> str:
    """The list of breakpoints, a line for each."""
    if not console.breakpoints:
        return "no breakpoints; b LINE, b NAME, b op:tanh, b scope:layer1 set one (help break)"
    lines = []
    for number, b in sorted(console.breakpoints.items()):
        state = ("temporary, " if b.temporary else "") + ("" if b.enabled else "disabled, ")
        times = f"reached {style.counted(console.times(b), 'time')}"
        problem = console.problem(b)
        why = f" - {problem}" if problem else ""
        lines.append(clip(line(f"{number:3}  {_described(console, b)}    {state}{times}{why}"), console.width))
    return "\n".join(lines)


def _numbers(console: Console, rest: str) -> list[int]:
    numbers = list(
        dict.fromkeys(whole_number_in(word, "the number of a breakpoint") for word in rest.replace(",", " ").split())
    )
    for number in numbers:
        console.numbered(number)  # refuses an unknown number before anything is changed
    return numbers or sorted(console.breakpoints)


def _delete(console: Console, rest: str) -> str:
    numbers = _numbers(console, rest)
    for number in numbers:
        console.remove(number)
    return f"deleted {_named(numbers)}"


def _clear(console: Console, rest: str) -> str:
    """Delete breakpoints by number or by place, without an argument those of the current line, as pdb and gdb do."""
    words = rest.replace(",", " ").split()
    if words and all(word.isdecimal() and int(word) in console.breakpoints for word in words):
        return _delete(console, rest)
    if rest.strip():
        wanted = parse(rest, console)
        found = [n for n, b in console.breakpoints.items() if (b.kind, b.what) == (wanted.kind, wanted.what)]
        where = f"at {line(rest.strip())}"
    else:
        place = console.session.recording.nodes.source(console.node) if console.entered else None
        if place is None:
            raise ArgumentError("clear which? clear 1, clear train.py:12; delete without a number deletes all")
        found = [n for n, b in console.breakpoints.items() if b.kind == "line" and _is_at(b, place, console.places)]
        where = f"at {line(panes.short(place.file))}:{place.line}"
    for number in found:
        console.remove(number)
    return f"deleted {_named(found)}" if found else f"there is no breakpoint {where}; info b lists them, delete deletes all"


def _is_at(b: Breakpoint, place: Source, places: Places) -> bool:
    named, _, at = b.what.rpartition(":")
    return at == str(place.line) and places.means(named, place.file)


def _asked_for(console: Console, number: str, question: str) -> Breakpoint:
    """The breakpoint with a number as it was typed.

    Raises:
        ArgumentError: no number was typed, which the question says, or there is no such breakpoint.
    """
    if not number:
        raise ArgumentError(question)
    return console.numbered(whole_number_in(number, "the number of a breakpoint", default=0))


def _commands(console: Console, rest: str) -> str:
    number, _, script = rest.strip().partition(" ")
    if not number and console.breakpoints:
        number = str(max(console.breakpoints))
    b = _asked_for(console, number, "commands for which breakpoint? commands 1 p w.grad; c")
    console.scripts[b.id] = [part.strip() for part in script.split(";") if part.strip() and part.strip() != "end"]
    if not console.scripts[b.id]:
        del console.scripts[b.id]
        return f"breakpoint {b.id} does nothing but stop; on one line: commands {b.id} p w.grad; c"
    return line(f"breakpoint {b.id} then does: {'; '.join(console.scripts[b.id])}")


def _named(numbers: list[int]) -> str:
    if not numbers:
        return "nothing: there are no breakpoints"
    return f"{plural(len(numbers), 'breakpoint')} " + ", ".join(map(str, numbers))


def _switch(console: Console, rest: str, enabled: bool) -> str:
    numbers = _numbers(console, rest)
    for number in numbers:
        console.numbered(number).enabled = enabled
    return f"{'enabled' if enabled else 'disabled'} {_named(numbers)}"


def _ignore(console: Console, rest: str) -> str:
    match = re.fullmatch(r"(\d+)\s+(\d+)", rest.strip())
    if match is None:
        raise ArgumentError("ignore which breakpoint how often? ignore 1 5")
    b = console.numbered(int(match[1]))
    if b.hits:
        raise ArgumentError(f"breakpoint {b.id} has a hit count, x{b.hits}; hits {b.id} x... changes it")
    b.hits = f">{console.times(b) + int(match[2])}"
    return f"breakpoint {b.id} lets the next {match[2]} go by"


def _hits(console: Console, rest: str) -> str:
    number, _, hits = rest.strip().partition(" ")
    b = _asked_for(console, number, "hits of which breakpoint? hits 1 x3, hits 1 >=3, hits 1 %3; hits 1 for every time")
    hits = hits.strip().removeprefix("x")
    counts(hits)  # refuses a text that is no hit count
    b.hits = hits
    return f"breakpoint {b.id}: {_described(console, b)}"


def _condition(console: Console, rest: str) -> str:
    number, _, condition = rest.strip().partition(" ")
    b = _asked_for(console, number, "the condition of which breakpoint? condition 1 abs(grad) > 100; condition 1 takes it away")
    before = b.condition
    b.condition = condition.strip().removeprefix("if ").strip()
    try:
        if console.entered:
            console.session.add(b)
    except (ArgumentError, OperandError):
        b.condition = before
        raise
    return f"breakpoint {b.id}: {_described(console, b)}"


_PLACES = "\n".join(f"  {kind.written:19}{kind.about}" for kind in KINDS.values() if kind.written)

COMMANDS = [
    Command(("b", "break"), "b [PLACE [if CONDITION] [xN]]", "set a breakpoint; alone: list them", _break, False, f"""\
PLACE is one of
{_PLACES}
It stops where the gradient is complete: before the node passes it on, for a
parameter after its last contribution. (watch NODE: at every change.)
CONDITION is over data, grad, label, op, scope of the node and local,
upstream, contribution, total, step of the contribution.
Hits: x3 the third time, x>=3, x%3 every third.
  b op:relu if data == 0        b 12 if abs(grad) > 100 x3"""),
    Command(("tbreak", "tb"), "tbreak PLACE ...", "a breakpoint that stops once", _temporary),
    Command(("watch",), "watch NODE [if CONDITION] [xN]", "stop when the gradient of a node changes", _watch, False,
            "Nothing needs to be there yet: a contribution of 0 changes nothing, and does not stop."),
    Command(("catch",), "catch nan | inf | forward | vanishing | exploding", "stop at the first of something bad", _catch,
            False, "\n".join(f"  {name:10} {about}" for name, about in EXCEPTIONS.items())),
    Command(("until", "unt", "advance", "adv"), "until [PLACE]", "on to a place, as to a breakpoint that stops once",
            _until, True, "Without a place to the next node, as n."),
    Command(("delete", "del"), "delete [N ...]", "delete breakpoints, all without a number", _delete),
    Command(("clear", "cl"), "clear [N ... | PLACE]", "delete breakpoints; alone: those of this line", _clear),
    Command(("commands",), "commands [N] COMMAND; ...", "what to do whenever a breakpoint stops", _commands, False,
            "On one line, as in commands 1 p w.grad; c. Without a number for the latest; commands 1 takes them away."),
    Command(("enable",), "enable [N ...]", "let breakpoints stop again", lambda c, rest: _switch(c, rest, True)),
    Command(("disable",), "disable [N ...]", "keep breakpoints, but let them stop nothing",
            lambda c, rest: _switch(c, rest, False)),
    Command(("ignore",), "ignore N COUNT", "let a breakpoint go by so many times", _ignore),
    Command(("hits",), "hits N [x3 | >=3 | %3]", "how often a breakpoint has to be reached first", _hits),
    Command(("condition",), "condition N [CONDITION]", "change the condition of a breakpoint; nothing: none", _condition),
]  # fmt: skip
