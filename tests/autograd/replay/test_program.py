"""Programs from outside: arguments, structures, weights of the outside, keys, reports, files, threads and interruptions."""

import contextlib
import copy
import math
import pickle
import random
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import autograd as ag
from autograd import ArgumentError, OperandError, Program, ReplayError, ReplayWarning, Value, compile, no_grad, strict, tanh
from autograd.levels import IN_PROGRESS
from autograd.modes import MODES
from autograd.observers import looking, observing
from autograd.replay.written import Written


class Point(NamedTuple):
    x: Any
    y: Any


def branching(x: Any) -> Any:
    return x * x if x > 0.0 else tanh(x)


def squares(x: Any) -> Any:
    return [x[0] * x[1], x[0] - x[1], 3.0]


def structured(p: Any, *, scale: Any = 1.0) -> Any:
    return {"sum": (p.x + p.y) * scale, "parts": (p.x * 2.0, [p.y])}


# --- arguments and results --------------------------------------------------------------------------------------------------


def test_structures_go_in_and_come_out_as_they_are() -> None:
    program = compile(structured)
    for scale in (1.0, 2.5):
        assert program(Point(1.0, 2.0), scale=scale) == {"sum": 3.0 * scale, "parts": (2.0, [2.0])}
    assert program(Point(4.0, 5.0)) == {"sum": 9.0, "parts": (8.0, [5.0])}
    assert program.jacobian(Point(1.0, 2.0), scale=3.0)["sum"] == Point(3.0, 3.0)


def test_a_jacobian_is_that_of_the_function() -> None:
    r = random.Random(0)

    def f(x: Any, y: Any) -> Any:
        a = tanh(x[0] * y) + x[1] * x[0]
        b = a * a * x[1]
        return [b + a, a * b - x[0], x[1], 2.0, ag.detach(a) * x[0] + a]

    program = compile(f)
    for _ in range(20):
        args = [r.uniform(-1, 1), r.uniform(-1, 1)], r.uniform(-1, 1)
        for argnums in (0, 1, -1):
            assert program.jacobian(*args, argnums=argnums) == ag.jacobian(f, argnums)(*args)
        assert program.jacobian(*args, argnums=(1, 0))[3] == (0.0, [0.0, 0.0])


def tangled(seed: int) -> Callable[[Any], Any]:
    """A function of several results that share their nodes in many ways."""
    r = random.Random(seed)
    steps = [(r.choice("+*-t"), r.random(), r.random(), r.uniform(0.5, 1.5)) for _ in range(25)]
    shown = [r.randrange(4, 29) for _ in range(5)]

    def f(x: Any) -> Any:
        nodes = list(x)
        for sign, a, b, c in steps:
            u, v = nodes[int(a * len(nodes))], nodes[int(b * len(nodes))]
            nodes.append(u + v if sign == "+" else u * v if sign == "*" else u - v * c if sign == "-" else tanh(u) + v)
        return [nodes[k] for k in shown]

    return f


@pytest.mark.parametrize("seed", range(40))
def test_each_row_of_a_jacobian_has_the_bits_of_a_gradient(seed: int) -> None:
    f, r = tangled(seed), random.Random(seed)
    program = compile(f)
    for _ in range(2):
        x = [r.uniform(-1, 1) for _ in range(4)]
        rows = [ag.grad(lambda x, k=k: f(x)[k])(x) for k in range(5)]
        assert ag.jacobian(f)(x) == rows
        assert program.jacobian(x) == rows
        ((reader, tape),) = [(v.reader, v.tape) for case in program._cases.values() for v in case.variants]
        assert Written(tape, reader.names).rows(x)[1] == rows


