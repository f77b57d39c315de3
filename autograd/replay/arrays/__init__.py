"""The reader of programs in NumPy: a tape becomes array operations, value and gradients, written down as plain Python.

In: a tape, or a rolled program (passes/). Out: `ArrayProgram`, whose source can be printed and stands alone (reader.py), and
the same program for JAX and PyTorch (export.py). lines.py keeps array operations while they are being put together,
formulas.py reads the table's rows as such operations, sweep.py goes through the groups forward and back, memory.py gives
every array a place in memory that is used again, source.py writes the text. It may import the passes and the table.
"""
