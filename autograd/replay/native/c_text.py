"""A tape as a C program: one file that needs nothing but a compiler, for what shall run elsewhere.

    int f(const double *x, double *values, double *gradient)

puts the results into `values` and, unless it is NULL, the gradient of the first of them into `gradient`. It gives 0, or 1 + the
number of the guard that came out differently; then nothing has been written. Every operation is a line, with the rules of the
table; sums are compensated, and so rounded correctly but for rare cases.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import PrimitiveError
from ...primitives.c_header import HELPERS
from ...primitives.c_rules import WRITTEN, NoRuleError, function, number_text
from ...primitives.table import lookup

if TYPE_CHECKING:
    from ..tape import Tape

_SUMS = """
static double with_errors(int n, const double *x) {
    double sum = 0.0, lost = 0.0;
    for (int i = 0; i < n; i++) {
        double s = sum + x[i], z = s - sum;
        lost += (sum - (s - z)) + (x[i] - z);
        sum = s;
    }
    return lost == lost ? sum + lost : sum;
}
"""
_MANY = {
    "sum": "with_errors({n}, {x})",
    "mean": "with_errors({n}, {x}) / {n}.0",
    "dot": "dot_of({n}, {x}, {d})",
    "maximum": "largest({n}, {x}, {d}, 1)",
    "minimum": "largest({n}, {x}, {d}, 0)",
    "logsumexp": "log_sum_exp({n}, {x}, {d})",
}
_FUNCTIONS = {
    "dot": """
static double dot_of(int n, const double *x, double *d) {
    double terms[n / 2 + 1];
    for (int i = 0; i < n / 2; i++) {
        terms[i] = x[i] * x[n / 2 + i];
        d[i] = x[n / 2 + i];
        d[n / 2 + i] = x[i];
    }
    terms[n / 2] = x[n - 1];
    d[n - 1] = 1.0;
    return with_errors(n / 2 + 1, terms);
}
""",
    "maximum": """
static double largest(int n, const double *x, double *d, int most) {
    double best = x[0], hits = 0.0;
    for (int i = 1; i < n; i++)
        if (best == best && (x[i] != x[i] || (most ? x[i] > best : x[i] < best)))
            best = x[i];
    for (int i = 0; i < n; i++)
        hits += d[i] = x[i] == best ? 1.0 : 0.0;
    for (int i = 0; i < n; i++)
        d[i] /= hits;
    return best;
}
""",
    "logsumexp": """
