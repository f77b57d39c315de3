"""The files of a recording, in the form in which an editor opens them.

A recording may be opened where its script does not exist. The editor then gets a stand-in: the lines or the expressions that
the recording kept. A file that has changed since the pass was recorded gets a stand-in, too.
"""

import linecache
import os
import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.errors import ArgumentError

from .places import Places, absolute

Body = dict[str, Any]


class Conventions(NamedTuple):
    """A client's ways of counting and writing.

    Attributes:
        first_line, first_column: the numbers from which it counts lines and columns, 0 or 1.
        path: writes a path in its way.
    """

    first_line: int
    first_column: int
    path: Callable[[str], str]


def source_body(file: str, places: Places, path: Callable[[str], str]) -> Body:
    """The protocol's name of a file: its path, or a number if the file is missing here or has changed.

    Args:
        file: the path that was recorded.
        places: the places of the recording.
        path: writes a path in the client's way.
    """
    here = absolute(file)
    state = places.recording.texts.state(file)
    if os.path.isfile(here) and state != "other":
        return {"name": os.path.basename(here), "path": path(here)}
    number = 1 + list(places.lines).index(file)
    why = "has changed since it was recorded; what it was then" if state == "other" else "is not here; what was recorded of it"
    origin = f"{file} {why}"
    return {"name": os.path.basename(file), "sourceReference": number, "origin": origin}


def content(places: Places, number: int, path: str) -> str:
    """The text of a file; for a file with a number it is the stand-in.

    Args:
        number: the number from `source_body`; 0 if the client asks by the path.

    Raises:
        ArgumentError: the recording does not name the file, or it cannot be read.
    """
    files = list(places.lines)
    if number:
        if not 0 < number <= len(files):
            raise ArgumentError(f"there is no source {number}")
        return stand_in(places, files[number - 1])
    if not any(absolute(file) == absolute(path) for file in files):
        raise ArgumentError(f"no value was made in {path}")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise ArgumentError(f"cannot read {path}: {error.strerror or error}") from error


def stand_in(places: Places, file: str) -> str:
    """The lines of a file that a recording has kept; an old recording has kept only the expressions."""
    if file in places.recording.texts.kept:
        return "\n".join(places.recording.texts.lines(file)) + "\n"
    texts: dict[int, list[str]] = {}
    for line, ids in places.lines[file].items():
        kept = (places.recording.nodes.source(i) for i in ids[:50])
        whole = dict.fromkeys(s.text for s in kept if s and s.text)
        texts[line] = [text for text in whole if not any(text != other and text in other for other in whole)]
    lines = [""] * min(max(texts), 100_000)
    for line, expressions in texts.items():
        if line <= len(lines):
            lines[line - 1] = ", ".join(expressions)
    return "\n".join(lines) + "\n"


def lines_of(places: Places, file: str) -> list[str]:
    """The lines of a file or of its stand-in; empty if the recording does not know the file."""
    found = places.recording.texts.lines(file)
    if found or file not in places.lines:
        return found
    text = stand_in(places, file)
    return text.splitlines() if text.strip() else []


def forget() -> None:
    """Forget the texts of files that have changed: the script is about to run anew."""
    linecache.checkcache()


def uri(path: str) -> str:
    """A path as file:///..., for clients that write paths as addresses.

    >>> uri("/home/a b/train.py")
    'file:///home/a%20b/train.py'
    """
    return pathlib.Path(path).as_uri() if os.path.isabs(path) else path
