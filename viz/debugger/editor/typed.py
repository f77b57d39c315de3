"""Commands of the prompt that move the walk and set breakpoints from an editor's console.

    s 3    n    rc    c 2    goto w    j -5    b tanh if grad > 1    b 8 x3    delete 2

A name of a node comes first: with a node called `c` in the pass, `c` shows it and `c + 1` is a sum, but `c 1` goes on.
A command for something that an editor does by itself gets a hint at the place in the editor.
"""

import re
from typing import NamedTuple

from ..commands import moves, stops
from ..commands.console import Command
from ..walk.breakpoints import NAMES
from ..walk.stopped import Stopped

# The steps of an editor, by the prompt's shortest names.
STEPS = {"s": "step", "n": "next", "o": "out", "rs": "step_back", "rn": "next_back", "ro": "out_back"}
RUNS = {"c": 1, "rc": -1}
JUMPS = ("j", "goto", "run")
_NOT_HERE = ("commands", "until")  # `commands` is about the prompt; `until` is a temporary breakpoint and a run
MOVES = {name: c for c in moves.COMMANDS if c.names[0] in {*STEPS, *RUNS, *JUMPS} for name in c.names}
BREAKPOINTS = {name: c for c in stops.COMMANDS if c.names[0] not in _NOT_HERE for name in c.names}
_FRAMES = "choose a frame in the editor's call stack: what is typed here is about it"
_ENDS = "the editor's own keys end the script or let it go on"
_PASSES = "c goes on into the next pass; a function breakpoint on `backward` stops at every one"
_WATCHES = "the editor's watched expressions are shown at every stop"
_HINTS = dict.fromkeys(("u", "up", "d", "down", "f", "frame"), _FRAMES) | dict.fromkeys(("q", "quit", "exit", "detach"), _ENDS)
_HINTS |= dict.fromkeys(("np", "next-pass", "ca", "continue-all"), _PASSES) | dict.fromkeys(("display", "undisplay"), _WATCHES)


class Typed(NamedTuple):
    """A command that was typed.

    Attributes:
        command: the command of the prompt.
        rest: the text after its name.
    """

    command: Command
    rest: str

    @property
    def name(self) -> str:
        """The command's shortest name."""
        return self.command.names[0]

    @property
    def times(self) -> int:
        """The number of times to do it; ArgumentError if that is no number."""
        return moves.whole_number_in(self.rest, "a number of times")


def command_in(stopped: Stopped, text: str) -> Typed | None:
    """The command in a line; None for an expression or a question."""
    head, _, rest = text.strip().partition(" ")
    if head == "info" and rest.strip() in ("b", "break", "breakpoints") and rest.strip() not in stopped.places.labels:
        head, rest = "break", ""
    command = MOVES.get(head) or BREAKPOINTS.get(head)
    return Typed(command, rest.strip()) if command and not names_a_node(stopped, head, rest.strip()) else None


def names_a_node(stopped: Stopped, head: str, rest: str) -> bool:
    """True if a line begins with the name of a command, but means the node or the number with that name."""
    if head not in stopped.places.labels and head not in NAMES:
        return False
    return not re.match(r"[\w'\"]", rest) or re.match(r"(and|or|in|is|not|if)\b", rest) is not None


def hint_about(stopped: Stopped, text: str) -> str:
    """The hint for a command of the prompt that has a place of its own in the editor; '' for any other line."""
    head, _, rest = text.strip().partition(" ")
    return "" if names_a_node(stopped, head, rest) else _HINTS.get(head, "")
