"""Derivatives of functions: `grad`, `jacobian`, `hessian`, `jvp`, `vjp`, `hvp`, `derivative`, `gradients`.

In: a Python function of numbers. Out: functions that give its derivatives, to any order: by reverse passes (adjoints.py), by
forward passes of dual numbers (forward.py, dual.py), by both (curvature.py). It imports the core and the table.
"""
