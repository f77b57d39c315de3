"""Pictures of graphs: boxes for values, arrows for local derivatives, folded until a person can read them.

In: a `Value` or a recording. Out: `draw(...)`, a `Picture`. On the way: the graph as columns (graph.py), a part of it
(select.py, terms.py), a tree of folds (fold.py), one cut through the tree (view.py), DOT text (dot.py) or places without
Graphviz (layout.py, svg.py). It imports the engine and viz's styles, checks and renderer.
"""
