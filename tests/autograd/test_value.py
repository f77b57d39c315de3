"""The decisions on meaning: what a `Value` is, what its operators do at the edges, and what it refuses.

One test or more per line of the table of decisions (docs/design.md): coercion, repeated passes, snapshots, IEEE edges, kinks,
comparison and hash, lost gradients, numpy, hooks, text.
"""

import gc
import math
import operator
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    ArgumentError,
    GraphError,
    IdentityWarning,
    LostGradientError,
    OperandError,
    StaleDataWarning,
    Value,
    no_grad,
    record_backward,
)

# --- what goes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [2, 2.0, True, Fraction(2), Decimal(2), np.float64(2), np.float32(2), np.int8(2), np.bool_(True), np.array(2.0)],
    ids=lambda n: type(n).__name__,
)
def test_real_numbers_become_floats(number: Any) -> None:
    v = Value(number)
    assert type(v.data) is float
    assert v.data == float(number)
    product = Value(3.0) * number
    assert isinstance(product, Value)
    assert type(product.data) is float
    assert product.data == 3.0 * float(number)
    assert isinstance(number * Value(3.0), Value)


@pytest.mark.parametrize(
    ("thing", "hint"),
    [
        ("2", r"float\('2'\)"),
        (b"2", "float"),
        (None, "return"),
        (1j, "real and the imaginary part"),
        (np.complex128(1j), "real number"),
        ([1.0], "each element"),
        ({"a": 1}, "each element"),
        (np.array([1.0, 2.0]), "real number"),
        (object(), "real number"),
        (math.sin, "real number"),
    ],
    ids=lambda t: type(t).__name__,
)
def test_anything_else_is_refused_with_a_remedy(thing: Any, hint: str) -> None:
    with pytest.raises(OperandError, match=hint) as caught:
        Value(thing)
    assert isinstance(caught.value, TypeError)
    with pytest.raises(OperandError, match=hint):
        autograd.exp(thing)


@pytest.mark.parametrize("thing", ["2", None, [1.0], (1.0,), {}, 1j])
@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod])
def test_operators_refuse_what_is_no_number(op: Callable[[Any, Any], Any], thing: Any) -> None:
    for left, right in ((Value(1.0), thing), (thing, Value(1.0))):
        if op is operator.mod and isinstance(left, str):
            continue  # Python's own text formatting
        with pytest.raises(TypeError):
            op(left, right)
    with pytest.raises(OperandError, match=type(thing).__name__):
        op(Value(1.0), thing)


def test_a_value_of_a_value_is_refused() -> None:
    with pytest.raises(OperandError, match=r"Value\(v\.data\)"):
        Value(Value(1.0))


def test_integers_beyond_floats_are_refused() -> None:
    with pytest.raises(ArgumentError, match="too large for a float"):
        Value(10**400)
    with pytest.raises(ArgumentError, match="bits"):
        Value(1.0) + 10**400


def test_an_unknown_type_may_answer_itself() -> None:
    class Metre:
        def __radd__(self, other: object) -> str:
            return "metres"

    assert Value(1.0) + Metre() == "metres"
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(1.0) - Metre()  # type: ignore[operator]


# --- passes ----------------------------------------------------------------------------------------------------------


def test_the_chain_rule() -> None:
    """Dw -> dx -> dy -> dz."""
    w = Value(0.5)
    x = autograd.sin(w)
    y = x * x
    z = autograd.exp(y)
    z.backward()
    assert z.grad == 1.0
    assert y.grad == z.data
    assert x.grad == z.data * 2.0 * x.data
    assert w.grad == pytest.approx(z.data * 2.0 * x.data * math.cos(0.5), rel=1e-15)


def test_leaves_accumulate_and_interior_nodes_hold_the_latest_pass() -> None:
    x = Value(3.0)
    square = x * x
    cube = square * x
    cube.backward()
    assert (x.grad, square.grad) == (27.0, 3.0)
    cube.backward()
    assert (x.grad, square.grad) == (54.0, 3.0)
    x.grad = 0.0
    cube.backward()
    assert x.grad == 27.0


