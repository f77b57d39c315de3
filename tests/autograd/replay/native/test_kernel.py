"""The compiled interpreter of tapes beside the engine: the same numbers and gradients bit for bit, and guards that are kept.

The tapes are made here from graphs of the engine, so that what is compared does not pass through the recorder.
"""

import array
import functools
import gc
import math
import pathlib
import random
import struct
import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value
from autograd.operators import apply
from autograd.primitives.table import TABLE, Primitive
from autograd.replay.native import kernel as native
from autograd.replay.native.c_rows import rows
from autograd.replay.tape import INPUT, Draft, Guard, Tape
from autograd.reverse import differentiable_order

if native.INTERPRETER.module is None:
    pytest.skip(f"{native.INTERPRETER.why}", allow_module_level=True)


def tape_of(root: Value, leaves: list[Value], guards: tuple[Guard, ...] = ()) -> Tape:
    """The columns of a graph; leaves that are not inputs are constants."""
    ids: dict[Any, int] = {leaf: i for i, leaf in enumerate(leaves)}
    draft = Draft(len(leaves))
    for v in differentiable_order(root):
        operands = [ids[o] if o in ids else o if isinstance(o, float) else o.data for o in v.operands]
        ids[v] = draft.node(v.primitive.name, operands)
    tape = draft.tape([ids[root]])
    tape.guards = guards
    return tape


def bits(numbers: Any) -> Any:
    """The bits of numbers in nested lists; every nan is one."""
    if isinstance(numbers, (list, tuple)):
        return [bits(x) for x in numbers]
    return "nan" if numbers != numbers else struct.pack("<d", numbers)


def eager(f: Any, xs: list[float]) -> tuple[float, list[float]]:
    leaves = [Value(x) for x in xs]
    root = f(leaves)
    return root.data, ag.gradients(root, leaves)


def test_the_opcodes_in_c_are_those_of_the_table() -> None:
    written = (pathlib.Path(native.__file__).parent / "c" / "rows.h").read_text(encoding="utf-8")
    assert written == rows(), "make stubs"
    assert written.count("static inline void partials_") > 30


SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -2.5,
    1e-310,
    -5e-324,
    1e300,
    -1e300,
    710.0,
    -745.2,
    math.inf,
    -math.inf,
    math.nan,
    3.0,
]
ROWS = [row for row in TABLE.values() if row.name != "pow_derivative"]
WHOLE = {"polygamma": [0], "sinc_derivative": [0], "round": [1]}  # operands that are whole numbers and have no derivative


def taped(f: Any, xs: list[float], guards: tuple[Guard, ...] = ()) -> Tape:
    leaves = [Value(x) for x in xs]
    return tape_of(f(leaves), leaves, guards)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_row_has_the_bits_of_the_engine(row: Primitive) -> None:
    draw = random.Random(row.name)
    n = row.arity or 3
    whole = WHOLE.get(row.name, [])
    for trial in range(100):
        xs = [draw.choice(SPECIAL) if draw.random() < 0.4 else draw.uniform(-4.0, 4.0) for _ in range(n)]
        for i in whole:
            xs[i] = float(draw.randrange(3))
        constant = [draw.random() < 0.3 or i in whole for i in range(n)]
        if all(constant):
            constant[-1] = False

        def f(leaves: list[Value], xs: list[float] = xs, constant: list[bool] = constant) -> Value:
            product: Value = 1.5 * apply(row, tuple([x if c else v for x, c, v in zip(xs, constant, leaves, strict=True)]))
            return product

        program = native.kernel(taped(f, xs), (n,))
        expected = eager(f, xs)
        assert bits(program.value_and_grad(xs)) == bits(expected), (row.name, xs, constant, trial)
        assert bits(program.value(xs)) == bits(expected[0])


