"""Record a function once, replay it as a program: the same numbers without the graph.

In: a Python function of numbers and examples of its arguments. Out: a `Program`, which computes the function and its
derivatives from columns of numbers (tape.py), and looks at every decision that the function took. It imports the engine, the
table, recordings and the transforms.
"""
