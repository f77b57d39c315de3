"""The table of primitives: every rule once, and what reads it.

In: nothing. Out: `TABLE`, rows with an operation's value, its local derivatives and how it is written (table.py); readers
that turn a row into numbers, Python, text, LaTeX or arrays (readers.py, straight.py, arrays.py). The accurate special functions
lie in ieee.py, special.py and gelu_digits.py. It imports the errors only: a row knows nothing of nodes or graphs.
"""
