"""The views of a walk at a stop, as plain lines: the stop itself, source, neighbourhood, stack, time line.

Pure functions of a walk and a width, shared by the prompt and by the full-screen view. Lines are cut to the width, and
they hold no control codes (plain.py).
"""

import bisect
import functools
import itertools
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from autograd import Source
from autograd.primitives.readers import TEXT
from autograd.recording.rules import BY_HAND, fill, rule_key
from autograd.recording.texts import Texts

from ... import style
from ...formulas.notation import Algebra, places_of, shown
from ..walk.breakpoints import Breakpoint, Stop
from ..walk.pointing import columns_of
from ..walk.stopped import Stopped, when
from .plain import cells, clip, line, pad, printable, window

WIDTH = 80
TERMS = 5  # terms of a sum that are written out; further terms are counted


class Change(NamedTuple):
    """A gradient that a contribution has changed.

    Attributes:
        name: the node that has the gradient.
        before: the gradient before; None if no contribution had reached it.
        after: the gradient after the contribution.
        step: the step of the contribution.
    """

    name: str
    before: float | None
    after: float
    step: int


# --- names and formulas --------------------------------------------------------------------------------------------------


def name(stopped: Stopped, node: int) -> str:
    """A node's name for display, which a user can type back."""
    return style.node_name(stopped.session.recording.nodes, node, shown)


def made(stopped: Stopped, node: int, width: int = WIDTH) -> str:
    """The formula of a node: 'z = w * x + b'; for a leaf, its name."""
    nodes = stopped.session.recording.nodes
    operands, op = nodes.operands_of(node), nodes.op(node)
    if not operands:
        return clip(name(stopped, node), width)
    algebra = Algebra(TEXT, digits=4)

    def operand(i: int) -> object:
        o = operands[i]
        return algebra.symbol(name(stopped, o)) if isinstance(o, int) else algebra.number(o)

    written = algebra.application(op, operand, places_of(op, operands, most=TERMS))
    return clip(f"{name(stopped, node)} = {written}", width)


def gradient(stopped: Stopped, node: int, digits: int = 6) -> str:
    """A node's gradient so far; words say if it is not complete."""
    session = stopped.session
    now, steps = session.gradient(node), session.received(node)
    if now is None:
        return "not reached yet" if steps else "not reached"
    done = bisect.bisect_left(steps, session.position)
    return style.number(now, digits) + ("" if session.is_complete(node) else f" so far, {done} of {len(steps)} contributions")


def with_earlier(stopped: Stopped, node: int) -> str:
    """The words after the gradient of a leaf with an earlier gradient: ' in this pass (2 with what it held before)'.

    If the gradient was not set to 0 before the pass, `w.grad` in the script is the sum of both. The words are '' if the sum
    is no other number, and as long as the gradient of this pass is not complete.
    """
    session, recording = stopped.session, stopped.session.recording
    share, held = recording.gradients[node], recording.nodes.grad[node]
    if recording.nodes.op(node) or not session.received(node) or not session.is_complete(node):
        return ""
    if share == held or share != share:
        return ""
    return f" in this pass ({style.number(held, 6)} with what it held before)"


def contribution(stopped: Stopped, step: int) -> str:
    """One contribution in numbers: 'w.grad += 2 × 0.5 = 1, total 1'."""
    c = stopped.session.columns
    local, upstream, result, total = (style.number(column[step]) for column in (c.local, c.upstream, c.contribution, c.total))
    return line(f"{name(stopped, int(c.parent[step]))}.grad += {local} × {upstream} = {result}, total {total}")


