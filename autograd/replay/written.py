"""A tape as Python: one line for an operation, an `if` for a decision, and the chain rule line by line.

The text is what a person reads and what pdb steps through, and it is run as it stands. Where `math` raises because the engine
has an inf or a nan, the run begins anew in the slow reader (exact.py): the bits are the engine's in either case.
"""

import itertools
import linecache
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..primitives.straight import FUNCTIONS, RAISED
from . import exact
from .doubts import said
from .exact import Left
from .phrases import Phrase, phrase
from .tape import Tape

MOST = 4000  # operations that are written out; Python needs 30 microseconds to compile one
Results = tuple[Sequence[float], Sequence[float]]
_numbers = itertools.count(1)


class Written:
    """The reader that writes a tape down and runs the text.

    Args:
        names: those of the inputs.
        title: a comment above it.

    Attributes:
        source: the text. It defines `value(numbers)` and `gradient(numbers, before)`.
    """

    def __init__(self, tape: Tape, names: Sequence[str], title: str = "") -> None:
        self.tape, self.names, self.title = tape, list(names), title
        self._value: Callable[..., Any] | None = None
        self._gradient: Callable[..., Any] | None = None

    @property
    def source(self) -> str:
        """The text, written when it is first asked for."""
        if "_source" not in self.__dict__:
            self._source = _text(self.tape, self.names, self.title)
        return self._source

    def value(self, numbers: Sequence[float]) -> Sequence[float]:
        """The outputs.

        Raises:
            Left: a guard does not hold.
        """
        if len(self.tape) - self.tape.inputs <= MOST:
            try:
                return (self._value or self._compiled()[0])(numbers)  # type: ignore[no-any-return]
            except RAISED:
                pass
        return exact.results(self.tape, exact.forward(self.tape, numbers))

    def gradient(self, numbers: Sequence[float], before: Sequence[float] | None = None) -> Results:
        """The outputs, and the gradient of the first one by every input.

        Args:
            before: what is added to; see `exact.backward`.

        Raises:
            Left: a guard does not hold.
        """
        if len(self.tape) - self.tape.inputs <= MOST:
            try:
                run = self._gradient or self._compiled()[1]
                return run(numbers, before or (-0.0,) * self.tape.inputs)  # type: ignore[no-any-return]
            except RAISED:
                pass
        values = exact.forward(self.tape, numbers)
        return exact.results(self.tape, values), exact.backward(self.tape, values, before=before)

    def rows(self, numbers: Sequence[float]) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
        """The outputs, and the gradient of each by every input.

        Raises:
            Left: a guard does not hold.
        """
        values = exact.forward(self.tape, numbers)
        outputs = range(len(self.tape.outputs))
        return exact.results(self.tape, values), [exact.backward(self.tape, values, k) for k in outputs]

    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        text = self.source
        file = f"<autograd program {next(_numbers)}>"
        linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
        names: dict[str, Any] = {"__name__": "autograd.program"}
        exec(compile(text, file, "exec", dont_inherit=True), names)
        self._value, self._gradient = names["value"], names["gradient"]
        return names["value"], names["gradient"]

    def __reduce__(self) -> tuple[Any, ...]:
        return Written, (self.tape, self.names, self.title)


def leave(guard: int) -> None:
    """Leave an emitted program, where a decision comes out differently.

    Raises:
        Left: always.
    """
    raise Left(guard)


# --- the text -------------------------------------------------------------------------------------------------------------

RESERVED = re.compile(r"[vdut]\d+|.*_bar|numbers|before|leave|inf|nan|abs|TABLE|FLOAT|value|gradient|.*_slopes.*")


def _text(tape: Tape, names: Sequence[str], title: str) -> str:
    page = _Page(tape, names)
    value = ["def value(numbers):", *page.taken("numbers", ""), *page.forward, f"    return {page.outputs}"]
    gradient = [
        "def gradient(numbers, before):", *page.taken("numbers", ""), *page.forward, *page.taken("before", "_bar"),
        *page.backward, f"    return {page.outputs}, {page.bars}",
    ]  # fmt: skip
    heading = [f"# {line}" for line in title.splitlines()]
    helpers = [line for helper in page.helpers.values() for line in (helper, "")]
    return "\n".join([*heading, *page.imports(), "", "", *helpers, *value, "", "", *gradient, ""])


