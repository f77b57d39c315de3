"""The rows of any number of operands in C: each formula becomes loops over the operands.

A formula is read with one operand that stands for all of them. Whatever is computed from it is computed for each; a sum, a
maximum or a norm makes one number of all, by a loop of its own.

    static double rule_mean(const double *x, ptrdiff_t n, double *d) {         the function for the row of mean
        Sum s0 = {0.0, 0.0, 0.0};
        for (ptrdiff_t i = 0; i < n; i++)
            add_term(&s0, x[i]);
        ...

Such a function returns nan if it does not know the last bit of a sum; the nodes then ask the table.
"""

from collections.abc import Callable
from typing import Any

from .c_rules import TRUTHS, WRITTEN, CReader, NoRuleError, Term, number_text
from .table import Primitive

_REDUCTIONS = ("sum", "maximum", "minimum", "norm")
_LOOP = "for (ptrdiff_t i = 0; i < n; i++) {{\n        {}\n    }}"


class _Reader(CReader):
    """Notes operations; the reductions keep their names as templates."""

    def __init__(self) -> None:
        super().__init__(WRITTEN)
        for name in _REDUCTIONS:
            self.__dict__[name] = self._reduction(name)

    def _reduction(self, name: str) -> Callable[..., Term]:
        return lambda *us: self.note(name, *us)

    def count(self, us: Any) -> Any:  # noqa: ARG002 - one stands for all
        """The number of operands."""
        return Term(self, "(double)n", ())

    def others(self, us: Any) -> Any:  # noqa: ARG002
        """The products of prod's partials: they need exact digits."""
        raise NoRuleError("others")


class _Loops:
    """The statements of a function, in order; every operation is a variable."""

    def __init__(self, each: Term) -> None:
        self.lines: list[str] = []
        self._each = each
        self._names: dict[Term, str] = {}

    def _varies(self, term: Any) -> bool:
        if not isinstance(term, Term):
            return False
        return term is self._each or (term.template not in _REDUCTIONS and any(map(self._varies, term.operands)))

    def text(self, term: Any) -> str:
        """A number that is the same for all operands."""
        if not isinstance(term, Term):
            return number_text(float(term))
        if not term.operands:
            return term.template
        if term not in self._names:
            texts = [] if term.template in _REDUCTIONS else [self.text(operand) for operand in term.operands]
            name = f"t{len(self._names)}"
            if term.template in _REDUCTIONS:
                self._reduce(term, name)
            else:
                self.lines.append(_variable(term, name, texts))
            self._names[term] = name
        return self._names[term]

    def for_each(self, term: Any, body: list[str], names: dict[Term, str]) -> str:
        """A number of one operand; the statements that it needs inside the loop are added to `body`."""
        if not self._varies(term):
            return self.text(term)
        if term is self._each:
            return term.template
        if term not in names:
            texts = [self.for_each(operand, body, names) for operand in term.operands]
            names[term] = f"u{len(names)}"
            body.append(_variable(term, names[term], texts))
        return names[term]

    def _reduce(self, term: Term, name: str) -> None:
        body: list[str] = []
        names: dict[Term, str] = {}
        texts = [(self._varies(u), self.for_each(u, body, names)) for u in term.operands]
        of_each = [text for varies, text in texts if varies]
        if term.template == "sum":
            once = [text for varies, text in texts if not varies]
            loop = _LOOP.format("\n        ".join([*body, *(f"add_term(&s_{name}, {text});" for text in of_each)]))
            self.lines += [f"Sum s_{name} = {{0.0, 0.0, 0.0}};", loop, *(f"add_term(&s_{name}, {text});" for text in once)]
            self.lines += [f"double {name};", f"if (!rounded(&s_{name}, &{name}))\n        return NAN;"]
        elif of_each != [self._each.template] or len(texts) > 1:
            raise NoRuleError(term.template)
        elif term.template == "norm":
            self.lines.append(f"const double {name} = python_norm(x, n);")
        else:  # the first of equals, as Python's max and min have it; nan if there is one
            sign = ">" if term.template == "maximum" else "<"
            choose = f"if (x[i] != x[i])\n            return NAN;\n        if (x[i] {sign} {name})\n            {name} = x[i];"
            self.lines += [f"double {name} = x[0];", _LOOP.format(choose)]


def _variable(term: Term, name: str, texts: list[str]) -> str:
    kind = "int" if any(sign in term.template for sign in TRUTHS) else "double"
    return f"const {kind} {name} = {term.template.format(*texts)};"


def loops(row: Primitive) -> str:
    """The rule of a row of any number of operands as a C function.

    Raises:
        NoRuleError: it needs a function that C lacks, or tells its operands apart.
    """
    reader = _Reader()
    each = Term(reader, "x[i]", ())
    out = row.value(reader, each)
    given = row.partials(reader, out, each)
    if len(given) != 1:
        raise NoRuleError(row.name)
    written = _Loops(each)
    returned = written.text(out)
    body: list[str] = []
    partial = written.for_each(given[0], body, {})
    statements = [*written.lines, _LOOP.format("\n        ".join([*body, f"d[i] = {partial};"])), f"return {returned};"]
    inside = "\n    ".join(statements)
    return f"static double rule_{row.name}(const double *x, ptrdiff_t n, double *d) {{\n    {inside}\n}}\n"