def test_zeros_of_gradients_have_their_signs() -> None:
    def f(x: Any) -> Any:
        return x[0] * x[1] + ag.where(x[2] > 0.0, x[2], 1.0) * x[1]

    program = compile(f)
    for x in ([1.0, -0.0, 2.0, 1.0], [1.0, -3.0, -2.0, 1.0], [-0.0, 0.0, 1.0, 1.0]):
        value, slopes = ag.value_and_grad(f)(x)
        for _ in range(2):
            assert repr(program.value_and_grad(x)) == repr((value, slopes))
        assert repr(program.jacobian(x)) == repr(slopes)
        assert repr(program.batch([x], gradients="each")) == repr(([value], [slopes]))
        reader = next(iter(next(iter(program._cases.values())).variants)).reader
        assert repr(list(Written.gradient(reader, x)[1])) == repr(slopes)


def test_arrays_are_inputs_and_results() -> None:
    np = pytest.importorskip("numpy")

    def f(x: Any) -> Any:
        return (x * x).sum()

    program = compile(f)
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(2, 3))
        value, gradient = program.value_and_grad(x)
        assert value == ag.value_and_grad(f)(x)[0]
        assert gradient.shape == (2, 3)
        assert (gradient == 2.0 * x).all()


def test_a_whole_number_where_a_float_was_is_a_number() -> None:
    program = compile(branching, 3.0)
    assert program(2) == 4.0
    assert program.value_and_grad(2) == (4.0, 4.0)
    assert len(program._cases) == 1


def test_whole_numbers_words_and_objects_choose() -> None:
    program = compile(lambda x, n, how: {"up": 1.0, "down": -1.0}[how] * x**n)
    assert program(2.0, 3, "up") == 8.0
    assert program(2.0, 3, "down") == -8.0
    assert program(2.0, 2, "up") == 4.0
    assert len(program._cases) == 3
    with pytest.raises(ArgumentError, match=r"argument 1 of .* is static"):
        program.value_and_grad(2.0, 3, "up", argnums=1)


@pytest.mark.parametrize("static", ["k", 1, ("k",), (1,)])
def test_an_argument_can_be_named_static(static: Any) -> None:
    def f(x: Any, k: Any) -> Any:
        assert isinstance(k, float)
        return x * k

    program = compile(f, static=static)
    assert program(2.0, 0.5) == 1.0
    assert program(2.0, 1.5) == 3.0
    assert program(2.0, k=1.5) == 3.0


def test_an_iterator_is_refused_because_it_ends() -> None:
    with pytest.raises(ArgumentError, match=r"an argument is a generator, which can be gone through only once.*give list"):
        compile(sum)(x * 1.0 for x in range(3))


def test_a_static_argument_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ArgumentError, match="static=2 names no argument; the function has 2 arguments"):
        compile(lambda x, rate: x * rate, static=2)
    assert compile(lambda *xs: xs[0] * xs[2], static=2)(3.0, 1.0, 2.0) == 6.0
    with pytest.raises(ArgumentError, match=r"static='rat' names no argument\. Did you mean 'rate'"):
        compile(lambda x, rate: x * rate, static="rat")


def test_a_value_among_the_arguments_goes_through_the_function() -> None:
    program = compile(branching)
    x = Value(3.0)
    y = program(x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)
    assert ag.grad(program)(3.0) == 6.0
    assert ag.grad(ag.grad(program))(3.0) == 2.0


class Spring:
    def __init__(self, stiffness: float) -> None:
        self.stiffness = stiffness

    @compile
    def energy(self, x: Any, y: Any = 0.0) -> Any:
        """A docstring."""
        return 0.5 * self.stiffness * (x * x + y)


def test_a_method_is_a_program_of_its_arguments() -> None:
    one, other = Spring(4.0), Spring(1.0)
    assert (one.energy(3.0), other.energy(3.0)) == (18.0, 4.5)
    assert one.energy.value_and_grad(3.0, 1.0, argnums=(1, 0)) == (20.0, (2.0, 12.0))
    assert one.energy.jacobian(3.0, argnums=-1) == 12.0
    assert one.energy.batch([1.0, 2.0], gradients="each") == ([2.0, 8.0], [4.0, 8.0])
    assert Spring.energy.value_and_grad(other, 3.0, argnums=1) == (4.5, 3.0)
    assert one.energy.__doc__ == "A docstring."
    assert "7 calls of 3 kinds" in one.energy.report()
    assert ag.grad(one.energy)(3.0) == 12.0
    with pytest.raises(AttributeError, match=r"write compile\(lambda x: thing.method\(x\)\).hvp"):
        one.energy.hvp


