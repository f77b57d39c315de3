"""`page(value, "steps.html")`: a computation and its backward pass as one file that any browser opens, offline.

The module content.py packs what the page holds, in a block of JSON that no browser takes for markup. The folder web beside it
holds the looks and the behaviour of the file: modules with one purpose each, whose imports say what they build on. A file that
is opened from disk cannot load modules, so they are joined here, without a build step, into one script without imports,
comments and indentation. The file's own Content-Security-Policy says that only the style and the script it was made with may
run, and that it never asks the network for anything. Two pages side by side are one file with two frames, since two files that
are opened from disk cannot talk to each other in every browser.
"""

import base64
import functools
import hashlib
import html
import importlib.resources
import json
import os
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from autograd import ArgumentError, Recording, Value
from autograd.arguments import whole
from autograd.files import checked_path, write_whole
from autograd.foreign import teach_keywords

from .. import mime, style
from ..checked import text
from ..formulas.notation import shown
from ..graphs.graph import Root
from ..rendering import FORMATS, FormatError
from .content import content_of
from .findings import Finding, Watch, checked, is_watch, watched
from .packing import integers
from .passes import Passes, passes_of
from .twins import counterparts

# In the order in which they build on each other: a script imports only from earlier scripts.
SCRIPTS = (
    "elements.js", "typeset.js", "model.js", "passes.js", "words.js", "cut.js", "structure.js", "ways.js", "layout.js",
    "faces.js", "shapes.js", "colours.js", "arrows.js", "picture.js", "camera.js", "window.js", "timeline.js", "links.js",
    "contribution.js", "announcer.js", "findings.js", "details.js", "search.js", "keys.js", "help.js", "view.js", "tip.js",
    "print.js", "beside.js", "host.js", "app.js", "inspection.js", "main.js",
)  # fmt: skip
STYLES = ("page.css", "panel.css", "help.css", "graph.css", "narrow.css", "print.css")
LARGE = 10_000_000  # characters of a page that a notebook shows
# The parts of a script that only readers need: imports, the word export, comments on lines of their own, empty lines,
# indentation. eslint forbids texts of several lines, in which indentation would count.
FOR_READERS = re.compile(r"^import [^;]*;\n|^export |^ *//.*\n|^\n|^ +", re.MULTILINE)
COMMENTS = re.compile(r"/\*.*?\*/\s*|^\n|^ +", re.MULTILINE | re.DOTALL)


class Page(str):
    """The text of a page, which a notebook shows in a frame."""

    __slots__ = ()

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> mime.Bundle:
        return self.forms()

    def forms(self) -> mime.Bundle:
        """The page by MIME type: in a frame, unless it is so large that it belongs in a file."""
        if len(self) > LARGE:
            return {"text/plain": f"{self!r} Large: viz.page(..., 'steps.html') writes it to a file."}
        return {"text/plain": repr(self), "text/html": mime.frame(self)}

    def __repr__(self) -> str:
        return f"<page: {len(self):,} characters of HTML>"


