"""Forms of things in a notebook that know of no pictures: a class asks a table, which `import viz` fills.

Every notebook asks for `_repr_mimebundle_`: JupyterLab, Visual Studio Code, Colab, marimo, JupyterLite.
"""

from collections.abc import Callable
from typing import Any

Forms = dict[str, str]  # by MIME type
FORMS: dict[str, Callable[[Any], Forms]] = {}  # by the module and the name of a class, which may be imported later


class Pictured:
    """A thing that a notebook shows by its text, and by the other forms that the table knows.

    Example:
        >>> class Weather(Pictured):
        ...     def __repr__(self):
        ...         return "rain"
        >>> Weather()._repr_mimebundle_()
        {'text/plain': 'rain'}
    """

    __slots__ = ()

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> Forms:
        made = (FORMS.get(f"{kind.__module__}.{kind.__qualname__}") for kind in type(self).__mro__)
        make = next(filter(None, made), None)
        return {"text/plain": repr(self)} | (make(self) if make else {})
