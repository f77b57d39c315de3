"""Programs that branch: each gives what its function gives, to the last bit, on inputs at random; or it is refused."""

import bisect
import itertools
import math
import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd as ag
from autograd import ReplayError, Value, compile, detach, dot, exp, log, maximum, sqrt, tanh, value_and_grad, where

Function = Callable[..., Any]
GALLERY: dict[str, tuple[Function, Callable[[random.Random], tuple[Any, ...]]]] = {}


def gallery(arguments: Callable[[random.Random], tuple[Any, ...]]) -> Callable[[Function], Function]:
    """Put a function into the gallery, with arguments for it."""

    def add(f: Function) -> Function:
        GALLERY[f.__name__] = f, arguments
        return f

    return add


def one(r: random.Random) -> tuple[Any, ...]:
    return (r.uniform(-3, 3),)


def several(r: random.Random) -> tuple[Any, ...]:
    return ([r.uniform(-2, 2) for _ in range(4)],)


@gallery(one)
def abs_by_if(x: Any) -> Any:
    return x if x >= 0 else -x


@gallery(one)
def a_loop_of_a_length_that_depends_on_the_data(x: Any) -> Any:
    y = x * x + 0.1
    n = 0
    while y < 10.0:
        y = y * 1.5
        n += 1
    return y * n


@gallery(several)
def minimum_and_maximum_by_hand(xs: Any) -> Any:
    low = high = xs[0]
    for x in xs[1:]:
        if x < low:
            low = x
        if x > high:
            high = x
    return high * 2.0 - low


@gallery(several)
def minimum_and_maximum_of_python(xs: Any) -> Any:
    return max(xs) * min(xs) + max(xs, key=lambda x: x * x)


@gallery(several)
def sorting(xs: Any) -> Any:
    return sum(k * x for k, x in enumerate(sorted(xs)))


TABLE = [0.0, 0.5, 1.0, 1.5, 2.0]
ENTRIES = [1.0, 3.0, 2.0, 5.0, 4.0, 0.5]


@gallery(one)
def table_look_up(x: Any) -> Any:
    i = bisect.bisect(TABLE, x)
    return ENTRIES[i] * x + ENTRIES[i - 1]


@gallery(one)
def early_return(x: Any) -> Any:
    if x < -1.0:
        return 0.0 * x
    y = tanh(x)
    if y > 0.5:
        return y
    return exp(y) * x


def relu(x: Any) -> Any:
    return x if x > 0.0 else 0.0


@gallery(lambda r: ([r.uniform(-1, 1) for _ in range(2)],))
def relu_written_as_if(xs: Any) -> Any:
    hidden = [relu(dot(row, xs, 0.1)) for row in ([1.0, -2.0], [0.5, 1.5], [-1.0, 0.25])]
    return sum(h * k for k, h in enumerate(hidden, start=1)) + xs[0] * 0.0


@gallery(lambda r: ([r.uniform(-1, 1) for _ in range(3)], r.randrange(3)))
def a_label_as_a_whole_number(z: Any, y: int) -> Any:
    return ag.logsumexp(z) - z[y]


@gallery(lambda r: (r.uniform(-2, 2), r.choice(["tanh", "relu", "linear"])))
def a_word_that_chooses(x: Any, kind: str) -> Any:
    functions: dict[str, Function] = {"tanh": tanh, "relu": relu, "linear": lambda t: 2.0 * t}
    return functions[kind](x) + x


@gallery(lambda r: ([r.uniform(-1, 1) for _ in range(r.randrange(1, 5))],))
def lengths_differ(xs: Any) -> Any:
    h = xs[0] * 0.0
    for x in xs:
        h = tanh(0.5 * h + x)
    return h


@gallery(one)
def truth_of_a_number(x: Any) -> Any:
    return x * x if round(x) else x + 1.0


@gallery(several)
def conditions_joined(xs: Any) -> Any:
    a, b, c, d = xs
    return a * b if 0.0 < a < b or (c > d and not d > 1.0) else c * d


@gallery(one)
def a_number_is_counted(x: Any) -> Any:
    seen = 0  # merging the branches would be wrong: what they have counted decides later
    for k in range(4):
        if x > k - 2.0:
            seen += 1
    return x * 2.0 if seen % 2 else x * x


