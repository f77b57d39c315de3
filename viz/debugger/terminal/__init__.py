"""The debugger at a terminal: the prompt, the full screen, and the answer of `--diagnose`.

In: `python -m viz.debugger`, or `breakpoint()` in a script. Out: a conversation (terminal.py, tui.py) in the commands of the
prompt (commands.py, help.py). It imports the prompt and everything below; nothing imports it.
"""
