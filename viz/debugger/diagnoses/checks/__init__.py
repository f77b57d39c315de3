"""The checks: each looks for one kind of fault, and says nothing about a program that is sound.

In: a `Training` (evidence/training.py). Out: `Found`, with the line, the words, the remedy and the numbers. A new one is a
generator function here and a row in ../diagnose.py. They import the evidence only.
"""