def symbols(stopped: Stopped, step: int) -> str:
    """One contribution in symbols: 'd(w × x)/dw = x'. The rule is simplified: 2 × x, not 2 × x ** (2 − 1)."""
    session = stopped.session
    recording, node = session.recording, int(session.columns.node[step])
    nodes, algebra = recording.nodes, Algebra(TEXT, digits=4)
    operands = nodes.operands_of(node)
    if node in recording.by_hand:
        return BY_HAND
    template = recording.rules[rule_key(nodes.op(node), operands)][recording.columns["position"][step]]
    left, equals, right = template.partition(" = ")
    if not equals:
        return line(template)

    def rule(named: Callable[[int], str]) -> str:
        def written(i: int) -> str:
            o = operands[i]
            return named(o) if isinstance(o, int) else algebra.number(o).text

        def atom(i: int) -> Any:
            o = operands[i]
            return algebra.symbol(named(o)) if isinstance(o, int) else o

        out = named(node)
        return f"{fill(left, out, written)} = {algebra.rule(right, algebra.symbol(out), atom)}"

    return line(style.rule(rule, functools.partial(name, stopped)))


def described(breakpoint: Breakpoint) -> str:
    """A breakpoint in words: 'op tanh if grad < 0 x3'."""
    condition = f" if {breakpoint.condition}" if breakpoint.condition else ""
    hits = f" x{breakpoint.hits}" if breakpoint.hits else ""
    kind = {"gradient": "watch", "exception": "catch"}.get(breakpoint.kind, breakpoint.kind)
    what = breakpoint.what
    if breakpoint.kind == "line":
        file, _, number = what.rpartition(":")
        kind, what = "", f"{short(file)}:{number}"
    return line(f"{kind} {what}{condition}{hits}".strip())


# --- a stop --------------------------------------------------------------------------------------------------------------


def counter(stopped: Stopped, stop: Stop) -> str:
    """The line with the position of a walk in the pass and the breakpoints that stopped it."""
    session = stopped.session
    if session.at_start or session.at_end:
        text = f"{'start' if session.at_start else 'end'} of the pass, {style.counted(len(session), 'contribution')}"
    else:
        text = f"step {session.position} of {len(session)}"
    scope = session.recording.nodes.scope[session.node]
    if scope and not session.at_end:
        text += f", in {scope}"
    if stop.breakpoints:
        text += ", " + ", ".join(f"breakpoint {b.id} ({described(b)})" for b in stop.breakpoints)
    return line(text)


def stop_lines(stopped: Stopped, stop: Stop, width: int = WIDTH) -> list[str]:
    """A stop in two to four lines: the position of the walk, the contribution that comes next, and the source line."""
    session = stopped.session
    lines = [clip(counter(stopped, stop), width)]
    if stop.text and stop.reason != "exception":
        lines.append(clip(line(stop.text), width))
    if session.leaf is not None:
        return [*lines, *source_lines(session.source, session.recording.texts, width)]
    if session.at_end:
        return [*lines, clip(summary(stopped, width), width)]
    numbers, written = contribution(stopped, session.position), symbols(stopped, session.position)
    if cells(numbers) + 4 + cells(written) <= width:
        lines.append(f"{numbers}    {written}")
    else:
        lines += [clip(numbers, width), clip(written, width)]
    caret = len(lines) < 3
    return lines + source_lines(session.source, session.recording.texts, width, caret)


def summary(stopped: Stopped, width: int = WIDTH) -> str:
    """A line with the gradients of the parameters, or of all leaves; those that do not fit on it are counted."""
    nodes, root = stopped.session.recording.nodes, stopped.session.recording.root.id
    leaves = stopped.places.parameters or [i for i in range(len(nodes)) if not nodes.op(i)]
    texts: list[str] = []
    for n, i in enumerate(i for i in leaves if i != root or len(nodes) == 1):
        texts.append(f"{name(stopped, i)}.grad = {style.number(stopped.session.gradient(i) or 0.0)}")
        if cells(", ".join(texts)) > width - 12 and n:
            return ", ".join(texts[:-1]) + f", {len(leaves) - n} more"
    return ", ".join(texts)


