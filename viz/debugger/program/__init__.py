"""The user's program: run until its `backward()`, paused, run again with one number changed, or known from a recording.

In: a script or a module with its arguments. Out: an `Arrival` at every backward pass (debuggee.py). It imports the walk and the
diagnoses.
"""
