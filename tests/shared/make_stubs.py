"""Write `autograd/_generated.pyi`: the types of the functions and methods that are made from the table; and what is in C.

Type checkers and editors cannot see what is made at import time. This stub tells them; `make stubs` writes it again after
a row was added, and a test fails until that is done.
"""

import pathlib
import re

import autograd
from autograd import functions
from autograd.primitives.c_header import rules
from autograd.primitives.table import TABLE, Primitive
from autograd.replay.native.c_rows import rows
from autograd.replay.native.lane_rows import lane_rows

PATH = pathlib.Path(autograd.__file__).with_name("_generated.pyi")
RULES = PATH.with_name("c") / "rules.h"
ROWS = PATH.with_name("replay") / "native" / "c" / "rows.h"

HEADER = """# Written by `make stubs` from the table of primitives. Do not edit.
from typing import Any, Self, overload

import numpy as np

from ._typed import Real, Untyped
from .value import Value

class Methods:
    # NumPy keeps a Value in arrays of objects; arithmetic with an array gives such an array.
    def __array__(self) -> np.ndarray[Any, np.dtype[np.object_]]: ...
    def __hash__(self) -> int: ...
"""

OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
SIGNS = ("neg", "abs", "floor", "ceil", "trunc")
COMPARISONS = ("lt", "le", "gt", "ge")


def _operands(row: Primitive, first: str, rest: str = "Real", value_at: int | None = None) -> str:
    """The parameters of a function or method: all `rest`, but for the first, and a `Value` at one place if asked for."""
    if row.variadic:
        return f"{first}, *us: {rest}"
    names = row.operand_names
    required = len(names) - len(row.defaults)
    parameters = [first]
    for i, name in enumerate(names[1:], start=1):
        default = f" = {row.defaults[i - required]!r}" if i >= required and i != value_at else ""
        if "inf" in default:
            default = " = ..."
        kind = "Value" if i == value_at else "Any" if default and rest == "Untyped" else rest
        parameters.append(f"{name}: {kind}{default}")
    return ", ".join(parameters)


def _function(name: str, row: Primitive, doc: str) -> list[str]:
    """The overloads of a function: a float of floats, a `Value` where any operand is one, else, of other numbers, a float.

    Floats come first: what a checker infers for `grad(exp)` and `map(exp, ...)` is the first overload that fits.
    """
    u = row.operand_names[0]
    signatures = [f"({_operands(row, f'{u}: float', 'float')}) -> float", f"({_operands(row, f'{u}: Value')}) -> Value"]
    for i in range(1, row.arity):
        given = _operands(row, f"{u}: Real", value_at=i)
        before, _, after = given.partition(f"{row.operand_names[i]}: Value")
        # A call without a trailing operand has no Value there: the operands before it are all given.
        signatures.append(f"({_without_defaults(before)}{row.operand_names[i]}: Value{after}) -> Value")
    signatures.append(f"({_operands(row, f'{u}: Real')}) -> float")
    signatures.append(f"({_operands(row, f'{u}: Untyped', 'Untyped')}) -> Any")
    lines = []
    for i, signature in enumerate(signatures):
        # A float and a Value are Reals too: checkers take the first overload that fits, which is what happens here.
        overlap = "  # type: ignore[overload-overlap]" if 0 < i < len(signatures) - 2 else ""
        lines.append(f"@overload\ndef {name}{signature}:{overlap}\n    {doc!r}\n")
    return lines


def _without_defaults(parameters: str) -> str:
    return re.sub(r" = [^,]+", "", parameters)


def stub() -> str:
    """The text of the stub."""
    rows = [row for row in TABLE.values() if row.method]
    lines = [HEADER]
    for name in OPERATORS:
        lines += [f"    def __{side}{name}__(self, other: Real, /) -> Self: ...\n" for side in ("", "r")]
    lines += [f"    def __{name}__(self) -> Self: ...\n" for name in SIGNS]
    lines += [f"    def __{name}__(self, other: Real, /) -> bool: ...\n" for name in COMPARISONS]
    for row in rows:
        doc = repr(row.doc)
        lines += [f"    def {name}({_operands(row, 'self')}) -> Self:\n        {doc}\n" for name in (row.name, *row.aliases)]
    lines.append(f"    def rint(self) -> Self:\n        {TABLE['round'].doc!r}\n\n")
    for name, function in functions.made_from_table().items():
        lines += _function(name, TABLE[function.__name__], function.__doc__)
    return "".join(lines)


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")
    print(f"wrote {PATH.name}: {stub().count('def ')} definitions")
    RULES.write_text(rules(), encoding="utf-8")
    print(f"wrote {RULES.name}: {rules().count('static inline double rule_')} rules")
    ROWS.write_text(rows(), encoding="utf-8")
    print(f"wrote {ROWS.name}: {rows().count('static inline void partials_')} cheap rows")
    LANE_ROWS = ROWS.with_name("lane_rows.h")
    LANE_ROWS.write_text(lane_rows(), encoding="utf-8")
    print(f"wrote {LANE_ROWS.name}: {lane_rows().count('static inline vec lane_')} rows")
