"""A big program with alike terms, called with one input: its terms are lanes of the compiled interpreter, with the word 'fast'.

A cost over many samples written as one function, a portfolio of many alike contracts: in the interpreter of one input they take
some six nanoseconds an operation, in lanes one or two. The order of sums is another one, so this is not for calls that promise
the engine's bits.
"""

import importlib.util
from collections.abc import Sequence
from typing import Any

from .native.kernel import INTERPRETER
from .rows import Bits
from .variants import Variant
from .written import Results, Written

BIG = 2000  # operations: below, the interpreter of one input is as quick
ALIKE = 16.0  # lanes on average, from which on they pay


class Rolling:
    """The reader that runs the alike terms of a tape side by side.

    Args:
        program: the rolled program, in the compiled interpreter.
    """

    def __init__(self, program: Any) -> None:
        self._program = program

    def value(self, numbers: Sequence[float]) -> Sequence[float]:
        """The outputs."""
        return self._program.value(numbers)  # type: ignore[no-any-return]

    def gradient(self, numbers: Sequence[float], before: Sequence[float] | None = None) -> Results:
        """The outputs, and the gradient of the first one by every input, added to what is there before."""
        value, bars = self._program.value_and_grad(numbers)
        return [value], (bars if before is None else bars + before).tolist()


def reader_of(variant: Variant, bits: Bits) -> Written | Rolling:
    """The reader of a variant for calls with these bits."""
    if bits != "fast" or variant.tape.guards or len(variant.tape) - variant.tape.inputs < BIG or not variant.single:
        return variant.reader
    if "rolling" not in variant.many:
        variant.many["rolling"] = _rolling(variant)
    return variant.many["rolling"] or variant.reader


def _rolling(variant: Variant) -> Rolling | None:
    if INTERPRETER.module is None or not importlib.util.find_spec("numpy"):
        return None
    from .arrays.reader import WITHOUT, rolled_of  # NumPy is needed to find the terms
    from .laned import Laned, can_run

    if not WITHOUT.isdisjoint(variant.tape.names):
        return None
    program = rolled_of(variant.tape)
    sizes = [len(section.body) - section.body.inputs for section in program.sections]
    scalars = sum([size * section.lanes for size, section in zip(sizes, program.sections, strict=True)])
    if scalars < ALIKE * sum(sizes) or not can_run(program):
        return None
    return Rolling(Laned(program, fast=True))
