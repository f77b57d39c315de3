"""Bundles of forms by MIME type for everything a notebook shows: each program takes the form that it likes best.

Tables, frames, drawings and bitmaps are made here and nowhere else. A drawing is an SVG inside HTML, because an SVG alone
becomes an image, whose tooltips are gone; the SVG itself, for programs that take no HTML; and a PDF for paper: where there is
one, nbconvert asks for no Inkscape. Tables and texts leave the colours of ink and paper to the notebook, light or dark;
drawings bring a paper of their own.

Whatever goes wrong while something is shown, its text is shown alone: an exception would hide the thing itself.
"""

import base64
import html
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.forms import FORMS

from . import scripts

Bundle = dict[str, str]
CELLS = "padding: 2px 8px; text-align: left; vertical-align: top; white-space: pre-wrap"
HEIGHT = 570  # pixels of a frame: marimo gives an output 610 with its margins
ROWS = 20  # of a table
# A frame is as light or dark as its notebook, where that says so: JupyterLab and nbconvert, VS Code, Colab. In marimo, and
# wherever else a notebook tells its browser, a frame inherits it.
LIGHT, DARK = (
    ("[data-jp-theme-light=true]", ".vscode-light", "html[theme=light]"),
    ("[data-jp-theme-light=false]", ".vscode-dark", "html[theme=dark]"),
)
SCHEMES = "".join(
    f"{', '.join(f'{place} iframe.stepgrad' for place in places)} {{ color-scheme: {scheme} }} "
    for scheme, places in (("light", LIGHT), ("dark", DARK))
).strip()
PARTS = re.compile(r'(\sid="|="url\(#|href="#)')  # where a part of an SVG is named or meant
WIDTH = re.compile(r'\swidth="([0-9.]+)(pt|px)?"')
SMALLEST = 0.75  # of its size, to which a drawing shrinks before it is scrolled


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """A small table in HTML; whatever stands in it is text, in which names have their indices above and below the line.

    Example:
        >>> "<td" in table(["name"], [["<w>"]]), "&lt;w&gt;" in table(["name"], [["<w>"]])
        (True, True)
        >>> "W<sub>c</sub>" in table(["name"], [["W_c"]])
        True
    """
    head = _row("th", columns)
    body = "".join(_row("td", row) for row in rows)
    above = f'<caption style="text-align: left">{html.escape(caption)}</caption>' if caption else ""
    return f"<table>{above}<thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(kind: str, cells: Iterable[object]) -> str:
    written = (scripts.drawn(str(cell), _piece) for cell in cells)
    return "<tr>" + "".join(f'<{kind} style="{CELLS}">{cell}</{kind}>' for cell in written) + "</tr>"


def _piece(text: str, level: int) -> str:
    tag = "sup" if level > 0 else "sub"
    return f"<{tag}>{html.escape(text)}</{tag}>" if level else html.escape(text)


def preformatted(text: str) -> str:
    """Text of several lines in HTML, as it is."""
    return f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>'


def frame(page: str) -> str:
    """A whole page in a frame of its own, which can run its scripts and reach nothing of the notebook.

    The page goes by the browser's wish for light or dark, and a browser asks the frame: in a dark notebook it is dark.

    Example:
        >>> frame("<p>").rpartition("srcdoc=")[2]
        '"&lt;p&gt;"></iframe>'
    """
    style = f"width: 100%; height: {HEIGHT}px; border: 0"
    shown = (
        f'<iframe class="stepgrad" sandbox="allow-scripts allow-modals" style="{style}" srcdoc="{html.escape(page)}"></iframe>'
    )
    return f"<style>{SCHEMES}</style>{shown}"


def drawing(svg: str, pdf: bytes | None = None) -> Bundle:
    """A drawing in the forms that notebooks, HTML and paper take.

    Without a PDF the SVG stays in the HTML alone: nbconvert would stop an export to PDF, for want of Inkscape.

    Example:
        >>> sorted(drawing("<svg/>")), sorted(drawing("<svg/>", b"%PDF"))
        (['text/html'], ['application/pdf', 'image/svg+xml', 'text/html'])
    """
    made = {"text/html": inline(svg)}
    if pdf is None or getattr(sys.modules.get("marimo"), "running_in_notebook", lambda: False)():
        return made  # marimo would show a tab for every form
    return made | {"image/svg+xml": svg, "application/pdf": base64.b64encode(pdf).decode()}