@pytest.mark.parametrize(("name", "advice"), [("grad", "value_and_grad"), ("vmap", "batch"), ("fn", "program.function")])
def test_names_of_other_libraries_are_answered(name: str, advice: str) -> None:
    with pytest.raises(ag.ForeignNameError, match=advice):
        getattr(compile(branching), name)


def test_results_of_programs_within_programs_are_recorded() -> None:
    inner = compile(branching)
    outer = compile(lambda x, y: inner(x) * y + inner(2.0))
    for x, y in ((1.5, 2.0), (-0.5, 3.0), (2.0, 1.0)):
        assert outer.value_and_grad(x, y) == ag.value_and_grad(lambda x, y: branching(x) * y + 4.0)(x, y)


@pytest.mark.parametrize("f", [lambda x: None, lambda x: "text", lambda x: [x, None]])
def test_a_result_that_is_no_number_is_refused(f: Callable[[Any], Any]) -> None:
    with pytest.raises(OperandError, match="expected a real number"):
        compile(f)(1.0)


def test_a_gradient_needs_one_number() -> None:
    with pytest.raises(OperandError, match="returns 3 numbers, it has to return one; use jacobian"):
        compile(squares).value_and_grad([1.0, 2.0])


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(OperandError, match="first argument is a function"):
        compile(3.0)  # type: ignore[call-overload]


def test_a_function_of_nothing_that_varies() -> None:
    assert compile(lambda: 3.0)() == 3.0


def test_batches() -> None:
    program = compile(lambda x, y: x * x * y)
    xs, ys = [1.0, 2.0, 3.0], [10.0, 20.0, 30.0]
    assert program.batch(xs, ys) == [10.0, 80.0, 270.0]
    assert program.batch(xs, ys, gradients="each") == ([10.0, 80.0, 270.0], [20.0, 80.0, 180.0])
    assert program.batch(xs, ys, gradients="sum", argnums=(0, 1))[1] == (280.0, 14.0)
    assert compile(lambda p: p[0] * p[1]).batch([[1.0, 2.0], [3.0, 4.0]], gradients="sum") == ([2.0, 12.0], [6.0, 4.0])
    with pytest.raises(ArgumentError, match="arguments of \\[2, 3\\] entries"):
        program.batch(xs, ys[:2])


def test_hessian_vector_products() -> None:
    def f(x: Any) -> Any:
        return tanh(x[0] * x[1]) * x[1] + x[0] * x[0] * x[1]

    program = compile(f)
    for k in range(6):
        point, direction = [0.1 * k, 0.7], [1.0, 0.5 * k]
        assert program.hvp((point,), (direction,)) == ag.hvp(f, (point,), (direction,))
    with pytest.raises(ArgumentError, match=r"primals is 2.0; it has to be a tuple"):
        program.hvp(2.0, (1.0,))  # type: ignore[arg-type]


TWICE: dict[str, Callable[..., Any]] = {
    "powers": lambda x: x[0] ** 3 * x[1] + x[0] ** -1.5,
    "a power of both": lambda x: x[0] ** x[1],
    "Rosenbrock": lambda x: 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 4,
    "abs": lambda x: abs(x[0] - x[1]) * x[1],
    "norm": lambda x: ag.norm(x) * x[0],
    "logsumexp": lambda x: ag.logsumexp(x) * x[0],
    "maximum": lambda x: ag.maximum(x[0], x[1]) ** 2,
    "modulo": lambda x: (x[0] % 0.3) * x[1],
    "atan2": lambda x: ag.atan2(x[0], x[1]) * x[0],
    "gamma": lambda x: ag.gamma(x[0]) * x[1],
    "relu": lambda x: ag.relu(x[0] - x[1]) * x[1],
    "slopes of slopes": lambda x: ag.grad(ag.grad(lambda u: u**3 * x[1]))(x[0]) * x[0],
}


