"""The commands that ask: print, list, why, path, check, find, diagnose, and those that write files."""

import ast
import os
import re
from collections.abc import Sequence
from math import isfinite

from autograd import Recording
from autograd.errors import ArgumentError
from autograd.words import plural

from ... import style
from ..diagnoses.evidence.checking import check, check_again
from ..diagnoses.finding import Finding
from ..walk.questions import path, users, why
from ..walk.sources import lines_of
from . import panes
from .console import Command, Console, value_text
from .moves import whole_number_in
from .plain import clip, line, printable
from .stops import listed_breakpoints, unquoted

_MOST = 20


def _print(console: Console, rest: str) -> str:
    text = rest.strip()
    if not text:
        return _args(console, "")
    if re.search(r"(?<![=!<>])=(?!=)", text):
        raise ArgumentError("a recorded pass cannot be changed, only looked at; change the script and run it again")
    return value_text(console, text)


def _display(console: Console, rest: str) -> str:
    text = rest.strip()
    if not text:
        return "\n".join(console.display_lines()) or "nothing is displayed; display EXPR shows an expression at every stop"
    value_text(console, text)  # refuses an expression that can never be shown
    number = max(console.displays, default=0) + 1
    console.displays[number] = line(text)
    return console.display_lines()[-1]


def _undisplay(console: Console, rest: str) -> str:
    wanted = list(dict.fromkeys(whole_number_in(word, "the number of a display") for word in rest.split())) or list(
        console.displays
    )
    for number in wanted:
        if number not in console.displays:
            raise ArgumentError(f"there is no display {number}; display lists them")
    for number in wanted:
        del console.displays[number]
    removed = f"{plural(len(wanted), 'display')} {', '.join(map(str, wanted))} removed"
    return removed if wanted else "nothing was displayed"


def _list(console: Console, rest: str) -> str:
    node = console.node
    place = console.session.recording.nodes.source(node)
    text = rest.strip()
    pair = re.fullmatch(r"(\d+)\s*,\s*(\d+)", text)
    if pair:
        first, last = int(pair[1]), int(pair[2])
        last = last if last >= first else first + last  # as in pdb: a smaller second number is a count
    elif text and text != ".":
        first = whole_number_in(text, "a line") - 5
        last = first + 10
    elif console.listed and not text:
        first, last = console.listed + 1, console.listed + 11
    else:
        first = (place.line if place else 1) - 5
        last = first + 10
    lines = listed(console, node, first, last, console.width)
    console.listed = last
    return "\n".join(lines) or "[end of the file]"


def listed(console: Console, node: int, first: int, last: int, width: int) -> list[str]:
    """Lines of the file in which a node was made, with breakpoints marked; if the file is missing, the recorded lines."""
    place = console.session.recording.nodes.source(node)
    marked = console.marked(place.file) if place else ()
    return panes.listing(place, lines_of(console.places, place.file) if place else (), first, last, marked, width)


def _longlist(console: Console, _: str) -> str:
    node = console.node
    place = console.session.recording.nodes.source(node)
    first, last = _function(lines_of(console.places, place.file), place.line) if place else (1, 11)
    console.listed = last
    return "\n".join(listed(console, node, first, last, console.width))


def _function(lines: Sequence[str], at: int) -> tuple[int, int]:
    """The first and the last line of the innermost function around a line, or of the file if no function is around it."""
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return 1, len(lines)
    around = [
        (n.lineno, n.end_lineno or n.lineno)
        for n in ast.walk(tree)
        if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.lineno <= at <= (n.end_lineno or n.lineno)
    ]
    return max(around, default=(1, len(lines)))


def _neighbourhood(console: Console, rest: str) -> str:
    return "\n".join(panes.neighbourhood(console.stopped, console.find(rest), console.width, most=12))


