"""The answers of `help`: every command in a line, one command in full, and a tour for beginners."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

from autograd.errors import did_you_mean

from ..commands.console import Command
from ..commands.plain import line

TOUR = """\
A backward pass is a list of contributions, from the cost back to the
parameters:

    parent.grad += local × upstream

local is d(node)/d(parent), by the rule of the operation that made the
node; upstream is the node's own gradient, complete by then. The debugger
stands between two of them, and shows the one that comes next.

 1. s does one contribution; Enter does it again. rs takes it back.
 2. n passes a whole node, o a whole scope: a neuron, a layer. rn and ro
    go back.
 3. p z shows a node here and now; ll shows it among its neighbours.
 4. w is the stack: how the gradient came down here from the cost. u and
    d select a frame; l lists the source around the line that made it.
 5. b tanh, b 12, b w^1_* set breakpoints; watch w stops when w's
    gradient changes; catch nan at the first nan. c and rc run to them.
 6. why w explains a gradient: which contributions it is made of, and the
    cause if it is 0, nan or huge. check w compares it with a difference.
 7. At the end, c lets the script go on to its next backward(). ca goes
    on until a breakpoint stops some later pass. q leaves."""


def help_text(
    topic: str, groups: Mapping[str, Sequence[Command]], itself: Command, find: Callable[[str], Command | None]
) -> str:
    """The answer to `help`.

    Args:
        topic: a command, 'tour', or '' for all commands.
        groups: the commands by their purpose.
        itself: the command help.
        find: gives the command with a name.
    """
    topic = topic.strip()
    if not topic:
        return _overview(groups, itself)
    if topic == "tour":
        return TOUR
    command = find(topic)
    if command is None:
        names = [name for group in groups.values() for c in group for name in c.names]
        return f"*** there is no command {line(repr(topic))}.{did_you_mean(topic, [*names, 'tour'])} help lists them"
    lines = [command.syntax, *textwrap.wrap(command.about, 76, initial_indent="    ", subsequent_indent="    ")]
    if len(command.names) > 1:
        lines.append("    also: " + ", ".join(name for name in command.names if name != command.syntax.split()[0]))
    for paragraph in command.more.splitlines():
        wrapped = textwrap.wrap(paragraph, 76, subsequent_indent="    ") if len(paragraph) > 76 else [paragraph]
        lines += [f"    {row}" for row in wrapped]
    return "\n".join(lines)


def _overview(groups: Mapping[str, Sequence[Command]], itself: Command) -> str:
    lines = []
    for title, commands in groups.items():
        lines.append(title)
        for c in commands:
            lines += _row(c)
    lines += [
        "",
        *_row(itself),
        "  An empty line repeats the last command that moved. What is no command is",
        "  printed, as by p: w.grad",
    ]
    return "\n".join(lines)


def _row(command: Command) -> list[str]:
    first = command.syntax if len(command.syntax) <= 15 else command.syntax.split(" ")[0] + " ..."
    return textwrap.wrap(f"  {first:15}  {command.about}", 80, subsequent_indent=" " * 19)
