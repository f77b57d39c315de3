"""The interactive page: a graph and its backward pass in one HTML file that any browser opens offline.

In: a `Value` or a recording. Out: `page(...)`, a file. This side packs numbers (page.py); the folder web holds what the file
shows and does. It imports the engine, the pictures of graphs and the notation of formulas.
"""