@pytest.mark.parametrize("name", TWICE)
def test_second_derivatives_are_replayed_with_the_bits_of_the_engine(name: str) -> None:
    f, calls, r = TWICE[name], [0], random.Random(name)

    def counted(x: Any) -> Any:
        calls[0] += 1
        return f(x)

    program = compile(counted)
    for _ in range(64):
        point, direction = [r.uniform(0.1, 2.0) for _ in range(2)], [r.uniform(-1, 1) for _ in range(2)]
        assert program.hvp((point,), (direction,)) == ag.hvp(f, (point,), (direction,))
    assert calls[0] < 32  # recordings with their comparisons, and spot checks
    assert program._derived[0].report().startswith("the Hessian of counted: 64 calls of 1 kind")


# --- Values from outside ----------------------------------------------------------------------------------------------------


def test_weights_of_the_outside_are_read_anew_and_get_gradients() -> None:
    ws = [Value(0.5, label="w"), Value(-1.0, label="b")]

    def cost(x: Any) -> Any:
        return tanh(ws[0] * x + ws[1]) * ws[0] + x * ws[0]

    program = compile(cost)
    r = random.Random(3)
    for _ in range(12):
        x = r.uniform(-2, 2)
        for w in ws:
            w.data += r.uniform(-0.1, 0.1)
            w.grad = 0.0
        for _ in range(2):  # gradients accumulate, term by term as in a pass
            cost(x).backward()
        expected = [w.grad for w in ws]
        for w in ws:
            w.grad = 0.0
        value = [program.backward(x) for _ in range(2)][1]
        assert [w.grad for w in ws] == expected
        assert value == cost(x).data == program(x)
        assert program.value_and_grad(x)[1] == ag.gradients(cost(v := Value(x)), v)
    assert program.captured == tuple(ws)
    assert "w * x" in program.source


def test_a_loop_without_arguments_over_a_model() -> None:
    ws = [Value(0.1 * k) for k in range(3)]

    @compile
    def loss() -> Any:
        return sum((w - 1.0) ** 2 for w in ws)

    for _ in range(60):
        for w in ws:
            w.zero_grad()
        loss.backward()
        for w in ws:
            w.data -= 0.2 * w.grad
    assert all(abs(w.data - 1.0) < 1e-6 for w in ws)


def test_hooks_run_because_the_function_does() -> None:
    w = Value(2.0)
    seen: list[float] = []
    program = compile(lambda x: w * x, 1.0)
    w.register_hook(seen.append)
    program.backward(5.0)
    assert seen == [5.0]
    assert w.grad == 5.0


# --- when the function itself runs ------------------------------------------------------------------------------------------


def test_strict_and_observers_see_what_they_see_without_a_program() -> None:
    program = compile(lambda x: ag.log(x) * 2.0, 1.0)
    assert program(0.0) == -math.inf
    with strict(), pytest.raises(ag.NonFiniteError):
        program(0.0)
    made: list[Any] = []
    with observing(made=made.append):
        assert program(1.5) == 2.0 * math.log(1.5)
    assert len(made) == 3  # the leaf and two nodes
    with no_grad():
        assert program.value_and_grad(2.0) == (2.0 * math.log(2.0), 1.0)


def test_decisions_that_differ_every_time_are_given_up_with_a_warning() -> None:
    def f(xs: Any) -> Any:
        return sum(k * x for k, x in enumerate(sorted(xs)))

    program, r = compile(f), random.Random(0)
    complaint = r"f was recorded 6\d times in .*differ too often.*test_program.py:\d+: sorted\(xs\)"
    with pytest.warns(ReplayWarning, match=complaint):  # noqa: PT031 - sooner or later
        for _ in range(200):
            xs = [r.random() for _ in range(7)]
            assert program(xs) == sum(k * x for k, x in enumerate(sorted(xs)))
    assert "by the function itself" in program.report()


