"""A `Value` in a notebook shows itself as a picture; `import viz` adds this to the engine.

Showing something must never fail and never take long: whatever goes wrong, the text is shown alone.
"""

import sys

from autograd import Value

from ..mime import Bundle
from .draw import draw

BOXES = 40  # smaller than a file's picture: a notebook is a column


def mime_bundle(value: Value) -> Bundle:
    """The picture by its MIME type, for `Value._repr_mimebundle_`; nothing if it cannot be drawn.

    Example:
        >>> list(mime_bundle(Value(2.0, label="x") * 3.0))
        ['text/html', 'image/svg+xml', 'application/pdf']
    """
    try:
        variables = vars(sys.modules["__main__"])
        names = variables if "get_ipython" in variables else {}  # IPython keeps there what the cells have made
        return draw(value, names=names, boxes=BOXES).forms()
    except Exception:  # noqa: BLE001 - an exception here would hide the value itself from its user
        return {}