def test_a_square_written_as_a_power_has_the_bits_of_the_power() -> None:
    """pow(u, 2.0) of the C library is not always u * u: for one number in a thousand it is not the nearest."""
    program = native.kernel(taped(lambda x: x[0] ** 2, [1.0]), (-1,))
    draw = random.Random(1)
    xs = [math.ldexp(draw.uniform(-1.0, 1.0), draw.choice((0, 0, 1, -3, 40, -500, 500, -538, 511))) for _ in range(100_000)]
    assert [x for x in xs if program.value(x) != ag.primitives.ieee.pow(x, 2.0)] == []
    assert any(x * x != math.pow(x, 2.0) for x in xs if abs(x) < 1e100) or sys.platform != "linux"


OPERATIONS = [
    "add", "sub", "mul", "div", "neg", "tanh", "exp", "sin", "sigmoid", "square", "abs", "relu", "maximum", "sum",
    "dot", "mean", "logsumexp", "pow", "where", "clamp", "atan", "erf", "logaddexp", "norm", "softplus",
    "hypot",
]  # fmt: skip


def random_function(seed: int, size: int, inputs: int) -> Any:
    """A function of a list of numbers, the same operations at every call."""

    def f(leaves: list[Value]) -> Value:
        draw = random.Random(seed)
        values: list[Any] = list(leaves)
        for _ in range(size):
            row = TABLE[draw.choice(OPERATIONS)]
            n = row.arity or 2 * draw.randrange(1, 4) + 1
            operands = [draw.uniform(-2.0, 2.0) if draw.random() < 0.2 else draw.choice(values[-8:]) for _ in range(n)]
            if not any(isinstance(o, Value) for o in operands):
                operands[0] = values[-1]
            values.append(apply(row, tuple(operands)))
        total: Value = functools.reduce(lambda a, b: a + b, values[-5:])
        return total

    return f


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=6))
def test_random_programs_have_the_bits_of_the_engine(seed: int, size: int, xs: list[float]) -> None:
    f = random_function(seed, size, len(xs))
    others = [x + 0.25 for x in xs]
    program = native.kernel(taped(f, xs), (len(xs),))
    assert bits(program.value_and_grad(xs)) == bits(eager(f, xs))
    assert bits(program.value_and_grad(others)) == bits(eager(f, others))
    assert bits(program.value_and_grad(xs)) == bits(eager(f, xs))  # nothing is left over from the call before
    x = array.array("d", [*xs, *others])
    values, grads, left = array.array("d", [0.0] * 2), array.array("d", [0.0] * len(x)), array.array("i", [7, 7])
    assert program.rows(x, values, grads, left) == 0
    (a, da), (b, db) = eager(f, xs), eager(f, others)
    assert bits([*values, *grads]) == bits([a, b, *da, *db]) and left.tolist() == [0, 0]