def _args(console: Console, rest: str) -> str:
    node = console.find(rest)
    nodes = console.session.recording.nodes
    lines = [panes.made(console.stopped, node, console.width)]
    shown = [o for o in nodes.operands_of(node)[:_MOST] if isinstance(o, int)]
    lines += [f"  {panes.name(console.stopped, o)} = {style.number(nodes.data[o], 6)}" for o in shown]
    if len(nodes.operands_of(node)) > _MOST:
        lines.append(f"  … {len(nodes.operands_of(node)) - _MOST:,} more")
    return "\n".join(lines)


def _info(console: Console, rest: str) -> str:
    text = rest.strip()
    if text in ("b", "break", "breakpoints") and text not in console.places.labels:
        return listed_breakpoints(console)
    if text == "display" and text not in console.places.labels:
        return _display(console, "")
    if text in ("pass", "") and text not in console.places.labels:
        return _pass(console)
    node = console.find(text)
    nodes = console.session.recording.nodes
    place = nodes.source(node)
    rows = [
        ("made as", panes.made(console.stopped, node, console.width - 11)),
        ("data", repr(nodes.data[node])),
        ("grad", _exact(console, node)),
        ("label", nodes.label[node]),
        ("scope", nodes.scope[node]),
        ("id", f"v{node}"),
        ("made at", style.source(place) if place else ""),
        ("in", f"{place.function}()" if place and not place.function.startswith("<") else ""),
        ("receives", _steps(len(console.session.received(node)))),
        ("passes on", _steps(len(console.session.passed_on(node)))),
    ]
    return "\n".join(clip(line(f"{what:9}  {value}"), console.width) for what, value in rows if value)


def _exact(console: Console, node: int) -> str:
    now = console.session.gradient(node)
    if now is None:
        return panes.gradient(console.stopped, node)
    return repr(now) + (panes.with_earlier(console.stopped, node) if console.session.is_complete(node) else " so far")


def _steps(n: int) -> str:
    return style.counted(n, "contribution") if n else ""


def _pass(console: Console) -> str:
    session, recording = console.session, console.session.recording
    nodes = recording.nodes
    leaves = sum(1 for i in range(len(nodes)) if not nodes.op(i))
    lines = [
        console.heading() if console.arrival else f"a recorded pass from {recording.root.name}",
        f"  {len(nodes):,} nodes, {leaves:,} of them leaves, {style.counted(len(console.places.parameters), 'parameter')}; "
        f"seed {recording.seed!r}",
        f"  at position {session.position:,} of {len(session):,}, with {style.counted(len(console.breakpoints), 'breakpoint')}",
    ]
    return "\n".join(clip(printable(text), console.width) for text in lines)


def _why(console: Console, rest: str) -> str:
    node = console.find(rest)
    answer = str(why(console.session.recording, node))
    cause = _in_an_earlier_pass(console, console.session.recording, node)
    return printable(f"{answer}\n{cause}" if cause else answer)


def _path(console: Console, rest: str) -> str:
    ends = console.find_two(rest) or [console.node]
    way = path(console.session.recording, *ends)
    if not way:
        one, other = (panes.name(console.stopped, i) for i in (*ends, console.session.recording.root.id)[:2])
        return line(f"there is no way between {one} and {other}: neither was computed from the other")
    lines, product = [], 1.0
    recording = console.session.recording
    for node, user in zip(way, [*way[1:], None], strict=True):
        text = panes.made(console.stopped, node, console.width - 24)
        if user is not None:
            steps = [k for k in console.session.passed_on(user) if console.session.columns.parent[k] == node]
            local = max((console.session.columns.local[k] for k in steps), key=abs, default=float("nan"))
            product *= local
            text += f"    × {style.number(local)}"
        lines.append(clip(line("  " + text), console.width))
    shown = [*lines[:_MOST], f"  … {len(lines) - _MOST:,} more nodes"] if len(lines) > _MOST + 1 else lines
    names = [panes.name(console.stopped, i) for i in (way[-1], way[0])]
    whole_gradient = recording.gradients[way[0]] if way[-1] == recording.root.id else None
    of = "" if whole_gradient is None else f" of the gradient {style.number(whole_gradient)}"
    return "\n".join([*shown, line(f"along this way d{names[0]}/d{names[1]} = {style.number(product)}{of}")])


