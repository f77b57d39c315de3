"""A walk through a recorded pass: where one is, what is seen there, and where a run stops. Pure state, no terminal, no process.

In: a `Recording`. Out: a `Session` that moves forwards and backwards (session.py), breakpoints and their conditions, what a
stop shows (stopped.py), answers about a node (questions.py). It imports the engine and the pictures' graph.
"""
