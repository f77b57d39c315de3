"""The speed of the engine beside that of others: the same problems, by turns, every engine in a process of its own.

compare.py, one folder up, is the program. problems/ says what is computed, engines/ how each engine computes it; worker.py runs
one engine in one process, rounds.py gives the engines their turns, results.py keeps the times, and tables.py writes them down
for people. Nothing in here is imported by the packages.
"""
