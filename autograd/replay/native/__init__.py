"""Tapes replayed by C, where it is installed: a tape goes in, and something that can be called with floats comes out.

In: a tape (tape.py), and the shape of the arguments. Out: a `Kernel`, whose numbers and gradients have the engine's bits. It is
optional, as the compiled nodes are: without it tapes are replayed by emitted Python, or by NumPy. It may import the primitives
and the tape.
"""
