"""The rows of the table as opcodes: `make stubs` writes them into c/rows.h, for the interpreter of tapes.

A row that has a rule in C (`primitives/c_rules.py`) becomes an opcode. Its partials are either *cheap*, which means that the
reverse sweep computes them again from the numbers of the operands and of the result, or *dear*, which means that the forward
sweep keeps them: tanh's cost two exponentials. Rows without a rule are asked of the table, one by one.
"""

import re
from collections.abc import Iterator

from ...primitives.c_rules import CReader, NoRuleError, Term, Written
from ...primitives.table import TABLE, Primitive

_DEAR = re.compile(
    r"\b(exp|exp2|expm1|log|log2|log10|log1p|sin|cos|tan|asin|acos|atan|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|atan2|fmod"
    r"|ieee_pow|ieee_floordiv|ieee_mod)\("
)

_HEAD = """/* Written by autograd/replay/native/c_rows.py from the table of primitives: change that, not this.

partials_NAME(x, out, d) puts the partials of a row into d, from its operands x and its number. The lists name the rows that
have a rule in C, by how many operands they have and by whether their partials are computed again (CHEAP) or kept (DEAR). */

#ifndef STEPGRAD_ROWS_H
#define STEPGRAD_ROWS_H

#include "../../../c/rules.h"
"""


def partials_of(row: Primitive, reader: CReader) -> tuple[list[Term], Term, list[object]]:
    """The operands of a row as terms, its result as a term with a name, and its partials over both.

    Raises:
        NoRuleError: they need a function that C lacks.
    """
    us = [Term(reader, f"x[{i}]", ()) for i in range(row.arity)]
    out = Term(reader, "out", ())
    return us, out, list(row.partials(reader, out, *us))


def _partials(row: Primitive) -> str:
    """The partials of a row as a C function."""
    us, out, given = partials_of(row, CReader())
    written = Written(given, {})
    lines = []
    for i, partial in enumerate(given):
        text = written.text(partial, inside=False)
        lines += [*written.taken(), f"d[{i}] = {text};"]
    unused = ([] if any(u in written.uses for u in us) else ["(void)x;"]) + ([] if out in written.uses else ["(void)out;"])
    body = "\n    ".join([*([" ".join(unused)] if unused else []), *lines])
    return f"static inline void partials_{row.name}(const double *x, double out, double *d) {{\n    {body}\n}}\n"


def rows_in_c() -> Iterator[tuple[Primitive, str, bool]]:
    """Every row with a rule in C, its partials as a function, and True if they are dear."""
    for row in TABLE.values():
        if row.variadic:
            continue
        reader = CReader()
        try:
            row.value(reader, *[Term(reader, f"x[{i}]", ()) for i in range(row.arity)])
            text = _partials(row)
        except NoRuleError:
            continue
        yield row, text, bool(_DEAR.search(text))


def rows() -> str:
    """The whole of rows.h."""
    lists: dict[str, list[str]] = {f"{cost}_{n}": [] for n in (1, 2, 3) for cost in ("CHEAP", "DEAR")}
    functions = []
    for row, text, dear in rows_in_c():
        lists[f"{'DEAR' if dear else 'CHEAP'}_{row.arity}"].append(row.name)
        if not dear:
            functions.append(text)
    named = [f"#define {name}(_) {' '.join(f'_({row})' for row in rows)}".rstrip() for name, rows in lists.items()]
    return "\n".join([_HEAD, *functions, *named, "\n#endif\n"])
