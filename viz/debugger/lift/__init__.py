"""Models of other frameworks as recorded passes: their numbers, the gradient that they really compute, the user's own lines.

In: what a front end such as pytorch/ says of each tensor operation, as blocks of scalars (blocks.py). Out: a `Graph`
(graph.py), a recording that pictures, pages, `why`, diagnoses, terminal and editors read as they read a pass of `Value`s.
No derivative is computed here: numbers and local derivatives are the framework's, and the sweep (sweep.py) rounds as it
does. It imports the engine; frameworks are imported by their front ends alone, and nothing of the house imports those.
"""