def bitmap(png: bytes) -> Bundle:
    """A picture in pixels."""
    return {"image/png": base64.b64encode(png).decode()}


def inline(svg: str) -> str:
    """An SVG as part of HTML: without its prologue, and with names of parts that no other drawing of the page has.

    It shrinks to the width of its place down to three quarters, where its letters can still be read, and is scrolled beyond.

    Example:
        >>> made = inline('<?xml version="1.0"?><svg><g id="n1"/></svg>')
        >>> "<?xml" in made, 'id="n1"' in made, '-n1"/></svg>' in made
        (False, False, True)
        >>> inline('<svg width="200pt" viewBox="0 0 200 9"/>')[:96]
        '<div style="overflow-x: auto"><svg style="max-width: 100%; min-width: 150pt; height: auto" width'
    """
    own = f"s{zlib.crc32(svg.encode()):08x}-"
    named = re.sub(r"<[^>]+>", lambda tag: PARTS.sub(rf"\g<1>{own}", tag[0]), svg[svg.index("<svg") :])
    opening = named[: named.index(">")]
    wide = WIDTH.search(opening)
    if wide and "viewBox=" in opening and "style=" not in opening:  # a little too wide for its place, it fits all the same
        fit = f"max-width: 100%; min-width: {SMALLEST * float(wide[1]):.0f}{wide[2] or 'px'}; height: auto"
        named = f'<svg style="{fit}"{named[4:]}'
    return f'<div style="overflow-x: auto">{named}</div>'


def safely(make: Callable[[Any], Bundle], thing: Any) -> Bundle:
    """The forms of a thing; none if they cannot be made."""
    try:
        return make(thing)
    except Exception:  # noqa: BLE001 - an exception here would hide the thing itself from its user
        return {}


# --- things that do not know how they are shown -------------------------------------------------------------------------


def shows(kind: type | str, make: Callable[[Any], Bundle]) -> None:
    """Tell every notebook how things of a class are shown: by the method that all of them ask for.

    Args:
        kind: the class, or its module and its name, if the module may not be imported yet; it is `Pictured` then.
        make: the forms of a thing; none for its text alone.
    """

    def shown(thing: Any, **_: Any) -> Bundle:
        return {"text/plain": repr(thing)} | safely(make, thing)

    if isinstance(kind, str):
        FORMS[kind] = shown
    else:
        kind._repr_mimebundle_ = shown  # type: ignore[attr-defined]  # the classes know of no notebook


def shows_lists(kind: type, make: Callable[[Any], Bundle]) -> None:
    """The same for lists in which everything is of a class, where IPython or marimo runs the cells."""
    LISTS[kind] = make
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        shell.display_formatter.mimebundle_formatter.for_type(list, lambda things, **_: safely(_list, things))
    known = getattr(getattr(sys.modules.get("marimo._output.formatting"), "FORMATTERS", None), "formatters", None)
    if known is not None and list in known and len(LISTS) == 1:
        known[list] = _in_marimo(known[list])


LISTS: dict[type, Callable[[Any], Bundle]] = {}


def _list(things: list[Any]) -> Bundle:
    for kind, make in LISTS.items():
        if things and isinstance(things[0], kind) and all(isinstance(thing, kind) for thing in things):
            return make(things)
    return {}


def _in_marimo(otherwise: Callable[[Any], tuple[str, str]]) -> Callable[[Any], tuple[str, str]]:
    """A function that shows lists, which leaves all but some to the one that did so before."""

    def shown(things: list[Any]) -> tuple[str, str]:
        made = safely(_list, things)
        return ("text/html", made["text/html"]) if "text/html" in made else otherwise(things)

    return shown
