"""The checks: each looks for one kind of fault, and finds nothing in a sound program.

In: a `Training` (evidence/training.py). Out: `Found`, with the line, the words, the remedy and the numbers. A new check is
a generator function here and a row in ../diagnose.py. They import the evidence only.
"""