def test_arguments_and_gradients_have_their_shapes() -> None:
    def f(x: list[Value]) -> Value:
        return x[0] * x[1] + x[1] * x[2]

    tape = taped(f, [1.0, 2.0, 3.0])
    assert native.kernel(tape, (2, -1), by=(1, 0)).value_and_grad((2.0, 3), 5) == (21.0, (3.0, [3.0, 7.0]))
    assert native.kernel(tape, (-1, 0, 2), by=0).value_and_grad(2.0, [], [3.0, 5.0]) == (21.0, 3.0)
    assert native.kernel(tape, (3,), single=False).value([2.0, 3.0, 5.0]) == [21.0]
    tape.outputs = (3, 0, -1 - len(tape.constants), 5)
    tape.constants.append(-7.0)
    program = native.kernel(tape, (3,), single=False)
    assert program.jacobian([2.0, 3.0, 5.0]) == (
        [6.0, 2.0, -7.0, 21.0],
        [[3.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [3.0, 7.0, 3.0]],
    )
    with pytest.raises(TypeError, match="several results"):
        program.value_and_grad([2.0, 3.0, 5.0])


@pytest.mark.parametrize("bad", [([1.0], 2.0), ([1.0, 2.0],), ([1.0, "2"], 3.0), ({1.0, 2.0}, 3.0), ([1.0, 10**400], 3.0)])
def test_arguments_of_another_shape_are_handed_over(bad: Any) -> None:
    seen: list[Any] = []
    tape = taped(lambda x: x[0] * x[1] + x[2], [1.0, 2.0, 3.0])

    def otherwise(*what: Any) -> str:
        seen.append(what)
        return "answer"

    program = native.kernel(tape, (2, -1), otherwise=otherwise)
    assert program.value_and_grad(*bad) == "answer"
    assert seen == [(native.UNLIKE, 0.0, "value_and_grad", bad, {})]
    with pytest.raises(ValueError, match="another shape"):
        native.kernel(tape, (2, -1)).value(*bad)


def test_a_guard_that_comes_out_differently_is_handed_over_with_its_number() -> None:
    """Guards stand where they were decided: what comes after is not computed, and each has its own outcome."""
    tape = taped(lambda x: ag.exp(x[0] * x[1]) + x[0], [1.0, 2.0])
    tape.constants.extend([2.0, math.nan])
    two, nan = -len(tape.constants) + 1, -len(tape.constants)
    tape.guards = (
        Guard("<", 0, two, True, 2),
        Guard("==", 2, nan, False, 3),
        Guard(">=", 2, 1, True, 3),
        Guard("is", 1, two, True, 5),
    )
    seen: list[Any] = []
    program = native.kernel(tape, (2,), otherwise=lambda *what: seen.append(what))
    assert program.value([1.0, 2.0]) == math.exp(2.0) + 1.0
    for xs, reason, left in (([2.0, 2.0], 0, 2.0), ([0.5, 2.0], 2, 1.0), ([1.5, 2.5], 3, 2.5), ([math.nan, 2.0], 0, math.nan)):
        program.value_and_grad(xs)
        assert bits(seen.pop()[1]) == bits(left), xs
        program.value(xs)
        assert seen.pop()[::2] == (reason, "value", {})
    x, left_at = array.array("d", [1.0, 2.0, 2.0, 2.0, 0.5, 2.0]), array.array("i", [9, 9, 9])
    values = array.array("d", [-1.0] * 3)
    assert program.rows(x, values, None, left_at) == 2
    assert left_at.tolist() == [0, 1, 3] and values.tolist() == [math.exp(2.0) + 1.0, -1.0, -1.0]


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">=", "==", "!=", "is"])
def test_relations_are_pythons(relation: str) -> None:
    pairs = [(a, b) for a in (0.0, -0.0, 1.0, math.nan, math.inf) for b in (0.0, -0.0, 1.0, math.nan)]
    for a, b in pairs:
        holds = struct.pack("d", a) == struct.pack("d", b) if relation == "is" else eval(f"a {relation} b", {"a": a, "b": b})
        tape = taped(lambda x: x[0] + x[1], [a, b], (Guard(relation, 0, 1, True, 2),))
        program = native.kernel(tape, (2,), otherwise=lambda *_: "left")
        assert (program.value([a, b]) != "left") == holds, (a, b)


def test_the_call_to_be_looked_at_is_handed_over() -> None:
    seen: list[Any] = []
    program = native.kernel(taped(lambda x: x[0] * x[0], [1.0]), (-1,), otherwise=lambda *what: seen.append(what))
    program.look_at = 2
    assert [program.value(3.0) for _ in range(3)] == [9.0, None, 9.0]
    assert seen == [(native.LOOK, 0.0, "value", (3.0,), {})] and program.calls == 3


def test_calls_with_keywords_and_while_something_is_going_on_are_handed_over() -> None:
    seen: list[Any] = []
    going: list[int] = []
    tape = taped(lambda x: x[0] * x[0], [1.0])
    program = native.kernel(tape, (-1,), otherwise=lambda *what: seen.append(what), busy=(going, {}))
    program.value_and_grad(3.0, argnums=1)
    assert seen.pop() == (native.UNLIKE, 0.0, "value_and_grad", (3.0,), {"argnums": 1})
    going.append(1)
    program.jacobian(3.0)
    assert seen.pop() == (native.BUSY, 0.0, "jacobian", (3.0,), {})
    going.clear()
    assert program.value(3.0) == 9.0 and not seen