def test_two_roots_that_share_a_subgraph_add_up() -> None:
    x = Value(2.0)
    shared = x * x
    a, b = shared * 3.0, shared + x
    a.backward()
    b.backward()
    assert x.grad == 12.0 + 5.0


def test_a_leaf_as_root_gets_the_seed() -> None:
    x = Value(2.0)
    x.backward()
    x.backward(seed=3.0)
    assert x.grad == 4.0


def test_seed() -> None:
    x = Value(2.0)
    (x * x).backward(seed=0.5)
    assert x.grad == 2.0
    with pytest.raises(OperandError, match="seed"):
        x.backward(seed="1")  # type: ignore[arg-type]


def test_repeated_operands_count_each_time() -> None:
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0
    y = Value(3.0)
    autograd.sum(y, y, y).backward()
    assert y.grad == 3.0


def test_data_assigned_after_the_forward_pass_changes_no_derivative() -> None:
    x, y = Value(3.0), Value(4.0)
    z = x * y
    x.data = 100.0
    y.data = -1.0
    z.backward()
    assert (x.grad, y.grad) == (4.0, 3.0)
    assert z.data == 12.0


@pytest.mark.parametrize("thing", ["3", None, [1.0]])
def test_data_takes_numbers_only(thing: Any) -> None:
    x = Value(3.0)
    with pytest.raises(OperandError, match=r"\.data"):
        x.data = thing
    assert x.data == 3.0


def test_assigning_a_value_to_data_is_refused() -> None:
    """The classic bug of w.data = w - rate * w.grad."""
    w = Value(3.0)
    with pytest.raises(OperandError, match=r"p\.data -= rate"):
        w.data = w - 0.1
    w.data = 2
    assert type(w.data) is float


def test_whether_a_gradient_has_been_computed_can_be_seen() -> None:
    x, y = Value(0.0), Value(1.0)
    z = x * x
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, False, False)
    z.backward()
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, True, False)
    x.zero_grad()
    assert (x.grad, x.has_grad) == (0.0, False)


class Told:
    """Says when it is freed."""

    def __init__(self, gone: list[str]) -> None:
        self.gone = gone

    def __del__(self) -> None:
        self.gone.append("gone")


def test_nodes_are_data() -> None:
    """No closures, no cycles: what a graph is made of goes away by counting references alone."""
    gc.collect()
    gc.disable()
    try:
        gone: list[str] = []
        x: Any = Value(1.0)
        x.told_when_it_goes = Told(gone)
        y = autograd.tanh(x * 2.0 + autograd.dot([x, x], [1.0, 2.0], x))
        y.backward()
        del x
        assert gone == [], "the graph holds it"
        del y
        assert gone == ["gone"]
    finally:
        gc.enable()


def test_a_node_tells_how_it_was_made() -> None:
    x = Value(3.0, label="x")
    y = 2.0 - x
    assert (y.op, y.operands, y.parents, y.partials) == ("-", (2.0, x), (x,), (-1.0,))
    assert y.primitive is autograd.TABLE["sub"]
    assert (x.op, x.operands, x.parents, x.partials, x.primitive) == ("", (), (), (), None)


def test_a_neuron_is_one_node() -> None:
    ws, xs, b = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], Value(0.5)
    z = autograd.dot(ws, xs, b)
    assert z.data == 11.5
    assert z.parents == (*ws, *xs, b)
    assert z.partials == (3.0, 4.0, 1.0, 2.0, 1.0)


@pytest.mark.parametrize("xs", [[3.0, 4.0], [3, 4], np.array([3.0, 4.0]), (Fraction(3), 4.0), [Value(3.0), 4.0]])
def test_dot_of_every_kind_of_input(xs: Any) -> None:
    ws = [Value(1.0), Value(2.0)]
    for bias in (0.5, Value(0.5), 1, Fraction(1, 2)):
        z = autograd.dot(ws, xs, bias)
        z.backward()
        assert z.data == 11.0 + float(bias.data if isinstance(bias, Value) else bias)
        assert z.partials is not None
        assert z.partials[: len(ws)] == (3.0, 4.0)
    assert [w.grad for w in ws] == [12.0, 16.0]


