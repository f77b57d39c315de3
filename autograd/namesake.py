"""A check that this folder holds one package: PyPI's `autograd` (HIPS) has the same import name, and pip merges the two.

It runs before anything else of the engine is imported, and in `nn` and `viz`: if the other package is installed later, its
`__init__.py` replaces ours, so that no code of ours runs when `autograd` is imported. If it is uninstalled, the files that
both packages have go too.
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