static double log_sum_exp(int n, const double *x, double *d) {
    double top = x[0], terms[n + 1], both[2];
    for (int i = 1; i < n; i++)
        if (top == top && (x[i] != x[i] || x[i] > top))
            top = x[i];
    if (fabs(top) == INFINITY)
        top = 0.0;
    for (int i = 0; i < n; i++)
        terms[i] = rule_expdiff((const double[]){x[i], top}, both);
    double total = with_errors(n, terms);
    for (int i = 0; i < n; i++)
        d[i] = terms[i] / total;
    terms[n] = -1.0;
    return top + log1p(with_errors(n + 1, terms));
}
""",
}
_CALLED = WRITTEN | {"hypot": "hypot({}, {})"}
_ONES = ("sum", "mean")  # whose partials are one number


def to_c(tape: "Tape", name: str = "f") -> str:
    """A tape as a C program.

    Args:
        tape: the tape.
        name: the name of the function.

    Returns:
        The text of a file. Compile it without -ffast-math, and with -ffp-contract=off if the bits matter.

    Raises:
        PrimitiveError: a row of the table has no rule in C.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> text = to_c(Tape.parse("in 2; v2 = mul v0 v1; out v2".replace("; ", chr(10))))
        >>> print(text[text.index("int f(") :], end="")
        int f(const double *x, double *values, double *gradient) {
            const double x2[] = {x[0], x[1]};
            double d2[2];
            const double v2 = rule_mul(x2, d2);
            values[0] = v2;
            if (gradient == 0)
                return 0;
            double b[3] = {0.0};
            b[2] += 1.0;
            b[0] += b[2] * d2[0];
            b[1] += b[2] * d2[1];
            for (int i = 0; i < 2; i++)
                gradient[i] = b[i];
            return 0;
        }
    """
    used = {name for name in tape.names if name != "detach"}
    functions = [_SUMS] if used & _MANY.keys() else []
    for row in sorted(used | ({"expdiff"} if "logsumexp" in used else set())):
        if row not in _MANY:
            try:
                functions.append(function(lookup(row), _CALLED))
            except NoRuleError:
                raise PrimitiveError(f"to_c: {row} has no rule in C; print(program.source) is Python") from None
    functions += [_FUNCTIONS["maximum" if row == "minimum" else row] for row in sorted(used & {*_FUNCTIONS, "minimum"})]
    lines = "\n".join([f"    {line}" for line in (*_forward(tape), *_backward(tape))])
    head = f"int {name}(const double *x, double *values, double *gradient)"
    return "\n".join(
        ["#include <math.h>", "#include <string.h>", HELPERS, *dict.fromkeys(functions), f"{head} {{\n{lines}\n}}\n"]
    )


def _entry(tape: "Tape", o: int) -> str:
    return number_text(tape.constants[-1 - o]) if o < 0 else f"x[{o}]" if o < tape.inputs else f"v{o}"


def _operands(tape: "Tape", i: int) -> list[int]:
    return list(tape.operands[tape.start[i] : tape.start[i + 1]])


def _forward(tape: "Tape") -> Iterator[str]:
    guards = iter(enumerate(tape.guards))
    k, guard = next(guards, (0, None))
    for i in range(tape.inputs, len(tape) + 1):
        while guard is not None and (guard.after <= i or i == len(tape)):
            left, right = _entry(tape, guard.left), _entry(tape, guard.right)
            if guard.relation == "is":
                holds = f"memcmp((const double[]){{{left}}}, (const double[]){{{right}}}, 8) == 0"
            else:
                holds = f"{left} {guard.relation} {right}"
            yield f"if ({'!' if guard.outcome else ''}({holds}))"
            yield f"    return {k + 1};"
            k, guard = next(guards, (0, None))
        if i < len(tape):
            yield from _node(tape, i)
    for k, o in enumerate(tape.outputs):
        yield f"values[{k}] = {_entry(tape, o)};"


def _node(tape: "Tape", i: int) -> Iterator[str]:
    name, entries = tape.name(i), [_entry(tape, o) for o in _operands(tape, i)]
    if name == "detach":
        yield f"const double v{i} = {entries[0]};"
        return
    yield f"const double x{i}[] = {{{', '.join(entries)}}};"
    if name not in _ONES:
        yield f"double d{i}[{len(entries)}];"
    called = _MANY.get(name, f"rule_{name}({{x}}, {{d}})").format(n=len(entries), x=f"x{i}", d=f"d{i}")
    yield f"const double v{i} = {called};"


def _backward(tape: "Tape") -> Iterator[str]:
    yield "if (gradient == 0)"
    yield "    return 0;"
    root = tape.outputs[0] if tape.outputs else -1
    yield f"double b[{max(len(tape), 1)}] = {{0.0}};"
    reached = {root}
    if root >= 0:
        yield f"b[{root}] += 1.0;"
    for i in range(root, tape.inputs - 1, -1):
        if i not in reached or tape.name(i) == "detach":
            continue
        operands = _operands(tape, i)
        for k, o in enumerate(operands):
            if o >= 0:
                reached.add(o)
                slope = {"sum": "", "mean": f" * (1.0 / {len(operands)}.0)"}.get(tape.name(i), f" * d{i}[{k}]")
                yield f"b[{o}] += b[{i}]{slope};"
    yield f"for (int i = 0; i < {tape.inputs}; i++)"
    yield "    gradient[i] = b[i];"
    yield "return 0;"
