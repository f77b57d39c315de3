"""The commands that move: through the pass, forward and back, up and down the stack, and on to the next pass."""

import re
from collections.abc import Callable

from autograd import ArgumentError

from ..walk.breakpoints import Stop
from ..walk.session import Session
from . import panes
from .console import Answer, Command, Console
from .plain import clip, line


def whole_number_in(text: str, what: str, default: int = 1, least: int = 1) -> int:
    """A whole number that was typed.

    Raises:
        ArgumentError: the text is no whole number, or the number is below `least`.
    """
    if not text.strip():
        return default
    if not re.fullmatch(r"\d{1,15}", text.strip()) or int(text) < least:
        raise ArgumentError(f"{text!r} is not {what}: write a whole number from {least}")
    return int(text)


def _walk(forward: bool, move: Callable[[Session], Stop]) -> Callable[[Console, str], str]:
    def run(console: Console, rest: str) -> str:
        session = console.session
        times = whole_number_in(rest, "a number of times")
        if session.at_end if forward else session.at_start:
            on = "c lets the script go on" if console.alive else "rs, rn, rc lead back"
            return f"at the end of the pass ({on})" if forward else "at the start of the pass"
        stop = Stop("start")
        for _ in range(min(times, len(session))):
            stop = move(session)
            console.moved(stop)
            if session.at_end if forward else session.at_start:
                break
        return console.stop_text()

    return run


_run = _walk(True, Session.run)


def _continue(console: Console, rest: str) -> str | Answer:
    if not console.session.at_end:
        return _run(console, rest)
    whole_number_in(rest, "a number of times")
    if console.alive:
        return Answer("", "continue")
    return "at the end of the pass (rs, rn, rc lead back; q quits)"


def _through(console: Console, _: str) -> str | Answer:
    if console.session.at_end and not console.alive:
        return "there is no script that could go on"
    if not any(b.enabled for b in console.breakpoints.values()):
        raise ArgumentError("there is no breakpoint to go on to (help break); detach lets the script run to its end")
    if not console.session.at_end:
        stop = console.session.run()
        console.moved(stop)
        if stop.reason != "end" or stop.breakpoints or not console.alive:
            return console.stop_text()
    if not any(b.enabled for b in console.breakpoints.values()):
        return console.stop_text()  # the last enabled breakpoint was temporary
    console.skipping = True
    return Answer("", "through")


def _next_pass(console: Console, rest: str) -> str | Answer:
    if not console.alive:
        return "there is no script that could go on"
    assert console.arrival is not None
    now = console.arrival.number
    console.target = whole_number_in(rest, "the number of a pass", default=now + 1)
    if console.target <= now:
        return f"pass {console.target} is over: this is pass {now}, and a script does not run backwards"
    return Answer("", "continue")


def _detach(console: Console, _: str) -> str | Answer:
    return Answer("", "detach") if console.alive else "there is no script that could go on"


def _quit(_: Console, __: str) -> Answer:
    return Answer("", "quit")


def _restart(console: Console, _: str) -> str:
    console.moved(console.session.begin())
    return console.stop_text()


def _jump(console: Console, rest: str) -> str:
    match = re.fullmatch(r"([+-]?)(\d{1,15})", rest.strip())
    if match is None:
        raise ArgumentError(f"jump to which position? 0 (start) to {len(console.session)} (end), or +3 and -3 from here")
    number = int(match[2])
    position = console.session.position
    console.moved(console.session.jump(position + number if match[1] == "+" else position - number if match[1] else number))
    return console.stop_text()


def _goto(console: Console, rest: str) -> str:
    if not rest.strip():
        raise ArgumentError("goto which node? Its label, or v7")
    node = console.find(rest)
    console.moved(console.session.jump_to(node))
    return console.stop_text()


# --- the stack -----------------------------------------------------------------------------------------------------------


def _frame(console: Console) -> str:
    """The text for the selected frame."""
    node, recording = console.node, console.session.recording
    lines = [clip(f"#{console.frame} {line(panes.made(console.stopped, node))}", console.width)]
    grad = panes.gradient(console.stopped, node)
    lines[0] = clip(f"{lines[0]}    grad {grad}", console.width)
    return "\n".join(lines + panes.source_lines(recording.nodes.source(node), recording.texts, console.width))


