"""Every differentiation rule, once: the table of primitives.

One row per primitive: out = value(u, v, ...) and partials = (dout/du, dout/dv, ...). A rule is written over a *reader*
`m`, which supplies the number system: plain floats, `Value`s, forward-mode duals, text, LaTeX, NumPy arrays, and in the
tests mpmath at fifty digits. Everything else is derived from this table: methods, functions, both modes of
differentiation, pictures, rule texts, documentation, tests.

In scope in a formula
    m.name(...)     any primitive of the table, and `m.where(condition, a, b)`, in the reader's number system
    u + v, u - v, u * v, -u, u > v, u == v, (c) & (d)     the operators, on the reader's numbers
    m.gelu_apart(u), m.gelu_slope_apart(u)      gelu and its slope where gelu_digits.py is more accurate; in `value` only
    m.count(us)     the number of operands
    m.others(us)    the product of all other operands, for each operand, without a division
    m.div, m.pow    instead of / and **, because Python's raise where IEEE 754 has inf and nan
    m.fixed(u)      the number u as a constant, also when the rule is differentiated
    out             in `partials`: the value, already computed

Branches are `m.where`, never a Python `if`: the same formula has to work on arrays and on text. Constants are written
as m.log(2.0), never as digits, so that fifty-digit arithmetic gets fifty digits of them.

Second derivatives are the derivatives of `partials`, so each branch of `partials` has to be right on a whole interval. A
number chosen at a point, m.where(u == 0.0, 0.0, ...), would have the derivative of a constant there. A row with such a choice
gives in `higher` the formula to differentiate, without the choice. The numbers stay those of `partials`.

Formulas are chosen for accuracy over the whole domain, not for looks: 1 - tanh(u)**2 is 4 % off at u = 18 and wrong in
every digit from 20, 4*sigmoid(2*u)*sigmoid(-2*u) is good to the last bits everywhere. The comments say where that matters.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..errors import PrimitiveError, did_you_mean
from .formulas import (
    HALF_PI,
    INF,
    NAN,
    ONE_OVER_ROOT_2PI,
    TWO_OVER_ROOT_PI,
    asinh_slope,
    atan2_partials,
    atan2_slopes,
    atan_slope,
    cbrt_slope,
    dot_partials,
    expdiff,
    gauss,
    gauss_partials,
    gelu,
    gelu_curvature,
    gelu_slope,
    logaddexp,
    logaddexp_partials,
    logsumexp,
    normal_cdf,
    pow_base,
    pow_derivative,
    pow_exponent,
    shares,
    shares_higher,
    sigmoid,
    silu,
    silu_slope,
    sinc,
    softmax,
    weighted_sum,
)

Formula = Callable[..., Any]
Linear = Literal["", "all", "each", "first"]
InCost = Literal["", "distance", "error", "likelihood"]


class Kink(NamedTuple):
    """A point without a derivative, and the numbers chosen there.

    Attributes:
        at: the operands.
        partials: the numbers chosen, one per operand.
    """

    at: tuple[float, ...]
    partials: tuple[float, ...]


class Primitive(NamedTuple):
    """One row of the table. Operands of a formula are positional; a `variadic` row takes any number of them.

    A row is written as its name, `value` and `partials`, then the other columns by keyword, in the order below. `variadic` and
    the `text` of a plain call are read off `value`.

    Attributes:
        name: the function's and the method's name, as `math` has it.
        value: `value(m, *operands)`, the result.
        partials: `partials(m, out, *operands)`, one local derivative per operand.
        higher: `partials` as formulas to be differentiated again, for a row that chooses numbers at points. Only their
            derivatives count: their numbers are always those of `partials`.
        rules: the partials as a textbook writes them, over {u}, {v}, ... and {out}, where the formula that computes them is
            hard to read: one text per operand, one for all operands of a variadic row.
        domain: the points at which the rule is differentiable, as a Python expression over the operands.
        kinks: points without a derivative, and the choice made there.
        variadic: any number of operands.
        defaults: the trailing operands a caller may leave out.
        aliases: further names of the function and the method: NumPy's, where they differ.
        method: True if a method and a function of this name are made from the row: not for operators, which Python
            spells with a sign, nor for functions with a signature of their own (functions.py), nor for helper rows.
        text: the written application, with a pair of braces per operand (one pair for all operands of a variadic row).
        latex: the same in LaTeX; '' means an upright function name.
        symbol: the short name on a node of a picture; '' means the name.
        infix: the sign between the operands of a variadic row; '' means commas.
        precedence: the binding strength of the text (1 sum, 2 product, 3 sign, 4 power, 9 a call).
        latex_precedence: the same for `latex`; None means as for the text. LaTeX that ends in an exponent cannot take another
            one (4); a fraction needs parentheses only there.
        associates: the side on which an operand of equal precedence needs no parentheses: u - v - w, u ** v ** w.
        written: a formula that is written instead of the application, because it reads better.
        linear: 'all' if the partials are constants (u - v), 'each' if the value is linear in each operand, the others being
            fixed (u * v), 'first' if it is linear in the first operand only (u / v).
        step: constant between jumps: every partial is 0.
        commutes: two operands may change places.
        weighted: the operands are n weights, their n factors, and a summand.
        range: the bounds of all results, themselves included; None if they depend on further operands, or are not given.
        steepest: the largest slope of a function of one operand that levels off on both sides, where it is saturated.
        activation: one of the functions that layers of a network end with.
        gate: lets an operand through or blocks it: its partials are 0 on whole intervals, but not everywhere.
        pole: its partials grow without bound towards an edge of its domain.
        in_cost: its role in a cost: a 'distance' is 0 at 0 and positive elsewhere; another 'error' should become small; a
            'likelihood', a logarithm, should become large.
        doc: a description in one line.
    """

    name: str
    value: Formula
    partials: Formula
    higher: Formula | None = None
    rules: tuple[str, ...] = ()
    domain: str = "True"
    kinks: tuple[Kink, ...] = ()
    variadic: bool = False
    defaults: tuple[float, ...] = ()
    aliases: tuple[str, ...] = ()
    method: bool = True
    text: str = ""
    latex: str = ""
    symbol: str = ""
    infix: str = ""
    precedence: int = 9
    latex_precedence: int | None = None
    associates: Literal["left", "right"] = "left"
    written: Formula | None = None
    linear: Linear = ""
    step: bool = False
    commutes: bool = False
    weighted: bool = False
    range: tuple[float, float] | None = None
    steepest: float | None = None
    activation: bool = False
    gate: bool = False
    pole: bool = False
    in_cost: InCost = ""
    doc: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        return lookup, (self.name,)  # pickles carry the name: a rule is code, and code is not data

    def __repr__(self) -> str:
        return f"<primitive {self.name}: {self.doc}>"

    @property
    def arity(self) -> int:
        """The number of operands; 0 for a variadic row."""
        return 0 if self.variadic else self.text.count("{}")

    @property
    def operand_names(self) -> tuple[str, ...]:
        """The names of the operands in the row's formula: 'u', 'v', 'slope', ..."""
        code = self.value.__code__
        return code.co_varnames[1 : 1 + self.arity]

    @property
    def label(self) -> str:
        """The text for pictures and messages: the symbol if there is one, else the name."""
        return self.symbol or self.name