def _check(console: Console, rest: str) -> str:
    node = console.find(rest)
    answer = check(console.session.recording, node)
    if answer.numeric != answer.numeric and console.program and console.arrival:
        answer = check_again(console.session.recording, node, console.program, console.arrival.number) or answer
    return line(f"{panes.name(console.stopped, node)}: {answer}")


def _rule(console: Console, _: str) -> str:
    step = console.stopped.step_of(console.node)
    if step is None:
        return "it passes nothing on: there is no rule"
    return f"{panes.symbols(console.stopped, step)}\n{panes.contribution(console.stopped, step)}"


def _users(console: Console, rest: str) -> str:
    node = console.find(rest)
    found = users(console.session.recording, node)
    lines = [clip(line(panes.made(console.stopped, i)), console.width) for i in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"… {len(found) - _MOST:,} more")
    return "\n".join(lines) or f"nothing was computed from {panes.name(console.stopped, node)}"


def _find(console: Console, rest: str) -> str:
    wanted = rest.strip()
    if not wanted:
        raise ArgumentError("find what? Part of a label, operation or scope, or a pattern: w^1_*")
    nodes, found, lines = console.session.recording.nodes, console.places.containing(wanted), []
    for i in found[:_MOST]:
        scope = f"  in {nodes.scope[i]}" if nodes.scope[i] else ""
        text = f"v{i:<6} {panes.made(console.stopped, i, 44):44}  grad {panes.gradient(console.stopped, i, 4)}{scope}"
        lines.append(clip(line(text), console.width))
    if len(found) > _MOST:
        lines.append(f"… {len(found) - _MOST:,} more")
    return "\n".join(lines) or line(f"nothing is called {wanted!r}, was made by it, or lies in it")


def _in_an_earlier_pass(console: Console, recording: Recording, node: int | None = None) -> str:
    """The cause of a leaf that is not finite, found in a recorded earlier pass; '' if it is not there.

    Args:
        node: the leaf; None for any leaf.
    """
    from ..diagnoses.diagnose import diagnose

    passes = console.watch.recordings if console.watch and console.watch.count else console.passes
    nodes, earlier = recording.nodes, [r for r in passes if r is not recording]
    leaves = [i for i in ([node] if node is not None else range(len(nodes))) if not nodes.op(i) and not isfinite(nodes.data[i])]
    if not leaves or not earlier:
        return ""
    begun = [f for f in diagnose(earlier, budget=0.0) if f.kind.startswith("not finite")]
    return f"{panes.name(console.stopped, leaves[0])} is not finite since an earlier pass: {begun[0]}" if begun else ""


def _diagnose(console: Console, rest: str) -> str:
    words = set(rest.split())
    if words - {"all", "pass", "hints"}:
        raise ArgumentError(
            "diagnose looks at all passes so far, `diagnose pass` at this one alone; with `hints` it asks questions, too"
        )
    everything, hints = "all" in words or (_several(console) and "pass" not in words), "hints" in words
    if not everything and (cause := _in_an_earlier_pass(console, console.session.recording)):
        return f"- {line(cause)}"
    found, n = _findings(console, everything, hints)
    nothing = "nothing wrong was found in " + ("this pass" if not everything else style.counted(n, "pass"))
    if everything and console.watch and console.watch.count:
        nothing += f": {console.watch.seen}"
    lines = [f"- {line(str(finding))}" for finding in found[:_MOST]]
    lines += _not_judged(console.arrival.number - n) if everything and console.arrival else []
    return "\n".join(lines if any(f.is_fault for f in found) else [nothing, *lines])


def _several(console: Console) -> bool:
    """True if there are passes besides this one to be judged."""
    return len(console.passes) > 1 or bool(console.watch and console.watch.count)


def _findings(console: Console, everything: bool, hints: bool = False) -> tuple[list[Finding], int]:
    """The faults of the passes so far, or of this one, and the number of these passes."""
    from ..diagnoses.diagnose import findings, training_of  # imported only when somebody asks

    if everything and console.watch and console.watch.count:
        return console.watch.findings(console.program, hints=hints), len(console.watch.passes)
    passes = console.passes if everything else [console.session.recording]
    number = console.arrival.number - len(passes) + 1 if console.arrival else 0
    return findings(training_of(passes, program=console.program, number=number), hints), len(passes)


