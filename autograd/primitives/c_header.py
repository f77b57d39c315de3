"""The file c/rules.h: every row of the table that can be written in C, for the compiled nodes. `make stubs` writes it.

The functions are those of c_rules.py and c_loops.py. With them go the numbers of the rows, and lists of those that become
methods and functions of one operand.
"""

from .c_loops import loops
from .c_rules import NoRuleError, function
from .table import TABLE

_HEAD = """/* Written by autograd/primitives/c_header.py from the table of primitives: change that, not this.

rule_NAME(x, d) is the number of a row for the numbers x of its operands, and puts its partials into d. */

#ifndef STEPGRAD_RULES_H
#define STEPGRAD_RULES_H

#include <math.h>
#include <stddef.h>

typedef double (*Rule)(const double *x, double *d);
typedef double (*ManyRule)(const double *x, ptrdiff_t n, double *d);

"""

# What the rules call, beside the C library.
HELPERS = """/* The results are Python's: primitives/ieee.py. */
static inline double ieee_sign(double u) { return u > 0.0 ? 1.0 : u < 0.0 ? -1.0 : u * 0.0; }

static inline double ieee_pow(double u, double v) { return v == 1.0 ? u : pow(u, v); }

static inline double ieee_mod(double u, double v) {
    double mod = fmod(u, v);
    if (mod != 0.0)
        return (v < 0.0) != (mod < 0.0) ? mod + v : mod;
    return copysign(0.0, v);
}

static inline double ieee_floordiv(double u, double v) {
    if (v == 0.0)
        return u / v;
    double mod = fmod(u, v), quotient = (u - mod) / v;
    if (mod != 0.0 && (v < 0.0) != (mod < 0.0))
        quotient -= 1.0;
    if (quotient == 0.0)
        return copysign(0.0, u / v);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}
"""


def rules() -> str:
    """The whole of rules.h."""
    rows = list(TABLE.values())
    functions: dict[str, str] = {}
    for row in rows:
        try:
            functions[row.name] = loops(row) if row.variadic else function(row)
        except NoRuleError:
            continue
    for_all = [text for text in functions.values() if "static inline" in text and "python_" not in text]
    for_nodes = [text for text in functions.values() if text not in for_all]
    of_one = [row for row in rows if row.method and row.arity == 1 and row.name in functions]
    unary = [(name, row.name) for row in of_one for name in (row.name, *row.aliases)]
    functions_of_one = [f"    _({row.name}, {row.operand_names[0]})" for row in of_one]
    docs = [
        f'#define DOC_{row.name} "{row.name}({row.operand_names[0]}): {row.doc}. Takes numbers and `Value`s."' for row in of_one
    ]
    joined = " \\\n".join(functions_of_one)
    methods = " \\\n".join(f"    _({name}, {row})" for name, row in unary)
    return "\n".join(
        [
            _HEAD + HELPERS,
            *for_all,
            "#ifdef FOR_NODES /* operators.h, which has python_hypot and so on, and sums */\n",
            *for_nodes,
            "#endif\n",
            "enum {\n    OP_NONE,",
            *(f"    OP_{row.name}," for row in rows),
            "    OP_END\n};\n",
            f"#define ROW_COUNT {len(rows)}",
            "static const char *const row_names[ROW_COUNT] = {",
            *(f'    "{row.name}",' for row in rows),
            "};",
            "#ifdef FOR_NODES",
            "static const Rule rules[ROW_COUNT] = {",
            *(f"    {'rule_' + row.name if row.name in functions and not row.variadic else 'NULL'}," for row in rows),
            "};",
            "static const ManyRule many_rules[ROW_COUNT] = {",
            *(f"    {'rule_' + row.name if row.name in functions and row.variadic else 'NULL'}," for row in rows),
            "};",
            "#endif",
            "static const int arities[ROW_COUNT] = {",
            *(f"    {row.arity}," for row in rows),
            "};\n",
            "/* The methods of one operand: name, row. */",
            f"#define UNARY_METHODS(_) \\\n{methods}\n",
            "/* The functions of one operand: row, operand. */",
            f"#define UNARY_FUNCTIONS(_) \\\n{joined}\n",
            *docs,
            "\n#endif\n",
        ]
    )