def _up(console: Console, rest: str) -> str:
    wanted = console.frame + whole_number_in(rest, "a number of frames")
    chain = console.stopped.chain(wanted + 1)
    if len(chain) == console.frame + 1:
        return "this is the cost: the stack ends here"
    console.frame, console.listed = min(wanted, len(chain) - 1), 0
    return _frame(console)


def _down(console: Console, rest: str) -> str:
    times = whole_number_in(rest, "a number of frames")
    if console.frame == 0:
        return "this is the current node: step (s) to go further"
    console.frame, console.listed = max(0, console.frame - times), 0
    return _frame(console)


def _frame_number(console: Console, rest: str) -> str:
    wanted = whole_number_in(rest, "the number of a frame", default=console.frame, least=0)
    if len(console.stopped.chain(wanted + 1)) <= wanted:
        raise ArgumentError(f"there is no frame {wanted}; w shows the stack")
    console.frame, console.listed = wanted, 0
    return _frame(console)


def _where(console: Console, rest: str) -> str:
    most = whole_number_in(rest, "a number of frames", default=20)
    return "\n".join(panes.stack_lines(console.stopped, console.frame, console.width, most))


COMMANDS = [
    Command(("s", "step", "stepi", "si"), "s [N]", "one contribution on: parent.grad += local × upstream",
            _walk(True, Session.step), True),
    Command(("n", "next", "nexti", "ni"), "n [N]", "to the next node, over all that this one passes on",
            _walk(True, Session.next), True),
    Command(("o", "out", "finish", "fin", "r", "return"), "o [N]", "out of the scope: the neuron, the layer",
            _walk(True, Session.out), True),
    Command(("c", "continue", "cont"), "c [N]", "to the next breakpoint or the end; there the script goes on", _continue, True,
            "At the end of the pass the script goes on to its next backward(), or to its own end."),
    Command(("rs", "reverse-step", "reverse-stepi", "rsi"), "rs [N]", "one contribution back",
            _walk(False, Session.step_back), True,
            "Going back takes nothing away and adds nothing up: gradients are exactly what they were there."),
    Command(("rn", "reverse-next", "reverse-nexti", "rni"), "rn [N]", "back to the beginning of the node, or of the one before",
            _walk(False, Session.next_back), True),
    Command(("ro", "reverse-finish", "reverse-out", "rf"), "ro [N]", "back to the beginning of the scope, or of the one before",
            _walk(False, Session.out_back), True),
    Command(("rc", "reverse-continue"), "rc [N]", "back to the breakpoint before, or to the start",
            _walk(False, Session.run_back), True),
    Command(("j", "jump"), "j N | +N | -N", "to a position: 0 is the start", _jump),
    Command(("goto",), "goto NODE", "to where a node passes its gradient on", _goto,
            False, "For a leaf, which passes nothing on, to where its gradient is complete."),
    Command(("run", "restart", "start"), "run", "to the start of the pass", _restart),
    Command(("ca", "continue-all"), "ca", "on to the next breakpoint in this pass or any later one", _through, True,
            "Passes in which nothing stops go by silently: `catch nan` and `ca` lead to the first nan of a whole training."),
    Command(("np", "next-pass"), "np [N]", "the script goes on to its next backward(), or the N-th", _next_pass, True,
            "Passes are counted from 1: that of step 37 in `for step in range(100)` is backward() 38."),
    Command(("detach",), "detach", "let the script run to its end without stopping again", _detach),
    Command(("q", "quit", "exit", "EOF"), "q", "leave, and end the script", _quit),
    Command(("w", "where", "bt", "backtrace"), "w [N]", "the stack: the chain of nodes from the cost down to here", _where,
            False, "A node is called by the one that sent it the largest part of its gradient. u goes up to the cost, d back."),
    Command(("u", "up"), "u [N]", "up the stack, towards the cost", _up, True,
            "l, ll, p, why, info and rule without an argument are about the selected frame."),
    Command(("d", "down"), "d [N]", "down the stack, back to the current node", _down, True),
    Command(("f", "frame"), "f [N]", "select a frame by its number, or show the selected one", _frame_number),
]  # fmt: skip
