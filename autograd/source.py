"""The place in the source where a node was made: file, line, function, and the text of the expression itself.

Python 3.11 keeps the exact columns of every instruction, so the text of the very expression (`a*b` in `a*b + c`, not
just the line) can be cut out of the source. Finding the instruction is cheap and is done when the node is made; cutting
out the text is done when somebody asks. Frames of the engine itself and of packages built on it are passed over: the
source of a node is the user's line.
"""

import array
import linecache
import os
import re
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

_machinery: tuple[str, ...] = (os.path.dirname(__file__) + os.sep,)


def pass_over(folder: str) -> None:
    """Pass over code in a package's folder when looking for a node's source: it is machinery, not the user's."""
    global _machinery
    _machinery = (*_machinery, folder + os.sep)


class Source(NamedTuple):
    """A place in the source.

    Attributes:
        file: path of the file, as Python knows it.
        line: line number, from 1.
        function: name of the function, '<module>' at top level.
        text: the expression, on one line; '' if the source cannot be read.
    """

    file: str
    line: int
    function: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.text else f"{self.file}:{self.line}"


# A node keeps a code object and the offset of an instruction in it, and nothing else until somebody asks. A node of a
# derivative keeps two such pairs: for the call that asked for the derivative, and for the operation that it differentiates.
Place = tuple[Any, ...]

# By identity: code objects of two files are equal if they read the same. The code is kept, or its id might mean another one.
_resolved: dict[tuple[int, int], tuple[CodeType, Source]] = {}
_positions: dict[int, tuple[CodeType, "array.array[int]"]] = {}


_sole: dict[tuple[int, int, int], tuple[CodeType, bool]] = {}


def is_machinery(frame: FrameType) -> bool:
    """True if the frame runs code of the engine, or of a package built on it."""
    return frame.f_code.co_filename.startswith(_machinery)


def user_frame(frame: FrameType | None) -> FrameType | None:
    """The nearest frame, from this one outwards, that is not machinery."""
    while frame is not None and frame.f_code.co_filename.startswith(_machinery):  # no call: each node asks for each frame
        frame = frame.f_back
    return frame


def place_of_caller() -> Place | None:
    """The place in the user's code that is being executed."""
    frame = user_frame(sys._getframe(1))
    return (frame.f_code, frame.f_lasti) if frame else None


def resolve(place: Place) -> Source:
    """The file, line, function and text of a place."""
    code, offset, *of = place
    source = _resolve(code, offset)
    if not of:
        return source
    operation = _resolve(*of)
    if operation.line == source.line and operation.file == source.file and operation.text == source.text:
        return source
    where = f"{os.path.basename(operation.file)}:{operation.line}"
    return source._replace(text=f"{source.text}: the derivative of {operation.text or 'a node'} at {where}".removeprefix(": "))


def _resolve(code: CodeType, offset: int) -> Source:
    known = _resolved.get((id(code), offset))
    if known is None:
        start, end, left, right = extent(code, offset)
        text = _cut(code.co_filename, start, end, left, right)
        known = _resolved[id(code), offset] = code, Source(code.co_filename, start, code.co_name, text)
    return known[1]


def extent(code: CodeType, offset: int) -> tuple[int, int, int | None, int | None]:
    """First and last line, first and last column of an instruction."""
    # Python always unpacks them from the beginning, so this happens only once for each code object.
    if id(code) not in _positions:
        column = array.array("i")
        for position in code.co_positions():
            column.extend(-1 if x is None else x for x in position)
        _positions[id(code)] = code, column
    start, end, left, right = _positions[id(code)][1][offset * 2 : offset * 2 + 4] or (-1, -1, -1, -1)
    if start < 0:
        start = end = code.co_firstlineno
        left = right = -1
    return start, max(start, end), left if left >= 0 else None, right if right >= 0 else None


def _cut(file: str, start: int, end: int, left: int | None, right: int | None) -> str:
    """The text between two positions, on one line. Columns count UTF-8 bytes."""
    lines = [linecache.getline(file, n).encode() for n in range(start, end + 1)]
    if left is None or right is None or not all(lines):
        return lines[0].decode().strip() if lines else ""
    lines[-1] = lines[-1][:right]
    lines[0] = lines[0][left:]
    return " ".join(b" ".join(lines).decode(errors="replace").split())


def is_sole_comparison(inner: Place, call: Place) -> bool:
    """True if one place is a comparison of two things, and is the whole first argument of the call that the other place is.

    So nothing but the call has its answer. False also where the source is not known to the column.
    """
    key = id(call[0]), inner[1], call[1]
    if inner[0] is not call[0]:
        return False
    if key not in _sole:
        _sole[key] = call[0], _is_sole_comparison(call[0], inner[1], call[1])
    return _sole[key][1]


def _is_sole_comparison(code: CodeType, inner: int, call: int) -> bool:
    start, end, left, right = extent(code, inner)
    first, last, begin, finish = extent(code, call)
    if left is None or right is None or begin is None or finish is None:
        return False
    if (first, begin) > (start, left) or (end, right) > (last, finish):
        return False
    file = code.co_filename
    before = re.fullmatch(r"[\w.\s]+\(\s*((?:\(\s*)*)", _cut(file, first, start, begin, left))
    after = re.match(r"((?:\)\s*)*),", _cut(file, end, last, right, finish))
    if before is None or after is None or (before[1] or "").count("(") != (after[1] or "").count(")"):
        return False
    import ast  # for whoever records a choice

    try:
        expression = ast.parse(_cut(file, start, end, left, right), mode="eval").body
    except SyntaxError:
        return False
    return isinstance(expression, ast.Compare) and len(expression.ops) == 1


# --- calls into libraries ------------------------------------------------------------------------------------------------

_STANDARD = os.path.dirname(os.__file__) + os.sep
_INSTALLED = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))


def is_library(frame: FrameType) -> bool:
    """True if the frame runs code of Python's standard library, or of an installed package."""
    file = frame.f_code.co_filename
    return file.startswith((_STANDARD, "<frozen ")) or any(folder in file for folder in _INSTALLED)


def call_of_user(frame: FrameType | None) -> tuple[Source | None, str]:
    """The expression that the user's code is evaluating, from a frame outwards; '' or the function of a library that it called.

    A program that is all library, such as a thread that runs a function of `math`, counts as the user's.
    """
    nearest = frame = user_frame(frame)
    called = None
    while frame is not None and is_library(frame):
        called, frame = frame, user_frame(frame.f_back)
    if frame is None:
        called, frame = None, nearest
    source = resolve((frame.f_code, frame.f_lasti)) if frame else None
    return source, _name_of_function(called) if called else ""


def _name_of_function(frame: FrameType) -> str:
    """The function that a frame runs, as it is imported: 'random.choices', 'statistics.NormalDist.cdf', 'numpy.interp'."""
    parts, code = str(frame.f_globals.get("__name__", "")).split("."), frame.f_code
    packages = [".".join(parts[: n + 1]) for n in range(len(parts))]
    exported = getattr(sys.modules.get(packages[-1]), code.co_name, None)  # random.choices is a method of an object
    within = code.co_qualname.partition(".<locals>")[0].removesuffix(".__init__")
    name = code.co_name if getattr(exported, "__code__", None) is code else within
    first = name.partition(".")[0]
    return next((f"{p}.{name}" for p in packages if hasattr(sys.modules.get(p), first)), f"{packages[-1]}.{name}")