def test_gradients_go_on_from_what_is_there() -> None:
    tape = Tape.parse("in 3\nv3 = detach v0\nv4 = mul v3 v1\nv5 = mul v4 v0\nout v5 v0\n")
    program = native.kernel(tape, (3,), single=False)
    assert program.gradient([2.0, 3.0, 5.0], None) == ([12.0, 2.0], [6.0, 4.0, 0.0])
    assert program.gradient([2.0, 3.0, 5.0], [1e16, -0.0, 7.0]) == ([12.0, 2.0], [1e16 + 6.0, 4.0, 7.0])
    tape.outputs = (0,)
    assert native.kernel(tape, (3,), single=False).gradient([2.0, 3.0, 5.0], (4.0, 5.0, 6.0)) == ([2.0], [5.0, 5.0, 6.0])
    for before, error in (([1.0], ValueError), ([1.0, 2.0, "3"], TypeError), (3, TypeError)):
        with pytest.raises(error):
            program.gradient([2.0, 3.0, 5.0], before)
    assert program.gradient([2.0, 3.0, 5.0], None) == ([12.0, 2.0], [6.0, 4.0, 0.0])


def test_rows_without_a_rule_ask_the_table_and_its_errors_arrive() -> None:
    tape = taped(lambda x: ag.atan(x[0]) * ag.gelu(x[1]), [1.0, 2.0])
    assert native.called_back(tape.names) == ["atan", "gelu"]
    assert native.kernel(tape, (2,)).asking == 2
    tape.names[0] = "no_such_row"
    with pytest.raises(ag.PrimitiveError, match="no_such_row"):
        native.kernel(tape, (2,)).value([1.0, 2.0])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.operands.__setitem__(0, 3), "neither a node before it"),
        (lambda t: t.operands.__setitem__(0, -9), "neither a node before it"),
        (lambda t: t.op.__setitem__(2, 7), "no name"),
        (lambda t: t.op.append(0), "different lengths"),
        (lambda t: t.start.__setitem__(4, 1), "out of order"),
        (lambda t: t.start.__setitem__(0, 1), "begin at 0"),
        (lambda t: t.names.__setitem__(0, "tanh"), "another number of operands"),
        (lambda t: t.__dict__.update(outputs=()), "no result"),
        (lambda t: t.__dict__.update(outputs=(9,)), "neither a node before it"),
        (lambda t: t.__dict__.update(inputs=3), "places of its operands|as many numbers"),
        (lambda t: t.__dict__.update(guards=(Guard("~", 0, 1, True, 2),)), "relation"),
        (lambda t: t.__dict__.update(guards=(Guard("<", 2, 1, True, 2),)), "neither a node before it"),
        (lambda t: t.__dict__.update(guards=(Guard("<", 0, 1, True, 2), Guard("<", 0, 1, True, 1))), "out of order"),
    ],
)
def test_columns_that_contradict_each_other_are_refused(change: Any, complaint: str) -> None:
    tape = taped(lambda x: x[0] * x[1] + 2.0, [1.0, 2.0])
    change(tape)
    with pytest.raises(ValueError, match=complaint):
        native.kernel(tape, (2,))


def test_shapes_and_arrays_that_do_not_fit_are_refused() -> None:
    tape = taped(lambda x: x[0] * x[1] + 2.0, [1.0, 2.0])
    for shape, by in (((1,), 0), ((3,), 0), ((2,), 1), ((-2, 2), 0), ((2,), (0, 1))):
        with pytest.raises(ValueError, match="argument"):
            native.kernel(tape, shape, by=by)
    program, doubles = native.kernel(tape, (2,)), array.array("d", [0.0] * 4)
    with pytest.raises(TypeError, match="x: needs 6 items"):
        program.rows(doubles, doubles, None, array.array("i", [0] * 3))
    with pytest.raises(TypeError, match="values"):
        program.rows(doubles, array.array("f", [0.0] * 4), None, array.array("i", [0] * 2))
    with pytest.raises(BufferError):
        program.rows(doubles, bytes(16), None, array.array("i", [0] * 2))


