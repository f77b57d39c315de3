"""Mathematics in a line: an operation by its operands, and a step of a loop by what the step before left.

`a − 1` is what hovering over a box says, `h ← tanh(w × h + u × xₜ)` what a loop says of itself.
"""

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from autograd.primitives.readers import TEXT, Expr
from autograd.primitives.table import UNKNOWN, Primitive

from .. import style
from ..formulas.notation import Algebra
from ..names import parsed
from .graph import Graph
from .tree import stem

TERMS = 8  # operands that are named
MANY = 200  # more operations are not looked at for what their operands have in common
_WORD = re.compile(r"\w+")
_PLACES = [chr(0xE000 + n) for n in range(TERMS)]  # letters of no name
_PATTERNS: dict[tuple[int, int], tuple[Primitive, str]] = {}  # with its row, so that no other gets its id
SHORT = 16  # letters of an operand in the title of a box
LONGEST, MOST = 56, 3  # characters of a line, and lines: a longer rule says no more than its operations do
LETTERS = "hsuvpq"  # for what nobody gave a name


class _Print(Algebra):
    """A writer of formulas with the numbers of pictures."""

    def number(self, x: float) -> Expr:
        text = style.number(x)
        return Expr(self, text, 3 if "−" in text else 9)


PRINT: Final = _Print(TEXT)


def rules_of(
    graph: Graph, steps: Sequence[Sequence[int]], out: Collection[int] = (), seen: Callable[[int], str] | None = None
) -> list[str]:
    """The mathematics of a step, one line for each number that it leaves to the next; none if that cannot be said in short.

    Args:
        steps: the nodes of each step, those that are the same in each step at the same places.
        out: nodes of the steps that others use; what most steps give out has a line as well. The lines are read one after the
            other: in those behind the rules names mean what the step has made of them, in those before what it was given.
        seen: as in `ordered`: what is not seen alone goes by a letter. By default everything goes by its number.

    Example:
        >>> from autograd import Value, sin
        >>> from .graph import graph_of
        >>> graph = graph_of(sin(sin(sin(Value(1.0, label="x_0")))))
        >>> rules_of(graph, [[1], [2], [3]]), rules_of(graph, [[1], [2], [3]], {1, 2, 3})
        (['x ← sin(x)'], ['x ← sin(x)', 'out x'])
    """
    body = _Body(graph, steps, seen or graph.number)
    if len(body.carried) > MOST or not body.last_only or any(graph.row[i] is UNKNOWN for i in steps[-1]):
        return []
    lines = _in_order(body)
    if not lines:
        return []
    given_out = [n for n in range(len(steps[-1])) if 2 * sum(step[n] in out for step in steps) > len(steps)]
    return [style.printed(line) for line in _with_outs(lines, given_out, body.formulas(), body.formulas(body.carried))]


def _in_order(body: "_Body") -> list[str]:
    """A line for each number that is carried; none if one is too long.

    They are read one after the other, so that names in front mean what the step has made of them already: p ← p − q, then
    q ← q + p. Where no order is right all lines are of what was given, and say so: next a ← b, next b ← a + b.
    """
    names = {n: style.name(name) for n, name in body.name_of.items()}
    found: list[list[str]] = []
    for order in itertools.permutations(body.carried):
        formulas = [body.formulas(order[:k])[n] for k, n in enumerate(order)]
        if all(formula is not None for formula in formulas):
            found.append([f"{names[n]} ← {formula}" for n, formula in zip(order, formulas, strict=True)])
    if found:
        return min(found, key=lambda lines: sum(map(len, lines)))
    for brief in (False, True):
        given = body.formulas(brief=brief)
        if all(given[n] is not None and (not brief or _has_one_of(names, given[n])) for n in body.carried):
            return [f"next {names[n]} ← {given[n]}".removeprefix("next " * (len(names) == 1)) for n in body.carried]
    return []


def _has_one_of(names: Mapping[int, str], formula: Expr | None) -> bool:
    """True if a formula still says what it does with a number that is carried."""
    return formula is not None and any(name in re.split(r"[ ()]", formula.text) for name in names.values())


def _with_outs(
    lines: Sequence[str], given_out: Sequence[int], given: Sequence[Expr | None], made: Sequence[Expr | None]
) -> list[str]:
    """The rules of a step with what it gives out, as many as fit, and how many more there are.

    Args:
        given_out: the places in the body.
        given, made: the formulas there, by what the step was given and by what it has made.
    """
    named = [n for n in given_out if made[n] is not None or given[n] is not None][:MOST]
    before = [f"out {given[n]}" for n in named if made[n] is None]
    after = [f"out {made[n]}" for n in named if made[n] is not None]
    if more := len(given_out) - len(named):
        after.append(f"out {more} more" if named else f"out {style.counted(more, 'value')}")
    return [*before, *lines, *after]


