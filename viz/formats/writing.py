"""Graphs as text to paste: `mermaid`, `tikz` and `film`, by their public names, and the formats of files by suffix."""

import os
import pathlib
import sys
from collections.abc import Callable
from typing import Any, Final

from autograd import ArgumentError, Recording, Value
from autograd.files import checked_path, write_whole
from autograd.foreign import teach_keywords
from autograd.source import user_frame

from ..checked import choice, known_options, number
from ..graphs.draw import viewed
from ..graphs.graph import Drawn, graph_of
from ..graphs.variables import name_by_variables, variables_of
from ..graphs.view import View
from ..recorded import numbered_pass
from ..rendering import FormatError
from .explorer import explorer_of
from .film import Film, film_of
from .gif import gif_of
from .graphml import graphml_of
from .mermaid import mermaid_of
from .tikz import tikz_of

# By suffix, the functions that write a picture as text for other programs.
TEXTS: Final[dict[str, Callable[[View], str]]] = {
    ".mmd": mermaid_of,
    ".tex": tikz_of,
    ".json": explorer_of,
    ".graphml": graphml_of,
}
# By suffix, the functions that write a film.
FILMS: Final[dict[str, Callable[[Film], bytes]]] = {".svg": lambda film: film.animated().encode(), ".gif": gif_of}


def mermaid(root: Value | Recording, /, *, direction: str = "LR", **options: Any) -> str:
    """A graph in the language of Mermaid, which GitHub draws in a README between ```` ```mermaid ```` and ```` ``` ````.

    Args:
        root: the value to begin at, or a recorded backward pass.
        direction: 'LR' from left to right, 'TB' from top to bottom.
        options: as for `draw`: fold, unfold, focus, radius, path, terms, boxes.

    Returns:
        The text.

    Raises:
        ArgumentError: Mermaid would refuse it (more than 500 arrows, or 50,000 characters); further errors as for `draw`.

    Example:
        >>> print(mermaid(Value(2.0, label="x") * Value(3.0, label="w")).splitlines()[1])
          n0{{"x<br>data 2<br>grad not computed"}}
    """
    choice(direction, "mermaid(direction=...)", ("LR", "TB"), "'LR' is from left to right, 'TB' from top to bottom")
    known_options(options, viewed, "mermaid")
    return mermaid_of(viewed(root, **options), direction)


def tikz(root: Value | Recording, /, **options: Any) -> str:
    r"""A graph as TikZ: a document of LaTeX's class `standalone`, whose picture can be copied into a paper.

    Args:
        root: the value to begin at, or a recorded backward pass.
        options: as for `draw`: fold, unfold, focus, radius, path, terms, boxes.

    Returns:
        The text. It needs the packages tikz and standalone.

    Raises:
        ArgumentError, OperandError: as for `draw`.

    Example:
        >>> "$w^{2}_{13}$" in tikz(Value(2.0, label="w^2_13") * 3.0)
        True
    """
    known_options(options, viewed, "tikz")
    return tikz_of(viewed(root, **options))


@teach_keywords
def film(root: Value | Recording, path: str | os.PathLike[str] | None = None, *, pace: float = 1.2) -> str:
    """A backward pass as an animated SVG or GIF: numbers forward first, then gradients, contribution by contribution.

    An SVG needs no script, so that it plays in a README, on a slide in the browser, in a notebook; a GIF plays in every
    program for slides. It is as large as fits on a slide of 1920 x 1080 pixels, and larger where letters would be too small.

    Args:
        root: a recorded pass, or the value to begin one at. Gradients of a value's graph stay as they are; its cost and
            inputs go by the names of the caller's variables where they have no label.
        path: where to write it, an .svg or a .gif file; None to get the text of the SVG instead.
        pace: seconds for a contribution, from 0.1 to 60.

    Returns:
        The path; with path None the text.

    Raises:
        ArgumentError: the graph has more than sixty values, or pace is out of range.
        FormatError: the file is neither .svg nor .gif.
        RenderError: a package that GIFs are made with is not installed.
        OSError: the folder is missing or not writable.

    Example:
        >>> film(Value(2.0, label="x") * 3.0).startswith("<svg")
        True
    """
    if not 0.1 <= number(pace, "film(pace=...)") <= 60.0:
        raise ArgumentError(f"film(pace={pace!r}): from 0.1 to 60 seconds for a contribution")
    target = None if path is None else pathlib.Path(checked_path(path))
    if target is not None and target.suffix.lower() not in FILMS:
        raise FormatError(f"film: a film is an .svg or a .gif, got {target.name!r}")
    recording, ids = numbered_pass(root, "film(root)")
    if ids is not None:  # nobody else has this recording: cost and inputs may be called by the variables of the caller
        drawn = Drawn(graph_of(recording), ids)
        name_by_variables(drawn, variables_of(user_frame(sys._getframe(1))))
        for i, name in drawn.graph.names.items():
            recording.nodes.label[i] = name
    made = film_of(recording, pace)
    if target is None:
        return made.animated()
    write_whole(target, lambda: FILMS[target.suffix.lower()](made))
    return os.fsdecode(path or "")
