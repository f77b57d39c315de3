"""Faults of a backward pass or of training, by name and source line.

In: a recording, or a block of training under `watching()` (watch.py). Out: findings (diagnose.py, which holds the table of all
diagnoses). The checks themselves lie in checks, their evidence in evidence. It imports the engine, the walk, and the
pictures' graph.
"""
