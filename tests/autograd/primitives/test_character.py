"""Properties of primitives: what the table says of a row is what its formulas say, and what is said wrongly is refused."""

import ast
import inspect
import math
import pathlib
from typing import Any

import pytest

from autograd import TABLE, PrimitiveError, define_primitive
from autograd.extend import Kink
from autograd.primitives import table as primitives
from autograd.primitives.character import character
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import UNKNOWN, Primitive, known

# Far and near, either side, whole and broken; where a function has no value there, it does not count.
_SIZES = (0.0, 1e-300, 1e-3, 0.25, 0.5, 1.0, 1.5, 2.0, 3.1, 7.3, 40.0, 700.0, 1e8, 1e300)
POINTS = [sign * x for x in _SIZES for sign in (1.0, -1.0)]


@pytest.mark.parametrize("name", TABLE)
def test_what_formulas_tell_is_what_the_table_says(name: str) -> None:
    row, found = TABLE[name], character(TABLE[name])
    said = {column: getattr(row, column) for column in found}
    if row.in_cost and row.in_cost != "distance":  # for people to say
        del said["in_cost"], found["in_cost"]
    if name == "pow":  # whose even powers are one
        assert (said.pop("in_cost"), found.pop("in_cost")) == ("distance", "")
    assert found == said


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.range is not None])
def test_every_result_is_in_the_range_and_comes_near_its_bounds(name: str) -> None:
    row = TABLE[name]
    low, high = row.range or (0.0, 0.0)
    n = row.arity or 2
    operands = [(u,) * n if n == 1 else (u, v) for u in POINTS for v in (POINTS if n > 1 else POINTS[:1])]
    if name == "gauss":  # whose second operand is one of these
        operands = [(u, c) for u in POINTS for c in (0.25, 0.5, 1.0)]
    if name == "expdiff":  # whose rounding is put right where it does not overflow
        operands = [p for p in operands if math.hypot(*p) < 1e3]
    results = [x for p in operands if (x := row.value(FLOAT, *p)) == x]
    assert low <= min(results)
    assert max(results) <= high
    assert min(results) <= (low + 0.01 if low > -math.inf else -100.0)
    assert max(results) >= (high - 0.01 if high < math.inf else 100.0)


def test_rows_are_written_by_keyword_after_the_partials_and_in_the_order_of_the_columns() -> None:
    tree = ast.parse(pathlib.Path(inspect.getfile(primitives)).read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "_P"]
    assert len(calls) == len(TABLE)
    for call in calls:
        columns = [k.arg for k in call.keywords]
        assert len(call.args) == 3, ast.unparse(call)
        assert columns == [c for c in Primitive._fields if c in columns], ast.unparse(call)
        assert "variadic" not in columns, "that is read off the formula"


def test_what_is_in_no_table_has_no_properties() -> None:
    assert known("tanh") is TABLE["tanh"]
    assert known("made by hand") is UNKNOWN
    plain = Primitive("", UNKNOWN.value, UNKNOWN.partials, doc=UNKNOWN.doc)
    assert plain._asdict() == UNKNOWN._asdict()


# --- rows of one's own --------------------------------------------------------------------------------------------------


def squash(**columns: Any) -> Primitive:
    """U / (1 + |u|), between -1 and 1, steepest at 0."""
    define_primitive(
        "squash",
        lambda m, u: m.div(u, 1.0 + m.abs(u)),
        lambda m, out, u: (m.div(1.0, m.square(1.0 + m.abs(u))),),
        **columns,
    )
    return TABLE["squash"]


def test_properties_that_were_given_are_in_the_row_and_others_follow() -> None:
    row = squash(range=(-1.0, 1.0), steepest=1.0, symbol="sq", text="{} squashed", precedence=4, latex_precedence=9)
    assert row.range == (-1.0, 1.0)
    assert row.steepest == 1.0
    assert row.label == "sq"
    assert row.activation, "it levels off"
    assert not row.pole
    assert (row.precedence, row.latex_precedence) == (4, 9)
    assert (row.linear, row.step, row.commutes, row.in_cost) == ("", False, False, "")