@gallery(one)
def newton_until_it_has_converged(x: Any) -> Any:
    a, y = abs(x) + 0.5, 1.0
    for _ in range(50):
        step = (y * y - a) / (2.0 * y)
        y = y - step
        if abs(step) < 1e-12:
            break
    return y


@gallery(one)
def an_exception_decides(x: Any) -> Any:
    try:
        if x > 1.0:
            raise ValueError
        return x * 3.0
    except ValueError:
        return sqrt(x)


@gallery(one)
def where_and_detach(x: Any) -> Any:
    return where(x > 0.5, log(maximum(x, 0.1)), x * 2.0) + detach(x * x) * x


@gallery(one)
def detached_in_the_middle(x: Any) -> Any:
    h = x * 1.5
    for _ in range(3):
        h = tanh(h) + detach(h) * 0.5
    return h * detach(tanh(x * 1.5))


@gallery(one)
def poles_and_edges(x: Any) -> Any:
    return 1.0 / (x * 0.0) + log(x) if x > 2.0 else exp(x * 500.0) - exp(x * 500.0)


@gallery(lambda r: ({"w": r.uniform(-1, 1), "layers": [(r.uniform(-1, 1), r.uniform(-1, 1))]}, r.uniform(-1, 1)))
def structures(p: Any, x: Any) -> Any:
    for a, b in p["layers"]:
        x = relu(a * x + b)
    return p["w"] * x + p["w"] ** 2


@gallery(one)
def the_derivative_of_another_function(x: Any) -> Any:
    return ag.grad(lambda t: t * t * tanh(t))(x) + (x if x > 0 else 0.0)


@gallery(one)
def second_derivatives_of_powers(x: Any) -> Any:
    return ag.grad(lambda t: t**3 - abs(t))(x) * x


@gallery(one)
def reads_a_plain_number(x: Any) -> Any:
    return x * math.floor(x.data) if hasattr(x, "data") else x * math.floor(x)


@gallery(several)
def a_heap_of_functions(xs: Any) -> Any:
    a, b, c, d = xs
    return (
        ag.sigmoid(a) + ag.softplus(b) * ag.gelu(c) - ag.atan2(c, d) + ag.hypot(a, b, c) + ag.prod(a, b, c, d) + ag.mean(xs)
        + ag.clamp(a, -1.0, 0.5) + ag.erf(b) + ag.cbrt(c) + ag.sinc(d) + (a * a + 0.1) ** b + ag.round(c, 1) + ag.norm(xs)
        + ag.leaky_relu(d, 0.1) + a % 0.7 + a // 0.3 + ag.lgamma(b * b + 0.5) + ag.logaddexp(a, b) + ag.silu(c)
    )  # fmt: skip


def same(a: Any, b: Any) -> bool:
    """The same numbers to the last bit, in the same structure."""
    if isinstance(a, float) and isinstance(b, float):
        return a.hex() == b.hex()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))


def plain(y: Any) -> float:
    return y.data if isinstance(y, Value) else float(y)


@pytest.mark.parametrize("name", GALLERY)
def test_a_program_gives_what_the_function_gives(name: str) -> None:
    f, arguments = GALLERY[name]
    program, eager, r = compile(f), value_and_grad(f), random.Random(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.ReplayWarning)
        for k in range(150):
            args = arguments(r)
            value, slopes = eager(*args)
            if k % 2:
                assert same(program(*args), value), args
            got, gradient = program.value_and_grad(*args)
            assert same(got, value), args
            assert same(gradient, slopes), (args, gradient, slopes)