def source_lines(place: Source | None, texts: Texts, width: int = WIDTH, caret: bool = True) -> list[str]:
    """'train.py:12 -> y = tanh(w * x)' and, if wanted, carets under the expression."""
    if place is None:
        return ["(no source line: record_sources() was not on where it was made)"]
    raw = texts.line(place.file, place.line).rstrip()
    text = printable(raw.strip()) or line(place.text) or "(its text is not known)"
    head = f"{line(short(place.file))}:{place.line} -> "
    if cells(head) > width // 2:
        head = f"{line(os.path.basename(place.file))}:{place.line} -> "
    begin, end = columns_of(texts, place)
    indent = len(raw) - len(raw.lstrip())
    begin, end = (begin - indent, end - indent) if end and raw.isascii() and "\t" not in raw.strip() else (0, 0)
    text, begin, end = window(text, begin, end, width - cells(head))
    lines = [head + text]
    if caret and 0 < end - begin < len(text):
        lines.append(" " * (cells(head) + begin) + "^" * (end - begin))
    return lines


def short(file: str) -> str:
    """The path of a file, relative to the working directory if the file lies in it."""
    return style.source(Source(file, 0, "", "")).removesuffix(":0")


# --- source --------------------------------------------------------------------------------------------------------------


def listing(
    place: Source | None, lines: Sequence[str], first: int, last: int, marked: Collection[int] = (), width: int = WIDTH
) -> list[str]:
    """Numbered lines of a source file, '->' at the current line, 'B' at lines with a breakpoint.

    Args:
        place: the file and its current line.
        lines: all lines of the file.
        first, last: the first and the last line to show.
        marked: lines with breakpoints.
    """
    if place is None:
        return ["(no source line: record_sources() was not on where it was made)"]
    if not lines:
        return [clip(f"({line(place.file)} is not here, and its text is not known)", width)]
    shown_lines = []
    for n in range(max(1, first), min(len(lines), last) + 1):
        arrow = "->" if n == place.line else "  "
        mark = "B" if n in marked else " "
        shown_lines.append(clip(f"{n:4} {mark}{arrow} {line(lines[n - 1].rstrip())}".rstrip(), width))
    return shown_lines


def breakpoint_lines(breakpoints: Iterable[Breakpoint], same: Callable[[str], bool]) -> set[int]:
    """The lines of a file that have breakpoints.

    Args:
        same: a test that is true for a name of the file.
    """
    lines = set()
    for b in breakpoints:
        file, _, number = b.what.rpartition(":")
        if b.kind == "line" and b.enabled and same(file):
            lines.add(int(number))
    return lines


# --- the graph -----------------------------------------------------------------------------------------------------------


def neighbourhood(stopped: Stopped, node: int, width: int = WIDTH, most: int = 8) -> list[str]:
    """A node with the contributions to it from its users above, and its contributions to its operands below.

    Args:
        most: the number of contributions that are written out above and below.
    """
    session = stopped.session
    current = session.position if not session.at_end else -1
    nodes = session.recording.nodes
    lines = []
    received, passed = session.received(node), session.passed_on(node)
    for k in _largest(stopped, received, most):
        user = int(session.columns.node[k])
        lines.append(clip(f"  {when(k, session.position)} {_product(stopped, k)}  from {made(stopped, user)}", width))
    if len(received) > most:
        lines.append(f"    … from {len(received) - most:,} more")
    if not received:
        lines.append("    it is where the pass begins" if node == session.recording.root.id else "    no gradient reaches it")
    lines.append(clip(f"> {made(stopped, node, width - 2)}", width))
    lines.append(clip(f"    data {style.number(nodes.data[node], 6)}    grad {gradient(stopped, node)}", width))
    for k in _around(passed, current, most):
        parent = name(stopped, int(session.columns.parent[k]))
        data = style.number(nodes.data[session.columns.parent[k]])
        lines.append(clip(f"  {when(k, session.position)} {_product(stopped, k)}  to {parent} = {data}", width))
    if len(passed) > most:
        lines.append(f"    … to {len(passed) - most:,} more")
    if not passed:
        lines.append("    a leaf: its gradient ends here" if not nodes.op(node) else "    it passes nothing on")
    return [line(text) for text in lines]


def _product(stopped: Stopped, step: int) -> str:
    c = stopped.session.columns
    local, upstream, result = (style.number(column[step]) for column in (c.local, c.upstream, c.contribution))
    return f"{pad(result, 9)} = {local} × {upstream}"


