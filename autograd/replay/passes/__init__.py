"""The passes: pure functions from a tape to a better one, and from a tape to lanes and groups.

In: a `Tape`. Out: a `Tape` that means the same (dead.py, fold.py, sums.py, dots.py, cse.py), or one tape of several variants
(merged.py); a `Rolled` program, in which alike terms or the samples of a batch are the lanes of a small tape (rolled.py,
cut.py, batch.py, hoist.py); and its sections as groups of alike operations (groups.py).

NumPy does the work, so that a million nodes take seconds. It may import the table of primitives and the tape.
"""
