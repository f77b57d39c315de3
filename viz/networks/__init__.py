"""The course's figures of a network: neurons in columns, its equations, forward and backward.

In: a model of `nn`, or layers of numbers. Out: `network(...)`, a `Picture`. neurons.py reads the model once, figure.py decides
what stands where, pinned.py writes it as DOT. It imports the engine and the pictures of graphs.
"""
