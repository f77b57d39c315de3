"""`widget(value)`: the interactive page in a cell of a notebook, in step with Python.

The package anywidget, which knows Jupyter, Visual Studio Code, Colab and marimo, is needed here and nowhere else, and imported
when a widget is asked for.
"""

from typing import TYPE_CHECKING

from autograd import Recording, Value
from autograd.arguments import whole
from autograd.foreign import teach_keywords

from ..checked import text
from ..mime import HEIGHT
from ..rendering import NotInstalledError

if TYPE_CHECKING:
    from .live import Widget


@teach_keywords
def widget(root: Value | Recording, *, step: int = 0, title: str | None = None, height: int = HEIGHT) -> "Widget":
    """The interactive page of a computation and its backward pass, in a cell; needs `pip install 'stepgrad[widget]'`.

    Args:
        root: a recorded pass, or the value to begin one at. Gradients of a value's graph stay as they are.
        step: the number of contributions after which it opens, from 0 to all.
        title: the title of the page; by default it says whose backward pass the page shows.
        height: pixels, from 200 to 5000. The lower right corner can be pulled, too.

    Returns:
        A widget: the last line of a cell shows it. `widget.selected` is the value that is selected there, `widget.step` the
        number of contributions; both may be set, and `widget.observe(f, "selected")` calls `f` with every change.
        `widget.show(cost)` shows another pass, in each round of a training loop if you like.

    Raises:
        NotInstalledError: anywidget is not installed.
        OperandError: root is neither a `Value` nor a recording.
        GraphError: as `backward()`.
        ArgumentError: there are not so many steps, or the height is out of range.

    Example:
        >>> x = Value(2.0, label="x")
        >>> page = widget(x * x)                               # doctest: +SKIP
        >>> page.step = 1                                      # doctest: +SKIP
        >>> page.selected                                      # doctest: +SKIP
        Value(data=2.0, label='x')
    """
    try:
        from .live import Widget
    except ImportError as error:
        if error.name not in ("anywidget", "traitlets"):
            raise
        raise NotInstalledError(
            "viz.widget shows the page in a cell by the Python package anywidget, which is not installed: "
            "pip install 'stepgrad[widget]', in a notebook %pip, and reload the page of the notebook. Without it there is "
            "viz.page(value), which a cell shows too, but does not hear from"
        ) from error
    size = whole(height, "widget(height=...)", 200, 5000)
    made = Widget(root, None if title is None else text(title, "widget(title=...)"), size)
    made.step = whole(step, "widget(step=...)", 0, len(made.recording))
    return made