@teach_keywords
def page(
    root: Root | Watch,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | tuple[str, str] | None = None,
    step: int = 0,
    beside: Value | Recording | None = None,
    findings: Iterable[Finding] | None = None,
) -> str:
    """Write an interactive page of a computation and its backward pass.

    Args:
        root: a recorded pass, or the value to begin one at. Gradients of a value's graph stay as they are. Several values in a
            list, [a, b], have a pass each, in which the others count for nothing; a switch on the page says whose pass it
            is. The pass of all together is that of a + b. Of a training, watched by `watching()`, it is the pass that the worst
            finding names, or the last one.
        path: where to write it, an .html file; None to get the text instead.
        title: the title of the page, or of the two pages; by default it says whose backward pass the page shows.
        step: the number of contributions after which it opens, from 0 to all, in the pass of the first root. Behind the name
            of the file of one page, `#12` says it anew.
        beside: another pass, on a page beside the first that stays in step with it: a healthy network and a sick one. At a step
            that it does not have it stays where it is, and says so.
        findings: what `diagnose` has found, to be listed in the panel and marked on the graph; by default nothing, and of a
            training the findings of its watch.

    Returns:
        The path; with path None the page itself, a text which a notebook shows in a frame.

    Raises:
        OperandError: root or beside is neither a `Value`, nor several, nor a recording, nor a training.
        GraphError: as `backward()`.
        ArgumentError: there are not so many steps, there is a title too many, findings are none, or the file cannot be written.
        FormatError: the file would be a picture's, by its suffix.

    Example:
        >>> x = Value(2.0, label="x")
        >>> text = page(x * x)
        >>> text.splitlines()[0]
        '<!doctype html>'
        >>> page(x * x, "steps.html", step=1)                  # doctest: +SKIP
        'steps.html'
    """
    titles = _titles(title, 1 if beside is None else 2)
    target = None if path is None else pathlib.Path(checked_path(path))
    if target is not None and target.suffix.lower().removeprefix(".") in FORMATS:
        raise FormatError(f"page: a page is a file .html, and {target.name!r} is a picture's; viz.save(value, path) draws one")
    which, found = "", [] if findings is None else checked(findings)
    if is_watch(root):
        root, which, found = watched(root, findings)
    shown = [passes_of(root, "page(root)")]
    begin = whole(step, "page(step=...)", 0, len(shown[0].walks[0].recording))
    if beside is not None:
        shown.append(passes_of(beside, "page(beside=...)"))
        if any(len(passes.walks) > 1 for passes in shown):
            raise ArgumentError("page(beside=...): two passes stay in step, one of each page; give each page one root")
    pieces = _written(shown, titles, begin, found, which)
    del shown  # of a million values the passes are as large as their page
    if target is None:
        return Page("".join(pieces))
    try:
        write_whole(target, lambda: _encoded(pieces))
    except OSError as error:
        raise ArgumentError(
            f"cannot write the page {target}: {error.strerror or error}. Name a file in a folder that exists"
        ) from error
    return os.fsdecode(path or "")


def _titles(title: Any, pages: int) -> list[str]:
    """A title for every page, '' where none is given."""
    if title is None:
        return [""] * pages
    if pages == 1 or isinstance(title, str):
        return [text(title, "page(title=...)")] * pages
    if not isinstance(title, (tuple, list)) or len(title) != pages:
        raise ArgumentError(f"page(title={title!r}): two pages have two titles, ('sick', 'healthy'), or one for both")
    return [text(one, "page(title=...)") for one in title]


def _written(pages: list[Passes], titles: list[str], step: int, findings: list[Finding], which: str) -> list[str]:
    """The file of a page, or of two side by side, in pieces; the findings are those of the first."""
    contents = [content_of(passes, found) for passes, found in zip(pages, (findings, ()), strict=False)]
    contents[0]["step"] = step
    if len(pages) == 2:
        one, other = (passes.walks[0].recording for passes in pages)
        there, back = counterparts(one, other), counterparts(other, one)
        contents[0]["twin"], contents[1]["twin"] = integers(back), integers(there)
        contents[1]["step"] = max(0, there[step])
    titles = [title or title_of(passes, which) for title, passes in zip(titles, pages, strict=True)]
    files = [_html(content, title) for content, title in zip(contents, titles, strict=True)]
    return files[0] if len(files) == 1 else [_side_by_side(["".join(pieces) for pieces in files], titles)]


def title_of(passes: Passes, which: str = "") -> str:
    """The title of a page that was given none."""
    *others, last = [shown(passes.graph.name(walk.root)) for walk in passes.walks]
    if not others:
        return f"Backward pass of {last}{which and f', {which}'}"
    return f"Backward passes of {', '.join(others)} and {last}" if len(others) < 4 else f"{len(others) + 1} backward passes"


# --- the file ----------------------------------------------------------------------------------------------------------


