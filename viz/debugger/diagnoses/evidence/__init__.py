"""The evidence for the checks: passes and the changes between them, the user's source, the script run again, and thresholds.

In: recordings and assignments. Out: a `Pass` with its update (passes.py), a `Training` (training.py), statements of the user's
program (statements.py), answers of another run (again.py). It imports the engine and the pictures' graph.
"""
