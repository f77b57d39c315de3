"""The rows of the table on vectors: `make stubs` writes them into c/lane_rows.h, for the interpreter of many lanes.

It is the reader of `primitives/c_rules.py` with other words: a condition is a mask, a choice computes both sides, and the
elementary functions are those of c/vectors.h. What value and partial share is computed once: exp(-|u|) and exp(-|-u|) are one
exponential, because |-u| is |u|.
"""

from ...primitives.c_rules import CReader, NoRuleError, Term, Written, number_text
from ...primitives.table import TABLE, Primitive

_OWN = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc floor
    ceil trunc abs sign
"""
_OWN_2 = "atan2 copysign fmod pow floordiv mod hypot"
_WORDS = {name: f"v_{name}({{}})" for name in _OWN.split()} | {name: f"v_{name}({{}}, {{}})" for name in _OWN_2.split()}
_WORDS |= {"div": "{} / {}", "where": "sel({}, {}, {})"}

# Rows whose number and partial share more than the reader sees: the statements that give both.
_TOGETHER = {"tanh": "return v_tanh_and_slope(x[0], &d[0]);"}

_HEAD = """/* Written by autograd/replay/native/lane_rows.py from the table of primitives: change that, not this.

lane_NAME(x, d) is the number of a row for vectors of its operands x, and puts its partials into d; again_NAME(x, out, d) puts
them into d, where they are computed again in the reverse sweep. NEEDS_NAME says what again_NAME reads: bit k for operand k,
bit 3 for the result. */

#ifndef STEPGRAD_LANE_ROWS_H
#define STEPGRAD_LANE_ROWS_H

#include "vectors.h"
"""


def _splat(x: float) -> str:
    return f"SPLAT({number_text(x)})"


class LaneReader(CReader):
    """The reader that writes vectors."""

    def __init__(self) -> None:
        super().__init__(_WORDS)
        absolute = self.__dict__["abs"]

        def of_size(u: object) -> object:
            """The size of a term: the sign of what it is made of does not matter."""
            if isinstance(u, Term) and u.template == "-{}":
                return of_size(u.operands[0])
            if isinstance(u, Term) and u.template == "{} * {}" and isinstance(u.operands[0], float):
                return absolute(self.note("{} * {}", abs(u.operands[0]), u.operands[1]))
            return absolute(u)

        self.__dict__["abs"] = of_size


def _operands(reader: CReader, row: Primitive) -> list[Term]:
    return [Term(reader, f"x[{i}]", ()) for i in range(row.arity)]


def _statements(written: Written, given: list[object]) -> list[str]:
    lines = []
    for i, partial in enumerate(given):
        text = written.text(partial, inside=False)
        lines += [*written.taken(), f"d[{i}] = {text};"]
    return lines


def _function(head: str, lines: list[str]) -> str:
    body = "\n    ".join(lines).replace("&&", "&").replace("||", "|")
    return f"static inline {head} {{\n    {body}\n}}\n"


def _together(row: Primitive) -> str:
    """The number and the partials of a row."""
    head = f"vec lane_{row.name}(const vec *x, vec *d)"
    if row.name in _TOGETHER:
        return _function(head, [_TOGETHER[row.name]])
    reader = LaneReader()
    us = _operands(reader, row)
    out = row.value(reader, *us)
    given = list(row.partials(reader, out, *us))
    written = Written([out, *given], {out: "out"}, "vec", "mask", _splat)
    returned = written.text(out, inside=False)
    lines = [*written.taken(), *_statements(written, given), f"return {returned};"]
    return _function(head, lines if any(u in written.uses for u in us) else ["(void)x;", *lines])


def _again(row: Primitive) -> tuple[str, int]:
    """The partials from operands and result, and what they need."""
    reader = LaneReader()
    us, out = _operands(reader, row), Term(reader, "out", ())
    given = list(row.partials(reader, out, *us))
    written = Written(given, {}, "vec", "mask", _splat)
    lines = _statements(written, given)
    unused = ([] if any(u in written.uses for u in us) else ["(void)x;"]) + ([] if out in written.uses else ["(void)out;"])
    needs = sum((term in written.uses) << bit for bit, term in ((0, us[0]), *enumerate(us[1:], 1), (3, out)))
    return _function(f"void again_{row.name}(const vec *x, vec out, vec *d)", [*unused, *lines]), needs


def _is_dear(text: str) -> bool:
    return any(
        f"v_{name}(" in text for name in (*_OWN.split(), *_OWN_2.split()) if name not in ("abs", "sign", "sqrt", "copysign")
    )


def lane_rows() -> str:
    """The whole of lane_rows.h."""
    lists: dict[str, list[str]] = {f"LANE_{cost}_{n}": [] for n in (1, 2, 3) for cost in ("CHEAP", "DEAR")}
    functions = []
    for row in TABLE.values():
        if row.variadic:
            continue
        try:
            together, (again, needs) = _together(row), _again(row)
        except NoRuleError:
            continue
        dear = _is_dear(again)
        functions.append(together)
        if not dear:
            functions += [again, f"#define NEEDS_{row.name} {needs}\n"]
        lists[f"LANE_{'DEAR' if dear else 'CHEAP'}_{row.arity}"].append(row.name)
    named = [f"#define {name}(_) {' '.join(f'_({row})' for row in rows)}".rstrip() for name, rows in lists.items()]
    return "\n".join([_HEAD, *functions, *named, "\n#endif\n"])
