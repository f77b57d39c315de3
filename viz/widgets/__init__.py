"""The interactive page in a cell of a notebook, and what a person does there back in Python.

In: a `Value` or a recording. Out: `widget(...)`, whose state are traits. The page itself is that of viz/pages, in a frame; the
folder web holds the few lines between frame and notebook. It imports viz/pages; only live.py needs the package anywidget.
"""