def _largest(stopped: Stopped, steps: Sequence[int], most: int) -> list[int]:
    sizes = stopped.session.columns.contribution
    return sorted(sorted(steps, key=lambda k: (sizes[k] == sizes[k], -abs(sizes[k])))[:most])  # nan comes first


def _around(steps: Sequence[int], current: int, most: int) -> Sequence[int]:
    """At most `most` contributions in a row, among them the current one."""
    at = steps.index(current) if current in steps else 0
    first = max(0, min(at - most // 2, len(steps) - most))
    return steps[first : first + most]


def stack_lines(stopped: Stopped, selected: int = 0, width: int = WIDTH, most: int = 20) -> list[str]:
    """The chain of nodes from the cost, on top, down to the current one; '>' marks the selected one."""
    chain = stopped.chain(max(most, selected + 1) + 1)
    frames = list(enumerate(chain))[: max(most, selected + 1)]
    lines = ["      … further up to the cost"] if len(chain) > len(frames) else []
    rows = []
    for n, frame in reversed(frames):
        place = stopped.session.recording.nodes.source(frame.node)
        at = f"  {line(os.path.basename(place.file))}:{place.line}" if place else ""
        head = f"{'>' if n == selected else ' '} #{n:<2}"
        grad = f"  grad {style.number(stopped.session.gradient(frame.node) or 0.0)}"
        rows.append((head, line(made(stopped, frame.node)), grad, at))
    tails = [grad + at for _, _, grad, at in rows], [grad for _, _, grad, _ in rows], [""] * len(rows)
    # If a pane is too narrow for the places, or also for the gradients, all lines leave them out.
    fitting = (t for t in tails if all(width - cells(row[0]) - cells(tail) >= 20 for row, tail in zip(rows, t, strict=True)))
    for (head, formula, _, _), tail in zip(rows, next(fitting, tails[-1]), strict=True):
        lines.append(f"{head} {pad(formula, width - cells(head) - cells(tail) - 1)}{tail}".rstrip())
    return lines


# --- time ----------------------------------------------------------------------------------------------------------------


def timeline(stopped: Stopped, width: int, stops: Iterable[Sequence[int]] = ()) -> str:
    """The pass as a bar, with the position of the walk (▼), breakpoints (●) and contributions that are not finite (!).

    Args:
        stops: for each breakpoint the positions at which it stops, rising.
    """
    session = stopped.session
    n, tail = len(session), f" {session.position:,}/{len(session):,}"
    size = max(width - len(tail), 1)
    bar = ["━" if n and k * n < session.position * size else "─" for k in range(size)]
    edges = [-(-k * n // size) for k in range(size)] + [n + 1]  # the first position of every cell
    for positions, sign in (*((found, "●") for found in stops), (session.not_finite, "!")):
        for k, (first, after) in enumerate(itertools.pairwise(edges)):
            if bisect.bisect_left(positions, first) < bisect.bisect_left(positions, after):
                bar[k] = sign
    bar[min(session.position * size // max(n, 1), size - 1)] = "▼"
    return "".join(bar) + tail


def changes(stopped: Stopped, most: int) -> list[Change]:
    """The gradients that changed last, the latest first."""
    session = stopped.session
    found = []
    for k in range(session.position - 1, max(session.position - 1 - most, -1), -1):
        parent = int(session.columns.parent[k])
        found.append(Change(name(stopped, parent), session.gradient(parent, k), float(session.columns.total[k]), k))
    return found


def change_lines(stopped: Stopped, most: int, width: int = WIDTH) -> list[str]:
    """The gradients that changed last, old -> new."""
    rows = [
        (c.name, "—" if c.before is None else style.number(c.before), style.number(c.after)) for c in changes(stopped, most)
    ]
    if not rows:
        return ["(none yet)"]
    first, second = (min(max(cells(row[i]) for row in rows), width // 3) for i in (0, 1))
    return [line(clip(f"{pad(a, first)}  {pad(b, second)} → {c}", width)) for a, b, c in rows]
