"""One variant at many points at once: a row of numbers for each, by the quickest reader that the promised bits allow.

    exact  the engine's own bits: the interpreter of one input, row by row
    close  the interpreter of many lanes, which carries the rounding errors of sums along; NumPy where nothing is compiled
    fast   the same without these errors

Rows that no such reader knows are computed one by one, by the interpreter or by the text of the tape. Everything goes in and
comes out as buffers of doubles, so that neither NumPy nor a compiled part is needed.
"""

import importlib.util
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from . import exact
from .native.kernel import INTERPRETER, kernel
from .native.lanes import column, lanes, rowed, uniform, without_lanes
from .tape import Tape
from .variants import Variant

Bits = Literal["exact", "close", "fast"]
BITS: tuple[Bits, ...] = ("exact", "close", "fast")
FEW = 32  # points; a program in NumPy takes milliseconds to make


class Answers(NamedTuple):
    """The answers of a variant to rows of numbers.

    Attributes:
        values: a row of results for each row.
        slopes: a row of derivatives of the first result by the inputs of the call; None if they are not wanted.
        left: for each row 0, or 1 + the number of the guard that does not hold; then its other numbers mean nothing. Empty if
            all hold.
    """

    values: Any
    slopes: Any
    left: Sequence[int]


Rows = Callable[[Any, Any, list[float]], Answers]


def doubles(count: int) -> "array[float]":
    """Zeros, so many of them."""
    return array("d", bytes(8 * count))


def taken(rows: Any, width: int, chosen: Sequence[int]) -> "array[float]":
    """Some rows of a buffer of doubles."""
    every, size, out = memoryview(rows).cast("B"), 8 * width, bytearray()
    for row in chosen:
        out += every[row * size : (row + 1) * size]
    found = array("d")
    found.frombytes(out)
    return found


def over_rows(variant: Variant, bits: Bits, wanted: tuple[int, ...] | None, many: int) -> Rows:
    """The function that computes rows of a variant.

    Args:
        wanted: the inputs whose derivatives are wanted; None for values alone. The others may be 0.
        many: how many rows there are about to be.

    Returns:
        A function of a buffer with the numbers of a call in each row, of the rows in question as an array of whole numbers
        (None for all of them), and of the numbers of the captured `Value`s.
    """
    found: Rows | None
    tape, compiled = variant.tape, INTERPRETER.module is not None and bool(variant.tape.outputs)
    if bits != "exact" and compiled and not without_lanes(tape.names):
        found = _kept(variant, (bits, wanted), lambda: _in_lanes(tape, len(variant.captured), bits == "fast", wanted))
        return found
    if compiled:
        in_turn = _kept(variant, "exact", lambda: _in_turn(tape, len(variant.captured)))
        return lambda x, at, captured: in_turn(x, at, captured, wanted is not None)
    if bits != "exact" and many >= FEW and importlib.util.find_spec("numpy"):
        in_arrays = _kept(variant, (bits, "numpy"), lambda: _in_arrays(tape, len(variant.captured), bits == "fast"))
        if in_arrays is not None:
            return lambda x, at, captured: in_arrays(x, at, captured, wanted is not None)
    return lambda x, at, captured: _by_text(variant, x, at, captured, wanted is not None)


def _kept(variant: Variant, key: Any, make: Callable[[], Any]) -> Any:
    """A reader of a variant, made once."""
    if key not in variant.many:
        variant.many[key] = make()
    return variant.many[key]


def _in_lanes(tape: Tape, captured: int, fast: bool, wanted: tuple[int, ...] | None) -> Rows:
    """The reader that is the interpreter of many lanes."""
    width, outputs = tape.inputs - captured, len(tape.outputs)
    sources = [column(i, wanted=wanted is None or i in wanted) for i in range(width)]
    sources += [uniform(k, wanted=False) for k in range(captured)]
    program = lanes(tape, sources, [rowed(k) for k in range(outputs)], width, outputs, fast)

    def run(x: Any, at: Any, pool: list[float]) -> Answers:
        n = len(x) // width if at is None else len(at)
        out, left = doubles(n * outputs), array("i", bytes(4 * n))
        given = n, array("d", pool), None, x, at, out, left
        if wanted is None:
            gone = program.forward(*given)
            return Answers(out, None, left if gone else ())
        slopes = doubles(n * width)
        gone = program.backward(*given, array("d", pool), slopes, None)
        return Answers(out, slopes, left if gone else ())

    return run


