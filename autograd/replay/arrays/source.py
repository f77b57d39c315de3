"""The text of a program: Python with NumPy that stands alone, in which every operation is a line.

    def value_for(samples):          takes the memory for so many samples, once
        ...
        def value(inputs): ...
        return value

    def value_and_grad_for(samples): ...

Every array has its memory before the first call (memory.py); a call makes none but what it returns.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..passes.rolled import Decision, Rolled
from .lines import ALL, NONE, Array, Line
from .memory import live, places, size
from .program import Assembled, Phase, assembled

HEAD = '''import numpy as np
from numpy import {names}
from numpy.lib.stride_tricks import as_strided


def view(a, start, shape, steps):
    """Numbers of a column at even distances."""
    return as_strided(a[start:], shape, [8 * step for step in steps])


def rows(a, start, shape, steps):
    """Rows of a matrix at even distances."""
    down, along = a.strides
    return as_strided(a[start:], (*shape, a.shape[1]), (*[down * step for step in steps], along))


def where(condition, u, v, out):
    copyto(out, v)
    copyto(out, u, where=condition)


def places(which, size, count):
    """Where `which` of `count` rows lies, for each of `size` members and each lane, if all rows are one column."""
    which = np.broadcast_to(which, (size, which.shape[-1])).astype(np.int64)
    lanes = which.shape[-1]
    return (which + count * arange(size)[:, None]) * lanes + arange(lanes)


def others(a, out):
    """The products of all other operands, along the second axis."""
    before, after = np.ones_like(a), np.ones_like(a)
    multiply.accumulate(a[:, :-1], 1, None, before[:, 1:])
    multiply.accumulate(a[:, :0:-1], 1, None, after[:, -2::-1])
    multiply(before, after, out)
'''


class Source:
    """A program that is being written down.

    Attributes:
        constants: the constant arrays, by name.
    """

    def __init__(self, program: Rolled, by_sample: bool, samples: int, fast: bool) -> None:
        self.program, self.by_sample, self.samples, self.fast = program, by_sample, samples, fast
        self.constants: dict[str, Any] = {}
        self._names: dict[Array, str] = {}
        self._count = 0
        self._constant_names: dict[int, str] = {}

    def text(self) -> str:
        """The whole text, but for the constants."""
        forward, both = (
            assembled(self.program, False, samples=self.samples),
            assembled(self.program, True, self.by_sample, self.samples, self.fast),
        )
        lines: list[str] = []
        for name, whole in (("value", forward), ("value_and_grad", both)):
            body = [f"    {line}".rstrip() for line in self._function(name, whole)]
            lines += [f"def {name}_for(samples=1):", *body, f"    return {name}", "", ""]
        return "\n".join(lines)

    def _function(self, name: str, whole: Assembled) -> Iterator[str]:
        program, shared = self.program, whole.shared
        tag = "" if name == "value" else "g"
        self._names |= {
            shared.pool: "x",
            shared.gradients: "g",
            shared.samples: "s",
            shared.sample_gradients: "sg",
            shared.labels: "l",
        }
        yield f"x = empty({program.slots})"
        yield f"x_inputs = x[:{program.inputs}]"
        if tag:
            yield f"g = zeros({program.slots})"
        count = program.components
        if any(count):
            yield f"s = empty({f'(samples, {count[0]})' if shared.by_rows else f'({count[0]}, samples)'})"
            yield f"l = empty(({count[1]}, samples), int64)"
        if tag and self.by_sample:
            yield f"sg = empty(({count[0]}, samples))"
        yield from (f"r{i} = empty(samples)" for i in range(len(shared.results)))
        used = self._live(whole)
        for number in sorted({phase.section for phase in whole.phases}):
            yield from self._memory(number, tag, whole, used)
        call: list[str] = ["copyto(x_inputs, inputs)"]
        call += [f"copyto(s, {'sample' if shared.by_rows else 'transpose(sample)'})"] * bool(count[0]) + [
            "copyto(l, transpose(label))"
        ] * bool(count[1])
        if whole.clears:
            call.append("g.fill(0.0)")
        for k, phase in enumerate(whole.phases):
            call += self._phase(phase, tag, used[k])
            last = max(i for i, other in enumerate(whole.phases) if other.section == phase.section)
            if phase.section in whole.scattered and k == last:
                call.append(f"add(g, bincount(t{phase.section}.ravel(), u{phase.section}.ravel(), {program.slots}), g)")
        outputs = program.outputs
        if tag and outputs and isinstance(outputs[0], int) and outputs[0] < program.inputs:
            call.append(f"g[{outputs[0]}] = 1.0")
        result = self._result(program.results)
        if program.guards:
            call += self._left(bool(shared.results))
        extra = ", sample=None, label=None" if any(count) else ""
        yield f"def {name}(inputs{extra}):"
        yield "    with errstate(all='ignore'):"
        yield from (f"        {line}" for line in call)
        yield (
            f"    return {result}"
            + (f", g[:{program.inputs}].copy()" if tag else "")
            + (", sg.T.copy()" if tag and self.by_sample else "")
            + (", left" if program.guards else "")
        )

    def _result(self, each: int) -> str:
        texts = [f"x.item({o})" if isinstance(o, int) else _number(o) for o in self.program.outputs]
        texts += [f"r{i}.copy()" for i in range(each)]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    def _left(self, each: bool) -> Iterator[str]:
        """The lines that find the first guard which does not hold; for each sample, if there are samples."""
        guards = self.program.guards
        if each:
            yield f"left = full(samples, {len(guards)})"
            for number in range(len(guards) - 1, -1, -1):
                relation, left, right, outcome = guards[number]
                sides = [f"r{side}" if isinstance(side, int) else _number(side) for side in (left, right)]
                yield f"left[{'~' if outcome else ''}compared({relation!r}, {', '.join(sides)})] = {number}"
            yield f"left[left == {len(guards)}] = -1"
            return
        yield f"left = {len(guards)}"
        for kind in sorted({_kind_of(guard) for guard in guards}):
            numbers = [number for number, guard in enumerate(guards) if _kind_of(guard) == kind]
            columns = [numbers, [guards[k].left for k in numbers], [guards[k].right for k in numbers]]
            names = []
            for column in columns:
                names.append(f"kg{len(self.constants)}")
                self.constants[names[-1]] = np.array(column)
            sides = [f"x[{name}]" if slot else name for name, slot in zip(names[1:], kind[2:], strict=True)]
            yield f"left = first({names[0]}, {'~' if kind[1] else ''}compared({kind[0]!r}, {', '.join(sides)}), left)"
        yield f"left = -1 if left == {len(guards)} else left"

    # --- memory --------------------------------------------------------------------------------------------------------

    def _live(self, whole: Assembled) -> list[tuple[list[Line], list[Line]]]:
        """Per phase the lines that are needed: before, and for each block."""
        shared = whole.shared
        kept = {shared.pool, shared.gradients, shared.sample_gradients, shared.labels, shared.samples}
        for rows in whole.scattered.values():
            kept |= {array.root for _, array in rows}
        kept |= {array.root for array in shared.results}
        order = [line for phase in whole.phases for line in (*phase.before, *phase.lines)]
        wanted = set(map(id, live(order, kept)))
        return [
            ([line for line in phase.before if id(line) in wanted], [line for line in phase.lines if id(line) in wanted])
            for phase in whole.phases
        ]

    def _memory(self, number: int, tag: str, whole: Assembled, used: Any) -> Iterator[str]:
        """The arrays of a section: a function that makes them for a block of lanes, and its calls."""
        mine = [k for k, phase in enumerate(whole.phases) if phase.section == number]
        lines = [line for k in mine for line in used[k][1]]
        before = [line for k in mine for line in used[k][0]]
        scattered, at = whole.scattered.get(number, []), 0
        for index, array in scattered:
            count = index.size // index.shape[-1]
            array.how = f"u{number}[{at}:{at + count}, a:b].reshape({', '.join(map(str, array.shape))}, n)"
            at += count
        place, sizes = places(lines)
        lanes, block = self.program.sections[number].lanes, whole.phases[mine[0]].block
        total = str(lanes) if lanes else "samples"
        width = f"min({block}, {total})" if block else total
        prefix = f"m{tag}{number}_"
        yield from (f"{prefix}{i} = empty({rows} * {width})" for i, rows in enumerate(sizes))
        if scattered:
            rows = [index.reshape(-1, index.shape[-1]) for index, _ in scattered]
            self.constants[f"t{number}"] = np.concatenate(rows)
            yield f"u{number} = empty(t{number}.shape)"
        made: list[str] = []
        names: list[str] = []
        once: list[str] = []
        seen: set[int] = set()
        arrays = [a for line in (*before, *lines) for a in (*line.arguments, line.out) if isinstance(a, Array)]

        def make(array: Array) -> None:
            if id(array) in seen or (array.lanes == "flat" and array.base is None):
                return
            seen.add(id(array))
            if array.base is not None:
                make(array.base)
            here = (
                (array.root.lanes == ALL and array.root.lines.section == number)
                or array.lanes == ALL
                or "n" in re.findall(r"\bn\b|\ba\b", array.how)
            )
            name = self._names.get(array)
            if name is None:
                self._count += 1
                name = self._names[array] = f"{'v' if array.data is None else 'c'}{self._count}"
            text = self._made(array, place, prefix, name)
            (made if here else once).append(f"{name} = {text}")
            if here:
                names.append(name)

        for array in arrays:
            make(array)
        yield from once
        names = [f"n{number}", *names]
        yield f"def lanes{tag}_{number}(a, b):"
        yield f"    n = n{number} = b - a"
        yield from (f"    {line}" for line in made)
        yield f"    return {', '.join(names)},"
        self._block_names = getattr(self, "_block_names", {})
        self._block_names[tag, number] = names
        if block:
            yield f"blocks{tag}_{number} = [lanes{tag}_{number}(a, b) for a, b in parts({total}, {block})]"
        else:
            yield f"({', '.join(names)},) = lanes{tag}_{number}(0, {total})"

    def _made(self, array: Array, place: dict[Array, int], prefix: str, name: str) -> str:
        """The text of an array: a view, a constant, or memory."""
        if array.base is not None:
            return array.how.format(self._names[array.base])
        if array.data is not None:
            key = f"k{name[1:]}"
            known = self._constant_names.setdefault(id(array), key)
            self.constants[known] = array.data
            return f"{known}[..., a:b]" if array.lanes == ALL else known
        if array.how:  # a part of an array of the whole program
            return array.how
        shape = ", ".join(map(str, array.shape))
        if array in place:
            return f"{prefix}{place[array]}[:{size(array)} * n].reshape({shape}, n)"
        last = {ALL: ", n", NONE: ",", "one": ", 1"}[array.lanes]
        kind = {"double": "", "bool": ", bool", "int": ", int64"}[array.kind]
        return f"empty(({shape}{last}){kind})"

    # --- lines ---------------------------------------------------------------------------------------------------------

    def _phase(self, phase: Phase, tag: str, used: tuple[list[Line], list[Line]]) -> list[str]:
        before, lines = ([self._line(line, phase.section) for line in some] for some in used)
        text = lines
        if phase.block:
            names = ", ".join(self._block_names[tag, phase.section])
            return [*before, f"for {names}, in blocks{tag}_{phase.section}:", *(f"    {line}" for line in text or ["pass"])]
        return [*before, *text]

    def _line(self, line: Line, section: int) -> str:
        arguments = [
            self._names[a] if isinstance(a, Array) else re.sub(r"\bn\b", f"n{section}", a) if isinstance(a, str) else _number(a)
            for a in line.arguments
        ]
        return line.template.format(*arguments, out=self._names[line.out])


def _kind_of(guard: Decision) -> tuple[str, bool, bool, bool]:
    """The guards that are looked at together have the same."""
    return guard.relation, guard.outcome, isinstance(guard.left, int), isinstance(guard.right, int)


def _number(x: Any) -> str:
    return repr(x) if isinstance(x, int) or x - x == 0.0 else "nan" if x != x else "inf" if x > 0 else "-inf"


GUARDS = '''

def compared(relation, u, v):
    """Comparisons of numbers; 'is' is for the same bits."""
    if relation == "is":
        return asarray(u, float).view(int64) == asarray(v, float).view(int64)
    return {"<": less, "<=": less_equal, ">": greater, ">=": greater_equal, "==": equal, "!=": not_equal}[relation](u, v)


def first(numbers, differs, left):
    """The first guard that does not hold."""
    return min(left, int(numbers[argmax(differs)])) if differs.any() else left
'''

PARTS = '''

def parts(lanes, block):
    """Lanes apart into blocks of nearly equal size."""
    count = -(-lanes // block)
    ends = [lanes * i // count for i in range(count + 1)]
    return list(zip(ends[:-1], ends[1:]))
'''


_COMPARED = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_BUILT_IN = {"min", "max", "sum", "abs", "round", "bool"}


def source_of(
    program: Rolled, by_sample: bool = False, samples: int = 1 << 62, fast: bool = False
) -> tuple[str, dict[str, Any]]:
    """The text of a program, and its constant arrays by name.

    Args:
        by_sample: whether the gradients of the samples are wanted.
        samples: the largest number of samples that it is for.
        fast: as in `ArrayProgram`.
    """
    source = Source(program, by_sample, samples, fast)
    text = source.text()
    helpers = HEAD + PARTS + GUARDS * bool(program.guards)
    used = set(re.findall(r"(?<![\w.])(\w+)(?=\(|\.reduce|\.accumulate|\.at)", helpers + text))
    used |= {"int64", "inf", "nan"} | (_COMPARED if program.guards else set())
    names = sorted(name for name in used if name in np.__all__ and name not in _BUILT_IN)
    return helpers.replace("{names}", ", ".join(names)) + "\n\n" + text, source.constants