def ordered(graph: Graph, alike: Sequence[int], seen: Callable[[int], str]) -> str:
    """An operation with its operands in their order, 'a − v3', where they may not change places; '' where they may.

    Constants that have no boxes of their own are in it in any case: those of a block, and the 0 that `sum` begins with.

    Args:
        alike: the nodes of a box; of several the operands have what their names have in common: 'xᵢ − tᵢ'.
        seen: a function of a node without a name: what it is called in the picture, '' if it is not seen alone.

    Example:
        >>> from autograd import Value
        >>> from .graph import graph_of
        >>> graph = graph_of((Value(2.0, label="a") * 3.0) / Value(1.0, label="customer_lifetime_value") - 1.0)
        >>> [ordered(graph, [i], graph.number) for i in range(2, 5)], ordered(graph, [4], lambda _: "")
        (['', 'v2 / customer…value', 'v3 − 1'], '… − 1')
    """
    row = graph.row[alike[0]]
    if len(alike) > MANY or any(graph.row[i] is not row for i in alike):
        return ""
    operands = [graph.operands_of(i) for i in alike]
    constants = [o for o in operands[0] if isinstance(o, float)]
    has_constants = bool(constants) and (len(alike) > 1 or not all(constants))  # of a block, and 0 of a sum, there are no boxes
    if not has_order(row, len(operands[0]), has_constants):
        return ""
    names: list[str] = []
    for place, column in enumerate(zip(*operands, strict=True)):
        name = _operand(graph, column, seen, "i")
        if name in names and "…" in name and isinstance(column[0], int) and operands[0].index(column[0]) == place:
            name = seen(column[0])  # another one, whose name is shortened to the same
        names.append(_operand(graph, column, seen, "j") if name in names else name or "…")
    if set(names) == {"…"}:
        return ""
    return style.printed(PRINT.write(row, *[Expr(PRINT, name, 3 if name[0] == "−" else 9) for name in names]))


def has_order(row: Primitive, operands: int, commuted: bool = False) -> bool:
    """True if an operation of so many operands is titled with them: they may not change places, or it is a sign, −x.

    Args:
        commuted: True to take those that may.
    """
    if row is UNKNOWN or row.variadic:
        return False
    if operands == 1:
        return row.text == "-{}"
    return 2 <= operands <= 3 and (commuted or not row.commutes)


def _operand(graph: Graph, column: Sequence[int | float], seen: Callable[[int], str], index: str) -> str:
    """The name of an operand, or of those at one place of several operations, where an index stands for their numbers.

    '…' if there is none; of nodes that one function made, its name.
    """
    first, nodes = column[0], [o for o in column if isinstance(o, int)]
    if isinstance(first, float):
        several = "…" if nodes else style.name(f"c_{index}")
        return style.number(first) if column.count(first) == len(column) else several
    if len(nodes) < len(column):
        return "…"
    labels, ops = {graph.called(o) for o in nodes}, {graph.op[o] for o in nodes}
    if nodes.count(first) == len(nodes):
        name = style.name(graph.name(first)) if graph.called(first) else seen(first)
    elif len(labels) == 1 and "" not in labels:
        name = style.name(labels.pop())
    else:
        name = style.name(_series([graph.called(o) for o in nodes], index))
        name = "" if "{" in name else name or "".join(op for op in ops if len(ops) == 1 and op.isidentifier())
    return style.shortened(name, SHORT) or "…"


def formula_of(graph: Graph, i: int) -> str:
    """An operation in a line of mathematics, with its operands by their names: 'a − 1'; '' for a leaf, 'sum of 31' for many.

    Example:
        >>> from autograd import Value
        >>> from .graph import graph_of
        >>> formula_of(graph_of(Value(2.0, label="a") - 1.0), 1)
        'a − 1'
    """
    if graph.is_leaf(i):
        return ""
    operands = graph.operands_of(i)
    if graph.row[i] is UNKNOWN or len(operands) > TERMS:
        return f"{graph.op[i]} of {len(operands):,}"
    called = [o if isinstance(o, float) else style.name(graph.name(o)) for o in operands]
    if all(isinstance(name, str) and _WORD.fullmatch(name) for name in called):
        formula = _pattern(graph.row[i], len(called))
        for place, name in zip(_PLACES, called, strict=False):
            formula = formula.replace(place, str(name))
        return formula
    names = [PRINT.number(name) if isinstance(name, float) else PRINT.symbol(name) for name in called]
    return style.printed(PRINT.write(graph.row[i], *names))


