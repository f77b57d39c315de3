"""Write `autograd/_generated.pyi`: the types of the functions and methods that are made from the table of primitives.

Type checkers and editors cannot see what is made at import time. This stub tells them; `make stubs` writes it again after
a row was added, and a test fails until that is done.
"""

import pathlib

import autograd
from autograd import functions
from autograd.primitives import TABLE, Primitive

PATH = pathlib.Path(autograd.__file__).with_name("_generated.pyi")

HEADER = """# Written by `make stubs` from the table of primitives. Do not edit.
from typing import Any, Self, overload

from .value import Value

class Methods:
"""


def _parameters(row: Primitive, first: str) -> str:
    names = row.operand_names
    required = len(names) - len(row.defaults)
    rest = [f"{n}: Any" + (f" = {row.defaults[i - required]!r}" if i >= required else "") for i, n in enumerate(names)]
    rest = [r.replace("= -inf", "= ...").replace("= inf", "= ...") for r in rest]
    return ", ".join([first, *rest[1:]]) if not row.variadic else f"{first}, *us: Any"


def stub() -> str:
    """The text of the stub."""
    rows = [row for row in TABLE.values() if row.method]
    lines = [HEADER]
    for row in rows:
        lines += [f"    def {name}({_parameters(row, 'self')}) -> Self: ...\n" for name in (row.name, *row.aliases)]
    lines.append("    def rint(self) -> Self: ...\n\n")
    for name, function in functions.made_from_table().items():
        row = TABLE[function.__name__]
        u = row.operand_names[0]
        lines.append(f"@overload\ndef {name}({_parameters(row, f'{u}: Value')}) -> Value: ...\n")
        lines.append(f"@overload\ndef {name}({_parameters(row, f'{u}: float')}) -> float: ...\n")
    return "".join(lines)


if __name__ == "__main__":
    PATH.write_text(stub(), encoding="utf-8")
    print(f"wrote {PATH.name}: {stub().count('def ')} definitions")