class _Page:
    """The lines of both functions."""

    def __init__(self, tape: Tape, names: Sequence[str]) -> None:
        self.tape = tape
        self.names = [*names, *[f"v{i}" for i in range(tape.inputs, len(tape))]]
        self.helpers: dict[str, str] = {}
        self._phrases: dict[int, Phrase] = {}
        self.forward = list(self._forward())
        self.reached: set[int] = set()  # nodes that something is added to the gradients of
        self.backward = list(self._backward())
        # A gradient that nothing was added to is 0.0, not the -0.0 that it began with.
        self.bars = _tuple(f"{name}_bar{'' if i in self.reached else ' + 0.0'}" for i, name in enumerate(names))
        self.outputs = _tuple(map(self._name, tape.outputs))

    def imports(self) -> list[str]:
        """The lines by which the text stands for itself."""
        code = [line.partition("    # ")[0] for line in (*self.forward, *self.backward)]
        words = set(re.findall(r"[A-Za-z_]\w*", "\n".join([*code, *self.helpers.values()])))
        called = sorted(words & FUNCTIONS.keys() - {"abs"} - set(self.names))
        of_math = [name for name in called if FUNCTIONS[name] is getattr(math, name, None)]
        others = [name for name in called if name not in of_math]
        of_math += sorted(words & {"inf", "nan"})
        lines = [f"from math import {', '.join(of_math)}"] if of_math else []
        if others or "FLOAT" in words:
            lines.append("from autograd.primitives.readers import FLOAT")
        if "TABLE" in words:
            lines.append("from autograd.primitives.table import TABLE")
        if "leave" in words:
            lines.append("from autograd.replay.written import leave")
        return [*lines, *[f"{name} = FLOAT.{name}" for name in others]]

    def taken(self, where: str, suffix: str) -> list[str]:
        """The line that gives the numbers of a sequence their names."""
        inputs = self.names[: self.tape.inputs]
        return [f"    {', '.join([f'{name}{suffix}' for name in inputs])}, = {where}"] if inputs else []

    def _name(self, o: int) -> str:
        return self.names[o] if o >= 0 else _literal(self.tape.constants[-1 - o])

    def _forward(self) -> Iterator[str]:
        tape, guards = self.tape, iter(enumerate(self.tape.guards))
        k, guard = next(guards, (0, None))
        for i in range(tape.inputs, len(tape) + 1):
            while guard is not None and guard.after <= i:
                yield self._guard(k, guard)
                k, guard = next(guards, (0, None))
            if i < len(tape):
                entries = tape.operands[tape.start[i] : tape.start[i + 1]]
                said = self._phrases[i] = phrase(tape.name(i), [None if o >= 0 else tape.constants[-1 - o] for o in entries])
                for helper in said.helpers:
                    self.helpers[helper.name] = helper.text
                yield self._line(f"{self.names[i]} = {said.value.format(*map(self._name, entries))}", self._where(i))

    def _guard(self, k: int, guard: Any) -> str:
        left, right = self._name(guard.left), self._name(guard.right)
        if guard.relation == "is":
            holds = f"{left}.hex() == {self.tape.constants[-1 - guard.right].hex()!r}"
        else:
            holds = f"{left} {guard.relation} {right}"
        condition = f"not {holds}" if guard.outcome else holds
        return self._line(f"if {condition}: leave({k})", said(guard.place))

    def _where(self, i: int) -> str:
        return said(self.tape.place[i]) if self.tape.place else ""

    @staticmethod
    def _line(code: str, comment: str) -> str:
        return f"    {code:<40}    # {comment}" if comment else f"    {code}"

    def _backward(self) -> Iterator[str]:
        """The chain rule, from the first output to the inputs."""
        tape = self.tape
        root = tape.outputs[0] if tape.outputs else -1
        if root < 0:
            return
        begun = set(range(tape.inputs))
        yield f"    {self.names[root]}_bar {'+=' if root in begun else '='} 1.0"
        begun.add(root)
        self.reached.add(root)
        for i in range(root, tape.inputs - 1, -1):
            if i not in begun or tape.name(i) == exact.DETACH:
                continue
            entries = tape.operands[tape.start[i] : tape.start[i + 1]]
            operands = list(map(self._name, entries))
            slopes: Sequence[str] = [s.format(*operands, out=self.names[i]) for s in self._phrases[i].slopes]
            if self._phrases[i].together:
                yield f"    d{i} = {slopes[0]}"
                slopes = [f"d{i}[{n}]" for n in range(len(entries))]
            for o, slope in zip(entries, slopes, strict=True):
                if o >= 0:
                    yield f"    {self.names[o]}_bar {'+=' if o in begun else '='} {_times(f'{self.names[i]}_bar', slope)}"
                    begun.add(o)
                    self.reached.add(o)


def _tuple(items: Iterable[str]) -> str:
    return f"({''.join([f'{item}, ' for item in items]).removesuffix(' ')})"


def _times(bar: str, slope: str) -> str:
    """A contribution; times 1 and times -1 are exact."""
    if slope in ("1.0", "-1.0"):
        return bar if slope == "1.0" else f"-{bar}"
    simple = slope.isidentifier() or slope.replace(".", "").isdigit() or (slope.endswith(("]", ")")) and " " not in slope)
    return f"{bar} * {slope}" if simple else f"{bar} * ({slope})"


def _literal(x: float) -> str:
    return "-nan" if x != x and math.copysign(1.0, x) < 0.0 else repr(x)
