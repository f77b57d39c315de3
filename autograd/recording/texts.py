"""The text of the files that a recording speaks of, as it was when the pass was recorded.

A recording that is opened later, or elsewhere, names lines of files that may have changed by then or may be missing. So its
file keeps the few lines on which nodes were made, and a checksum of each whole file, which shows a change of the rest. A
recording that was not read from a file keeps nothing: its script is running, and `linecache` has its text.
"""

import functools
import linecache
import os
import tokenize
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..source import Source

MOST = 100_000  # lines of a file that is put together from what was kept: a damaged recording may name line 10**9
_LARGEST = 1 << 24  # bytes of a file that is compared: a recording from elsewhere may name any


class Kept(NamedTuple):
    """The kept part of a file: a checksum of the whole file, and the lines on which nodes were made, by number."""

    checksum: int
    lines: Mapping[int, str]


class Texts:
    """The text of a recording's files, and a comparison with the files as they are now.

    Args:
        kept: the kept parts, by the path of the file; empty for a pass of a running script.

    Example:
        >>> texts = Texts({"/nowhere/train.py": Kept(0, {2: "y = w * x"})})
        >>> texts.line("/nowhere/train.py", 2), texts.state("/nowhere/train.py"), texts.changed()
        ('y = w * x', 'missing', [])
    """

    def __init__(self, kept: Mapping[str, Kept] | None = None) -> None:
        self.kept: dict[str, Kept] = dict(kept or {})
        self._here: dict[str, list[str] | None] = {}

    def state(self, file: str) -> str:
        """A comparison of a file with its kept part.

        Returns:
            'same'; 'changed' if it differs, but not on the lines that made nodes; 'other' if it differs there too; 'missing'
            if there is no such file here; 'unknown' if nothing was kept of it.
        """
        if file not in self.kept:
            return "unknown"
        here, kept = self._read(file), self.kept[file]
        if here is None:
            return "missing"
        if checksum(here) == kept.checksum:
            return "same"
        return "changed" if all(n <= len(here) and here[n - 1] == text for n, text in kept.lines.items()) else "other"

    def lines(self, file: str) -> list[str]:
        """The lines of a file without their ends; the kept lines if the file is missing or differs."""
        state = self.state(file)
        if state == "unknown":
            return [text.rstrip("\r\n") for text in linecache.getlines(file)]
        if state in ("same", "changed"):
            return self._read(file) or []
        kept = self.kept[file].lines
        return [kept.get(n, "") for n in range(1, min(max(kept, default=0), MOST) + 1)]

    def line(self, file: str, number: int) -> str:
        """A line of a file without its end, '' if it is not known."""
        if file in self.kept:
            return self.kept[file].lines.get(number, "")
        return linecache.getline(file, number).rstrip("\r\n")

    def changed(self) -> list[str]:
        """The files that are here but differ from the recorded ones."""
        return [file for file in self.kept if self.state(file) in ("changed", "other")]

    def _read(self, file: str) -> list[str] | None:
        """The lines of a file as it is now; None if there is none, or it cannot be read."""
        if file not in self._here:
            self._here[file] = _lines(file)
        return self._here[file]


def kept_of(sources: Iterable[Source]) -> dict[str, Kept]:
    """The kept parts of readable source files: the lines that made nodes, and a checksum of the whole file."""
    numbers: dict[str, set[int]] = {}
    for source in sources:
        numbers.setdefault(source.file, set()).add(source.line)
    kept = {}
    for file, wanted in numbers.items():
        lines = [text.rstrip("\r\n") for text in linecache.getlines(file)]
        if lines:
            kept[file] = Kept(checksum(lines), {n: lines[n - 1] for n in sorted(wanted) if 0 < n <= len(lines)})
    return kept


def checksum(lines: Iterable[str]) -> int:
    """A checksum of a text that does not depend on the ends of its lines."""
    import zlib  # importing the engine should cost milliseconds

    return functools.reduce(lambda so_far, text: zlib.crc32(text.encode(errors="replace") + b"\n", so_far), lines, 0)


def _lines(file: str) -> list[str] | None:
    try:
        if not os.path.isfile(file) or os.path.getsize(file) > _LARGEST:  # no device, no pipe
            return None
        with tokenize.open(file) as opened:
            return [text.rstrip("\r\n") for text in opened]
    except (OSError, SyntaxError, ValueError):
        return None
