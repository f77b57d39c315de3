"""Every row of the table, in every reader, against fifty digits.

The oracle (oracle.py) knows nothing of the table: its values are textbook definitions, its derivatives differences of
them. A number passes if it is within 4 ulp of the oracle's, the rounding of the inputs aside: an error that half an ulp in
an operand would cause as well belongs to the operand (a dot that cancels, a derivative next to its own zero).

`make test` draws a hundred points per row, `make exhaustive` 10,000.
"""

import functools
import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from levelled import new_level
from mpmath import mp, mpf
from oracle import ORACLE, derivative, exact, ulp_error
from places import GOLDEN

import autograd
from autograd import Value, gradients, jvp
from autograd.operators import VALUE, Tracer, apply
from autograd.primitives.arrays import ARRAY
from autograd.primitives.readers import FLOAT, LATEX, TEXT, Reader
from autograd.primitives.table import TABLE, Primitive
from autograd.transforms.dual import Dual

Point = tuple[float, ...]

FEW, MANY = 100, 10_000
COUNTS = [
    pytest.param(FEW, id="some"),
    pytest.param(MANY, id="all", marks=pytest.mark.exhaustive),
]
NAMES = sorted(ORACLE)


def points(name: str, count: int) -> list[Point]:
    """The same points of a row in every test."""
    return ORACLE[name].points(Random(name), count)


def aside(name: str, index: tuple[int, ...], operands: Point) -> float:
    """What half an ulp in each operand does to the derivative of that index (() for the value)."""
    slopes = (derivative(name, (*index, i), operands, 20) for i in range(len(operands)))
    return math.fsum(float(abs(d)) * math.ulp(u) / 2 for d, u in zip(slopes, operands, strict=True) if mp.isfinite(d))


def off(name: str, index: tuple[int, ...], operands: Point, got: float, want: Any) -> float:
    """The error in ulps, the rounding of the inputs aside."""
    error = ulp_error(got, want)
    if error <= 4.0 or not math.isfinite(error):
        return error
    return max(0.0, float(abs(mpf(got) - want)) - aside(name, index, operands)) / math.ulp(float(want))


def columns(rows: Sequence[Point], orders: int = 0) -> Iterator[tuple[list[int], tuple[Any, ...]]]:
    """Points of equal length as one array per operand, with the points' numbers; `orders` at the end stay plain numbers."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for n, row in enumerate(rows):
        alike.setdefault((len(row), *row[len(row) - orders :]), []).append(n)
    for (length, *last), ns in alike.items():
        operands = [np.array(column) for column in zip(*(rows[n] for n in ns), strict=True)]
        yield ns, (*operands[: length - orders], *last)


def test_oracle_and_table_hold_the_same_primitives() -> None:
    assert set(ORACLE) == set(TABLE)
    for name, row in TABLE.items():
        assert ORACLE[name].arity == (row.arity or None)


def by_floats(name: str, rows: list[Point]) -> Iterator[tuple[Point, float, Sequence[float]]]:
    """Each point with the value and the partials of the FLOAT reader."""
    row = TABLE[name]
    for p in rows:
        out = row.value(FLOAT, *p)
        yield p, out, row.partials(FLOAT, out, *p)


def by_arrays(name: str, rows: list[Point]) -> Iterator[tuple[Point, float, Sequence[float]]]:
    """The same by the ARRAY reader, many points at once."""
    row = TABLE[name]
    for ns, operands in columns(rows, 2 if name == "pow_derivative" else 0):
        with np.errstate(all="ignore"):
            out = np.broadcast_to(row.value(ARRAY, *operands), len(ns))
            partials = [np.broadcast_to(d, len(ns)) for d in row.partials(ARRAY, out, *operands)]
        for k, n in enumerate(ns):
            yield rows[n], float(out[k]), [float(partial[k]) for partial in partials]


# Both readers are asked at the same points, one after the other: what is right there is worked out once.
true_value = functools.lru_cache(maxsize=1 << 16)(exact)
true_derivative = functools.lru_cache(maxsize=1 << 16)(derivative)


@pytest.mark.parametrize("read", [by_floats, by_arrays])
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_is_within_4_ulp(read: Callable[..., Any], name: str, count: int) -> None:
    for p, out, partials in read(name, points(name, count)):
        want = true_value(name, p)
        assert off(name, (), p, out, want) <= 4.0, f"{name}{p} = {out!r}, should be {mpmath.nstr(want, 20)}"
        for i, partial in enumerate(partials):
            want = true_derivative(name, (i,), p)
            assert off(name, (i,), p, partial, want) <= 4.0, (
                f"d{name}{p}/d(operand {i}) = {partial!r}, should be {mpmath.nstr(want, 20)}"
            )


def same(a: float, b: float) -> bool:
    """Equal to the last bit, nan equal to nan."""
    return a == b or (a != a and b != b)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", NAMES)
def test_values_and_duals_read_the_same_numbers(name: str, count: int) -> None:
    """Reverse mode, forward mode and the VALUE reader give the FLOAT reader's numbers bit for bit."""
    row = TABLE[name]
    for p in points(name, count):
        out = row.value(FLOAT, *p)
        partials = row.partials(FLOAT, out, *p)
        leaves = tuple(Value(u) for u in p)
        node = apply(row, leaves)
        assert node.data == out
        assert all(map(same, node.partials, partials))
        read = [d.number if isinstance(d, Tracer) else d for d in row.partials(VALUE, node, *leaves)]
        assert all(map(same, read, partials))
        for i, partial in enumerate(partials):
            level = new_level()
            dual = apply(row, tuple(Dual(level, u, 1.0) if k == i else u for k, u in enumerate(p)))
            assert dual.primal == out
            assert same(dual.tangent, partial)


