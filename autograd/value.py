"""`Value`: a number that remembers how it was computed."""

from .pure import Value as Value
from .pure import dot_node as dot_node