@pytest.mark.parametrize(
    ("value", "partials", "columns", "found"),
    [
        (lambda m, u, v: 2.0 * u - v, lambda m, out, u, v: (2.0, -1.0), {}, {"linear": "all"}),
        (lambda m, u, v: 3.0 * u * v, lambda m, out, u, v: (3.0 * v, 3.0 * u), {}, {"linear": "each", "commutes": True}),
        (lambda m, u, v: m.div(u, m.exp(v)), lambda m, out, u, v: (m.exp(-v), -out), {}, {"linear": "first"}),
        (lambda m, u: m.floor(2.0 * u), lambda m, out, u: (0.0,), {}, {"step": True}),
        (lambda m, u: m.log(m.cosh(u)), lambda m, out, u: (m.tanh(u),), {}, {"in_cost": "distance"}),
        (lambda m, u: m.log(m.cosh(u)), lambda m, out, u: (m.tanh(u),), {"in_cost": ""}, {}),
        # rules that are not the derivatives of their values
        (lambda m, u: m.round(u, 0.0), lambda m, out, u: (1.0,), {}, {}),
        (lambda m, u: u, lambda m, out, u: (0.0,), {}, {}),
        (lambda m, u: m.maximum(u, 0.0), lambda m, out, u: (m.step(u),), {"gate": True}, {"gate": True, "activation": True}),
        (lambda m, u: m.maximum(u, 0.0), lambda m, out, u: (m.step(u),), {"gate": True, "activation": False}, {"gate": True}),
        (
            lambda m, u: m.sqrt(m.abs(u)),
            lambda m, out, u: (m.div(0.5 * m.sign(u), out),),
            {"kinks": (), "pole": True},
            {"pole": True, "in_cost": "distance"},
        ),
        (lambda m, u: m.sqrt(u), lambda m, out, u: (m.div(0.5, out),), {"kinks": [Kink((0.0,), (math.inf,))]}, {"pole": True}),
    ],
)
def test_what_is_read_off_a_row(value: Any, partials: Any, columns: dict[str, Any], found: dict[str, Any]) -> None:
    define_primitive("f", value, partials, **columns)
    none = {"linear": "", "step": False, "commutes": False, "in_cost": "", "gate": False, "activation": False, "pole": False}
    assert {name: getattr(TABLE["f"], name) for name in none} == none | found


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"range": (0.0, 1.0)}, r"range is \(0.0, 1.0\), and the value at -1e\+06 is -0.999"),
        ({"range": (1.0, -1.0)}, r"range is \(least, largest\), got \(1.0, -1.0\)"),
        ({"steepest": 0.5}, "steepest is 0.5, and the slope at 0 is 1"),
        ({"steepest": 0.0}, "a number above 0; got 0.0"),
        ({"steepest": math.inf}, "a number above 0; got inf"),
        ({"kinks": [((0.0,), (0.0,))]}, r"the kink at \(0.0,\) says \(0.0,\), and the partials are \(1.0,\) there"),
        ({"kinks": [((0.0, 1.0), (0.0,))]}, "with 1 numbers each"),
        ({"rules": ("1", "2")}, "rules are 1 texts, one per operand, got 2"),
        ({"rules": ("1 / (1 + |{x}|) ** 2",)}, r"is over \{out\}, \{u\}, and \{x\} is none of these"),
        ({"precedence": 5}, "precedence is one of 1, 2, 3, 4, 9; got 5"),
        ({"latex_precedence": "high"}, "latex_precedence is one of None, 1, 2, 3, 4, 9; got 'high'"),
        ({"associates": "both"}, "associates is one of 'left', 'right'; got 'both'"),
        ({"in_cost": "loss"}, "in_cost is one of None, '', 'distance', 'error', 'likelihood'; got 'loss'"),
    ],
)
def test_what_the_formulas_contradict_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(PrimitiveError, match=message):
        squash(**columns)
    assert "squash" not in TABLE


def test_what_never_levels_off_has_no_steepest_slope_and_what_is_flat_is_no_gate() -> None:
    bend = (lambda m, u: m.softplus(u), lambda m, out, u: (m.sigmoid(u),))
    with pytest.raises(PrimitiveError, match=r"level off on both sides, and the slope at 1e\+06 is 1"):
        define_primitive("bend", *bend, steepest=1.0)
    with pytest.raises(PrimitiveError, match="its derivative is 0 everywhere"):
        define_primitive("bend", lambda m, u: m.floor(u), lambda m, out, u: (0.0,), gate=True)
    with pytest.raises(PrimitiveError, match="its derivative is that of a linear function"):
        define_primitive("bend", lambda m, u: 2.0 * u, lambda m, out, u: (2.0,), gate=True)
    with pytest.raises(PrimitiveError, match="a function of one operand"):
        define_primitive("bend", lambda m, u, v: u * v, lambda m, out, u, v: (v, u), steepest=1.0)
