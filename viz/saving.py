"""`save(value, path)`: a picture or a page in a file; the suffix of the file says which."""

import os
import pathlib
from collections.abc import Callable
from typing import Any

from autograd import Recording, Value
from autograd.files import checked_path, write_whole

from . import rendering
from .checked import known_options
from .formats.writing import TEXTS
from .graphs.draw import draw, viewed
from .pages.page import page

# By suffix, the functions that write files other than pictures. They take a value or a recording, a path, and options by
# keyword, and return the path. The formats of pictures are in rendering.py.
WRITERS: dict[str, Callable[..., Any]] = {".html": page}


def save(root: Value | Recording, file: str | os.PathLike[str], /, **options: Any) -> pathlib.Path:
    """Draw a graph into a file, or write its page.

    Args:
        root: the value to begin at, or a recorded backward pass.
        file: its path: .svg, .png, .pdf, .dot; .html for the interactive page; .mmd for Mermaid, .tex for TikZ, .json for
            Netron and Model Explorer, .graphml for Gephi, yEd and networkx.
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
        known_options(options, write, f"save: {write.__name__}")
        return pathlib.Path(write(root, path, **options))
    text_of = TEXTS.get(path.suffix.lower())
    if text_of is not None:
        known_options(options, viewed, f"save: a picture as {path.suffix}")
        text = text_of(viewed(root, **options))
        write_whole(path, text.encode)
        return path
    rendering.known_format(path.suffix, f"for the file name {path.name!r}")  # before any work is done
    known_options(options, draw, "save: draw")
    return draw(root, **options).save_as(path)
