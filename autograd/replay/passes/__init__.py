"""The passes: pure functions from a tape to a better one, and from a tape to lanes and groups.

In: a `Tape`. Out: a `Tape` that means the same (dead.py, fold.py, sums.py, dots.py, cse.py), a `Rolled` program,
in which alike terms are the lanes of one small tape (cut.py, rolled.py), and its sections as groups of alike operations
(groups.py). NumPy does the work, so that a million nodes take seconds. It may import the table of primitives and the tape.
"""