def _pattern(row: Primitive, operands: int) -> str:
    """The formula of an operation of words, with a sign at the place of each: most operations are asked for again and again."""
    key = id(row), operands
    if key not in _PATTERNS:
        _PATTERNS[key] = row, style.printed(PRINT.write(row, *map(PRINT.symbol, _PLACES[:operands])))
    return _PATTERNS[key][1]


class _Body:
    """The body of a loop, and the names in it."""

    def __init__(self, graph: Graph, steps: Sequence[Sequence[int]], seen: Callable[[int], str]) -> None:
        self.graph, self.steps, self.seen = graph, steps, seen
        # Of the nodes in the steps, those that are operands at the ends of the loop: their places in the body, and their steps.
        looked = {o for t in (0, 1, -2, -1) for v in steps[t] for o in graph.parents(v)}.union(steps[-1])
        places = {v: (n, t) for t, step in enumerate(steps) for n, v in enumerate(step) if v in looked}
        self.at = {v: n for v, (n, _) in places.items()}
        self.step = {v: t for v, (_, t) in places.items()}
        used = [(o, v) for v in steps[-1] for o in graph.operands_of(v) if isinstance(o, int) and o in self.at]
        self.carried = sorted({self.at[o] for o, v in used if self.step[o] < self.step[v]})
        self.last_only = all(self.step[v] - self.step[o] <= 1 for o, v in used)  # nothing is left to the step after the next
        self.taken = {graph.name(o) for o in self.given()}
        self.streams: dict[tuple[int | float, ...], str] = {}
        self.unseen: dict[int, str] = {}
        self.bases: set[str] = set()  # of the streams
        for n in range(len(steps[-1])):
            self.name_streams(n)
        wanted = [self.wanted(n) for n in self.carried]
        short, long = ([names[k] for names in wanted] for k in (0, 1))
        if all(long) and len(set(long)) == len(long) > len(set(short)):
            short = long  # the numbers of a state keep those of their names
        self.name_of: dict[int, str] = {}
        for n, name in zip(self.carried, short, strict=True):
            several = short.count(name) > 1 and name
            self.name_of[n] = self.new_name(f"{name}_{len(self.name_of) + 1}" if several else name)

    def given(self) -> set[int]:
        """The nodes outside that every step uses."""
        used = [{o for v in self.steps[t] for o in self.graph.parents(v)} for t in (-2, -1)]
        return {o for o in set.intersection(*used) if o not in self.at}

    def wanted(self, n: int) -> tuple[str, str]:
        """The name of what is carried: without an index, and with what stays the same of it."""
        labels = [self.graph.label[step[n]] for step in self.steps]
        bases = set(map(_base, set(labels)))
        if len(bases) == 1 and "" not in bases:
            return bases.pop(), _series(labels, "")
        given = {
            self.graph.called(first)
            for v, later in zip(self.steps[0], self.steps[1], strict=True)
            for first, second in zip(self.graph.operands_of(v), self.graph.operands_of(later), strict=True)
            if isinstance(first, int) and isinstance(second, int) and second in self.at and self.at[second] == n
            if first not in self.at and self.step[second] == 0
        }
        label = (given.pop() if len(given) == 1 else "") or self.graph.called(self.steps[-1][n])
        return _base(label), label

    def new_name(self, wanted: str) -> str:
        """A name that nothing else has."""
        names = itertools.chain((wanted, *LETTERS), (f"h_{n}" for n in itertools.count()))
        name: str = next(name for name in names if name and name not in self.taken)
        self.taken.add(name)
        return name

    def formulas(self, made: Collection[int] = (), brief: bool = False) -> list[Expr | None]:
        """The formula at each place of the body; None where it would be longer than a line.

        Args:
            made: the places in the body whose names mean what the step has made; None also where a formula needs what was
                given in their place.
            brief: True to write … for operands, the longest first, until a formula fits into a line.
        """
        graph, last = self.graph, len(self.steps) - 1
        found: list[Expr | None] = []
        for n, v in enumerate(self.steps[-1]):
            operands: list[Expr | None] = []
            for place, o in enumerate(graph.operands_of(v)):
                if not isinstance(o, int) or o not in self.at:
                    operands.append(self.outside(n, place))
                elif self.step[o] < last:
                    operands.append(None if self.at[o] in made else PRINT.symbol(style.name(self.name_of[self.at[o]])))
                else:
                    operands.append(found[self.at[o]])
            known = [e for e in operands if isinstance(e, Expr)]
            expression = PRINT.write(graph.row[v], *known) if len(known) == len(operands) else None
            while brief and isinstance(expression, Expr) and len(expression.text) > LONGEST:
                longest = max(known, key=lambda e: len(e.text))
                known = [PRINT.symbol("…") if e is longest else e for e in known]
                expression = PRINT.write(graph.row[v], *known)
                if all(e.text == "…" for e in known):
                    break
            if isinstance(expression, Expr) and graph.row[v].weighted and graph.operands_of(v)[-1] == 0.0:
                expression = Expr(PRINT, expression.text.removesuffix(" + 0"), expression.binding)  # there is no bias
            if graph.op[v] == "+":  # a sum in Python begins with a 0, which is no term
                terms = [e for place, e in enumerate(operands) if not self.is_zero(n, place)]
                expression = terms[0] if len(terms) == 1 else expression
            if n in made:
                expression = PRINT.symbol(style.name(self.name_of[n]))
            found.append(expression if isinstance(expression, Expr) and len(expression.text) <= LONGEST else None)
        return found

    def name_streams(self, n: int) -> None:
        """Give a name, x_t, to each operand of a place of the body that is another one in each step."""
        for place, o in enumerate(self.graph.operands_of(self.steps[-1][n])):
            if isinstance(o, int) and o in self.at:
                continue
            found = self.at_place(n, place)
            if any(p != found[0] for p in found) and found not in self.streams:
                labels = ["" if isinstance(p, float) else self.graph.label[p] for p in found]
                bases = set(map(_base, labels))
                base = bases.pop() if len(bases) == 1 else ""
                series = _series(labels, "t") if base else ""
                if series in ("", *self.taken) or (base in self.taken and base not in self.bases):
                    base = self.new_name(base or ("c" if all(isinstance(p, float) for p in found) else "x"))
                    series = f"{base}_{{t}}"
                self.bases.add(base)
                self.taken |= {base, series}
                self.streams[found] = name if "{" not in (name := style.name(series)) else f"{base}ₜ"

    def at_place(self, n: int, place: int) -> tuple[int | float, ...]:
        """The operands at one place of the body, in all steps."""
        graph = self.graph
        codes = [graph.operands[graph.start[step[n]] + place] for step in self.steps]
        return tuple([o if o >= 0 else graph.constants[-1 - o] for o in codes])

    def is_zero(self, n: int, place: int) -> bool:
        """True if the operand at one place of the body is the number 0 in all steps."""
        last = self.graph.operands_of(self.steps[-1][n])[place]
        return isinstance(last, float) and not last and set(self.at_place(n, place)) == {0.0}

    def outside(self, n: int, place: int) -> Expr:
        """The operand that comes from outside: a number, a name, or x_t where it is another one in each step."""
        found = self.at_place(n, place)
        if found in self.streams:
            return PRINT.symbol(self.streams[found])
        first = found[0]
        if isinstance(first, float):
            return PRINT.number(first)
        if self.graph.called(first) or self.seen(first):
            return PRINT.symbol(style.name(self.graph.name(first)))
        if first not in self.unseen:
            self.unseen[first] = self.new_name("k")
        return PRINT.symbol(self.unseen[first])