# Rows are compared by identity: two rows may have the same formulas, and every operation looks something up by its row.
Primitive.__hash__ = object.__hash__  # type: ignore[method-assign]
Primitive.__eq__ = object.__eq__  # type: ignore[method-assign]


# --- the table ---------------------------------------------------------------------------------------------------------

_VARARGS = 0x04  # the flag of a code object with *operands


def primitive(name: str, value: Formula, partials: Formula, **columns: Any) -> Primitive:
    """A row, with the columns that follow from `value`: the number of operands, and the text of a plain call."""
    code = value.__code__
    variadic = bool(code.co_flags & _VARARGS)
    if "text" not in columns:
        columns["text"] = f"{name}({', '.join(['{}'] * (1 if variadic else code.co_argcount - 1))})"
    return Primitive(name, value, partials, variadic=variadic, **columns)


_P = primitive
# One row, one primitive.
# fmt: off
_ROWS: tuple[Primitive, ...] = (
    # arithmetic
    _P("add", lambda m, u, v: u + v, lambda m, out, u, v: (1.0, 1.0),
       method=False, text="{} + {}", symbol="+", precedence=1, linear="all", commutes=True, doc="u + v"),
    _P("sub", lambda m, u, v: u - v, lambda m, out, u, v: (1.0, -1.0),
       method=False, text="{} - {}", symbol="-", precedence=1, linear="all", doc="u - v"),
    _P("mul", lambda m, u, v: u * v, lambda m, out, u, v: (v, u),
       method=False, text="{} * {}", latex=r"{} \cdot {}", symbol="*", precedence=2, linear="each", commutes=True, doc="u * v"),
    _P("div", lambda m, u, v: m.div(u, v), lambda m, out, u, v: (m.div(1.0, v), -m.div(out, v)),
       domain="v != 0", method=False, text="{} / {}", latex=r"\frac{{}}{{}}", symbol="/", precedence=2, latex_precedence=4,
       linear="first", pole=True, doc="u / v, with inf and nan for a zero divisor"),
    _P("pow", lambda m, u, v: m.pow(u, v), lambda m, out, u, v: (pow_base(m, out, u, v), pow_exponent(m, out, u, v)),
       higher=lambda m, out, u, v: (m.pow_derivative(u, v, 1.0, 0.0), m.pow_derivative(u, v, 0.0, 1.0)),
       rules=("{v} * {u} ** ({v} - 1)", "{out} * log({u})"), domain="u > 0 or v % 1 == 0",
       kinks=(Kink((0.0, 2.0), (0.0, 0.0)), Kink((0.0, 0.0), (0.0, 0.0)), Kink((0.0, 1.0), (1.0, 0.0))), text="{} ** {}",
       latex="{}^{{}}", symbol="**", precedence=4, associates="right", pole=True, in_cost="distance", doc="u to the power v"),
    _P("neg", lambda m, u: -u, lambda m, out, u: (-1.0,),
       method=False, text="-{}", symbol="neg", precedence=3, linear="all", doc="-u"),
    _P("abs", lambda m, u: m.abs(u), lambda m, out, u: (m.sign(u),),
       domain="u != 0", kinks=(Kink((0.0,), (0.0,)),), aliases=("fabs",), latex=r"\left|{}\right|", range=(0.0, INF),
       in_cost="distance", doc="|u|"),
    _P("floordiv", lambda m, u, v: m.floordiv(u, v), lambda m, out, u, v: (0.0, 0.0),
       domain="u % v != 0", kinks=(Kink((4.0, 2.0), (0.0, 0.0)),), method=False, text="{} // {}",
       latex=r"\left\lfloor\frac{{}}{{}}\right\rfloor", symbol="//", precedence=2, latex_precedence=9, step=True,
       doc="floor(u / v), a step function"),
    _P("mod", lambda m, u, v: m.mod(u, v), lambda m, out, u, v: (1.0, -m.floordiv(u, v)),
       domain="u % v != 0", kinks=(Kink((4.0, 2.0), (1.0, -2.0)),), method=False, text="{} % {}", latex=r"{} \bmod {}",
       symbol="%", precedence=2, doc="u - v*floor(u/v), with the sign of v"),
    # rounding: step functions, whose derivative is 0 wherever they have one
    _P("round", lambda m, u, n: m.round(u, n), lambda m, out, u, n: (0.0, 0.0),
       kinks=(Kink((0.5, 0.0), (0.0, 0.0)),), defaults=(0.0,), step=True, doc="u rounded half to even at n decimals"),
    _P("floor", lambda m, u: m.floor(u), lambda m, out, u: (0.0,),
       domain="u % 1 != 0", kinks=(Kink((1.0,), (0.0,)),), latex=r"\left\lfloor{}\right\rfloor", step=True,
       doc="the largest whole number not above u"),
    _P("ceil", lambda m, u: m.ceil(u), lambda m, out, u: (0.0,),
       domain="u % 1 != 0", kinks=(Kink((1.0,), (0.0,)),), latex=r"\left\lceil{}\right\rceil", step=True,
       doc="the smallest whole number not below u"),
    _P("trunc", lambda m, u: m.trunc(u), lambda m, out, u: (0.0,),
       domain="u % 1 != 0", kinks=(Kink((0.0,), (0.0,)),), step=True, doc="u rounded towards 0"),
    # exponentials, logarithms, roots
    _P("exp", lambda m, u: m.exp(u), lambda m, out, u: (out,),
       latex="e^{{}}", latex_precedence=4, range=(0.0, INF), doc="e to the power u"),
    _P("exp2", lambda m, u: m.exp2(u), lambda m, out, u: (out * m.log(2.0),),
       latex="2^{{}}", latex_precedence=4, range=(0.0, INF), doc="2 to the power u"),
    _P("expm1", lambda m, u: m.expm1(u), lambda m, out, u: (m.exp(u),),
       latex=r"\left(e^{{}} - 1\right)", range=(-1.0, INF), doc="exp(u) - 1, accurate near 0"),
    _P("log", lambda m, u: m.log(u), lambda m, out, u: (m.div(1.0, u),),
       domain="u > 0", latex=r"\ln\left({}\right)", pole=True, in_cost="likelihood", doc="the natural logarithm"),
    _P("log2", lambda m, u: m.log2(u), lambda m, out, u: (m.div(m.div(1.0, u), m.log(2.0)),),
       domain="u > 0", latex=r"\log_2\left({}\right)", pole=True, in_cost="likelihood", doc="the logarithm to base 2"),
    _P("log10", lambda m, u: m.log10(u), lambda m, out, u: (m.div(m.div(1.0, u), m.log(10.0)),),
       domain="u > 0", latex=r"\log_{10}\left({}\right)", pole=True, in_cost="likelihood", doc="the logarithm to base 10"),
    _P("log1p", lambda m, u: m.log1p(u), lambda m, out, u: (m.div(1.0, 1.0 + u),),
       domain="u > -1", latex=r"\ln\left(1 + {}\right)", pole=True, doc="log(1 + u), accurate near 0"),
    _P("sqrt", lambda m, u: m.sqrt(u), lambda m, out, u: (m.div(0.5, out),),
       domain="u > 0", kinks=(Kink((0.0,), (INF,)),), latex=r"\sqrt{{}}", range=(0.0, INF), pole=True, doc="the square root"),
    _P("cbrt", lambda m, u: m.cbrt(u), lambda m, out, u: (cbrt_slope(m, out, u),),
       higher=lambda m, out, u: (m.div(m.div(m.div(1.0, 3.0), out), out),), rules=("1 / (3 * {out} ** 2)",), domain="u != 0",
       kinks=(Kink((0.0,), (INF,)),), latex=r"\sqrt[3]{{}}", pole=True, doc="the real cube root"),
    _P("square", lambda m, u: u * u, lambda m, out, u: (2.0 * u,),
       latex=r"\left({}\right)^2", latex_precedence=4, range=(0.0, INF), in_cost="distance", doc="u * u"),
    # trigonometric and hyperbolic
    _P("sin", lambda m, u: m.sin(u), lambda m, out, u: (m.cos(u),),
       latex=r"\sin\left({}\right)", range=(-1.0, 1.0), activation=True, doc="sine"),
    _P("cos", lambda m, u: m.cos(u), lambda m, out, u: (-m.sin(u),),
       latex=r"\cos\left({}\right)", range=(-1.0, 1.0), doc="cosine"),
    _P("tan", lambda m, u: m.tan(u), lambda m, out, u: (1.0 + out * out,),
       latex=r"\tan\left({}\right)", pole=True, doc="tangent"),
    _P("asin", lambda m, u: m.asin(u), lambda m, out, u: (m.div(1.0, m.sqrt((1.0 - u) * (1.0 + u))),),
       higher=lambda m, out, u: (m.div(1.0, m.sqrt(m.one_minus_square(u))),), domain="-1 < u < 1",
       kinks=(Kink((1.0,), (INF,)),), aliases=("arcsin",), latex=r"\arcsin\left({}\right)", range=(-HALF_PI, HALF_PI),
       pole=True, doc="arc sine"),
    _P("acos", lambda m, u: m.acos(u), lambda m, out, u: (m.div(-1.0, m.sqrt((1.0 - u) * (1.0 + u))),),
       higher=lambda m, out, u: (m.div(-1.0, m.sqrt(m.one_minus_square(u))),), domain="-1 < u < 1",
       kinks=(Kink((1.0,), (-INF,)),), aliases=("arccos",), latex=r"\arccos\left({}\right)", range=(0.0, 2.0 * HALF_PI),
       pole=True, doc="arc cosine"),
    # hypot(1, u) instead of 1 + u*u, which overflows and loses tiny derivatives
    _P("atan", lambda m, u: m.atan(u), lambda m, out, u: (m.div(m.div(1.0, m.hypot(1.0, u)), m.hypot(1.0, u)),),
       higher=lambda m, out, u: (atan_slope(m, u),), aliases=("arctan",), latex=r"\arctan\left({}\right)",
       range=(-HALF_PI, HALF_PI), steepest=1.0, activation=True, doc="arc tangent"),
    _P("atan2", lambda m, u, v: m.atan2(u, v), lambda m, out, u, v: atan2_partials(m, u, v),
       higher=lambda m, out, u, v: atan2_slopes(m, u, v, m.hypot(u, v)),
       rules=("{v} / ({u} ** 2 + {v} ** 2)", "-{u} / ({u} ** 2 + {v} ** 2)"), domain="u != 0 or v != 0",
       kinks=(Kink((0.0, 0.0), (0.0, 0.0)),), aliases=("arctan2",), range=(-2.0 * HALF_PI, 2.0 * HALF_PI),
       doc="the angle of the point (v, u)"),
    _P("sinh", lambda m, u: m.sinh(u), lambda m, out, u: (m.cosh(u),), latex=r"\sinh\left({}\right)", doc="hyperbolic sine"),
    _P("cosh", lambda m, u: m.cosh(u), lambda m, out, u: (m.sinh(u),),
       latex=r"\cosh\left({}\right)", range=(1.0, INF), doc="hyperbolic cosine"),
    # 1 - out*out is wrong by 4 % at u = 18 and in every digit from 20
    _P("tanh", lambda m, u: m.tanh(u), lambda m, out, u: (4.0 * m.sigmoid(2.0 * u) * m.sigmoid(-2.0 * u),),
       rules=("1 - {out} ** 2",), latex=r"\tanh\left({}\right)", range=(-1.0, 1.0), steepest=1.0, activation=True,
       doc="hyperbolic tangent"),
    _P("asinh", lambda m, u: m.asinh(u), lambda m, out, u: (m.div(1.0, m.hypot(1.0, u)),),
       higher=lambda m, out, u: (asinh_slope(m, u),), aliases=("arcsinh",), latex=r"\operatorname{arsinh}\left({}\right)",
       doc="inverse hyperbolic sine"),
    _P("acosh", lambda m, u: m.acosh(u), lambda m, out, u: (m.div(1.0, m.sqrt(u - 1.0) * m.sqrt(u + 1.0)),),
       higher=lambda m, out, u: (m.pow(u - 1.0, -0.5) * m.pow(u + 1.0, -0.5),), domain="u > 1", kinks=(Kink((1.0,), (INF,)),),
       aliases=("arccosh",), latex=r"\operatorname{arcosh}\left({}\right)", range=(0.0, INF), pole=True,
       doc="inverse hyperbolic cosine"),
    _P("atanh", lambda m, u: m.atanh(u), lambda m, out, u: (m.div(1.0, (1.0 - u) * (1.0 + u)),),
       higher=lambda m, out, u: (m.div(1.0, m.one_minus_square(u)),), domain="-1 < u < 1", kinks=(Kink((1.0,), (INF,)),),
       aliases=("arctanh",), latex=r"\operatorname{artanh}\left({}\right)", pole=True, doc="inverse hyperbolic tangent"),
    _P("hypot", lambda m, u, v: m.hypot(u, v),
       lambda m, out, u, v: (m.where(out == 0.0, 0.0, m.div(u, out)), m.where(out == 0.0, 0.0, m.div(v, out))),
       higher=lambda m, out, u, v: (m.div(u, out), m.div(v, out)), rules=("{u} / {out}", "{v} / {out}"),
       domain="u != 0 or v != 0", kinks=(Kink((0.0, 0.0), (0.0, 0.0)),), latex=r"\sqrt{{}^2 + {}^2}", commutes=True,
       range=(0.0, INF), doc="sqrt(u*u + v*v) without overflow"),
    # the error function and the normal distribution
    _P("erf", lambda m, u: m.erf(u), lambda m, out, u: (m.div(2.0, m.sqrt(m.acos(-1.0))) * m.gauss(u, 1.0),),
       rules=("2 / sqrt(pi) * exp(-{u} ** 2)",), latex=r"\operatorname{erf}\left({}\right)", range=(-1.0, 1.0),
       steepest=TWO_OVER_ROOT_PI, activation=True, doc="the error function"),
    _P("erfc", lambda m, u: m.erfc(u), lambda m, out, u: (m.div(-2.0, m.sqrt(m.acos(-1.0))) * m.gauss(u, 1.0),),
       rules=("-2 / sqrt(pi) * exp(-{u} ** 2)",), latex=r"\operatorname{erfc}\left({}\right)", range=(0.0, 2.0),
       steepest=TWO_OVER_ROOT_PI, doc="1 - erf(u), accurate in the tail"),
    _P("normal_cdf", normal_cdf, lambda m, out, u: (m.div(m.gauss(u, 0.5), m.sqrt(2.0 * m.acos(-1.0))),),
       rules=("exp(-{u} ** 2 / 2) / sqrt(2 * pi)",), latex=r"\Phi\left({}\right)", range=(0.0, 1.0), steepest=ONE_OVER_ROOT_2PI,
       activation=True, doc="the standard normal distribution function"),
    # activations
    # out*(1 - out) is 0 from u = 38 on
    _P("sigmoid", sigmoid, lambda m, out, u: (m.sigmoid(u) * m.sigmoid(-u),),
       rules=("{out} * (1 - {out})",), latex=r"\sigma\left({}\right)", range=(0.0, 1.0), steepest=0.25, activation=True,
       doc="1 / (1 + exp(-u))"),
    _P("logsigmoid", lambda m, u: m.where(u < 0.0, u, 0.0) - m.log1p(m.exp(-m.abs(u))), lambda m, out, u: (m.sigmoid(-u),),
       latex=r"\ln\sigma\left({}\right)", range=(-INF, 0.0), in_cost="likelihood", doc="log(sigmoid(u))"),
    _P("softplus", lambda m, u: m.where(u > 0.0, u, 0.0) + m.log1p(m.exp(-m.abs(u))), lambda m, out, u: (m.sigmoid(u),),
       range=(0.0, INF), activation=True, in_cost="error", doc="log(1 + exp(u))"),
    # u <= 0 rather than u > 0: nan stays nan
    _P("relu", lambda m, u: m.where(u <= 0.0, 0.0, u), lambda m, out, u: (m.step(u),),
       domain="u != 0", kinks=(Kink((0.0,), (0.0,)),), symbol="ReLU", range=(0.0, INF), activation=True, gate=True,
       in_cost="error", doc="max(u, 0)"),
    _P("leaky_relu", lambda m, u, slope: m.where(u > 0.0, u, slope * u),
       lambda m, out, u, slope: (m.where(u > 0.0, 1.0, slope), m.where(u > 0.0, 0.0, u)),
       domain="u != 0", kinks=(Kink((0.0, 0.01), (0.01, 0.0)),), defaults=(0.01,), activation=True,
       doc="u above 0, slope*u below"),
    _P("elu", lambda m, u, alpha: m.where(u > 0.0, u, alpha * m.expm1(u)),
       lambda m, out, u, alpha: (m.where(u > 0.0, 1.0, alpha * m.exp(u)), m.where(u > 0.0, 0.0, m.expm1(u))),
       domain="u != 0", kinks=(Kink((0.0, 0.5), (0.5, 0.0)),), defaults=(1.0,), activation=True,
       doc="u above 0, alpha*(exp(u) - 1) below"),
    _P("gelu", gelu, lambda m, out, u: (m.gelu_slope(u),),
       rules=("normal_cdf({u}) + {u} * exp(-{u} ** 2 / 2) / sqrt(2 * pi)",), activation=True,
       doc="u * normal_cdf(u), the exact form"),
    _P("silu", silu, lambda m, out, u: (silu_slope(m, u),),
       rules=("sigmoid({u}) + {u} * sigmoid({u}) * sigmoid(-{u})",), activation=True, doc="u * sigmoid(u)"),
    # choices
    _P("sign", lambda m, u: m.sign(u), lambda m, out, u: (0.0,),
       domain="u != 0", kinks=(Kink((0.0,), (0.0,)),), latex=r"\operatorname{sgn}\left({}\right)", step=True, range=(-1.0, 1.0),
       doc="-1, 0 or 1"),
    _P("copysign", lambda m, u, v: m.copysign(u, v), lambda m, out, u, v: (m.sign(u) * m.copysign(1.0, v), 0.0),
       higher=lambda m, out, u, v: (m.sign(u) * m.fixed(m.copysign(1.0, v)), 0.0), domain="u != 0 and v != 0",
       kinks=(Kink((0.0, 1.0), (0.0, 0.0)),), doc="|u| with the sign of v"),
    _P("maximum", lambda m, *us: m.maximum(*us), shares,
       higher=shares_higher, rules=("1 / (how many are the largest) if {u} is, else 0",),
       kinks=(Kink((1.0, 1.0), (0.5, 0.5)), Kink((2.0, 0.0, 2.0), (0.5, 0.0, 0.5))), latex=r"\max\left({}\right)", symbol="max",
       activation=True, gate=True, doc="the largest operand; ties share the derivative equally"),
    _P("minimum", lambda m, *us: m.minimum(*us), shares,
       higher=shares_higher, rules=("1 / (how many are the smallest) if {u} is, else 0",),
       kinks=(Kink((1.0, 1.0), (0.5, 0.5)), Kink((1.0, 2.0, 1.0), (0.5, 0.0, 0.5))), latex=r"\min\left({}\right)", symbol="min",
       gate=True, doc="the smallest operand; ties share the derivative equally"),
    _P("where", lambda m, c, a, b: m.where(c != 0.0, a, b),
       lambda m, out, c, a, b: (0.0, m.where(c != 0.0, 1.0, 0.0), m.where(c != 0.0, 0.0, 1.0)),
       method=False, gate=True, doc="a if the condition is true, else b"),
    _P("clamp", lambda m, u, lo, hi: m.where(u > hi, hi, m.where(u < lo, lo, u)),
       lambda m, out, u, lo, hi: (m.where((u >= lo) & (u <= hi), 1.0, 0.0), m.where(u < lo, 1.0, 0.0),
                                  m.where(u > hi, 1.0, 0.0)),
       domain="u != lo and u != hi", kinks=(Kink((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)), Kink((1.0, 0.0, 1.0), (1.0, 0.0, 0.0))),
       defaults=(-INF, INF), gate=True, doc="u limited to lo..hi"),
    # n-ary: one node, however many operands
    _P("sum", lambda m, *us: m.sum(*us), lambda m, out, *us: (1.0,) * len(us),
       method=False, text="{}", infix="+", precedence=1, linear="all", doc="the correctly rounded sum"),
    _P("mean", lambda m, *us: m.div(m.sum(*us), m.count(us)), lambda m, out, *us: (m.div(1.0, m.count(us)),) * len(us),
       method=False, linear="all", doc="the arithmetic mean"),
    _P("dot", lambda m, *ops: m.dot(*ops), lambda m, out, *ops: dot_partials(ops),
       method=False, written=weighted_sum, linear="each", weighted=True,
       doc="w1*x1 + ... + wn*xn + b, operands w1..wn, x1..xn, b"),
    _P("norm", lambda m, *us: m.norm(*us), lambda m, out, *us: tuple(m.where(out == 0.0, 0.0, m.div(u, out)) for u in us),
       higher=lambda m, out, *us: tuple(m.div(u, out) for u in us), rules=("{u} / {out}",), domain="any(us)",
       kinks=(Kink((0.0, 0.0), (0.0, 0.0)),), method=False, latex=r"\left\lVert{}\right\rVert", range=(0.0, INF),
       in_cost="distance", doc="the Euclidean norm, without overflow"),
    _P("logsumexp", logsumexp, lambda m, out, *us: softmax(m, *us),
       rules=("exp({u} - {out})",), method=False, latex=r"\ln\sum\exp\left({}\right)", in_cost="error",
       doc="log(exp(u1) + ... + exp(un)), without overflow"),
    # further names of math's, NumPy's and SciPy's
    _P("degrees", lambda m, u: u * m.div(180.0, m.acos(-1.0)), lambda m, out, u: (m.div(180.0, m.acos(-1.0)),),
       aliases=("rad2deg",), linear="all", doc="an angle in degrees, from radians"),
    _P("radians", lambda m, u: u * m.div(m.acos(-1.0), 180.0), lambda m, out, u: (m.div(m.acos(-1.0), 180.0),),
       aliases=("deg2rad",), linear="all", doc="an angle in radians, from degrees"),
    _P("fmod", lambda m, u, v: m.fmod(u, v),
       lambda m, out, u, v: (1.0, -m.fixed(m.sign(u) * m.sign(v) * m.floordiv(m.abs(u), m.abs(v)))),
       rules=("1", "-trunc({u} / {v})"), domain="u % v != 0 or u == 0", kinks=(Kink((4.0, 2.0), (1.0, -2.0)),),
       doc="u - v*trunc(u/v), with the sign of u"),
    _P("remainder", lambda m, u, v: m.remainder(u, v), lambda m, out, u, v: (1.0, -m.round(m.div(u, v) - m.div(out, v), 0.0)),
       rules=("1", "-round({u} / {v})"), domain="u % v != v / 2", kinks=(Kink((1.0, 2.0), (1.0, 0.0)),),
       doc="u - v*n with n the whole number nearest to u/v; between -v/2 and v/2"),
    _P("sinc", sinc, lambda m, out, u: (m.sinc_derivative(1.0, u),),
       rules=("(cos(pi * {u}) - {out}) / {u}",), doc="sin(pi*u) / (pi*u), 1 at 0"),
    # u == 0: SciPy's 0 whatever v is but nan, not the nan of 0*log(v)
    _P("xlogy", lambda m, u, v: m.where((u == 0.0) & (v == v), 0.0, u * m.log(v)),
       lambda m, out, u, v: (m.log(v), m.where((u == 0.0) & (v == 0.0), 0.0, m.div(u, v))),
       higher=lambda m, out, u, v: (m.log(v), m.div(u, v)), domain="v > 0", kinks=(Kink((0.0, 0.0), (-INF, 0.0)),),
       linear="first", doc="u * log(v), 0 where u is 0"),
    _P("logaddexp", logaddexp, lambda m, out, u, v: logaddexp_partials(m, u, v),
       rules=("exp({u} - {out})", "exp({v} - {out})"), commutes=True, doc="log(exp(u) + exp(v)), without overflow"),
    _P("prod", lambda m, *us: m.prod(*us), lambda m, out, *us: m.others(us),
       rules=("the product of the others",), method=False, latex=r"\prod\left({}\right)", linear="each",
       doc="the correctly rounded product"),
    # the gamma function's family (special.py): right to the last bit, next to every zero too
    # exp in `higher`: at infinity every derivative is inf, too
    _P("gamma", lambda m, u: m.gamma(u), lambda m, out, u: (out * m.digamma(u),),
       higher=lambda m, out, u: (m.where(u == INF, m.exp(u), out * m.digamma(u)),), domain="u > 0 or u % 1 != 0",
       latex=r"\Gamma\left({}\right)", doc="the gamma function, (u - 1)! for whole u"),
    _P("lgamma", lambda m, u: m.lgamma(u), lambda m, out, u: (m.digamma(u),),
       domain="u > 0 or u % 1 != 0", latex=r"\ln\left|\Gamma\left({}\right)\right|", doc="log|gamma(u)|"),
    _P("digamma", lambda m, u: m.digamma(u), lambda m, out, u: (m.polygamma(1.0, u),),
       domain="u > 0 or u % 1 != 0", latex=r"\psi\left({}\right)", doc="the derivative of log(gamma(u))"),
    _P("polygamma", lambda m, n, u: m.polygamma(n, u), lambda m, out, n, u: (NAN, m.polygamma(n + 1.0, u)),
       domain="u > 0 or u % 1 != 0", method=False, latex=r"\psi^{({})}\left({}\right)",
       doc="the derivative of order n of digamma(u); n is whole"),
    # helpers that only rules and transforms use
    _P("identity", lambda m, u: u, lambda m, out, u: (1.0,),
       method=False, text="{}", latex="{}", linear="all", doc="u, as a node of its own"),
    _P("step", lambda m, u: m.where(u <= 0.0, 0.0, 1.0), lambda m, out, u: (0.0,),
       domain="u != 0", kinks=(Kink((0.0,), (0.0,)),), method=False, step=True, range=(0.0, 1.0), doc="0 up to 0, 1 above"),
    _P("expdiff", expdiff, lambda m, out, u, v: (out, -out),
       method=False, text="exp({} - {})", latex="e^{{} - {}}", latex_precedence=4, range=(0.0, INF),
       doc="exp(u - v), accurate however small"),
    _P("gauss", gauss, gauss_partials,
       method=False, latex=r"e^{-{}^2 \cdot {}}", latex_precedence=4, range=(0.0, 1.0),
       doc="exp(-c*u*u), accurate in the tail; c is 1/4, 1/2 or 1"),
    _P("gelu_slope", gelu_slope, lambda m, out, u: (gelu_curvature(m, u),),
       rules=("(2 - {u} ** 2) * exp(-{u} ** 2 / 2) / sqrt(2 * pi)",), method=False, doc="the derivative of gelu"),
    _P("sinc_derivative", lambda m, n, u: m.sinc_derivative(n, u), lambda m, out, n, u: (NAN, m.sinc_derivative(n + 1.0, u)),
       method=False, latex=r"\operatorname{sinc}^{({})}\left({}\right)",
       doc="the derivative of order n of sinc(u); n is whole"),
    _P("one_minus_square", lambda m, u: (1.0 - u) * (1.0 + u), lambda m, out, u: (-2.0 * u,),
       method=False, text="1 - ({}) ** 2", latex=r"1 - \left({}\right)^2", precedence=1,
       doc="1 - u*u, accurate next to 1 and -1"),
    _P("pow_derivative", pow_derivative,
       lambda m, out, u, v, n, k: (m.pow_derivative(u, v, n + 1.0, k), m.pow_derivative(u, v, n, k + 1.0), NAN, NAN),
       domain="u > 0 or v % 1 == 0", method=False, doc="the n-th derivative by u and k-th by v of u**v; n and k are whole"),
    _P("pinned", lambda m, c, formula, number: m.where(c != 0.0, formula, number), lambda m, out, *us: (0.0, 1.0, 0.0),
       domain="c != 0", kinks=(Kink((0.0, 2.0, 5.0), (0.0, 1.0, 0.0)),), method=False,
       doc="the formula, or where c is 0 another number, with the formula's derivatives"),
)
# fmt: on


TABLE: dict[str, Primitive] = {row.name: row for row in _ROWS}

# The row of leaves and of nodes made by hand: none of its properties is known.
UNKNOWN: Primitive = Primitive("", lambda m, *us: NAN, lambda m, out, *us: (NAN,) * len(us), doc="not in the table")


def known(name: str) -> Primitive:
    """The row of that name, if there is one; else `UNKNOWN`, which has none of the properties that rows have."""
    return TABLE.get(name, UNKNOWN)


def lookup(name: str) -> Primitive:
    """The row of that name.

    Raises:
        PrimitiveError: no such row; a file may name a primitive that its reader has to define first.
    """
    try:
        return TABLE[name]
    except KeyError:
        raise PrimitiveError(
            f"no primitive is called {name!r}.{did_you_mean(name, TABLE)} A primitive of your own has to be defined with "
            f"define_primitive({name!r}, ...) before it is used or loaded."
        ) from None