def moderate(name: str, count: int) -> list[Point]:
    """Points where derivatives of every order are of moderate size, and no finer than two numbers' difference."""
    drawn = itertools.islice(ORACLE[name].drawn(Random(name)), 4_000)
    fitting = (p for p in drawn if all(0.02 < abs(u) < 12.0 for u in p) and len(p) < 8)
    return list(itertools.islice(fitting, count))


@pytest.mark.parametrize("count", [pytest.param(12, id="some"), pytest.param(200, id="all", marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("name", NAMES)
def test_second_and_third_derivatives(name: str, count: int) -> None:
    """Both modes, applied to themselves, against the oracle's higher differences."""
    row = TABLE[name]
    for p in moderate(name, count):
        spread = range(len(p)) if len(p) < 4 else (0, len(p) // 2, len(p) - 1)
        for index in itertools.chain.from_iterable(itertools.combinations_with_replacement(spread, n) for n in (2, 3)):
            want = derivative(name, index, p, 25)
            if not mp.isfinite(want):
                continue
            lower = [abs(derivative(name, index[:n], p, 20)) for n in range(1, len(index))]
            size = float(max(abs(want), *lower, mpf(1)))
            leaves = [Value(u) for u in p]
            reverse: Any = apply(row, tuple(leaves))
            for i in index:
                reverse = gradients(reverse, leaves[i], create_graph=True) if isinstance(reverse, Value) else 0.0
            forward: Any = list(p)
            levels = [new_level() for _ in index]
            for level, i in zip(levels, index, strict=True):
                forward[i] = Dual(level, forward[i], 1.0)
            forward = apply(row, tuple(forward))
            for level in reversed(levels):
                forward = forward.tangent if isinstance(forward, Dual) and forward.level == level else 0.0
            for got in (reverse, forward):
                number = got.number if isinstance(got, Tracer) else got
                assert abs(number - float(want)) <= 1e-11 * size, f"{name}{p}, derivative {index}: {number!r} {want}"


@pytest.mark.parametrize("name", NAMES)
def test_kinks_are_as_the_table_says(name: str) -> None:
    row = TABLE[name]
    for operands, chosen in row.kinks:
        out = row.value(FLOAT, *operands)
        assert row.partials(FLOAT, out, *operands) == chosen
        leaves = [Value(u) for u in operands]
        apply(row, tuple(leaves)).backward()
        assert tuple(v.grad for v in leaves) == chosen
        for i, d in enumerate(chosen):
            unit = [1.0 if k == i else 0.0 for k in range(len(operands))]
            tangents = jvp(lambda *us: apply(row, us), operands, unit)[1]
            if all(math.isfinite(c) for c in chosen):  # 0 * inf is nan, as everywhere
                assert tangents == d
        arrays = [np.array([u]) for u in operands]
        with np.errstate(all="ignore"):
            read = row.partials(ARRAY, row.value(ARRAY, *arrays), *arrays)
        assert tuple(float(np.ravel(d)[0]) for d in read) == chosen


def test_every_row_with_a_restricted_domain_says_what_happens_at_its_edge() -> None:
    """A domain that leaves out a point the function is defined at needs a kink column."""
    without = {name for name, row in TABLE.items() if row.domain != "True" and not row.kinks}
    assert without == {
        "div",
        "log",
        "log2",
        "log10",
        "log1p",
        "gamma",
        "lgamma",
        "digamma",
        "polygamma",
        "pow_derivative",
    }  # poles and nan: the edge grid pins them


@pytest.mark.parametrize("name", NAMES)
def test_domains_hold_at_the_oracle_points(name: str) -> None:
    row = TABLE[name]
    names = ("us",) if row.variadic else row.operand_names
    for p in points(name, 200):
        bound = {"us": p} if row.variadic else dict(zip(names, p, strict=True))
        assert eval(row.domain, {"any": any}, bound), f"{p} is outside {row.domain!r}"


# --- the edge grid -----------------------------------------------------------------------------------------------------

EDGES = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, 5e-324)


def edge_points(row: Primitive) -> list[Point]:
    """The edges of every operand; for n-ary rows of three operands (dot) or two."""
    arity = row.arity or (3 if row.name == "dot" else 2)
    third = (-1.0, 0.0, 1.0) if row.name != "pow_derivative" else (0.0, 1.0)
    return list(itertools.product(*([EDGES] * min(arity, 2)), *([third] * (arity - 2))))


def edge_lines(reader: Reader, wrap: Any, unwrap: Any) -> list[str]:
    """Value and partials of every row at every edge, as text."""
    lines = []
    for name, row in TABLE.items():
        for p in edge_points(row):
            operands = tuple(map(wrap, p))
            out = row.value(reader, *operands)
            partials = row.partials(reader, out, *operands)
            shown = " ".join(f"{unwrap(x):.12g}" for x in (out, *partials))
            lines.append(f"{name}({', '.join(map(repr, p))}) = {shown}")
    return lines


def test_edge_grid_is_pinned() -> None:
    """No edge raises, and every value and partial there is what it was decided to be (REGENERATE=1 rewrites the file)."""
    lines = edge_lines(FLOAT, float, float)
    path = GOLDEN / "edges.txt"
    if os.environ.get("REGENERATE"):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == path.read_text(encoding="utf-8").splitlines()


def _unsigned(line: str) -> str:
    return line.partition(" = ")[0] + " = " + line.partition(" = ")[2].replace("-0", "0").replace("-nan", "nan")


def test_arrays_agree_at_the_edges() -> None:
    """NumPy's arithmetic has the same inf and nan; the sign of a zero may differ."""
    with np.errstate(all="ignore"):
        lines = edge_lines(ARRAY, np.float64, float)
    wanted = edge_lines(FLOAT, float, float)
    # NumPy's // and % give nan where the divisor or the dividend is infinite, Python's follow the sign of the divisor.
    differ = [
        (a, b)
        for a, b in zip(map(_unsigned, lines), map(_unsigned, wanted), strict=True)
        if a != b and not (a.startswith(("floordiv", "mod", "fmod")) and "inf" in a)
    ]
    assert differ == []


@pytest.mark.parametrize("name", NAMES)
def test_both_modes_agree_at_the_edges(name: str) -> None:
    row = TABLE[name]
    for p in edge_points(row):
        leaves = tuple(Value(u) for u in p)
        node = apply(row, leaves)
        for i in range(len(p)):
            level = new_level()
            dual = apply(row, tuple(Dual(level, u, 1.0) if k == i else u for k, u in enumerate(p)))
            assert same(dual.primal, node.data)
            assert same(dual.tangent, node.partials[i])


# --- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_text_means_what_the_row_computes(name: str) -> None:
    """The written application, evaluated as Python, gives the value: a label cannot drift from its row."""
    row = TABLE[name]
    namespace = {other: getattr(FLOAT, other) for other in TABLE}
    for p in moderate(name, 10):
        names = [f"u{i}" for i in range(len(p))]
        text = str(TEXT.write(row, *map(TEXT.symbol, names)))
        got = eval(text, namespace, dict(zip(names, p, strict=True)))
        assert got == pytest.approx(row.value(FLOAT, *p), rel=1e-13, abs=1e-13), text


@pytest.mark.parametrize("name", NAMES)
def test_rules_as_text_mean_what_the_row_computes(name: str) -> None:
    row = TABLE[name]
    namespace: dict[str, Any] = {other: getattr(FLOAT, other) for other in TABLE} | {"inf": math.inf, "nan": math.nan}
    for p in moderate(name, 10):
        names = [f"u{i}" for i in range(len(p))]
        out = row.value(FLOAT, *p)
        bound = dict(zip(names, p, strict=True)) | {"out": out}
        read = row.partials(TEXT, TEXT.symbol("out"), *map(TEXT.symbol, names))
        for text, partial in zip(read, row.partials(FLOAT, out, *p), strict=True):
            got = eval(str(text), namespace, bound)
            assert got == pytest.approx(partial, rel=1e-9, abs=1e-12, nan_ok=True), text


@pytest.mark.parametrize("name", [row.name for row in TABLE.values() if row.rules])
def test_textbook_rules_mean_what_the_row_computes(name: str) -> None:
    row = TABLE[name]
    assert len(row.rules) == (1 if row.variadic else row.arity)
    functions = {other: getattr(FLOAT, other) for other in TABLE} | {"pi": math.pi}
    for p in moderate(name, 10):
        out = row.value(FLOAT, *p)
        for i, partial in enumerate(row.partials(FLOAT, out, *p)):
            names = {"u": p[i]} if row.variadic else dict(zip(row.operand_names, p, strict=True))
            text = row.rules[0 if row.variadic else i].format(**{n: n for n in names}, out="out")
            if "how many" in text:  # in words: no ties among the oracle's points
                assert partial == (1.0 if p[i] == out else 0.0)
            elif "the others" in text:
                assert partial == pytest.approx(math.prod((*p[:i], *p[i + 1 :])), rel=1e-9)
            elif not math.isnan(partial):
                assert eval(text, functions, names | {"out": out}) == pytest.approx(partial, rel=1e-9, abs=1e-15), text


@pytest.mark.parametrize("name", NAMES)
def test_latex_is_balanced_and_complete(name: str) -> None:
    row = TABLE[name]
    names = ["x_1", "y_2", "s_3", "t_4"][: row.arity or 3]
    text = str(LATEX.write(row, *map(LATEX.symbol, names)))
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert "{}" not in text
    assert all(n in text for n in names)


def test_parentheses_follow_python() -> None:
    a, b, c = map(TEXT.symbol, "abc")
    assert str((a + b) * c - (a - (b - c))) == "(a + b) * c - (a - (b - c))"
    assert str(TEXT.pow(-a, TEXT.pow(b, c))) == "(-a) ** b ** c"
    assert str(TEXT.pow(TEXT.pow(a, b), c)) == "(a ** b) ** c"
    assert str(-(a * b) + TEXT.div(a, b * c)) == "-(a * b) + a / (b * c)"
    assert str(a * -2.0) == "a * -2"
    assert str(TEXT.div(TEXT.exp(a + b), 2.0)) == "exp(a + b) / 2"


# --- mpmath as a reader ------------------------------------------------------------------------------------------------


def mpmath_reader() -> Reader:
    """Mpmath as one more number system: the table's own formulas, at any precision."""
    natives = {
        name: getattr(mp, name)
        for name in [
            "exp",
            "expm1",
            "sqrt",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "atan2",
            "sinh",
            "cosh",
            "tanh",
            "asinh",
            "acosh",
            "atanh",
            "erf",
            "erfc",
        ]
    }
    natives |= {"log": mp.log, "log1p": mp.log1p, "hypot": mp.hypot, "floor": mp.floor, "ceil": mp.ceil, "sign": mp.sign}
    natives |= {"exp2": lambda u: mp.power(2, u), "log2": lambda u: mp.log(u, 2), "log10": mp.log10, "abs": abs}
    natives |= {"cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u))}
    natives |= {"trunc": lambda u: mp.floor(u) if u > 0 else mp.ceil(u), "div": lambda u, v: mpf(u) / v, "pow": mp.power}
    natives |= {"floordiv": lambda u, v: mp.floor(u / v), "mod": lambda u, v: u - v * mp.floor(u / v)}
    natives |= {"copysign": lambda u, v: abs(u) * (1 if v >= 0 else -1), "where": lambda c, a, b: a if c else b}
    natives |= {"maximum": lambda *us: max(us), "minimum": lambda *us: min(us)}
    natives |= {"sum": lambda *us: mp.fsum(us), "norm": lambda *us: mp.norm(us)}
    natives |= {"fmod": lambda u, v: u - v * natives["trunc"](u / v), "remainder": ORACLE["remainder"].value}
    natives |= {"prod": lambda *us: mp.fprod(us), "gamma": mp.gamma, "lgamma": ORACLE["lgamma"].value}
    natives |= {name: ORACLE[name].value for name in ("digamma", "polygamma", "sinc_derivative")}
    natives |= dict.fromkeys(("gelu_apart", "gelu_slope_apart"), lambda _: mp.nan)  # nothing is lost in so many digits
    natives |= {"round": lambda u, n: mp.nint(u * 10**n) / 10**n, "dot": ORACLE["dot"].value}
    return Reader(natives)


@pytest.mark.parametrize("name", NAMES)
def test_formulas_are_exact_mathematics(name: str) -> None:
    """Read at 40 digits, value and partials agree with the oracle to 28: a formula is right, not just close enough.

    (28, because normal_cdf carries one constant in two doubles.)
    """
    row, reader = TABLE[name], mpmath_reader()
    for p in moderate(name, 12):
        with mp.workdps(40):
            operands = [mpf(u) for u in p]
            if name == "pow" and p[0] < 0:
                continue  # log of a negative number is complex in mpmath
            out = row.value(reader, *operands)
            partials = row.partials(reader, out, *operands)
            assert mp.almosteq(out, exact(name, p), 1e-28, 1e-28)
            for i, partial in enumerate(partials):
                want = derivative(name, (i,), p)
                assert mp.almosteq(partial, want, 1e-28, 1e-28) or (mp.isnan(want) and mp.isnan(partial)), (
                    f"{name}{p} operand {i}"
                )


# --- rules that are stated twice ---------------------------------------------------------------------------------------

RESTATED: dict[str, Callable[..., Value]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v,
    "pow": lambda u, v: u**v,
    "neg": lambda u: -u,
    "dot": lambda *ops: autograd.dot(ops[: len(ops) // 2], ops[len(ops) // 2 : -1], ops[-1]),
}


@pytest.mark.parametrize("name", RESTATED)
def test_operators_restate_the_table(name: str) -> None:
    """The hot path of `Value` gives what the row gives, bit for bit, with constants on either side, ints too."""
    row, operator = TABLE[name], RESTATED[name]
    everywhere = [*points(name, 300), *edge_points(row)]
    whole = [tuple(float(round(u)) for u in p) for p in points(name, 60) if all(abs(u) < 1e6 for u in p)]
    for p, as_int in [*((p, False) for p in everywhere + whole), *((p, True) for p in whole)]:
        for mask in itertools.product((True, False), repeat=min(len(p), 3)):
            wraps = [mask[min(i, 2)] for i in range(len(p))]
            if not any(wraps):
                continue
            operands = [Value(u) if w else int(u) if as_int else u for u, w in zip(p, wraps, strict=True)]
            node = operator(*operands)
            out = row.value(FLOAT, *p)
            partials = [d for d, w in zip(row.partials(FLOAT, out, *p), wraps, strict=True) if w]
            assert same(node.data, out)
            assert node.primitive is row
            assert node.partials is not None
            assert all(map(same, node.partials, partials)), f"{name}{p} {wraps}"
            assert list(map(id, node.parents)) == [id(o) for o in operands if isinstance(o, Value)]


# --- the check can fail ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1.0 + 1e-14, 0.999])
def test_a_wrong_rule_is_caught(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    row = TABLE["tanh"]
    wrong = row._replace(partials=lambda m, out, u: (factor * row.partials(m, out, u)[0],))
    monkeypatch.setitem(TABLE, "tanh", wrong)
    for read in (by_floats, by_arrays):
        with pytest.raises(AssertionError, match="dtanh"):
            test_a_reader_is_within_4_ulp(read, "tanh", FEW)