def test_a_number_that_is_read_is_said_once() -> None:
    program = compile(lambda x: x * round(x.data))
    with pytest.warns(ReplayWarning, match=r"reads a number as a plain one, at .*x.data") as told:  # noqa: PT031 - once
        for k in range(30):
            assert program(float(k)) == float(k * k)
    assert len(told) == 1
    for k in range(4):
        assert program(float(k)) == float(k * k)


def test_the_report_names_lines_and_answers() -> None:
    program = compile(branching)
    for k in range(-3, 5):
        program(float(k) + 0.5)
    report = program.report()
    assert report.startswith("branching: 8 calls of 1 kind, 2 recordings, 6 replays\n")
    assert re.search(r"test_program.py:\d+: x > 0.0: True 5 times, False 3 times", report)


def test_many_kinds_of_calls_are_bounded() -> None:
    program = compile(lambda x, k: x * k)
    for k in range(300):
        assert program(2.0, k) == 2.0 * k
    assert len(program._cases) == 256


# --- keeping ----------------------------------------------------------------------------------------------------------------


def test_a_text_reads_back_to_a_program_without_the_function(tmp_path: Any) -> None:
    program = compile(branching)
    program(2.0), program(-1.0)
    again = Program.parse(str(program))
    assert str(again) == str(program)
    for x in (3.0, -0.5, 0.25):
        assert again.value_and_grad(x) == ag.value_and_grad(branching)(x)
    program.save(tmp_path / "program.txt")
    assert Program.load(tmp_path / "program.txt")(3.0) == 9.0


def test_a_way_that_was_not_recorded_needs_the_function() -> None:
    text = str(compile(branching, 2.0))
    with pytest.raises(ReplayError, match=r"loaded without its function; give it: Program.load\(file, function=f\)"):
        Program.parse(text)(-1.0)
    assert Program.parse(text, branching)(-1.0) == math.tanh(-1.0)


def test_structures_and_weights_are_kept_in_a_text() -> None:
    w = Value(0.75, label="w^1_1")
    program = compile(lambda p, k: {"y": p["a"][0] * w + k, "z": (p["a"][1],)}, {"a": [1.0, 2.0]}, 3)
    again = Program.parse(str(program))
    assert again({"a": [2.0, 5.0]}, 3) == {"y": 4.5, "z": (5.0,)}
    (v,) = again.captured
    assert (v.label, v.data) == ("w^1_1", 0.75)
    v.data = 1.0
    assert again({"a": [2.0, 5.0]}, 3)["y"] == 5.0


@pytest.mark.parametrize("text", ["", "stepgrad program 2\n", "stepgrad program 1\nname 3\n", None])
def test_a_damaged_text_is_refused(text: str | None) -> None:
    text = str(compile(branching, 1.0)).replace("true", "perhaps") if text is None else text
    with pytest.raises(ArgumentError, match=r"begins with the line|damaged|line 2 of a tape"):
        Program.parse(text)


def test_what_is_no_data_is_not_saved_as_text() -> None:
    with pytest.raises(ReplayError, match="argument 1 is a builtin_function_or_method, which is no data; pickle keeps it"):
        str(compile(lambda x, f: x * f(2.0), 1.0, abs))


@compile
def decorated(x: Any) -> Any:
    """A docstring."""
    return x * 3.0


