"""A backward pass as data: plain columns that need neither the program nor the graph that made them.

In: a root `Value`. Out: a `Recording`, one `Step` per contribution (recording.py), its nodes (columns.py), the rules that it
used (rules.py), and the same from a file and back (file.py, encoding.py). It imports the core and the table.
"""
