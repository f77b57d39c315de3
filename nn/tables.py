"""Tables in text files: one reader, with one set of refusals, for training, evaluation and prediction.

A table is a CSV file with a header; semicolons, tabs and bars between the cells are understood as well. A doubtful row - a
cell too many, an empty cell, a nan, a repeated column - is refused with its line in the file, because a network takes any
number, whatever it means.
"""

import csv
import itertools
import math
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TextIO

from autograd import ArgumentError
from autograd.errors import did_you_mean
from autograd.files import checked_path

from .data import Data, repeated

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.]*,\d+")
_NAMED = 12  # column names that a message lists


class Row(NamedTuple):
    """A row of a table: the line of the file at which it begins, counted from 1, and its cells."""

    line: int
    cells: list[str]


def read_csv(
    path: str | os.PathLike[str],
    target: str,
    classes: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> Data:
    """A table to learn from: one column is the target, the others are numbers.

    A target column of words, or of few whole numbers, holds classes; any other target column holds numbers to predict.

    Args:
        target: the name of the target column.
        classes: the classes to expect, in order; by default those that occur, sorted. An empty list: the target is numbers.
        columns: the only columns to take, in this order; by default all but the target.

    Raises:
        ArgumentError: the file is missing, empty or ragged, there is no such column or it is there twice, or a cell is not a
            number - with its line (the header is on line 1) and column.
    """
    names, lines, x, raw = _read(path, columns, target)
    if not names:
        raise ArgumentError(f"{path} has no column besides the target {target!r}; there is nothing to predict it from")
    y, found = _targets(raw, lines, os.fspath(path), target, classes)
    return Data(x, y, names, found)


def read_inputs(path: str | os.PathLike[str], columns: Sequence[str] | None = None) -> tuple[list[int], list[list[float]]]:
    """The numbers of a table's columns: per row the line it begins at, and the numbers.

    Args:
        columns: the only columns to take, in this order; by default all.

    Raises:
        ArgumentError: as for `read_csv`.
    """
    _, lines, x, _ = _read(path, columns, None)
    return lines, x


def _read(
    path: str | os.PathLike[str], columns: Sequence[str] | None, target: str | None
) -> tuple[list[str], list[int], list[list[float]], list[str]]:
    """Names, lines, numbers and target cells of a table, read row by row, without a second copy of the table as text."""
    name = checked_path(path)
    lines: list[int] = []
    x: list[list[float]] = []
    raw: list[str] = []
    try:
        with open(name, newline="", encoding="utf-8-sig") as file:
            separator, text = _separated(file)
            rows = _rows(text, separator)
            header = _header(next(rows, None), name)
            wanted = [c for c in header if c != target] if columns is None else list(columns)
            places = [_place(c, header, name, "which the network takes") for c in wanted]
            at = None if target is None else _place(target, header, name, "the target")
            for row in rows:
                if len(row.cells) != len(header):
                    raise ArgumentError(f"{name}, line {row.line}: {_ragged(row.cells, len(header), separator)}")
                x.append([_number(row.cells[k], name, row.line, header[k]) for k in places])
                lines.append(row.line)
                if at is not None:
                    raw.append(row.cells[at].strip())
    except UnicodeDecodeError as error:
        raise ArgumentError(
            f"cannot read {name}: it is not UTF-8 text ({error.reason} at byte {error.start}); a spreadsheet saves that as "
            "'CSV UTF-8'"
        ) from None
    except (OSError, csv.Error) as error:
        raise ArgumentError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
    if not x:
        raise ArgumentError(f"{name} has no data below its header")
    return wanted, lines, x, raw


# --- lines, cells, the header ------------------------------------------------------------------------------------------


def _separated(file: TextIO) -> tuple[str, Iterator[str]]:
    """The separator of the cells, judged by the header and the first row; and the lines of the file."""
    begin: list[str] = []
    for line in file:
        begin.append(line)
        if sum(bool(text.strip()) for text in begin) == 2:
            break
    first, *second = [text for text in begin if text.strip()] or [""]

    def cells(text: str, separator: str) -> int:
        return len(next(csv.reader([text], delimiter=separator), []))

    several = [s for s in SEPARATORS if cells(first, s) > 1]
    fits = [s for s in several if all(cells(text, s) == cells(first, s) for text in second)]
    return next(iter([*fits, *several]), ","), itertools.chain(begin, file)


def _rows(text: Iterator[str], separator: str) -> Iterator[Row]:
    """The rows, blank lines left out but counted."""
    reader = csv.reader(text, delimiter=separator)
    line = 1
    for cells in reader:
        if len(cells) > 1 or any(cell.strip() for cell in cells):
            yield Row(line, cells)
        line = reader.line_num + 1


def _header(row: Row | None, path: str) -> list[str]:
    if row is None:
        raise ArgumentError(f"{path} has nothing in it")
    header = [name.strip() for name in row.cells]
    if "" in header:
        raise ArgumentError(
            f"{path}: column {header.index('') + 1} has no name. Name it in the header, or leave the column out (pandas writes "
            "one with the row numbers: to_csv(..., index=False))"
        )
    twice = repeated(header)
    if twice is not None:
        first, second = [k for k, name in enumerate(header, start=1) if name == twice][:2]
        raise ArgumentError(f"{path}: two columns are called {twice!r}, {first} and {second}; give each a name of its own")
    return header


def _place(column: str, header: list[str], path: str, what: str) -> int:
    if column in header:
        return header.index(column)
    if all(map(_is_number, header)):
        raise ArgumentError(
            f"{path} has no column {column!r}, {what}: its first line is {_listed(header)}. It has to be a header, with a name "
            "for each column"
        )
    raise ArgumentError(
        f"{path} has no column {column!r}, {what}.{did_you_mean(column, header)} Its columns: {_listed(header)}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _ragged(cells: list[str], wanted: int, separator: str) -> str:
    found = f"{len(cells)} cells, but the header has {wanted}"
    if len(cells) < wanted:
        return found
    if not any(cell.strip() for cell in cells[wanted:]):
        return f"{found}; it ends with a separator too many"
    if separator == ",":
        return f"{found}. Numbers with a decimal comma are cut in two: write 1.5, or put the cell in quotes if it is text"
    return f"{found}. The cells are separated by {SEPARATORS[separator]}; put a cell that has one in it in quotes"


def _number(cell: str, path: str, line: int, column: str) -> float:
    text = cell.strip()
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        return number
    if not text:
        what = "is empty; fill the gap or leave the row out"
    elif _is_number(text):
        what = f"is {text!r}; fill the gap or leave the row out" if not re.search(r"\d", text) else (
            f"is {text!r}, too large for a number here (the largest is 1.8e308)")  # fmt: skip
    elif _DECIMAL_COMMA.fullmatch(text):
        what = f"is {text!r}, not a number: decimals are written with a point, 1.5"
    else:
        what = f"is {text!r}, not a number; of words, make a column of 0 and 1 for each, or leave the column out"
    raise ArgumentError(f"{path}, line {line}, column {column!r} {what}")


def _is_number(text: str) -> bool:
    """True if Python reads it as a float, including nan and inf; but 1_000, which Python reads too, is no number in a table."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


# --- the target --------------------------------------------------------------------------------------------------------


def _targets(
    raw: list[str], lines: list[int], path: str, target: str, classes: Sequence[str] | None
) -> tuple[list[float], list[str]]:
    """The target column as classes or as numbers; the names of the classes."""
    numeric = all(map(_is_number, raw))
    if numeric or (classes is not None and not classes):
        numbers = [_number(cell, path, n, target) for cell, n in zip(raw, lines, strict=True)]
    for cell, n in zip(raw, lines, strict=True):
        if not cell or (_is_number(cell) and not math.isfinite(float(cell))):  # an empty cell is no class
            _number(cell, path, n, target)
    if classes is None and numeric:
        few = len(set(numbers)) <= max(2, len(raw) // 10)
        classes = None if few and all(v == int(v) for v in numbers) else []
    if classes is not None and not classes:
        return numbers, []
    # 1 and 1.0 are one class: many programs write 1.0 for 1 in a column that has had gaps.
    cells = [_whole(cell) for cell in raw] if numeric else raw
    names = list(classes) if classes is not None else sorted(set(cells), key=lambda c: (float(c), c) if numeric else (0.0, c))
    index = {_whole(name) if numeric else name: k for k, name in enumerate(names)} | {name: k for k, name in enumerate(names)}
    for cell, n in zip(cells, lines, strict=True):
        if cell not in index:
            raise ArgumentError(f"{path}, line {n}, column {target!r} is {cell!r}; the classes are {_listed(names)}")
    return [index[cell] for cell in cells], names


def _whole(text: str) -> str:
    """A whole number without its decimals; any other text as it is."""
    number = float(text) if _is_number(text) else math.nan
    return str(int(number)) if math.isfinite(number) and number == int(number) else text