# --- IEEE edges ------------------------------------------------------------------------------------------------------


def test_overflow_and_undefined_results_are_inf_and_nan() -> None:
    one, zero = Value(1.0), Value(0.0)
    assert (one / 0.0).data == math.inf
    assert (one / zero).data == math.inf
    assert (-one / zero).data == -math.inf
    assert math.isnan((zero / 0).data)
    assert autograd.exp(Value(1000.0)).data == math.inf
    assert autograd.log(zero).data == -math.inf
    assert math.isnan(autograd.log(-one).data)
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)  # Python's own answer is complex
    assert (Value(10.0) ** 400).data == math.inf
    assert (zero**-1).data == math.inf
    assert (Value(-0.0) ** -1).data == -math.inf
    assert math.isnan((one % 0.0).data)
    assert (Value(1e308) * 10.0).data == math.inf
    assert math.isnan(autograd.sum(math.inf, -math.inf, one).data)


def test_zero_times_infinity_is_nan_in_the_sweep() -> None:
    x = Value(0.0)
    (autograd.sqrt(x) * 0.0).backward()
    assert math.isnan(x.grad)
    y = Value(0.0)
    autograd.where(y > 0.0, autograd.log(y), 0.0).backward()  # the where-nan trap: PyTorch's answer
    assert math.isnan(y.grad)


def test_sums_are_correctly_rounded_in_any_order() -> None:
    terms = [1e308, 1e308, -1e308, 1.0, -1e308, 1e-300]
    assert autograd.sum([Value(t) for t in terms]).data == 1.0
    assert autograd.sum([0.1] * 10) == 1.0
    assert autograd.sum([]) == 0.0


def test_accuracy_where_textbook_formulas_lose_everything() -> None:
    """1 - tanh(u)**2 is 0 from u = 20 on; the derivative is not."""
    for name, at, slope in (
        ("tanh", 20.0, 4.0 * math.exp(-40.0)),
        ("sigmoid", 40.0, math.exp(-40.0)),
        ("sigmoid", -700.0, math.exp(-700.0)),
    ):
        x = Value(at)
        getattr(x, name)().backward()
        assert x.grad == pytest.approx(slope, rel=1e-14)


# --- comparison, hash, truth -----------------------------------------------------------------------------------------


def test_comparisons_look_at_the_number() -> None:
    a, b = Value(1.0), Value(2.0)
    assert a < b <= 2 < Value(3.0)
    assert a == 1 == a
    assert a == Fraction(1)
    assert (a != 1.0, a != 2) == (False, True)
    assert a != b
    assert 3 > b >= a
    assert a
    assert (a == "1") is False
    assert (a == None) is False  # noqa: E711 - the comparison is the point
    assert max(a, b) is b
    assert sorted([b, a]) == [a, b]
    with pytest.raises(TypeError):
        assert a < "1"  # type: ignore[operator]


def test_hash_is_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert b in {a, b}


def test_two_nodes_that_compare_equal_are_said_and_so_is_a_zero_that_is_false() -> None:
    a, b, zero = Value(1.0), Value(1.0), Value(0.0)
    alike: list[Callable[[], Any]] = [
        lambda: a == b,
        lambda: (a != b) is False,
        lambda: b in [a],
        lambda: [a, b].index(b) == 0,
        lambda: [a, b].count(b) == 2,
        lambda: list.remove([a], b) is None,
        lambda: (a, 1.0) == (b, 1.0),
    ]
    for compare in alike:
        with pytest.warns(IdentityWarning, match=r"`a is b`.*set.*a\.data == b\.data") as caught:
            assert compare()
        assert caught[0].filename == __file__
    untrue: list[Callable[[], Any]] = [
        lambda: not zero,
        lambda: not any([zero]),
        lambda: list(filter(None, [zero])) == [],
        lambda: (zero or a) is a,
    ]
    for ask in untrue:
        with pytest.warns(IdentityWarning, match=r"number is 0.*is not None.*v\.data"):
            assert ask()