def _series(labels: Sequence[str], index: str) -> str:
    """Names that differ in their numbers as one name, with an index in the place of these; '' if they have nothing in common.

    >>> _series(["w^1_00", "w^2_00"], "t"), _series(["h_1,0", "h_2,0"], ""), _series(["x", "y"], "t")
    ('w^{t}_{00}', 'h_{0}', '')
    """
    found = [parsed(label) for label in labels]
    first = found[0] if found else None
    if not first or any(not one or one[:3] != first[:3] for one in found) or first.accent or first.face:
        return ""
    written = first.head
    for sign, some in (("^", [one.upper for one in found if one]), ("_", [one.lower for one in found if one])):
        pieces = [one.split(",") for one in some]
        if len(set(map(len, pieces))) > 1:
            return ""
        kept = [same[0] if len(set(same)) == 1 else _with_brackets(same, index) for same in zip(*pieces, strict=True)]
        if text := ",".join(filter(None, kept)):
            written += f"{sign}{{{text}}}"
    return written if index in written else f"{written}_{{{index}}}" if "_" not in written else ""


def _with_brackets(indices: Sequence[str], index: str) -> str:
    """An index in the place of several, in brackets if they have some: '(t)' for (1), (2), (3)."""
    if not index:
        return ""
    ends = {(one[:1], one[-1:]) for one in indices}
    return f"({index})" if ends == {("(", ")")} else f"[{index}]" if ends == {("[", "]")} else index


def _base(label: str) -> str:
    r"""A name without its index: x of x_12, w of w^2_1; '' if it has none to begin with.

    >>> _base("x_12"), _base(r"$\hat{h}_{t-1}$"), _base("theta_0"), _base("neuron12")
    ('x', '\\hat{h}', 'θ', 'neuron')
    """
    name = parsed(label)
    if name is None:
        return re.split(r"[\^_]", stem(label))[0].rstrip("#")
    return name._replace(upper="", lower="").latex if name.accent or name.face else name.head
