"""The reader of programs in NumPy: a tape becomes array operations, value and gradients, written down as plain Python.

In: a tape, or a rolled program (passes/). Out: `ArrayProgram`, whose source can be printed and stands alone (reader.py);
the same program as text for JAX and PyTorch (export.py).

lines.py keeps array operations while they are being put together, and formulas.py reads the table's rows as such operations.
parts.py reads operands, adjoints.py gathers gradients, and sweep.py goes through the groups forward and back. memory.py gives
every array a place in memory that is used again, program.py has all in order, source.py writes the text.

It may import the passes, the tape and the table.
"""