def test_pickles() -> None:
    program = compile(branching)
    program(2.0), program(-1.0)
    again = pickle.loads(pickle.dumps(program))
    assert again.function is branching
    assert again(5.0) == 25.0
    assert again.report().startswith("branching: 3 calls of 1 kind, 2 recordings")
    w = Value(2.0)
    first, second = pickle.loads(pickle.dumps((compile(lambda x: w * x, 3.0), w)))
    assert first.captured == (second,)
    assert first(4.0) == 8.0
    for _ in range(2):  # of the second call it is a method of the interpreter
        program(1.0)
        assert pickle.loads(pickle.dumps(program.value_and_grad))(-1.0) == ag.value_and_grad(branching)(-1.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_a_program_of_a_script_goes_to_a_process_that_has_not_run_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pickle, sys, autograd\n"
        "@autograd.compile\n"
        "def f(x):\n"
        "    return x * x if x > 0.0 else -x\n"
        "f(3.0)\n"
        "assert pickle.loads(pickle.dumps(f)) is f\n"
        "sys.stdout.buffer.write(pickle.dumps(f))\n"
    )
    again = pickle.loads(subprocess.run([sys.executable, str(script)], capture_output=True, check=True).stdout)
    assert again.value_and_grad(5.0) == (25.0, 10.0)
    with pytest.raises(ReplayError, match="f"):  # the other way was not recorded, and the function stayed behind
        again(-5.0)
    assert decorated.__doc__ == "A docstring."
    assert copy.copy(decorated) is decorated


def test_the_text_of_a_program_steps_in_a_debugger() -> None:
    import pdb
    from io import StringIO

    program = compile(branching, 2.0)
    reader = next(iter(next(iter(program._cases.values())).variants)).reader
    assert Written.value(reader, [2.0]) == (4.0,)
    assert reader._value is not None
    namespace: dict[str, Any] = {}
    exec(program.source, namespace)  # it stands for itself
    assert namespace["gradient"]([3.0], [-0.0]) == ((9.0,), (6.0,))
    out = StringIO()
    debugger = pdb.Pdb(stdin=StringIO("s\nn\nn\nn\np v1\nc\n"), stdout=out, nosigint=True, readrc=False)
    debugger.runcall(reader._value, [5.0])
    assert "v1 = x * x" in out.getvalue()
    assert "\n(Pdb) 25.0" in out.getvalue()


# --- whole whatever happens -------------------------------------------------------------------------------------------------


def test_an_error_while_recording_leaves_nothing_behind() -> None:
    fail = [True]

    def f(x: Any) -> Any:
        y = x * 2.0
        if fail[0]:
            raise LookupError("not yet")
        return y

    program = compile(f)
    with pytest.raises(LookupError, match="not yet"):
        program(1.0)
    assert not MODES.active
    assert not IN_PROGRESS
    assert looking() == []
    fail[0] = False
    assert program(1.0) == 2.0


@pytest.mark.parametrize("at", [0, 1, 300, 699, 700, 1000])
def test_control_c_while_recording_leaves_nothing_behind(at: int) -> None:
    operations = [at]

    def f(x: Any) -> Any:
        for _ in range(300):
            operations[0] -= 1
            if not operations[0]:
                raise KeyboardInterrupt
            x = x * 0.999 + 0.001 if x > -5.0 else x
        return x

    program = compile(f)
    for k in range(8):
        with contextlib.suppress(KeyboardInterrupt):
            program(1.0 + k)
        assert looking() == []
        assert not IN_PROGRESS
        assert not MODES.active
    operations[0] = 0
    assert program.value_and_grad(0.5) == ag.value_and_grad(f)(0.5)


def test_threads_share_a_program() -> None:
    def f(xs: Any) -> Any:
        total = xs[0] * 0.0
        for x in xs:
            total = total + (x * x if x > 0.0 else tanh(x))
        return total

    program, eager = compile(f), ag.value_and_grad(f)
    wrong: list[Any] = []
    barrier = threading.Barrier(4)

    def work(seed: int) -> None:
        r = random.Random(seed)
        barrier.wait()
        try:
            for _ in range(60):
                xs = [r.uniform(-1, 1) for _ in range(3)]
                if program.value_and_grad(xs) != eager(xs):
                    wrong.append(xs)
        except Exception as error:  # noqa: BLE001 - it is shown by the assertion
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_warnings_of_the_function_come_from_recordings_alone() -> None:
    a = compile(lambda x, y: x * 1.0 if x == y else y * 2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(10):
            assert a(1.0, 1.0) == 1.0
