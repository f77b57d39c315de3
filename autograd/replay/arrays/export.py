"""The same program as text for JAX and PyTorch, which differentiate it themselves.

The text is a function of the inputs, in which every group of alike operations is a line. It needs JAX or PyTorch and nothing
of this package. The numbers differ from the engine's by rounding, and where the two libraries have their own conventions: at
kinks, and where 0 meets inf.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError
from ...primitives.readers import FLOAT, NATIVES, Reader
from ...primitives.table import lookup
from ..passes.groups import GROUP, LABEL, NUMBER, NUMBERS, SAMPLE, SLOT, SLOTS, Group, Part, grouped
from ..passes.rolled import Each, Rolled, Section, Slot, Slots, Sum
from .parts import even
from .products import is_matrix_product

JAX = """import jax
import jax.numpy as np

jax.config.update("jax_enable_x64", True)  # numbers of 64 bits, as everywhere here


def constant(numbers):
    return np.array(numbers, dtype=np.float64)


def whole(numbers):
    return np.array(numbers, dtype=int)


def joined(arrays, axis):
    return np.concatenate(arrays, axis)


def picked(candidates, index):
    return np.take_along_axis(candidates, index, 1)
"""

TORCH = """import torch as np
import torch


def constant(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def whole(numbers):
    return torch.tensor(numbers, dtype=torch.int64)


def joined(arrays, axis):
    return torch.cat(list(arrays), axis)


def picked(candidates, index):
    return torch.take_along_dim(candidates, index, 1)
"""

JAX_END = "\n\nvalue_and_grad = jax.value_and_grad(value)\n"

TORCH_END = """

def value_and_grad(inputs, *batch):
    inputs = torch.as_tensor(inputs, dtype=torch.float64).clone().requires_grad_()
    result = value(inputs, *batch)
    result.backward()
    return result.detach(), inputs.grad
"""

_CALLS = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "atan2": "arctan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "hypot": "hypot", "floor": "floor", "ceil": "ceil", "trunc": "trunc", "abs": "abs", "sign": "sign",
    "copysign": "copysign", "where": "where",
}  # fmt: skip
_APART = {"jax": {"erf": "jax.scipy.special.erf", "erfc": "jax.scipy.special.erfc", "cbrt": "np.cbrt"},
          "torch": {"erf": "torch.erf", "erfc": "torch.erfc"}}  # fmt: skip
_SIGNS = {"div": "/", "pow": "**", "floordiv": "//", "mod": "%"}


class _Text:
    """An expression: the name of a variable."""

    __slots__ = ("name", "write")

    def __init__(self, name: str, write: Callable[..., "_Text"]) -> None:
        self.name, self.write = name, write

    def __str__(self) -> str:
        return self.name

    def __neg__(self) -> "_Text":
        return self.write("-{}", self)

    def __eq__(self, other: object) -> Any:
        return self.write("{} == {}", self, other)

    __hash__ = None  # type: ignore[assignment]


def _operator(sign: str, reflected: bool = False) -> Any:
    if reflected:
        return lambda a, b: a.write(f"{{}} {sign} {{}}", b, a)
    return lambda a, b: a.write(f"{{}} {sign} {{}}", a, b)


for _sign, _name in (("+", "add"), ("-", "sub"), ("*", "mul"), ("&", "and"), ("|", "or")):
    setattr(_Text, f"__{_name}__", _operator(_sign))
    setattr(_Text, f"__r{_name}__", _operator(_sign, reflected=True))
for _sign, _name in (("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge")):
    setattr(_Text, f"__{_name}__", _operator(_sign))


def to_jax(program: Rolled) -> str:
    """The program as a text for JAX: `value` and `value_and_grad`."""
    return JAX + _Export(program, "jax").text() + JAX_END


def to_torch(program: Rolled) -> str:
    """The program as a text for PyTorch: `value` and `value_and_grad`."""
    return TORCH + _Export(program, "torch").text() + TORCH_END


class _Export:
    """A program that is being written for a library that differentiates."""

    def __init__(self, program: Rolled, library: str) -> None:
        self.program, self.library = _in_order_of_writing(program), library
        self.lines: list[str] = []
        self.constants: list[str] = []
        natives = {name: self._native(name) for name in NATIVES}
        self.reader = Reader(natives)

    def text(self) -> str:
        """The constants and the function."""
        samples, labels = self.program.components
        for section in self.program.sections:
            self._section(section)
        extra = ", sample, label" if labels else ", sample" if samples else ""
        results = [f"x[{o}]" if isinstance(o, int) else repr(o) for o in self.program.outputs]
        body = ["x = inputs", *self.lines, f"return {results[0] if len(results) == 1 else '(' + ', '.join(results) + ')'}"]
        return "\n".join(["", "", *self.constants, "", "", f"def value(inputs{extra}):", *(f"    {line}" for line in body)])

    def _write(self, template: str, *us: Any) -> _Text:
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {template.format(*[u if isinstance(u, _Text) else _number(u) for u in us])}")
        return _Text(name, self._write)

    def _native(self, name: str) -> Callable[..., Any]:
        call = _APART[self.library].get(name) or (f"np.{_CALLS[name]}" if name in _CALLS else None)

        def native(*us: Any) -> Any:
            if not any(isinstance(u, _Text) for u in us):
                return getattr(FLOAT, name)(*us)
            if name in _SIGNS:
                return self._write(f"{{}} {_SIGNS[name]} {{}}", *us)
            if call is None:
                raise ArgumentError(f"{name} has no function in {self.library}: this program cannot be written for it")
            return self._write(f"{call}({', '.join(['{}'] * len(us))})", *us)

        return native

    def _constant(self, data: NDArray[Any]) -> str:
        kind = "whole" if data.dtype.kind in "iu" else "constant"
        text = f"{kind}({data.tolist()!r})".replace("inf", "float('inf')").replace("nan", "float('nan')")
        for line in self.constants:
            name, _, known = line.partition(" = ")
            if known == text:
                return name
        self.constants.append(f"k{len(self.constants)} = {text}")
        return f"k{len(self.constants) - 1}"

    # --- sections --------------------------------------------------------------------------------------------------------

    def _section(self, section: Section) -> None:
        groups, outputs = grouped(section)
        self.lanes = section.lanes
        self.values: list[_Text] = []
        for group in groups:
            self.values.append(self._group(group))
        written = []
        for (group_, member), sink in zip(outputs, section.sinks, strict=True):
            if group_ < 0:
                value = self._write("constant([{}])", section.body.constants[member])
            else:
                value = self._write(f"{{}}[{member}]", self.values[group_])
            if isinstance(sink, Sum):
                value = self._write("{}.sum()", value) if group_ >= 0 else self._write(f"{{}} * {section.lanes}", value)
            written.append(self._write("{}.reshape(-1)", value))
        self.lines.append(f"x = joined([{', '.join(['x', *map(str, written)])}], 0)")

    def _group(self, group: Group) -> _Text:
        rule = getattr(self, f"_{group.name}", None)
        if rule is not None:
            return self._wide(rule(group), group.size)
        us = [self._part(part) for part in group.parts]
        return self._wide(lookup(group.name).value(self.reader, *us), group.size)

    def _wide(self, value: Any, size: int) -> _Text:
        """A value with a row for each member and a column for each lane."""
        lanes = str(self.lanes) if self.lanes else "len(sample)"
        if not isinstance(value, _Text):
            value = self._write("constant([[{}]])", value)
        return self._write(f"np.broadcast_to({{}}, ({size}, {lanes}))", value)

    def _index(self, index: NDArray[Any]) -> str:
        found = even(index) if index.ndim == 1 else None
        if found is not None and found.steps[0] == 1:
            return f"{found.start}:{found.start + len(index)}"
        return self._constant(index)

    def _part(self, part: Part, matrix: bool = False) -> Any:
        rows = part.rows
        if part.kind == NUMBER:
            if rows.size == 1 or ((rows == rows.flat[0]).all() and not matrix):
                return float(rows.flat[0])
            return _Text(self._constant(rows if matrix else rows[..., None]), self._write)
        if part.kind == NUMBERS:
            return _Text(self._constant(rows), self._write)
        if part.kind == SLOT:
            taken = self._write(f"x[{self._index(rows)}]")
            return taken if matrix else self._write("{}[..., None]", taken)
        if part.kind == SLOTS:
            return self._write(f"x[{self._constant(rows)}]")
        whole = {SAMPLE: "sample.T", LABEL: "label.T"}.get(part.kind) or str(self.values[part.group])
        return self._write(f"{whole}[{self._index(rows)}]")

    # --- primitives with any number of operands ---------------------------------------------------------------------------

    def _stacked(self, parts: tuple[Part, ...], size: int) -> _Text:
        lanes = str(self.lanes) if self.lanes else "len(sample)"
        pieces = []
        for part in parts:
            piece = self._part(part)
            if not isinstance(piece, _Text):
                piece = self._write("constant([[[{}]]])", piece)
            pieces.append(self._write(f"np.broadcast_to({{}}, ({size}, {part.rows.shape[1]}, {lanes}))", piece))
        return self._write(f"joined([{', '.join(map(str, pieces))}], 1)") if len(pieces) > 1 else pieces[0]

    def _sum(self, group: Group) -> Any:
        return self._write("{}.sum(1)", self._stacked(group.parts, group.size))

    def _mean(self, group: Group) -> Any:
        return self._write("{}.mean(1)", self._stacked(group.parts, group.size))

    def _prod(self, group: Group) -> Any:
        return self._write("{}.prod(1)", self._stacked(group.parts, group.size))

    def _maximum(self, group: Group) -> Any:
        return self._write("np.amax({}, 1)", self._stacked(group.parts, group.size))

    def _minimum(self, group: Group) -> Any:
        return self._write("np.amin({}, 1)", self._stacked(group.parts, group.size))

    def _norm(self, group: Group) -> Any:
        stacked = self._stacked(group.parts, group.size)
        return self._write("np.sqrt({})", self._write("({} * {}).sum(1)", stacked, stacked))

    def _logsumexp(self, group: Group) -> Any:
        stacked = self._stacked(group.parts, group.size)
        top = self._write("np.amax({}, 1)", stacked)
        shares = self._write("np.exp({} - {}[:, None])", stacked, top)
        return self._write("{} + np.log({}.sum(1))", top, shares)

    def _dot(self, group: Group) -> Any:
        total = self._part(group.parts[-1])
        for weights, inputs in zip(group.parts[:-1:2], group.parts[1:-1:2], strict=True):
            if is_matrix_product(weights, inputs) and inputs.kind in (GROUP, SAMPLE, NUMBERS):
                W, X = self._part(weights, matrix=True), self._part(inputs._replace(rows=inputs.rows[0]))
                piece = self._write("{} @ {}", W, X)
            else:
                left, right = self._stacked((weights,), group.size), self._stacked((inputs,), group.size)
                piece = self._write("({} * {}).sum(1)", left, right)
            total = piece + total
        return total

    def _detach(self, group: Group) -> Any:
        u = self._part(group.parts[0])
        how = "jax.lax.stop_gradient({})" if self.library == "jax" else "{}.detach()"
        return self._write(how, u) if isinstance(u, _Text) else u

    def _pick(self, group: Group) -> Any:
        stacked = self._stacked(group.parts[:-1], group.size)
        which = self._wide(self._part(group.parts[-1]), group.size)
        kind = "astype(int)" if self.library == "jax" else "long()"
        return self._write(f"picked({{}}, {{}}[:, None].{kind})[:, 0]", stacked, which)


def _in_order_of_writing(program: Rolled) -> Rolled:
    """The program whose sections write the slots in order, so that each appends to the pool."""
    number = list(range(program.inputs)) + [-1] * (program.slots - program.inputs)
    at = program.inputs
    for section in program.sections:
        for sink in section.sinks:
            for slot in [sink.slot] if isinstance(sink, Sum) else sink.slots.tolist():
                number[slot], at = at, at + 1
    new = np.array(number)
    sections = []
    for section in program.sections:
        sources = tuple(
            Slot(int(new[s.slot])) if isinstance(s, Slot) else Slots(new[s.slots]) if isinstance(s, Slots) else s
            for s in section.sources
        )
        sinks = tuple(Sum(int(new[s.slot])) if isinstance(s, Sum) else Each(new[s.slots]) for s in section.sinks)
        sections.append(section._replace(sources=sources, sinks=sinks))
    outputs = tuple(int(new[o]) if isinstance(o, int) else o for o in program.outputs)
    return program._replace(sections=tuple(sections), outputs=outputs)


def _number(x: Any) -> str:
    return repr(x) if x - x == 0.0 else f"float('{x}')"
