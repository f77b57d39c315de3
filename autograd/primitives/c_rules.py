"""The rows of the table in C, for the compiled nodes: c_header.py writes them into c/rules.h.

This reader does not compute: it notes every operation of a formula as a term, and writes the terms down as C. A term that is
used once stands where it is used, so that a branch which is not taken is not computed; one that is used twice gets a variable.
They are the same operations on the same doubles in the same order as FLOAT's, so the numbers are the same bit for bit.

    static inline double rule_expm1(const double *x, double *d) {         the function for the row of expm1
        const double out = expm1(x[0]);
        d[0] = exp(x[0]);
        return out;
    }

Rows that need functions that C lacks or computes otherwise (round, the gamma function, exact products) have no rule there: the
nodes ask the table. They also ask it if a number is nan, whose sign C leaves open. Python's own hypot, and the digits of gelu,
are called as Python objects by rules that only the nodes have. Rows of any number of operands are in c_loops.py.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .readers import FLOAT, NATIVES, Reader
from .table import Primitive

# The functions of C's library with the results of `math`, of one operand and of two.
_ONE = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc floor
    ceil trunc
"""
_TWO = "atan2 copysign fmod remainder"
# The text of the others. A condition is a truth value, as in C.
WRITTEN = {"div": "{} / {}", "where": "{} ? {} : {}", "abs": "fabs({})", "sign": "ieee_sign({})", "pow": "ieee_pow({}, {})",
            "floordiv": "ieee_floordiv({}, {})", "mod": "ieee_mod({}, {})"}  # fmt: skip
WRITTEN |= {name: f"{name}({{}})" for name in _ONE.split()} | {name: f"{name}({{}}, {{}})" for name in _TWO.split()}

TRUTHS = ("<", ">", "==", "!=", "&&", "||")  # in the text of a condition


# Functions of Python that rules call: their numbers are not those of C's library, or are looked up in tables.
_PYTHONS = {"hypot": "python_hypot({}, {})", "gelu_apart": "python_unary(py_gelu_apart, {})",
            "gelu_slope_apart": "python_unary(py_gelu_slope_apart, {})"}  # fmt: skip


class NoRuleError(Exception):
    """A row cannot be written in C."""


class Term:
    """An operation that has been noted."""

    __hash__ = object.__hash__

    def __init__(self, writer: "CReader", template: str, operands: tuple[Any, ...]) -> None:
        self.writer, self.template, self.operands = writer, template, operands

    def __neg__(self) -> "Term":
        return self.writer.note("-{}", self)

    def __int__(self) -> int:  # some formulas depend on the number of an operand, like round
        raise NoRuleError(self.template)

    __bool__ = __int__

    def __eq__(self, other: object) -> Any:
        return self.writer.note("{} == {}", self, other)

    def __ne__(self, other: object) -> Any:
        return self.writer.note("{} != {}", self, other)


def _operator(template: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    return lambda a, b: a.writer.note(template, *((b, a) if reflected else (a, b)))


for _sign, _name in (("+", "add"), ("-", "sub"), ("*", "mul")):
    setattr(Term, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))
    setattr(Term, f"__r{_name}__", _operator(f"{{}} {_sign} {{}}", reflected=True))
for _sign, _name in (("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge"), ("&&", "and"), ("||", "or")):
    setattr(Term, f"__{_name}__", _operator(f"{{}} {_sign} {{}}"))


class CReader(Reader):
    """The reader that notes operations, and writes them as C.

    Args:
        templates: the text of every function that may be called, with a pair of braces per operand.
    """

    def __init__(self, templates: dict[str, str] = WRITTEN) -> None:
        self._templates = templates
        natives = {name: self._native(name) for name in NATIVES}
        super().__init__(natives)
        self._known: dict[Any, Term] = {}

    def _native(self, name: str) -> Callable[..., Any]:
        def native(*us: Any) -> Any:
            if not any(isinstance(u, Term) for u in us):
                return getattr(FLOAT, name)(*us)
            if name not in self._templates:
                raise NoRuleError(name)
            return self.note(self._templates[name], *us)

        return native

    def note(self, template: str, *us: Any) -> Term:
        """The term of an operation, the same one for the same operation."""
        key = (template, *(id(u) if isinstance(u, Term) else repr(float(u)) for u in us))
        if key not in self._known:
            self._known[key] = Term(self, template, us)
        return self._known[key]


def number_text(x: float) -> str:
    """A constant in C."""
    if x != x:
        return "NAN"
    if x - x != 0.0:
        return "INFINITY" if x > 0.0 else "-INFINITY"
    return repr(x)


class Written:
    """The results of a formula as C: what is used twice becomes a variable.

    Args:
        results: the terms and numbers that are wanted.
        names: terms that have a name already, or shall have one however often they are used.
        double, truth: the types of a number and of a truth value.
        number: the text of a constant.
    """

    def __init__(
        self,
        results: Sequence[Any],
        names: "dict[Term, str]",
        double: str = "double",
        truth: str = "int",
        number: Callable[[float], str] = number_text,
    ) -> None:
        self.lines: list[str] = []
        self._wanted, self._double, self._truth, self._number = names, double, truth, number
        self._names: dict[Term, str] = {}
        self.uses: dict[Term, int] = {}
        for result in results:
            self._count(result)

    def _count(self, term: Any) -> None:
        if isinstance(term, Term):
            self.uses[term] = self.uses.get(term, 0) + 1
            if self.uses[term] == 1:
                for operand in term.operands:
                    self._count(operand)

    def text(self, term: Any, inside: bool = True) -> str:
        """A term or number written down; the variables it needs are added to `lines`."""
        if not isinstance(term, Term):
            return self._number(float(term))
        if not term.operands:
            return term.template
        if term in self._names:
            return self._names[term]
        written = term.template.format(*[self.text(operand) for operand in term.operands])
        if self.uses[term] > 1 or term in self._wanted:
            name = self._names[term] = self._wanted.get(term, f"t{len(self._names)}")
            kind = self._truth if any(sign in term.template for sign in TRUTHS) else self._double
            self.lines.append(f"const {kind} {name} = {written};")
            return name
        return f"({written})" if inside and not term.template.endswith(")") else written

    def taken(self) -> list[str]:
        """The lines since the last time."""
        lines = self.lines[:]
        self.lines.clear()
        return lines


def function(row: Primitive, templates: dict[str, str] = WRITTEN | _PYTHONS) -> str:
    """The rule of a row as a C function.

    Args:
        templates: the functions that it may call; see `CReader`.

    Raises:
        NoRuleError: it needs a function that C lacks.
    """
    reader = CReader(templates)
    us = [Term(reader, f"x[{i}]", ()) for i in range(row.arity)]
    out = row.value(reader, *us)
    given = row.partials(reader, out, *us)
    written = Written([out, *given], {out: "out"})

    def statements() -> Iterator[str]:
        returned = written.text(out, inside=False)
        yield from written.taken()
        for i, partial in enumerate(given):
            text = written.text(partial, inside=False)
            yield from written.taken()
            yield f"d[{i}] = {text};"
        yield f"return {returned};"

    body = "\n    ".join(statements())
    unused = "" if us and any(u in written.uses for u in us) else "(void)x;\n    "
    return f"static inline double rule_{row.name}(const double *x, double *d) {{\n    {unused}{body}\n}}\n"