def test_comparisons_that_mean_what_they_say_are_silent() -> None:
    a, b, zero, nan = Value(1.0), Value(2.0), Value(0.0), Value(math.nan)
    assert a in [a]
    assert b not in [a]
    assert a != b
    assert zero == 0.0 == -zero.data
    assert not zero.data
    assert a <= Value(1.0)
    assert nan
    assert nan != nan.detach()
    assert {a, b} == {b, a}
    assert [a, b].index(b) == 1


def test_a_package_built_on_the_engine_looks_at_numbers_in_silence() -> None:
    source = "def same(a, b): return a == b and not (a != b) and not a"

    def same(file: str) -> Any:
        names: dict[str, Any] = {}
        exec(compile(source, file, "exec"), names)
        return names["same"](Value(0.0), Value(0.0))

    assert same(os.path.join(os.path.dirname(nn.__file__), "of_its_own.py"))  # warnings are errors here
    with pytest.warns(IdentityWarning) as said:
        assert same("train.py")
    assert {(warning.filename, warning.lineno) for warning in said} == {("train.py", 1)}


def test_in_functions_being_transformed_numbers_are_meant() -> None:
    def f(x: Any, y: Any) -> Any:
        helper: Callable[[Any], Any] = lambda u: u * 2.0 if u == y or not (u - y) else u * y
        return helper(x)

    outside = Value(3.0)
    assert autograd.grad(f)(3.0, 3.0) == 2.0
    assert autograd.grad(lambda x: f(x, outside))(3.0) == 2.0
    assert autograd.derivative(lambda x: f(x, outside * 1.0) + (1.0 if outside == Value(3.0) else 0.0))(3.0) == 2.0
    assert autograd.jvp(f, (3.0, 3.0), (1.0, 0.0)) == (6.0, 2.0)
    assert autograd.hessian(lambda x: f(x, outside))(3.0) == 0.0
    autograd.check_gradients(lambda x: x * 2.0 if x != outside.detach() or x else x, 3.0)
    outside.register_hook(lambda g: g if Value(g) else 0.0)
    (outside * 0.0).backward()


