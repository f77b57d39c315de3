"""`python -m viz.debugger`: step through the gradients of a script at a prompt, full screen, or from an editor."""

import sys


def main(arguments: list[str]) -> int:
    """Choose the front end by the debugger's own options, which come before the name of the script."""
    from .terminal.command_line import main as terminal
    from .terminal.command_line import split

    own, _ = split(arguments)
    if any(option.split("=")[0] in ("--dap", "--dap-port", "--dap-socket") for option in own):
        from .editor.server import main as adapter

        return int(adapter(arguments) or 0)
    return terminal(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