@pytest.mark.parametrize("name", GALLERY)
def test_a_batch_gives_what_the_function_gives(name: str) -> None:
    f, arguments = GALLERY[name]
    r = random.Random(name)
    points = [arguments(r) for _ in range(60)]
    expected = [value_and_grad(f)(*args) for args in points]
    columns = list(zip(*points, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.ReplayWarning)
        values, gradients = compile(f, bits="exact").batch(*columns, gradients="each")
        near = compile(f).batch(*columns)
    for args, (value, slopes), got, gradient, other in zip(points, expected, values, gradients, near, strict=True):
        assert same(got, value), args
        assert same(gradient, slopes), args
        assert got == pytest.approx(other, rel=1e-12, abs=1e-14, nan_ok=True), args


@pytest.mark.parametrize("name", ["abs_by_if", "early_return", "table_look_up", "truth_of_a_number", "relu_written_as_if"])
def test_most_calls_are_replayed(name: str) -> None:
    f, arguments = GALLERY[name]
    program, r = compile(f), random.Random(1)
    for _ in range(200):
        program(*arguments(r))
    (case,) = program._cases.values()
    assert case.eager == 0
    assert "200 calls of 1 kind" in program.report()
    assert 1 < case.recordings == len(case.variants) < 12


# --- refused, with the line -------------------------------------------------------------------------------------------------

counter = itertools.count()
history: list[float] = []
outside = Value(2.0) * 3.0
outside.label = "outside"


def a_random_draw(x: Any) -> Any:
    return x * random.random()  # here


def the_time(x: Any) -> Any:
    return x + time.perf_counter()  # here


def a_counter(x: Any) -> Any:
    y = x * 2.0
    return y + float(next(counter))  # here


def a_random_branch(x: Any) -> Any:
    return tanh(x) if random.random() < 0.5 else x * 2.0


def a_random_index(x: Any) -> Any:
    return [x * 1.0, x * 2.0, x * 3.0][random.randrange(3)] * x


def a_private_number(x: Any) -> Any:
    return x * math.floor(x._data * 1e6)  # here


def a_node_of_the_outside(x: Any) -> Any:
    return x * outside


def a_backward_pass(x: Any) -> Any:
    y = x * x
    y.backward()
    return y


def an_assignment(x: Any) -> Any:
    y = x * x
    y.data = 3.0
    return y


def without_a_graph(x: Any) -> Any:
    with ag.no_grad():
        y = x * x
    return y * x


def dropout_by_hand(xs: Any) -> Any:
    return sum(x * 2.0 for x in xs if random.random() < 0.5)


@pytest.mark.parametrize(
    ("f", "complaint"),
    [
        (a_random_draw, r"a plain number was 0\.\d+ and is 0\.\d+ at .*test_gallery.py:\d+: x \* random.random\(\)"),
        (the_time, r"test_gallery.py:\d+: x \+ time.perf_counter\(\); it depends on something"),
        (a_counter, r"a plain number was 0.0 and is 1.0 at .*: y \+ float\(next\(counter\)\)"),
        (a_private_number, r"a plain number was .* x \* math.floor"),
        (a_node_of_the_outside, r"outside = 6.0 \(op '\*'\).*computed outside of the function"),
        (a_backward_pass, r"runs a backward pass at .*: y.backward\(\), which a replay would not do; return the cost"),
        (an_assignment, r"assigns the number of .* at .*: y.data"),
        (without_a_graph, r"computed inside no_grad\(\).*use detach"),
    ],
)
def test_what_cannot_be_replayed_is_refused_with_its_line(f: Function, complaint: str) -> None:
    with pytest.raises(ReplayError, match=complaint):
        compile(f, 1.25)


@pytest.mark.parametrize("f", [a_random_branch, a_random_index])
def test_what_varies_by_chance_is_found_by_the_second_run_or_a_spot_check(f: Function) -> None:
    with pytest.raises(ReplayError, match="depends on something that is neither an input"):  # noqa: PT012 - sooner or later
        program = compile(f, 1.25)
        for _ in range(5000):
            program(1.25)


def test_dropout_by_hand_is_refused() -> None:
    with pytest.raises(ReplayError, match="random draw"):
        compile(dropout_by_hand, [1.0] * 30)


def test_a_plain_number_that_changes_later_is_found() -> None:
    scale = [2.0]

    def f(x: Any) -> Any:
        return x * scale[0]

    program = compile(f, 1.0)
    assert program(3.0) == 6.0
    scale[0] = 5.0
    complaint = r"no longer agree after \d uses: it gives 15.0, and its replay 6.0: a plain number was 2.0 and is 5.0"
    with pytest.raises(ReplayError, match=complaint):  # noqa: PT012 - by the fourth use
        for _ in range(4):
            program(3.0)
