"""The prompt's language, for every front end: commands that ask, commands that move, breakpoints, and the lines of each view.

In: a line of text and a `Console`, the state of one conversation (console.py). Out: plain lines (asking.py, moves.py, stops.py,
panes.py). It imports the walk, the diagnoses and the program, but no terminal and no editor.
"""