def _in_turn(tape: Tape, captured: int) -> Any:
    """The reader that is the interpreter of one input, a row after the other."""
    width, outputs = tape.inputs - captured, len(tape.outputs)
    run_rows = kernel(tape, (tape.inputs,), single=False).rows

    def run(x: Any, at: Any, pool: list[float], slopes: bool) -> Answers:
        rows = x if at is None else taken(x, width, at)
        n = len(x) // width if at is None else len(at)
        if captured:
            rows = _widened(rows, width, n, pool)
        out, left = doubles(n * outputs), array("i", bytes(4 * n))
        bars = doubles(n * tape.inputs) if slopes else None
        gone = run_rows(rows, out, bars, left)
        if bars is not None and captured:
            bars = _narrowed(bars, tape.inputs, width)
        return Answers(out, bars, left if gone else ())

    return run


def _widened(rows: Any, width: int, n: int, more: list[float]) -> "array[float]":
    """Rows with the same numbers at the end of each."""
    every, size, tail, out = memoryview(rows).cast("B"), 8 * width, array("d", more).tobytes(), bytearray()
    for row in range(n):
        out += every[row * size : (row + 1) * size]
        out += tail
    found = array("d")
    found.frombytes(out)
    return found


def _narrowed(rows: "array[float]", width: int, first: int) -> "array[float]":
    """The first numbers of each row."""
    out = doubles(len(rows) // width * first)
    for k in range(first):
        out[k::first] = rows[k::width]
    return out


def _in_arrays(tape: Tape, captured: int, fast: bool) -> Any:
    """The reader that is NumPy; None if it does not know a row of the table."""
    import numpy as np  # for those who have it

    from .arrays.reader import WITHOUT, ArrayProgram, prepared
    from .passes.batch import Kind, batched

    width, outputs, guarded = tape.inputs - captured, len(tape.outputs), bool(tape.guards)
    kinds: list[Kind] = [*["sample"] * width, *["uniform"] * captured]  # type: ignore[list-item]
    if not outputs or not WITHOUT.isdisjoint(tape.names):
        return None
    program = ArrayProgram(batched(prepared(tape), kinds, summed=False), by_sample=True, fast=fast)

    def run(x: Any, at: Any, pool: list[float], slopes: bool) -> Answers:
        rows = np.frombuffer(x).reshape(-1, width)
        rows = rows if at is None else rows[np.asarray(at)]
        answer = program.value_and_grad(pool, rows) if slopes else program.value(pool, rows)
        results = answer[0] if slopes or guarded else answer
        left = (np.asarray(answer[-1]) + 1).tolist() if guarded else []
        values = np.column_stack([np.broadcast_to(r, (len(rows),)) for r in results]) if outputs > 1 else np.array(results)
        return Answers(_as_array(values), _as_array(answer[2]) if slopes else None, left if any(left) else ())

    return run


def _as_array(numbers: Any) -> "array[float]":
    found = array("d")
    found.frombytes(numbers.astype(float).tobytes())
    return found


def _by_text(variant: Variant, x: Any, at: Any, captured: list[float], slopes: bool) -> Answers:
    """The answers by the reader of one input."""
    width, outputs = variant.tape.inputs - len(captured), len(variant.tape.outputs)
    every = memoryview(x).cast("B").cast("d")
    values, bars, left = array("d"), array("d"), array("i")
    for row in range(len(every) // width) if at is None else at:
        numbers = [*every[row * width : (row + 1) * width], *captured]
        try:
            if slopes:
                found, bar = variant.reader.gradient(numbers)
                bars.extend(bar[:width])
            else:
                found = variant.reader.value(numbers)
            values.extend(found)
            left.append(0)
        except exact.Left as gone:
            left.append(1 + gone.guard)
            values.extend([0.0] * outputs)
            bars.extend([0.0] * width if slopes else [])
    return Answers(values, bars if slopes else None, left if any(left) else ())