def test_a_line_is_said_once_and_the_warning_can_be_switched_off(capfd: pytest.CaptureFixture[str]) -> None:
    program = """
from autograd import IdentityWarning, Value
import warnings
nodes = []
for v in [Value(2.0), Value(3.0), Value(2.0), Value(3.0)]:
    if v not in nodes:
        nodes.append(v)
bias = Value(0.0)
print(len(nodes), "bias" if bias else "none")
warnings.filterwarnings("ignore", category=IdentityWarning)
print(Value(1.0) == Value(1.0))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "2 none\nTrue\n"
    assert [line.partition(": two")[0].partition(": a Value")[0] for line in done.stderr.splitlines() if "Warning" in line] == [
        "<string>:6: IdentityWarning", "<string>:9: IdentityWarning"]  # fmt: skip


# --- data assigned after the forward pass ----------------------------------------------------------------------------


def test_a_pass_over_a_number_that_was_assigned_says_that_it_is_that_of_the_old_one() -> None:
    x = Value(2.0)
    y = x * x
    z = y * 3.0
    y.data = 100.0
    passes: list[Callable[[], Any]] = [
        z.backward, y.backward, lambda: record_backward(z), lambda: autograd.gradients(z, x)
    ]  # fmt: skip
    for run in passes:
        with pytest.warns(StaleDataWarning, match=r"was 4\.0 in the forward pass.*old number") as caught:
            run()
        assert caught[0].filename == __file__
    assert x.grad == 12.0 + 4.0 + 12.0
    with pytest.warns(StaleDataWarning):
        autograd.gradients(z, x, create_graph=True)
    y.data = 4.0
    z.backward()  # the number of the forward pass again: nothing to say
    x.data -= 0.1 * x.grad  # a step of descent is no such case
    (x * 2.0).backward()


# --- gradients assigned ----------------------------------------------------------------------------------------------


def test_a_gradient_set_to_zero_is_forgotten() -> None:
    def forget(v: Value, how: Any) -> None:
        if how == "zero_grad":
            v.zero_grad()
        else:
            v.grad = how

    for how in ("zero_grad", 0.0, 0, -0.0, False, None, Fraction(0), np.float64(0.0)):
        x = Value(3.0)
        y = x * 2.0
        y.backward()
        assert (x.has_grad, y.has_grad) == (True, True)
        forget(x, how)
        forget(y, how)
        assert (x.grad, x.has_grad, y.grad, y.has_grad) == (0.0, False, 0.0, False)
        assert "grad" not in repr(x)
        y.backward()
        assert (x.grad, x.has_grad) == (2.0, True)


def test_a_gradient_of_zero_that_a_pass_has_computed_is_one() -> None:
    x, b, w = Value(-1.0), Value(5.0), Value(2.0)
    out = Value(0.0, (w,), "dead")
    out._backward = lambda: setattr(w, "grad", w.grad + 0.0 * out.grad)
    (x.relu() + 0.0 * b + out).backward()
    assert [(v.grad, v.has_grad) for v in (x, b, w)] == [(0.0, True)] * 3


def test_what_is_assigned_to_a_gradient_is_a_number() -> None:
    x = Value(1.0)
    for wrong, remedy in (("1", "convert text"), ([1.0], "each element"), (Value(2.0), r"\(\.\.\.\)\.data"), (1j, "real")):
        with pytest.raises(OperandError, match=rf"\.grad.*{remedy}"):
            x.grad = wrong  # type: ignore[assignment]
    x.grad = np.float32(0.5)  # type: ignore[assignment]
    assert type(x.grad) is float
    x.grad += 1
    assert (x.grad, x.has_grad) == (1.5, True)
    with no_grad():
        y = x * 2.0
    y.grad = 0.0
    with pytest.raises(GraphError, match="no_grad"):
        y.backward()


# --- lost gradients --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("convert", [float, int, complex, math.exp, math.sqrt, math.isnan])
def test_conversion_to_a_plain_number_is_refused(convert: Callable[[Any], Any]) -> None:
    v = Value(3.0)
    with pytest.raises(LostGradientError, match=r"v\.data") as caught:
        convert(v)
    assert isinstance(caught.value, TypeError)


def test_what_numpy_and_formats_do_to_a_value_is_said_with_what_to_write() -> None:
    v, a = Value(2.0), np.zeros(3)
    with pytest.raises(LostGradientError, match=r"np\.zeros\(3\)\[0\] would.*an array of objects.*dtype=object"):
        np.zeros(3)[0] = v
    with pytest.raises(LostGradientError, match="dtype=object"):
        np.array([v, v], dtype=float)
    with pytest.raises(LostGradientError, match="dtype=object"):
        np.array([v]).astype(float)
    with pytest.raises(LostGradientError, match="dtype=object"):
        a[1:] = [v, v]
    with pytest.raises(LostGradientError, match=r"format it by f'\{v:\.2f\}'"):
        "%.2f" % v  # noqa: UP031 - as people write it
    objects = np.zeros(3, dtype=object)
    objects[0] = v
    assert objects[0] is v


def test_what_is_no_child_is_refused_with_a_remedy() -> None:
    wrong: list[tuple[Any, str]] = [
        ("w", "label='w'"),
        (3.0, "tuple"),
        (Value(1.0), r"\(v,\)"),
        ((3.0,), "only a Value can be"),
    ]
    for children, remedy in wrong:
        with pytest.raises(OperandError, match=remedy):
            Value(2.0, children)
    seeds: list[tuple[Any, str]] = [(Value(1.0), r"\(\.\.\.\)\.data"), ("1", "convert text")]
    for seed, remedy in seeds:
        with pytest.raises(OperandError, match=remedy):
            Value(2.0).backward(seed)
    with pytest.raises(OperandError, match="a pass begins at a Value"):
        record_backward(3.0)  # type: ignore[arg-type]


def test_the_message_names_the_function_to_use() -> None:
    v = Value(3.0)
    with pytest.raises(LostGradientError, match=r"math\.exp\(v\) takes a plain float.*use autograd\.exp"):
        math.exp(v)
    with pytest.raises(LostGradientError, match=r"float\(v \* 2\)"):
        float(v * 2)
    with pytest.raises(LostGradientError):
        statistics.fmean([v, v])
    with pytest.raises(LostGradientError):
        np.array([v], dtype=float)


def test_printing_and_formatting_show_the_number() -> None:
    v = Value(3.14159, label="r")
    assert f"{v:.2f}" == "3.14"
    assert repr(v) == str(v) == f"{v}" == "Value(data=3.14159, label='r')"
    (v * 2.0).backward()
    assert repr(v) == "Value(data=3.14159, grad=2.0, label='r')"


# --- Python's number protocol ----------------------------------------------------------------------------------------


def test_rounding_functions_of_python() -> None:
    v = Value(-2.567)
    for got, want in (
        (round(v), -3.0),
        (round(v, 1), -2.6),
        (math.floor(v), -3.0),
        (math.ceil(v), -2.0),
        (math.trunc(v), -2.0),
    ):
        assert isinstance(got, Value)
        assert got.data == want
        got.backward()
    assert v.grad == 0.0
    q, r = divmod(Value(7.0), 2)
    assert (q.data, r.data) == (3.0, 1.0)
    q, r = divmod(7, Value(-2.0))
    assert (q.data, r.data) == (-4.0, -1.0)
    assert abs(v).data == 2.567
    assert (+v) is v
    x = Value(1.0)
    y = x
    y += 1
    y *= 3
    assert (x.data, y.data) == (1.0, 6.0)


def test_mod_and_floordiv_gradients() -> None:
    x, y = Value(7.5), Value(2.0)
    (x % y).backward()
    assert (x.grad, y.grad) == (1.0, -3.0)
    (x // y).backward()
    assert (x.grad, y.grad) == (1.0, -3.0)


def test_power_of_every_kind() -> None:
    x, y = Value(2.0), Value(3.0)
    (x**y).backward()
    assert x.grad == 12.0
    assert y.grad == pytest.approx(8.0 * math.log(2.0), rel=1e-15)
    x.zero_grad()
    (2**x).backward()
    assert x.grad == pytest.approx(4.0 * math.log(2.0), rel=1e-15)
    x.zero_grad()
    (x**-2).backward()
    assert x.grad == -0.25
    zero = Value(0.0)
    (zero**2 + zero**1 + zero**0).backward()
    assert zero.grad == 1.0


# --- functions -------------------------------------------------------------------------------------------------------


def test_functions_take_plain_numbers() -> None:
    assert autograd.exp(0) == 1.0
    assert type(autograd.exp(0)) is float
    assert autograd.log(8, 2) == pytest.approx(3.0, rel=1e-15)
    assert autograd.hypot(3, 4) == 5.0
    assert autograd.hypot(1, 2, 2) == 3.0
    assert autograd.maximum([1, 3, 2]) == 3.0
    assert autograd.minimum(4, 2) == 2.0
    assert autograd.mean(range(5)) == 2.0
    assert autograd.norm(x for x in (3.0, 4.0)) == 5.0
    assert autograd.where(True, 1, 2) == 1.0
    assert autograd.clamp(5, 0, 1) == 1.0
    assert autograd.clamp(5, hi=3.0) == 3.0
    assert autograd.round(2.675, 2) == 2.67
    assert autograd.leaky_relu(-1, slope=0.2) == -0.2
    assert autograd.elu(-1.0) == math.expm1(-1.0)
    assert autograd.detach(2) == 2.0
    assert autograd.pow(2, 10) == 1024.0
    assert autograd.fabs(-2) == 2.0


def test_softmax_adds_up_and_has_the_right_derivatives() -> None:
    xs = [Value(x) for x in (1.0, 2.0, 1000.0)]
    ps = autograd.softmax(xs)
    assert [p.data for p in ps] == [0.0, 0.0, 1.0]
    xs = [Value(x) for x in (0.5, -0.3, 0.1)]
    ps = autograd.softmax(*xs)
    assert math.fsum(p.data for p in ps) == pytest.approx(1.0, rel=1e-15)
    ps[0].backward()
    s = [p.data for p in ps]
    for i, x in enumerate(xs):
        assert x.grad == pytest.approx(s[0] * ((i == 0) - s[i]), rel=1e-13)


@pytest.mark.parametrize("name", ["mean", "norm", "maximum", "minimum", "logsumexp", "softmax"])
def test_functions_of_many_numbers_need_one(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name}: no numbers given"):
        getattr(autograd, name)([])


def test_arguments_that_cannot_be() -> None:
    with pytest.raises(ArgumentError, match="2 weights but 1 inputs"):
        autograd.dot([Value(1.0), 2.0], [1.0])
    with pytest.raises(ArgumentError, match="lo = 3 is above hi = 1"):
        autograd.clamp(Value(1.0), 3, 1)
    with pytest.raises(OperandError, match=r"elu\(u, alpha=1\)"):
        autograd.elu()  # type: ignore[call-overload]
    with pytest.raises(OperandError, match=r"leaky_relu\(u, slope=0.01\).*slop="):
        autograd.leaky_relu(1.0, slop=3)  # type: ignore[call-overload]
    with pytest.raises(OperandError, match=r"hypot|norm"):
        autograd.hypot("3", 4)  # type: ignore[arg-type]


def test_detach_cuts() -> None:
    x = Value(2.0, label="x")
    y = x * x.detach()
    y.backward()
    assert x.grad == 2.0
    assert x.detach().parents == ()


# --- numpy -----------------------------------------------------------------------------------------------------------


def test_numpy_scalars_and_arrays() -> None:
    x, y = Value(2.0), Value(3.0)
    assert (np.float64(2) * x).data == 4.0
    assert isinstance(np.float64(2) * x, Value)
    assert [v.data for v in x * np.array([1.0, 2.0])] == [2.0, 4.0]
    assert [v.data for v in np.array([1.0, 2.0]) - x] == [-1.0, 0.0]
    matrix = np.array([[1.0, 2.0], [3.0, 4.0]])
    product = matrix @ np.array([x, y])
    assert [v.data for v in product] == [8.0, 18.0]
    product.sum().backward()
    assert (x.grad, y.grad) == (4.0, 6.0)


@pytest.mark.parametrize(
    ("ufunc", "primitive"),
    [
        (np.exp, "exp"), (np.exp2, "exp2"), (np.expm1, "expm1"), (np.log, "log"), (np.log2, "log2"), (np.log10, "log10"),
        (np.log1p, "log1p"), (np.sqrt, "sqrt"), (np.cbrt, "cbrt"), (np.square, "square"), (np.sin, "sin"), (np.cos, "cos"),
        (np.tan, "tan"), (np.arcsin, "asin"), (np.arccos, "acos"), (np.arctan, "atan"), (np.sinh, "sinh"), (np.cosh, "cosh"),
        (np.tanh, "tanh"), (np.arcsinh, "asinh"), (np.arctanh, "atanh"), (np.abs, "abs"), (np.fabs, "abs"),
        (np.floor, "floor"), (np.ceil, "ceil"), (np.trunc, "trunc"), (np.rint, "round"), (np.negative, "neg"),
    ],
    ids=lambda f: getattr(f, "__name__", f),
)  # fmt: skip
def test_numpy_functions_on_object_arrays(ufunc: Any, primitive: str) -> None:
    x = Value(0.4)
    out = ufunc(np.array([x, x]))
    assert isinstance(out[0], Value)
    assert out[0].data == pytest.approx(ufunc(0.4), rel=1e-15)
    if primitive != "square":  # numpy multiplies
        assert out[0].primitive is autograd.TABLE[primitive]


def test_numpy_functions_of_two_arrays() -> None:
    x = Value(0.4)
    assert np.arctan2(np.array([x]), 2.0)[0].data == math.atan2(0.4, 2.0)
    assert np.hypot(np.array([x]), 0.3)[0].data == pytest.approx(0.5)
    assert np.power(np.array([x]), 2)[0].data == pytest.approx(0.16)
    assert np.maximum(np.array([x]), 0.5)[0] == 0.5
    assert np.arccosh(np.array([Value(2.0)]))[0].data == math.acosh(2.0)


# --- graphs that cannot be differentiated ----------------------------------------------------------------------------


def test_a_cycle_is_found_and_nothing_is_touched() -> None:
    x = Value(1.0)
    a = x * 2.0
    b = a * 3.0
    a.parents = (b,)
    with pytest.raises(GraphError, match="cycle") as raised:
        b.backward()
    assert raised.value.node in {a, b}
    assert not any(v.has_grad for v in (x, a, b))
    a.parents = (a,)
    with pytest.raises(GraphError, match="cycle"):
        b.backward()


def test_a_foreign_parent_is_found_and_nothing_is_touched() -> None:
    x = Value(1.0)
    y = x * 2.0
    z = y + x
    y.parents = (3.0,)  # type: ignore[assignment]
    with pytest.raises(GraphError, match="not a Value") as raised:
        z.backward()
    assert raised.value.node is y
    assert not any(v.has_grad for v in (x, y, z))
    with pytest.raises(OperandError, match="parent"):
        Value(1.0, (2.0,))  # type: ignore[arg-type]


def test_a_node_made_by_hand_without_a_rule_is_refused() -> None:
    x = Value(1.0)
    by_hand = Value(2.0, (x,), "double")
    root = by_hand * 3.0 + x
    with pytest.raises(GraphError, match=r"double.*_backward") as raised:
        root.backward()
    assert raised.value.node is by_hand
    assert not any(v.has_grad for v in (x, by_hand, root))


# --- hooks -----------------------------------------------------------------------------------------------------------


def test_hooks_see_and_change_gradients() -> None:
    x = Value(2.0)
    y = x * 3.0
    z = y * y + x
    seen: list[float] = []
    remove = y.register_hook(seen.append)
    z.backward()
    assert seen == [12.0]
    assert x.grad == 37.0
    remove()
    x.zero_grad()
    y.register_hook(lambda g: 0.5 * g)
    z.backward()
    assert seen == [12.0]
    assert x.grad == 19.0


def test_a_leaf_hook_sees_this_pass_only() -> None:
    x = Value(2.0)
    seen: list[float] = []
    x.register_hook(seen.append)
    (x * 3.0 + x).backward()
    (x * 5.0).backward()
    x.backward()
    assert seen == [4.0, 5.0, 1.0]
    assert x.grad == 10.0


def test_a_hook_that_raises_leaves_everything_as_it_was() -> None:
    x = Value(2.0)
    y = x * 3.0
    (y + x).backward()
    before = (x.grad, y.grad)

    def fails(_: float) -> None:
        raise KeyboardInterrupt

    y.register_hook(fails)
    with pytest.raises(KeyboardInterrupt):
        (y * 2.0 + x).backward()
    assert (x.grad, y.grad) == before
    with pytest.raises(OperandError, match="register_hook"):
        y.register_hook(3)  # type: ignore[arg-type]
    bad = x * 1.0
    bad.register_hook(lambda g: "0")  # type: ignore[arg-type, return-value]
    with pytest.raises(OperandError, match="hook returns"):
        bad.backward()
