"""Pictures of computation graphs, and the backward pass as text.

`draw(value)` gives a `graphviz.Digraph` that renders with or without the `dot` program; `network(model)` draws the neurons
of a network; `walk(value)` prints the backward pass contribution by contribution.
"""

from autograd.source import pass_over as _pass_over

from .draw import Picture, TooLargeError, draw
from .network import network
from .render import FormatError, RenderError
from .walk import walk

_pass_over(__path__[0])

__all__ = ["FormatError", "Picture", "RenderError", "TooLargeError", "draw", "network", "walk"]
