"""The course's figures of a network: neurons in columns, its equations, forward and backward.

In: a model of `nn`, or layers of numbers. Out: `network(...)`, a `Picture`. neurons.py reads the model once, figure.py decides
what the figure shows, pinned.py writes it as DOT. The package imports the engine and the pictures of graphs.
"""
