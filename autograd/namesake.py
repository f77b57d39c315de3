"""Whether this folder holds one package: PyPI's `autograd` (HIPS) has the same import name, and pip merges the two.

Looked at before anything else of the engine is imported, and by `nn` and `viz`: installed later, the other package has its
own `__init__.py` in place of ours, so that nothing of ours runs when `autograd` is imported. Uninstalled, it takes the files
that both have with it.
"""

import os
import sys

_here = os.path.dirname(__file__)
_package = sys.modules[__name__.rpartition(".")[0]]

if os.path.exists(os.path.join(_here, "differential_operators.py")) or os.path.isdir(os.path.join(_here, "numpy")):
    raise ImportError(
        f"{_here} holds two packages at once: PyPI's 'autograd' (HIPS) and 'stepgrad' both install the import name "
        "'autograd', and pip has merged them into one folder, in which neither works. Use an environment of its own for "
        "each: pip uninstall autograd stepgrad, then install the one you want here",
        name="autograd",
    )
if getattr(_package, "__file__", None) is None:
    raise ImportError(
        f"{_here} has lost its __init__.py: PyPI's 'autograd' (HIPS) was installed into the same folder, and took the files "
        "that both have with it when it was uninstalled. Install stepgrad again: pip install --force-reinstall --no-deps "
        "stepgrad",
        name="autograd",
    )
