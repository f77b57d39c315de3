"""A walk through a recorded pass: its position, its breakpoints, and the view at a stop. Pure state, no terminal, no process.

In: a `Recording`. Out: a `Session` that moves forwards and backwards (session.py), breakpoints and their conditions, the view
at a stop (stopped.py), answers about a node (questions.py). It imports the engine and the pictures' graph.
"""
