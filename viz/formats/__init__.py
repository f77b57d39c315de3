"""Texts for other programs: Mermaid, TikZ, JSON for Netron and Model Explorer, GraphML, and the film of a backward pass.

In: a view, the boxes and arrows of a picture as plain data; for the film, a recording. Out: text. It imports the pictures of
graphs, the notation of formulas and viz/recorded.py; only geometry.py asks a layout program, by viz/rendering.py.
"""
