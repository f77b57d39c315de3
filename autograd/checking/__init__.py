"""Is a gradient right? `check_gradients` holds it to difference quotients, and knows how far these can be trusted.

In: a function and a point. Out: nothing, or an error that names the wrong derivative with both numbers. differences.py takes
the quotients, rounding.py bounds their rounding errors. It imports the core, the table and the transforms.
"""
