"""Every differentiation rule, once: the table of primitives.

One row per primitive: out = value(u, v, ...) and partials = (dout/du, dout/dv, ...). A rule is written over a *reader*
`m`, which supplies the number system: plain floats, `Value`s, forward-mode duals, text, LaTeX, NumPy arrays, and in the
tests mpmath at fifty digits. Everything else is derived from this table: methods, functions, both modes of
differentiation, pictures, rule texts, documentation, tests.

In scope in a formula
    m.name(...)     any primitive of the table, and `m.where(condition, a, b)`, in the reader's number system
    u + v, u - v, u * v, -u, u > v, u == v, (c) & (d)     the operators, on the reader's numbers
    m.gelu_apart(u), m.gelu_slope_apart(u)      what gelu_digits.py knows better than the formulas; in `value` only
    m.others(us)    for each of the operands the product of all the others, without a division
    m.div, m.pow    instead of / and **, because Python's raise where IEEE 754 has inf and nan
    m.fixed(u)      the number u as a constant: whoever differentiates the rule does not look behind it
    out             in `partials`: the value, already computed

Branches are `m.where`, never a Python `if`: the same formula has to work on arrays and on text. Constants are written
as m.log(2.0), never as digits, so that fifty-digit arithmetic gets fifty digits of them.

Second derivatives are the derivatives of `partials`, so that a branch of them has to be right on a whole interval. A number
chosen at a point, m.where(u == 0.0, 0.0, ...), would have the derivative of a constant there. A row that chooses one says in
`higher` what is to be differentiated: the formula without the choice. The numbers are those of `partials` all the same.

Formulas are chosen for accuracy over the whole domain, not for looks: 1 - tanh(u)**2 is 4 % off at u = 18 and wrong in
every digit from 20, 4*sigmoid(2*u)*sigmoid(-2*u) is good to the last bits everywhere. The comments say where that matters.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import PrimitiveError, did_you_mean
from .formulas import (
    INF,
    NAN,
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
)

Formula = Callable[..., Any]
Kink = tuple[tuple[float, ...], tuple[float, ...]]


class Primitive(NamedTuple):
    """One row of the table. Operands of a formula are positional; those of a `variadic` row are any number.

    Attributes:
        name: the function's and the method's name, as `math` has it.
        value: `value(m, *operands)`, the result.
        partials: `partials(m, out, *operands)`, one local derivative per operand.
        text: how the application is written, a pair of braces per operand (one pair for all of a variadic row's).
        latex: the same in LaTeX; '' means an upright function name.
        symbol: the short name on a node of a picture; '' means the name.
        precedence: how tightly the text binds (1 sum, 2 product, 3 sign, 4 power, 9 a call).
        domain: where the rule is differentiable, as a Python expression over the operands.
        kinks: (operands, partials) at points without a derivative: the choice made there.
        aliases: further names of the function and the method: NumPy's, where they differ.
        variadic: any number of operands.
        method: whether a method and a function of this name are made from the row. Not for operators, which Python
            spells with a sign, nor for functions with a signature of their own (functions.py), nor for helper rows.
        defaults: the trailing operands a caller may leave out.
        rules: the partials as a textbook writes them, over {u}, {v}, ... and {out}, where the formula that computes them is
            hard to read: one text per operand, one for all operands of a variadic row.
        doc: what it is, in a line.
        higher: `partials` as formulas to be differentiated again, for a row that chooses numbers at points. Only their
            derivatives count: their numbers are always those of `partials`.
    """

    name: str
    value: Formula
    partials: Formula
    text: str = ""
    latex: str = ""
    symbol: str = ""
    precedence: int = 9
    domain: str = "True"
    kinks: tuple[Kink, ...] = ()
    aliases: tuple[str, ...] = ()
    variadic: bool = False
    method: bool = True
    defaults: tuple[float, ...] = ()
    rules: tuple[str, ...] = ()
    doc: str = ""
    higher: Formula | None = None

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
        """What a picture or a message calls it: the symbol if there is one."""
        return self.symbol or self.name


# --- the table ---------------------------------------------------------------------------------------------------------

_P = Primitive
# One row, one primitive.
# fmt: off
_ROWS: tuple[Primitive, ...] = (
    # arithmetic
    _P("add", lambda m, u, v: u + v, lambda m, out, u, v: (1.0, 1.0), "{} + {}", symbol="+", precedence=1, method=False,
       doc="u + v"),
    _P("sub", lambda m, u, v: u - v, lambda m, out, u, v: (1.0, -1.0), "{} - {}", symbol="-", precedence=1, method=False,
       doc="u - v"),
    _P("mul", lambda m, u, v: u * v, lambda m, out, u, v: (v, u), "{} * {}", r"{} \cdot {}", "*", 2, method=False,
       doc="u * v"),
    _P("div", lambda m, u, v: m.div(u, v), lambda m, out, u, v: (m.div(1.0, v), -m.div(out, v)), "{} / {}",
       r"\frac{{}}{{}}", "/", 2, "v != 0", method=False, doc="u / v, with inf and nan for a zero divisor"),
    _P("pow", lambda m, u, v: m.pow(u, v), lambda m, out, u, v: (pow_base(m, out, u, v), pow_exponent(m, out, u, v)),
       "{} ** {}", "{}^{{}}", "**", 4, "u > 0 or v % 1 == 0",
       kinks=(((0.0, 2.0), (0.0, 0.0)), ((0.0, 0.0), (0.0, 0.0)), ((0.0, 1.0), (1.0, 0.0))),
       rules=("{v} * {u} ** ({v} - 1)", "{out} * log({u})"), doc="u to the power v",
       higher=lambda m, out, u, v: (m.pow_derivative(u, v, 1.0, 0.0), m.pow_derivative(u, v, 0.0, 1.0))),
    _P("neg", lambda m, u: -u, lambda m, out, u: (-1.0,), "-{}", symbol="neg", precedence=3, method=False, doc="-u"),
    _P("abs", lambda m, u: m.abs(u), lambda m, out, u: (m.sign(u),), "abs({})", r"\left|{}\right|", domain="u != 0",
       kinks=(((0.0,), (0.0,)),), aliases=("fabs",), doc="|u|"),
    _P("floordiv", lambda m, u, v: m.floordiv(u, v), lambda m, out, u, v: (0.0, 0.0), "{} // {}",
       r"\left\lfloor\frac{{}}{{}}\right\rfloor", "//", 2, "u % v != 0", kinks=(((4.0, 2.0), (0.0, 0.0)),), method=False,
       doc="floor(u / v), a step function"),
    _P("mod", lambda m, u, v: m.mod(u, v), lambda m, out, u, v: (1.0, -m.floordiv(u, v)), "{} % {}", r"{} \bmod {}", "%", 2,
       "u % v != 0", kinks=(((4.0, 2.0), (1.0, -2.0)),), method=False, doc="u - v*floor(u/v), with the sign of v"),
    # rounding: step functions, whose derivative is 0 wherever they have one
    _P("round", lambda m, u, n: m.round(u, n), lambda m, out, u, n: (0.0, 0.0), "round({}, {})",
       kinks=(((0.5, 0.0), (0.0, 0.0)),), defaults=(0.0,), doc="u rounded half to even at n decimals"),
    _P("floor", lambda m, u: m.floor(u), lambda m, out, u: (0.0,), "floor({})", r"\left\lfloor{}\right\rfloor",
       domain="u % 1 != 0", kinks=(((1.0,), (0.0,)),), doc="the largest whole number not above u"),
    _P("ceil", lambda m, u: m.ceil(u), lambda m, out, u: (0.0,), "ceil({})", r"\left\lceil{}\right\rceil",
       domain="u % 1 != 0", kinks=(((1.0,), (0.0,)),), doc="the smallest whole number not below u"),
    _P("trunc", lambda m, u: m.trunc(u), lambda m, out, u: (0.0,), "trunc({})", domain="u % 1 != 0",
       kinks=(((0.0,), (0.0,)),), doc="u rounded towards 0"),
    # exponentials, logarithms, roots
    _P("exp", lambda m, u: m.exp(u), lambda m, out, u: (out,), "exp({})", "e^{{}}", doc="e to the power u"),
    _P("exp2", lambda m, u: m.exp2(u), lambda m, out, u: (out * m.log(2.0),), "exp2({})", "2^{{}}", doc="2 to the power u"),
    _P("expm1", lambda m, u: m.expm1(u), lambda m, out, u: (m.exp(u),), "expm1({})", r"\left(e^{{}} - 1\right)",
       doc="exp(u) - 1, accurate near 0"),
    _P("log", lambda m, u: m.log(u), lambda m, out, u: (m.div(1.0, u),), "log({})", r"\ln\left({}\right)", domain="u > 0",
       doc="the natural logarithm"),
    _P("log2", lambda m, u: m.log2(u), lambda m, out, u: (m.div(m.div(1.0, u), m.log(2.0)),), "log2({})",
       r"\log_2\left({}\right)", domain="u > 0", doc="the logarithm to base 2"),
    _P("log10", lambda m, u: m.log10(u), lambda m, out, u: (m.div(m.div(1.0, u), m.log(10.0)),), "log10({})",
       r"\log_{10}\left({}\right)", domain="u > 0", doc="the logarithm to base 10"),
    _P("log1p", lambda m, u: m.log1p(u), lambda m, out, u: (m.div(1.0, 1.0 + u),), "log1p({})", r"\ln\left(1 + {}\right)",
       domain="u > -1", doc="log(1 + u), accurate near 0"),
    _P("sqrt", lambda m, u: m.sqrt(u), lambda m, out, u: (m.div(0.5, out),), "sqrt({})", r"\sqrt{{}}", domain="u > 0",
       kinks=(((0.0,), (INF,)),), doc="the square root"),
    _P("cbrt", lambda m, u: m.cbrt(u), lambda m, out, u: (cbrt_slope(m, out, u),), "cbrt({})", r"\sqrt[3]{{}}",
       domain="u != 0", kinks=(((0.0,), (INF,)),), rules=("1 / (3 * {out} ** 2)",),
       doc="the real cube root", higher=lambda m, out, u: (m.div(m.div(m.div(1.0, 3.0), out), out),)),
    _P("square", lambda m, u: u * u, lambda m, out, u: (2.0 * u,), "square({})", r"\left({}\right)^2", doc="u * u"),
    # trigonometric and hyperbolic
    _P("sin", lambda m, u: m.sin(u), lambda m, out, u: (m.cos(u),), "sin({})", r"\sin\left({}\right)", doc="sine"),
    _P("cos", lambda m, u: m.cos(u), lambda m, out, u: (-m.sin(u),), "cos({})", r"\cos\left({}\right)", doc="cosine"),
    _P("tan", lambda m, u: m.tan(u), lambda m, out, u: (1.0 + out * out,), "tan({})", r"\tan\left({}\right)",
       doc="tangent"),
    _P("asin", lambda m, u: m.asin(u), lambda m, out, u: (m.div(1.0, m.sqrt((1.0 - u) * (1.0 + u))),), "asin({})",
       r"\arcsin\left({}\right)", domain="-1 < u < 1", kinks=(((1.0,), (INF,)),), aliases=("arcsin",), doc="arc sine",
       higher=lambda m, out, u: (m.div(1.0, m.sqrt(m.one_minus_square(u))),)),
    _P("acos", lambda m, u: m.acos(u), lambda m, out, u: (m.div(-1.0, m.sqrt((1.0 - u) * (1.0 + u))),), "acos({})",
       r"\arccos\left({}\right)", domain="-1 < u < 1", kinks=(((1.0,), (-INF,)),), aliases=("arccos",), doc="arc cosine",
       higher=lambda m, out, u: (m.div(-1.0, m.sqrt(m.one_minus_square(u))),)),
    # hypot(1, u) instead of 1 + u*u, which overflows and loses tiny derivatives
    _P("atan", lambda m, u: m.atan(u), lambda m, out, u: (m.div(m.div(1.0, m.hypot(1.0, u)), m.hypot(1.0, u)),), "atan({})",
       r"\arctan\left({}\right)", aliases=("arctan",), doc="arc tangent", higher=lambda m, out, u: (atan_slope(m, u),)),
    _P("atan2", lambda m, u, v: m.atan2(u, v), lambda m, out, u, v: atan2_partials(m, u, v),
       "atan2({}, {})", domain="u != 0 or v != 0", kinks=(((0.0, 0.0), (0.0, 0.0)),), aliases=("arctan2",),
       rules=("{v} / ({u} ** 2 + {v} ** 2)", "-{u} / ({u} ** 2 + {v} ** 2)"), doc="the angle of the point (v, u)",
       higher=lambda m, out, u, v: atan2_slopes(m, u, v, m.hypot(u, v))),
    _P("sinh", lambda m, u: m.sinh(u), lambda m, out, u: (m.cosh(u),), "sinh({})", r"\sinh\left({}\right)",
       doc="hyperbolic sine"),
    _P("cosh", lambda m, u: m.cosh(u), lambda m, out, u: (m.sinh(u),), "cosh({})", r"\cosh\left({}\right)",
       doc="hyperbolic cosine"),
    # 1 - out*out is wrong by 4 % at u = 18 and in every digit from 20
    _P("tanh", lambda m, u: m.tanh(u), lambda m, out, u: (4.0 * m.sigmoid(2.0 * u) * m.sigmoid(-2.0 * u),), "tanh({})",
       r"\tanh\left({}\right)", rules=("1 - {out} ** 2",), doc="hyperbolic tangent"),
    _P("asinh", lambda m, u: m.asinh(u), lambda m, out, u: (m.div(1.0, m.hypot(1.0, u)),), "asinh({})",
       r"\operatorname{arsinh}\left({}\right)", aliases=("arcsinh",), doc="inverse hyperbolic sine",
       higher=lambda m, out, u: (asinh_slope(m, u),)),
    _P("acosh", lambda m, u: m.acosh(u), lambda m, out, u: (m.div(1.0, m.sqrt(u - 1.0) * m.sqrt(u + 1.0)),), "acosh({})",
       r"\operatorname{arcosh}\left({}\right)", domain="u > 1", kinks=(((1.0,), (INF,)),), aliases=("arccosh",),
       doc="inverse hyperbolic cosine", higher=lambda m, out, u: (m.pow(u - 1.0, -0.5) * m.pow(u + 1.0, -0.5),)),
    _P("atanh", lambda m, u: m.atanh(u), lambda m, out, u: (m.div(1.0, (1.0 - u) * (1.0 + u)),), "atanh({})",
       r"\operatorname{artanh}\left({}\right)", domain="-1 < u < 1", kinks=(((1.0,), (INF,)),), aliases=("arctanh",),
       doc="inverse hyperbolic tangent", higher=lambda m, out, u: (m.div(1.0, m.one_minus_square(u)),)),
    _P("hypot", lambda m, u, v: m.hypot(u, v),
       lambda m, out, u, v: (m.where(out == 0.0, 0.0, m.div(u, out)), m.where(out == 0.0, 0.0, m.div(v, out))),
       "hypot({}, {})", r"\sqrt{{}^2 + {}^2}", domain="u != 0 or v != 0", kinks=(((0.0, 0.0), (0.0, 0.0)),),
       rules=("{u} / {out}", "{v} / {out}"), doc="sqrt(u*u + v*v) without overflow",
       higher=lambda m, out, u, v: (m.div(u, out), m.div(v, out))),
    # the error function and the normal distribution
    _P("erf", lambda m, u: m.erf(u), lambda m, out, u: (m.div(2.0, m.sqrt(m.acos(-1.0))) * m.gauss(u, 1.0),), "erf({})",
       r"\operatorname{erf}\left({}\right)", rules=("2 / sqrt(pi) * exp(-{u} ** 2)",), doc="the error function"),
    _P("erfc", lambda m, u: m.erfc(u), lambda m, out, u: (m.div(-2.0, m.sqrt(m.acos(-1.0))) * m.gauss(u, 1.0),), "erfc({})",
       r"\operatorname{erfc}\left({}\right)", rules=("-2 / sqrt(pi) * exp(-{u} ** 2)",),
       doc="1 - erf(u), accurate in the tail"),
    _P("normal_cdf", normal_cdf, lambda m, out, u: (m.div(m.gauss(u, 0.5), m.sqrt(2.0 * m.acos(-1.0))),), "normal_cdf({})",
       r"\Phi\left({}\right)", rules=("exp(-{u} ** 2 / 2) / sqrt(2 * pi)",),
       doc="the standard normal distribution function"),
    # activations
    # out*(1 - out) is 0 from u = 38 on
    _P("sigmoid", sigmoid, lambda m, out, u: (m.sigmoid(u) * m.sigmoid(-u),), "sigmoid({})", r"\sigma\left({}\right)",
       rules=("{out} * (1 - {out})",), doc="1 / (1 + exp(-u))"),
    _P("logsigmoid", lambda m, u: m.where(u < 0.0, u, 0.0) - m.log1p(m.exp(-m.abs(u))), lambda m, out, u: (m.sigmoid(-u),),
       "logsigmoid({})", r"\ln\sigma\left({}\right)", doc="log(sigmoid(u))"),
    _P("softplus", lambda m, u: m.where(u > 0.0, u, 0.0) + m.log1p(m.exp(-m.abs(u))), lambda m, out, u: (m.sigmoid(u),),
       "softplus({})", doc="log(1 + exp(u))"),
    # u <= 0 rather than u > 0: nan stays nan
    _P("relu", lambda m, u: m.where(u <= 0.0, 0.0, u), lambda m, out, u: (m.step(u),), "relu({})", symbol="ReLU",
       domain="u != 0", kinks=(((0.0,), (0.0,)),), doc="max(u, 0)"),
    _P("leaky_relu", lambda m, u, slope: m.where(u > 0.0, u, slope * u),
       lambda m, out, u, slope: (m.where(u > 0.0, 1.0, slope), m.where(u > 0.0, 0.0, u)), "leaky_relu({}, {})",
       domain="u != 0", kinks=(((0.0, 0.01), (0.01, 0.0)),), defaults=(0.01,), doc="u above 0, slope*u below"),
    _P("elu", lambda m, u, alpha: m.where(u > 0.0, u, alpha * m.expm1(u)),
       lambda m, out, u, alpha: (m.where(u > 0.0, 1.0, alpha * m.exp(u)), m.where(u > 0.0, 0.0, m.expm1(u))), "elu({}, {})",
       domain="u != 0", kinks=(((0.0, 0.5), (0.5, 0.0)),), defaults=(1.0,), doc="u above 0, alpha*(exp(u) - 1) below"),
    _P("gelu", gelu,
       lambda m, out, u: (m.gelu_slope(u),), "gelu({})",
       rules=("normal_cdf({u}) + {u} * exp(-{u} ** 2 / 2) / sqrt(2 * pi)",), doc="u * normal_cdf(u), the exact form"),
    _P("silu", silu, lambda m, out, u: (silu_slope(m, u),), "silu({})",
       rules=("sigmoid({u}) + {u} * sigmoid({u}) * sigmoid(-{u})",), doc="u * sigmoid(u)"),
    # choices
    _P("sign", lambda m, u: m.sign(u), lambda m, out, u: (0.0,), "sign({})", r"\operatorname{sgn}\left({}\right)",
       domain="u != 0", kinks=(((0.0,), (0.0,)),), doc="-1, 0 or 1"),
    _P("copysign", lambda m, u, v: m.copysign(u, v), lambda m, out, u, v: (m.sign(u) * m.copysign(1.0, v), 0.0),
       "copysign({}, {})", domain="u != 0 and v != 0", kinks=(((0.0, 1.0), (0.0, 0.0)),), doc="|u| with the sign of v",
       higher=lambda m, out, u, v: (m.sign(u) * m.fixed(m.copysign(1.0, v)), 0.0)),
    _P("maximum", lambda m, *us: m.maximum(*us), shares, "maximum({})", r"\max\left({}\right)", "max",
       kinks=(((1.0, 1.0), (0.5, 0.5)), ((2.0, 0.0, 2.0), (0.5, 0.0, 0.5))), variadic=True,
       rules=("1 / (how many are the largest) if {u} is, else 0",),
       doc="the largest operand; ties share the derivative equally", higher=shares_higher),
    _P("minimum", lambda m, *us: m.minimum(*us), shares, "minimum({})", r"\min\left({}\right)", "min",
       kinks=(((1.0, 1.0), (0.5, 0.5)), ((1.0, 2.0, 1.0), (0.5, 0.0, 0.5))), variadic=True,
       rules=("1 / (how many are the smallest) if {u} is, else 0",),
       doc="the smallest operand; ties share the derivative equally", higher=shares_higher),
    _P("where", lambda m, c, a, b: m.where(c != 0.0, a, b),
       lambda m, out, c, a, b: (0.0, m.where(c != 0.0, 1.0, 0.0), m.where(c != 0.0, 0.0, 1.0)), "where({}, {}, {})",
       method=False, doc="a if the condition is true, else b"),
    _P("clamp", lambda m, u, lo, hi: m.where(u > hi, hi, m.where(u < lo, lo, u)),
       lambda m, out, u, lo, hi: (m.where((u >= lo) & (u <= hi), 1.0, 0.0),
                                  m.where(u < lo, 1.0, 0.0), m.where(u > hi, 1.0, 0.0)),
       "clamp({}, {}, {})", domain="u != lo and u != hi",
       kinks=(((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)), ((1.0, 0.0, 1.0), (1.0, 0.0, 0.0))), defaults=(-INF, INF),
       doc="u limited to lo..hi"),
    # n-ary: one node, however many operands
    _P("sum", lambda m, *us: m.sum(*us), lambda m, out, *us: (1.0,) * len(us), "sum({})", variadic=True, method=False,
       doc="the correctly rounded sum"),
    _P("mean", lambda m, *us: m.div(m.sum(*us), float(len(us))),
       lambda m, out, *us: (m.div(1.0, float(len(us))),) * len(us), "mean({})", variadic=True, method=False,
       doc="the arithmetic mean"),
    _P("dot", lambda m, *ops: m.dot(*ops), lambda m, out, *ops: dot_partials(ops), "dot({})", variadic=True, method=False,
       doc="w1*x1 + ... + wn*xn + b, operands w1..wn, x1..xn, b"),
    _P("norm", lambda m, *us: m.norm(*us),
       lambda m, out, *us: tuple(m.where(out == 0.0, 0.0, m.div(u, out)) for u in us),
       "norm({})", r"\left\lVert{}\right\rVert", variadic=True, method=False, domain="any(us)",
       kinks=(((0.0, 0.0), (0.0, 0.0)),), rules=("{u} / {out}",), doc="the Euclidean norm, without overflow",
       higher=lambda m, out, *us: tuple(m.div(u, out) for u in us)),
    _P("logsumexp", logsumexp, lambda m, out, *us: softmax(m, *us), "logsumexp({})", r"\ln\sum\exp\left({}\right)",
       variadic=True, method=False, rules=("exp({u} - {out})",), doc="log(exp(u1) + ... + exp(un)), without overflow"),
    # further names of math's, NumPy's and SciPy's
    _P("degrees", lambda m, u: u * m.div(180.0, m.acos(-1.0)), lambda m, out, u: (m.div(180.0, m.acos(-1.0)),),
       "degrees({})", aliases=("rad2deg",), doc="an angle in degrees, from radians"),
    _P("radians", lambda m, u: u * m.div(m.acos(-1.0), 180.0), lambda m, out, u: (m.div(m.acos(-1.0), 180.0),),
       "radians({})", aliases=("deg2rad",), doc="an angle in radians, from degrees"),
    _P("fmod", lambda m, u, v: m.fmod(u, v),
       lambda m, out, u, v: (1.0, -m.fixed(m.sign(u) * m.sign(v) * m.floordiv(m.abs(u), m.abs(v)))), "fmod({}, {})",
       domain="u % v != 0 or u == 0", kinks=(((4.0, 2.0), (1.0, -2.0)),), rules=("1", "-trunc({u} / {v})"),
       doc="u - v*trunc(u/v), with the sign of u"),
    _P("remainder", lambda m, u, v: m.remainder(u, v),
       lambda m, out, u, v: (1.0, -m.round(m.div(u, v) - m.div(out, v), 0.0)), "remainder({}, {})",
       domain="u % v != v / 2", kinks=(((1.0, 2.0), (1.0, 0.0)),), rules=("1", "-round({u} / {v})"),
       doc="u - v*n with n the whole number nearest to u/v; between -v/2 and v/2"),
    _P("sinc", sinc, lambda m, out, u: (m.sinc_derivative(1.0, u),), "sinc({})",
       rules=("(cos(pi * {u}) - {out}) / {u}",), doc="sin(pi*u) / (pi*u), 1 at 0"),
    # u == 0: SciPy's 0 whatever v is but nan, not the nan of 0*log(v)
    _P("xlogy", lambda m, u, v: m.where((u == 0.0) & (v == v), 0.0, u * m.log(v)),
       lambda m, out, u, v: (m.log(v), m.where((u == 0.0) & (v == 0.0), 0.0, m.div(u, v))), "xlogy({}, {})",
       domain="v > 0", kinks=(((0.0, 0.0), (-INF, 0.0)),), doc="u * log(v), 0 where u is 0",
       higher=lambda m, out, u, v: (m.log(v), m.div(u, v))),
    _P("logaddexp", logaddexp, lambda m, out, u, v: logaddexp_partials(m, u, v), "logaddexp({}, {})",
       rules=("exp({u} - {out})", "exp({v} - {out})"), doc="log(exp(u) + exp(v)), without overflow"),
    _P("prod", lambda m, *us: m.prod(*us), lambda m, out, *us: m.others(us), "prod({})", r"\prod\left({}\right)",
       variadic=True, method=False, rules=("the product of the others",), doc="the correctly rounded product"),
    # the gamma function's family (special.py): right to the last bit, next to every zero too
    _P("gamma", lambda m, u: m.gamma(u), lambda m, out, u: (out * m.digamma(u),), "gamma({})", r"\Gamma\left({}\right)",
       domain="u > 0 or u % 1 != 0", doc="the gamma function, (u - 1)! for whole u",
       higher=lambda m, out, u: (m.where(u == INF, m.exp(u), out * m.digamma(u)),)),  # exp: every derivative is inf, too
    _P("lgamma", lambda m, u: m.lgamma(u), lambda m, out, u: (m.digamma(u),), "lgamma({})",
       r"\ln\left|\Gamma\left({}\right)\right|", domain="u > 0 or u % 1 != 0",
       doc="log|gamma(u)|"),
    _P("digamma", lambda m, u: m.digamma(u), lambda m, out, u: (m.polygamma(1.0, u),), "digamma({})",
       r"\psi\left({}\right)", domain="u > 0 or u % 1 != 0",
       doc="the derivative of log(gamma(u))"),
    _P("polygamma", lambda m, n, u: m.polygamma(n, u), lambda m, out, n, u: (NAN, m.polygamma(n + 1.0, u)),
       "polygamma({}, {})", r"\psi^{({})}\left({}\right)", domain="u > 0 or u % 1 != 0",
       method=False, doc="the derivative of order n of digamma(u); n is whole"),
    # helpers that only rules and transforms use
    _P("identity", lambda m, u: u, lambda m, out, u: (1.0,), "{}", "{}", method=False, doc="u, as a node of its own"),
    _P("step", lambda m, u: m.where(u <= 0.0, 0.0, 1.0), lambda m, out, u: (0.0,), "step({})", domain="u != 0",
       kinks=(((0.0,), (0.0,)),), method=False, doc="0 up to 0, 1 above"),
    _P("expdiff", expdiff, lambda m, out, u, v: (out, -out), "exp({} - {})", "e^{{} - {}}", method=False,
       doc="exp(u - v), accurate however small"),
    _P("gauss", gauss, gauss_partials, "gauss({}, {})", r"e^{-{}^2 \cdot {}}",
       method=False, doc="exp(-c*u*u), accurate in the tail; c is 1/4, 1/2 or 1"),
    _P("gelu_slope", gelu_slope,
       lambda m, out, u: (gelu_curvature(m, u),), "gelu_slope({})", method=False,
       rules=("(2 - {u} ** 2) * exp(-{u} ** 2 / 2) / sqrt(2 * pi)",), doc="the derivative of gelu"),
    _P("sinc_derivative", lambda m, n, u: m.sinc_derivative(n, u),
       lambda m, out, n, u: (NAN, m.sinc_derivative(n + 1.0, u)), "sinc_derivative({}, {})",
       r"\operatorname{sinc}^{({})}\left({}\right)", method=False, doc="the derivative of order n of sinc(u); n is whole"),
    _P("one_minus_square", lambda m, u: (1.0 - u) * (1.0 + u), lambda m, out, u: (-2.0 * u,), "1 - ({}) ** 2",
       r"1 - \left({}\right)^2", precedence=1, method=False, doc="1 - u*u, accurate next to 1 and -1"),
    _P("pow_derivative", pow_derivative,
       lambda m, out, u, v, n, k: (m.pow_derivative(u, v, n + 1.0, k), m.pow_derivative(u, v, n, k + 1.0), NAN,
                                     NAN),
       "pow_derivative({}, {}, {}, {})", domain="u > 0 or v % 1 == 0", method=False,
       doc="the n-th derivative by u and k-th by v of u**v; n and k are whole"),
    _P("pinned", lambda m, c, formula, number: m.where(c != 0.0, formula, number), lambda m, out, *us: (0.0, 1.0, 0.0),
       "pinned({}, {}, {})", domain="c != 0", kinks=(((0.0, 2.0, 5.0), (0.0, 1.0, 0.0)),), method=False,
       doc="the formula, or where c is 0 another number, with the formula's derivatives"),
)
# fmt: on


TABLE: dict[str, Primitive] = {row.name: row for row in _ROWS}


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
