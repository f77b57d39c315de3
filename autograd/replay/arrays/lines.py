"""Array operations that are being put together: each line computes one array from others, and no memory is chosen yet.

An array has rows and perhaps a last axis of lanes. Its number of lanes is not known here: a section is run over blocks of its
lanes, and a batch has as many as the caller brings. Lines are cheap to leave out and to move, and equal ones are written once.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE, ONE, ALL = "none", "one", "all"  # the last axis of an array: there is none, it has length 1, or it is that of the lanes


class Array:
    """An array of a program: computed by a line, a view of another one, or constant.

    Attributes:
        shape: its axes but the last one.
        lanes: NONE, ONE or ALL: the last axis.
        kind: 'double', 'bool' or 'int'.
        base: the array that it is a view of, with `how`, the text of the view: '{0}[2:5]'.
        data: the numbers of a constant; those of all lanes, if `lanes` is ALL.
        section: the section whose lanes it has.
        reads: the number of lines and views that read it.
        line: the line that computes it.
    """

    __slots__ = ("base", "data", "how", "kind", "lanes", "line", "lines", "reads", "section", "shape")

    def __init__(self, lines: "Lines", shape: tuple[int, ...], lanes: str, kind: str = "double") -> None:
        self.lines, self.shape, self.lanes, self.kind = lines, shape, lanes, kind
        self.base: Array | None = None
        self.how = ""
        self.data: NDArray[Any] | None = None
        self.section, self.reads = lines.section, 0
        self.line: Line | None = None

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self.lines.call("equal({0}, {1}, {out})", self, other, kind="bool")

    def __ne__(self, other: object) -> Any:
        return self.lines.call("not_equal({0}, {1}, {out})", self, other, kind="bool")

    def __neg__(self) -> "Array":
        return self.lines.call("negative({0}, {out})", self)

    @property
    def root(self) -> "Array":
        """The array whose memory this is."""
        array = self
        while array.base is not None:
            array = array.base
        return array


def _operator(name: str, kind: str = "double", reflected: bool = False) -> Any:
    template = f"{name}({{0}}, {{1}}, {{out}})"
    if reflected:
        return lambda a, b: a.lines.call(template, b, a, kind=kind)
    return lambda a, b: a.lines.call(template, a, b, kind=kind)


for _sign, _name in (("add", "add"), ("sub", "subtract"), ("mul", "multiply")):
    setattr(Array, f"__{_sign}__", _operator(_name))
    setattr(Array, f"__r{_sign}__", _operator(_name, reflected=True))
for _sign, _name in (("lt", "less"), ("le", "less_equal"), ("gt", "greater"), ("ge", "greater_equal")):
    setattr(Array, f"__{_sign}__", _operator(_name, "bool"))
for _sign, _name in (("and", "logical_and"), ("or", "logical_or")):
    setattr(Array, f"__{_sign}__", _operator(_name, "bool"))
    setattr(Array, f"__r{_sign}__", _operator(_name, "bool", reflected=True))


class Line:
    """A line of the program.

    Attributes:
        template: its text, with {0}, {1}, ... for arguments and {out} for the array that it computes.
        arguments: arrays and numbers.
        out: the array that it computes, or changes.
        own: True if each element depends on the same element of the arguments: the result may take the place of an argument.
        pure: False for a line that changes an array that was there before.
    """

    __slots__ = ("arguments", "out", "own", "pure", "template")

    def __init__(self, template: str, arguments: tuple[Any, ...], out: Array, own: bool, pure: bool = True) -> None:
        self.template, self.arguments, self.out, self.own, self.pure = template, arguments, out, own, pure


class Lines:
    """The lines of a section.

    Attributes:
        section: its number.
        single: True if it has one lane, and arrays therefore no axis of lanes but one of length 1.
        lines: those that run for each block of lanes; `before` runs once, before the first block.
    """

    def __init__(self, section: int, single: bool) -> None:
        self.section, self.single = section, single
        self.lines: list[Line] = []
        self.before: list[Line] = []
        self._known: dict[Any, Array] = {}

    def call(self, template: str, *arguments: Any, kind: str = "double", own: bool = True) -> Array:
        """An operation element by element."""
        arrays = [a for a in arguments if isinstance(a, Array)]
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        lanes = max((a.lanes for a in arrays), key=(NONE, ONE, ALL).index)
        return self.line(template, arguments, shape, lanes, kind, own)

    def line(
        self,
        template: str,
        arguments: tuple[Any, ...],
        shape: tuple[int, ...],
        lanes: str,
        kind: str = "double",
        own: bool = False,
    ) -> Array:
        """The array that a line computes; the same one for the same line and shape."""
        arguments = tuple([a if isinstance(a, (Array, str)) else float(a) if kind != "int" else a for a in arguments])
        key = (template, shape, lanes, *(id(a) if isinstance(a, Array) else repr(a) for a in arguments))
        if key not in self._known:
            out = self._known[key] = Array(self, shape, lanes, kind)
            out.line = Line(template, arguments, out, own)
            self._append(out.line, lanes)
        return self._known[key]

    def change(self, template: str, arguments: tuple[Any, ...], out: Array, once: bool = False) -> Line:
        """Append a line that changes an array which is there."""
        line = Line(template, arguments, out, own=False, pure=False)
        self._append(line, NONE if once else ALL)
        return line

    def _append(self, line: Line, lanes: str) -> None:
        for a in line.arguments:
            if isinstance(a, Array):
                a.reads += 1
        (self.lines if lanes == ALL or self.single else self.before).append(line)

    def new(self, shape: tuple[int, ...], lanes: str, kind: str = "double") -> Array:
        """An array that lines are going to change part by part."""
        return Array(self, shape, lanes, kind)

    def view(self, base: Array, how: str, shape: tuple[int, ...], lanes: str) -> Array:
        """A view of an array; the same one for the same text."""
        key = ("view", id(base), how, lanes)
        if key not in self._known:
            found = self._known[key] = Array(self, shape, lanes, base.kind)
            found.base, found.how = base, how
            base.reads += 1
        return self._known[key]

    def constant(self, data: NDArray[Any], lanes: str) -> Array:
        """A constant array, whose last axis is that of all lanes if `lanes` is ALL."""
        data = np.ascontiguousarray(data)
        kind = "int" if data.dtype.kind in "iu" else "double"
        key = ("constant", data.tobytes(), data.shape, lanes)
        if key not in self._known:
            found = self._known[key] = Array(self, data.shape[: -1 if lanes != NONE else None], lanes, kind)
            found.data = data
        return self._known[key]

    def forget(self, array: Array) -> None:
        """Never take an array for an equal line again: its memory is going to change."""
        self._known = {key: known for key, known in self._known.items() if known is not array}
