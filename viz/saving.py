"""`save(value, path)`: a picture or a page in a file; the suffix of the file says which."""

import inspect
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

from autograd import ArgumentError, Recording, Value
from autograd.errors import did_you_mean
from autograd.files import checked_path

from . import rendering
from .graphs.draw import draw
from .pages.page import page

# By suffix, the functions that write files other than pictures. They take a value or a recording, a path, and options by
# keyword, and return the path. The formats of pictures are in rendering.py.
WRITERS: dict[str, Callable[..., Any]] = {".html": page}


def save(root: Value | Recording, file: str | os.PathLike[str], /, **options: Any) -> pathlib.Path:
    """Draw a graph into a file, or write its page.

    Args:
        root: the value to begin at, or a recorded backward pass.
        file: its path: .svg, .png, .pdf, .dot, or .html for the interactive page.
        options: as for `draw`, or for `page` if it is .html. `path=(w, cost)` is the selection of `draw`.

    Returns:
        The path written.

    Raises:
        FormatError: another suffix.
        OSError: the folder is missing or not writable; further errors as for `draw` and `page`. A path that is no regular
            file, such as a pipe, is written to.

    Example:
        >>> import pathlib, tempfile
        >>> save(Value(2.0, label="x") * 3.0, pathlib.Path(tempfile.mkdtemp(), "graph.svg")).name
        'graph.svg'
    """
    path = pathlib.Path(checked_path(file))
    write = WRITERS.get(path.suffix.lower())
    if write is not None:
        _check_options(options, write)
        return pathlib.Path(write(root, path, **options))
    rendering.known_format(path.suffix, f"for the file name {path.name!r}")  # before any work is done
    _check_options(options, draw)
    return draw(root, **options).save_as(path)


def _check_options(options: Iterable[str], of: Callable[..., Any]) -> None:
    """Check that a function has these options.

    Raises:
        ArgumentError: it does not have one of them.
    """
    known = [p.name for p in inspect.signature(of).parameters.values() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise ArgumentError(
                f"save: {of.__name__} has no option {name!r}.{did_you_mean(name, known)} There are: {', '.join(known)}"
            )
