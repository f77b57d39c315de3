"""Written mathematics: expressions, derivations along every path, and the printed walk back through a pass.

In: a `Value` or a recording. Out: text, LaTeX and Markdown: `expression`, `derivation`, `walk`. notation.py writes single
formulas, blocks.py lays out a page of them. It imports the engine and the pictures' graph.
"""
