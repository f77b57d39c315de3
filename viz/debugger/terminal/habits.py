"""Habits from pdb, gdb, ipdb and pudb that are no commands here, each with the command to use instead.

A habit for something that this debugger can do is another name of a command. This table answers the other habits.
"""

_NUMBERS = "the numbers of a recorded pass are what the script computed: change the script, and run it again"
_PYTHON = "nothing is run as Python here; p EXPR shows a node, and arithmetic with nodes: p w.grad * 2"
_THREADS = "a pass has one thread; passes of other threads wait their turn, and np goes on to the next one"
_SCREEN = "python -m viz.debugger --tui script.py is the full screen"

HINTS = {
    "set": _NUMBERS, "assign": _NUMBERS,
    "interact": _PYTHON, "debug": _PYTHON, "call": _PYTHON, "exec": _PYTHON, "dir": _PYTHON, "vars": _PYTHON,
    "globals": _PYTHON, "locals": "a lists the operands of this node, ll its neighbours; find PART finds nodes",
    "retval": "what a pass gives is the gradients: p w.final is that of w at the end",
    "rv": "p w.final is the gradient of w at the end",
    "thread": _THREADS, "threads": _THREADS,
    "tui": _SCREEN, "layout": _SCREEN, "focus": _SCREEN, "sticky": _SCREEN,
    "kill": "q leaves and ends the script; detach lets it run to its end", "stop": "q leaves; Ctrl-C stops a running script",
    "pause": "Ctrl-C stops a running script at its next backward()",
    "record": "every pass is recorded: rs, rn, rc go back, save FILE keeps it",
    "edit": "edit the script in your editor, and run it again", "shell": "use another terminal", "make": "use another terminal",
    "log": "save FILE keeps the recording, history what was typed", "alias": "an empty line repeats the last move",
    "unalias": "there are no aliases here", "show": "info says all about a node, info b about breakpoints",
    "exceptions": "catch nan, catch inf and the others stop at what goes wrong; help catch",
    "handle": "Ctrl-C stops a running script at its next backward()",
    "x": "p EXPR prints; l lists the source, ll the neighbourhood", "ptype": "info NODE says all about a node",
    "checkpoint": "every position can be gone back to: j N, rs, rc", "pinfo": "info NODE says all about a node",
    "psource": "l lists the source", "pdef": "info NODE says all about a node", "pfile": "info NODE has the file and line",
}  # fmt: skip
# Topics of `info` in other debuggers, with the command that answers them here.
INFO = {"locals": "a", "args": "a", "stack": "w", "frame": "f", "source": "l", "line": "l", "symbol": "find", "scope": "a",
        "watchpoints": "info b", "threads": "", "registers": "", "variables": "find *"}  # fmt: skip


def hint(head: str) -> str:
    """The line for a habit; '' for any other word.

    >>> hint("kill")
    'q leaves and ends the script; detach lets it run to its end'
    """
    return HINTS.get(head.lower(), "")


def rewritten(text: str) -> str:
    """A line of another debugger or of Python, rewritten for this prompt; any other line stays as it is.

    >>> rewritten("quit()"), rewritten("print(w.grad)"), rewritten("p *w"), rewritten("s 3")
    ('quit', 'p w.grad', 'p w', 's 3')
    """
    bare = text.rstrip(";").strip()
    if bare in ("quit()", "exit()", "q()"):
        return bare[:-2]
    for head in ("print(", "pp(", "pprint(", "repr(", "str("):
        if bare.startswith(head) and bare.endswith(")") and bare.count("(") == bare.count(")"):
            return f"p {bare[len(head) : -1]}"
    command, _, rest = bare.partition(" ")
    if command.partition("/")[0] in ("p", "print", "display", "output") and "/" in command:
        command = command.partition("/")[0]  # without the format after the slash, as gdb allows it
        return f"{'p' if command == 'output' else command} {rest}"
    if command in ("p", "print") and rest.startswith(("*", "&")) and len(rest) > 1:
        return f"p {rest[1:].strip()}"
    if command == "info" and INFO.get(rest.strip()):
        return INFO[rest.strip()]
    return text