def _html(content: dict[str, Any], title: str) -> list[str]:
    """The file of a page in pieces. What they are made of is taken out of `content`: of a million values it is large."""
    look = _look()
    body = _pieces("page.html", TITLE=[_escaped(title)], SCRIPT=[_script()], CONTENT=_json_in_pieces(content))
    return [_head(title, look, [look]), *body]


def shell() -> str:
    """A page in which its content is missing, with %%CONTENT%% in its place: a widget's front end puts it there."""
    return _head("", _look(), [_look()]) + _filled("page.html", TITLE="", SCRIPT=_script(), CONTENT="%%CONTENT%%")


def _encoded(pieces: list[str]) -> bytearray:
    """The pieces of a file as its bytes; they are used up."""
    content = bytearray()
    pieces.reverse()
    while pieces:
        content += pieces.pop().encode()
    return content


def _side_by_side(pages: list[str], titles: list[str]) -> str:
    """Two pages in the frames of a third, whose policy holds for them too."""
    look = COMMENTS.sub("", _read("beside.css"))
    head = _head(" | ".join(dict.fromkeys(titles)), look, [_look(), look])
    return head + _filled("beside.html", FIRST_TITLE=_escaped(titles[0]), FIRST=_escaped(pages[0]),
                          SECOND_TITLE=_escaped(titles[1]), SECOND=_escaped(pages[1]))  # fmt: skip


def _head(title: str, look: str, allowed: list[str]) -> str:
    """The head of a file: only the script of pages and the allowed styles run, and nothing is fetched."""
    sources = f"script-src {_hash(_script())}; style-src {' '.join(map(_hash, allowed))}"
    policy = f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"
    return _filled("head.html", POLICY=policy, TITLE=_escaped(title), STYLE=look)


def _filled(name: str, **parts: str) -> str:
    return "".join(_pieces(name, **{part: [text] for part, text in parts.items()}))


def _pieces(name: str, **parts: Iterable[str]) -> Iterator[str]:
    for i, piece in enumerate(_read(name).split("%%")):
        yield from parts[piece] if i % 2 else [piece]


@functools.cache
def _script() -> str:
    return "(() => {\n'use strict';\n" + "".join(FOR_READERS.sub("", _read(name)) for name in SCRIPTS) + "})();\n"


@functools.cache
def _look() -> str:
    return f":root {{ {_colours()} }}\n" + "".join(COMMENTS.sub("", _read(name)) for name in STYLES)


def _escaped(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _read(name: str) -> str:
    return (importlib.resources.files("viz.pages.web") / name).read_text(encoding="utf-8")  # a zip will do as well as a folder


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def json_of(content: dict[str, Any]) -> str:
    """JSON that ends no script element, whatever is in it; ASCII, so that half a surrogate pair survives as well."""
    return "".join(_json_in_pieces(content))


def _json_in_pieces(content: dict[str, Any]) -> Iterator[str]:
    """`json_of` in pieces: each part of the content is taken out when it is written."""
    yield "{"
    for n, key in enumerate(list(content)):
        yield f'{"," if n else ""}"{key}":'
        value = content.pop(key)
        if callable(value):
            value = value()
        if isinstance(value, dict):
            yield from _json_in_pieces(value)
        else:
            yield json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    yield "}"


def _colours() -> str:
    """The constants of style.py as custom properties: the light variant; the dark one is in page.css."""
    colours = {
        "ink": style.INK, "muted": style.MUTED, "faint": style.FAINT, "paper": style.PAPER, "positive": style.POSITIVE,
        "negative": style.NEGATIVE, "alarm": style.ALARM, "alarm-fill": style.ALARM_FILL, "zero-fill": style.ZERO_FILL,
        "positive-fill": style.gradient_fill(1.0, 1.0), "negative-fill": style.gradient_fill(-1.0, 1.0),
    }  # fmt: skip
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items()) + f' --font: "{style.FONT}";'
