"""Stepping through `backward()` with a Python debugger: the pass is emitted as Python source, a line per contribution.

In: a root `Value` whose `backward()` is called while somebody traces. Out: source that pdb, PyCharm and debugpy step through
(emit.py writes it, emitted.py runs it, switch.py decides when). It imports the core, the table and the rules of recordings.
Nothing below it imports it: `import autograd` puts it in place.
"""
