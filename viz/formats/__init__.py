"""Texts for other programs: Mermaid, TikZ, JSON for Netron and Model Explorer, GraphML; the film of a pass, as SVG or GIF.

In: a view, the boxes and arrows of a picture as plain data; for the film, a recording. Out: text. It imports the pictures of
graphs, the notation of formulas and viz/recorded.py; only geometry.py and gif.py ask other programs, by viz/rendering.py.
"""
