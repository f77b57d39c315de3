"""Pictures and texts for people: graphs, pages, figures of networks, derivations, plots, and the printed backward pass.

draw(value)                  the graph as a `graphviz.Digraph`, folded so that it can be read
save(value, "graph.svg")     the same in a file; .html writes the page
page(value, "steps.html")    graph and backward pass in one interactive file
widget(value)                the same in a cell of a notebook, in step with Python
film(value, "pass.svg")      the backward pass as an animated picture; or .gif
mermaid(value), tikz(value)  the graph as text for a README, for a paper
network(model)               the course's figures: neurons in columns, forward and backward
derivation(cost, weight)     the chain rule written out along every path
expression(value)            the computation of a value, as algebra
walk(value)                  the backward pass, printed contribution by contribution
plots                        costs, gradients, activations over a training run
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

try:
    from autograd import namesake as _namesake  # noqa: F401 - it looks whether the folder holds one package
except ImportError as _error:
    if "namesake" not in str(_error):
        raise
    raise ImportError(
        f"viz belongs to stepgrad and needs its 'autograd', but {_error.path} is another package of that name, PyPI's by HIPS. "
        "Use an environment of its own for each: pip uninstall autograd stepgrad, then pip install stepgrad here",
        name="autograd",
    ) from None

# isort: split

from autograd import Value as _Value
from autograd.foreign import teach_module as _teach_module
from autograd.source import pass_over as _pass_over

from . import plots
from .foreign import VIZ as _FOREIGN_NAMES
from .formats.writing import film, mermaid, tikz
from .formulas.derivation import Derivation, derivation
from .formulas.expression import Expression, expression
from .formulas.walk import walk
from .graphs.draw import draw
from .graphs.notebook import mime_bundle as _mime_bundle
from .networks.network import network
from .notebook import tell as _tell
from .pages.page import page
from .rendering import FormatError, RenderError
from .saving import save
from .widgets.widget import widget


def __dir__() -> list[str]:
    """The names that are meant to be found: completion shows no inner modules between the functions."""
    return sorted({*__all__, "debugger"})


if _TYPE_CHECKING:
    from .graphs.picture import Picture
else:  # or type checkers would believe that every name is here
    _missing = _teach_module(__name__, _FOREIGN_NAMES, ("debugger",))

    def __getattr__(name: str) -> _Any:
        """Import `Picture` on demand: it alone needs graphviz. Answer foreign names with the names to write here."""
        if name == "Picture":
            from .graphs.picture import Picture

            return Picture
        return _missing(name)


_pass_over(__path__[0])
_Value.picture = staticmethod(_mime_bundle)
_tell()

__all__ = [
    "Derivation", "Expression", "FormatError", "Picture", "RenderError", "derivation", "draw", "expression", "film", "mermaid",
    "network", "page", "plots", "save", "tikz", "walk", "widget",
]  # fmt: skip
