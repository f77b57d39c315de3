"""Stepping through `backward()` with a Python debugger: the pass is emitted as Python source, a line per contribution.

In: a root `Value` whose `backward()` is called while somebody traces. Out: source that pdb, PyCharm and debugpy step through
(emit.py writes it, emitted.py makes it a function, pydevd_dont_trace.py is the way in and out, switch.py decides when). It
imports the core, the table and the rules of recordings. Nothing below it imports it: `import autograd` puts it in place
(autograd/debuggers.py), and what emits is loaded when somebody steps.
"""