def test_a_long_program_runs_in_threads_at_once() -> None:
    def f(x: list[Value]) -> Value:
        v = x[0]
        for _ in range(40_000):
            v = v * 0.999 + x[1]
        return v

    program = native.kernel(taped(f, [1.0, 1e-3]), (2,))
    points = [[0.1 * i, 1e-3 * i] for i in range(6)]
    expected = [program.value_and_grad(x) for x in points]
    assert bits(expected[3]) == bits(eager(f, points[3]))
    found: list[Any] = [None] * len(points)

    def work(i: int) -> None:
        for _ in range(20):
            found[i] = program.value_and_grad(points[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(points))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_a_call_inside_a_call_has_its_own_numbers() -> None:
    tape = taped(lambda x: ag.atan(x[0]) * x[0] + x[0], [1.0])
    program = native.kernel(tape, (-1,))
    plain = native.by_the_table
    asked: list[Any] = []

    def table(name: str, operands: tuple[float, ...], partials: bool) -> tuple[float, ...]:
        if not asked:
            asked.append(name)
            asked.append(inner.value_and_grad(7.0))
        return plain(name, operands, partials)

    inner = type(program)(
        tape.names,
        tape.op,
        tape.start,
        tape.operands,
        tape.constants,
        1,
        tape.outputs,
        (),
        (-1,),
        (0,),
        True,
        True,
        table,
        print,
        (),
    )
    assert inner.value_and_grad(2.0) == program.value_and_grad(2.0)
    assert asked[1] == program.value_and_grad(7.0)


def test_nothing_is_left_behind() -> None:
    tape = taped(lambda x: ag.atan(x[0]) * x[1] + x[0], [1.0, 2.0], (Guard("<", 0, 1, True, 2),))

    def use() -> None:
        program = native.kernel(tape, (2,), otherwise=lambda *_: None)
        for x in ([1.0, 2.0], [2.0, 1.0], [1.0]):
            program.value(x), program.value_and_grad(x), program.jacobian(x)
        holder = [program]
        again = native.kernel(tape, (2,), otherwise=lambda *_, holder=holder: None)
        holder.append(again)  # a cycle through what it calls
        for change in ((3,), (2, 1)):
            with pytest.raises(ValueError, match="argument"):
                native.kernel(tape, change)

    use()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(50):
        use()
    gc.collect()
    assert sys.getallocatedblocks() - before < 40


def test_a_long_program_can_be_interrupted() -> None:
    """Control-C is heard between stretches of a long sweep; the arrays are given back."""
    import _thread

    n = 600_000
    tape = Tape(1)
    tape.names = ["add"]
    tape.op = array.array("H", [INPUT] + [0] * n)
    tape.start = array.array("q", [0, *range(0, 2 * n + 1, 2)])
    tape.operands = array.array("q", [k for i in range(n) for k in (i, 0)])
    tape.outputs = (n,)
    program = native.kernel(tape, (-1,))
    assert program.value_and_grad(0.5) == (0.5 * (n + 1), float(n + 1))
    rows = 2_000
    x, values, left = array.array("d", [0.5] * rows), array.array("d", [0.0] * rows), array.array("i", [9] * rows)
    begun = threading.Event()

    def interrupt() -> None:  # the lock is free while a long sweep runs
        begun.wait()
        _thread.interrupt_main()

    def run() -> None:
        begun.set()
        program.rows(x, values, None, left)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run()
    thread.join()
    assert left[-1] == 9  # not all rows have been computed
    assert program.value_and_grad(0.5) == (0.5 * (n + 1), float(n + 1))