def _not_judged(n: int) -> list[str]:
    """The line about the passes so far that have no recording."""
    was, are = ("was", "is") if n == 1 else ("were", "are")
    return [f"({style.counted(n, 'earlier pass')}, which {was} let go by or not kept, {are} not judged)"] if n > 0 else []


def _save(console: Console, rest: str) -> str:
    name = rest.strip()
    if not name:
        raise ArgumentError("save to which file? save run.json; python -m viz.debugger run.json opens it again")
    name = os.path.expanduser(unquoted(name))
    console.session.recording.save(name)
    return line(f"written: {name}")


def _page(console: Console, rest: str) -> str:
    name = rest.strip()
    if not name:
        raise ArgumentError("write the page to which file? page steps.html")
    from ...pages.page import page

    session = console.session
    found, _ = _findings(console, _several(console))
    file = page(session.recording, os.path.expanduser(unquoted(name)), step=session.position, findings=found)
    return line(f"written: {file}" + (f", with {style.counted(len(found), 'finding')}" if found else ""))


def _history(console: Console, rest: str) -> str:
    most = whole_number_in(rest, "a number of commands", default=_MOST)
    first = max(0, len(console.history) - most)
    return "\n".join(f"{first + n:4}  {line(text)}" for n, text in enumerate(console.history[first:], 1))


COMMANDS = [
    Command(("p", "print", "pp"), "p EXPR", "print: p w, p w.grad, p w.data * 2, p local * upstream", _print, False, """\
A node is its label, v7, or 'a label' in quotes. Alone it shows its data and
gradient; in arithmetic it is its data. Of a node: .data, .grad (so far),
.final (at the end of the pass), .op, .label, .scope. Of the contribution:
local, upstream, contribution, total, step. Functions: abs, min, max, isnan,
isinf, isfinite. Nothing is run as Python."""),
    Command(("display",), "display [EXPR]", "show an expression at every stop; alone: show them now", _display),
    Command(("undisplay",), "undisplay [N ...]", "no longer, all without a number", _undisplay),
    Command(("l", "list"), "l [LINE | FIRST, LAST | .]", "list the source around the current line; again: go on", _list, True),
    Command(("longlist",), "longlist", "list the whole function that the current line is in", _longlist),
    Command(("ll", "graph"), "ll [NODE]", "its neighbourhood: who sends it gradient, to whom it goes",
            _neighbourhood, False, "✓ has happened, → comes next, · is to come; contribution = local derivative × upstream."),
    Command(("why",), "why [NODE]", "why its gradient is what it is; the cause of 0, nan, inf", _why),
    Command(("path",), "path A [B]", "the strongest way from A up to B, or to the cost", _path),
    Command(("check",), "check [NODE]", "its gradient beside a central difference", _check),
    Command(("rule",), "rule", "the contribution in symbols and in numbers", _rule),
    Command(("info", "whatis"), "info [NODE | b | display]", "all about a node; alone: about the pass", _info),
    Command(("users",), "users [NODE]", "what was computed from it", _users),
    Command(("a", "args"), "a [NODE]", "the operands of a node, with their data", _args),
    Command(("find", "search"), "find PATTERN", "the nodes whose label, operation or scope matches", _find),
    Command(("diagnose",), "diagnose [pass] [hints]", "what is wrong with the passes so far or this one, by line", _diagnose,
            False, "It says what watching() says of the script so far: also of updates, of gradients that are not zeroed, and "
            "of passes that np, ca and --at let go by. `diagnose pass` looks at this pass alone."),
    Command(("save",), "save FILE", "write the recording to a file", _save),
    Command(("page",), "page FILE", "write the interactive page of this pass, with what diagnose finds", _page),
    Command(("history",), "history [N]", "what was typed", _history),
]  # fmt: skip
