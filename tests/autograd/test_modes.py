"""Modes: what each does to the nodes made inside it, that they nest and end cleanly, and that they cost nothing outside."""

import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

import autograd
from autograd import (
    ArgumentError,
    GraphError,
    NonFiniteError,
    Source,
    Value,
    gradients,
    log,
    no_grad,
    record_backward,
    record_sources,
    scope,
    strict,
)
from autograd.modes import MODES
from nn import MLP


def test_no_grad_records_nothing() -> None:
    w = Value(2.0)
    with no_grad():
        y = autograd.tanh(w * w + 1.0) + autograd.dot([w], [w])
        leaf = Value(1.0)
    for node in (y, leaf):
        assert (node.parents, node.operands, node.partials, node.primitive) == ((), (), (), None)
    assert y.data == math.tanh(5.0) + 4.0
    assert (w * w).parents == (w, w)


def test_backward_from_what_was_not_recorded_says_so() -> None:
    w = Value(2.0)
    with no_grad():
        y = w * w
    for start in (y.backward, lambda: record_backward(y)):
        with pytest.raises(GraphError, match="computed inside no_grad") as raised:
            start()
        assert raised.value.node is y
    assert not y.has_grad
    (y * w).backward()  # as an operand it is a constant like any leaf
    assert (w.grad, y.grad) == (4.0, 2.0)


@no_grad()
def _evaluate(depth: int, w: Value) -> Any:
    return _evaluate(depth - 1, w) + w * w if depth else w * 1.0


def test_modes_decorate_functions_that_recurse() -> None:
    w = Value(2.0)
    assert _evaluate(3, w).data == 14.0
    assert _evaluate(3, w).parents == ()
    assert not MODES.active
    assert (w * w).parents


def test_strict_names_the_first_operation_and_its_line() -> None:
    x = Value(0.0, label="x")
    with strict():
        y = x * 3.0
        with pytest.raises(NonFiniteError) as caught:
            z = autograd.log(y)  # here
    message = str(caught.value)
    assert message.startswith("log(0.0) = -inf at ")
    assert "test_modes.py:" in message
    assert ": autograd.log(y); no operand was nan or inf" in message
    assert isinstance(caught.value, ArithmeticError)
    assert caught.value.node.parents == (y,)
    assert "z" not in locals()
    z = autograd.log(y)
    assert z.data == -math.inf


def test_strict_says_when_an_operand_was_not_finite_already() -> None:
    x = Value(math.inf, label="x")
    with strict(), pytest.raises(NonFiniteError, match=r"x = inf.*already"):
        x - 1.0


def test_strict_says_that_a_number_was_assigned_and_where_to_look() -> None:
    w = Value(2.0, label="w")
    w.data -= 0.1 * math.nan  # what a step does with a gradient of nan
    with strict(), pytest.raises(NonFiniteError) as caught:
        w * 3.0
    message = str(caught.value)
    assert "w was not finite already, and nothing computed it" in message
    assert all(hint in message for hint in ("watching()", "`catch nan`", "backward pass"))
    assert "clamp" not in message
    with strict(), pytest.raises(NonFiniteError, match="the plain number inf"):
        Value(1.0) * math.inf
    early = autograd.log(Value(0.0))
    with strict(), pytest.raises(NonFiniteError, match=r"made before strict\(\) began"):
        early * 2.0


def test_a_nan_in_a_second_derivative_names_the_operation_and_the_line_that_asked() -> None:
    x = Value(0.0)
    with record_sources():
        y = autograd.sqrt(x)
        slope = gradients(y, x, create_graph=True)
    assert slope.data == math.inf
    assert slope.source is not None
    here = f"{os.path.basename(__file__)}:{slope.source.line - 1}"
    assert slope.source.text == f"gradients(y, x, create_graph=True): the derivative of autograd.sqrt(x) at {here}"
    with record_sources():
        second = gradients(slope, x, create_graph=True)
    assert second.source is not None
    assert second.source.text.startswith("gradients(slope, x, create_graph=True): the derivative of autograd.sqrt(x) at ")
    (recorded,) = {node.source for node in record_backward(slope).nodes if node.source and "the derivative" in node.source.text}
    assert recorded == slope.source
    with strict(), pytest.raises(NonFiniteError) as caught:
        gradients(y, x, create_graph=True)
    assert f"in the derivative of sqrt at {y.source}" in str(caught.value)
    z = autograd.sqrt(Value(0.0))
    with strict(), pytest.raises(NonFiniteError, match=r"in the derivative of sqrt[;,]"):
        gradients(z * 1.0, z.parents[0], create_graph=True)


def test_places_are_found_quickly_in_long_modules() -> None:
    lines = 6000
    text = "x = Value(1.0)\ny = x\n" + "y = y * 0.5 + x * 2.0\n" * lines
    names: dict[str, Any] = {"Value": Value}
    with record_sources():
        exec(compile(text, "long.py", "exec"), names)
    nodes = record_backward(names["y"]).nodes

    def seconds(begin: int) -> float:
        """The best of five, at nodes that have not been asked yet: the machine may be busy."""
        lapses = []
        for first in range(begin, begin + 200, 40):
            start = time.process_time()
            assert all(nodes.source(i) is not None for i in range(first, first + 40))
            lapses.append(time.process_time() - start)
        return min(lapses)

    nodes.source(0)  # the positions of the code are read once
    first, last = seconds(1), seconds(len(nodes) - 201)
    assert nodes.source(len(nodes) - 1) == Source("long.py", lines + 2, "<module>", "")
    assert last < 20.0 * first, "an instruction at the end costs as much as one at the beginning"


def test_strict_lets_finite_work_pass() -> None:
    with strict():
        x = Value(1.0)
        (autograd.exp(x) / 2).backward()
    assert x.grad == math.e / 2


def test_strict_comes_before_no_grad() -> None:
    with no_grad(), strict(), pytest.raises(NonFiniteError):
        Value(1.0) / 0.0


def test_sources_name_file_line_function_and_expression() -> None:
    a, b = Value(2.0), Value(3.0)
    with record_sources():
        # fmt: off
        c = a * b + autograd.exp(
            a - b
        )
        # fmt: on
        leaf = Value(1.0)
    assert c.source is not None
    assert c.source.file.endswith("test_modes.py")
    assert c.source.function == "test_sources_name_file_line_function_and_expression"
    assert c.source.text == "a * b + autograd.exp( a - b )"
    product, exponential = c.parents
    assert product.source is not None
    assert product.source.text == "a * b"
    assert exponential.parents[0].source is not None
    assert exponential.parents[0].source.text == "a - b"
    assert exponential.parents[0].source.line == c.source.line + 1
    assert leaf.source is not None
    assert leaf.source.text == "Value(1.0)"
    assert a.source is None
    assert (a * b).source is None


def test_sources_pass_over_the_machinery_of_networks() -> None:
    model = MLP(2, [2, 1])
    with record_sources():
        y = model([1.0, 2.0])
    assert y.source is not None
    assert y.source.text == "model([1.0, 2.0])"


def test_files_that_read_the_same_are_told_apart() -> None:
    places = []
    for file in ("one.py", "two.py"):
        names: dict[str, Any] = {"Value": Value}
        exec(compile("def model(w):\n    return w * 2.0\n", file, "exec"), names)
        with record_sources():
            places.append(names["model"](Value(1.0)).source)
    assert [place.file for place in places] == ["one.py", "two.py"]


def test_sources_may_be_recorded_in_every_thread() -> None:
    made: list[Value] = []

    def make() -> None:
        made.append(Value(2.0) * 3.0)

    for block in (record_sources(), record_sources(threads=True), nullcontext()):
        with block:
            thread = threading.Thread(target=make)
            thread.start()
            thread.join()
    assert [v.source is not None for v in made] == [False, True, False]


def test_sources_survive_code_without_a_file() -> None:
    namespace = {"Value": Value}
    with record_sources():
        exec(compile("y = Value(1.0) + 2.0", "<no file>", "exec"), namespace)
    y = namespace["y"]
    assert isinstance(y, Value)
    assert y.source is not None
    assert (y.source.file, y.source.line, y.source.text) == ("<no file>", 1, "")


def test_source_columns_count_bytes_not_characters() -> None:
    größe = Value(2.0)
    with record_sources():
        y = größe * größe + 1.0
    assert y.source is not None
    assert y.source.text == "größe * größe + 1.0"
    assert y.parents[0].source is not None
    assert y.parents[0].source.text == "größe * größe"


def test_scopes_nest_into_paths() -> None:
    x = Value(1.0)
    with scope("attention"):
        y = x * 2.0
        with scope("head1"):
            z = y * 2.0
        leaf = Value(1.0)
    assert (x.scope, y.scope, z.scope, leaf.scope) == ("", "attention", "attention/head1", "attention")
    assert (x * 1.0).scope == ""


@pytest.mark.parametrize("name", ["", "a/b", None, 3])
def test_names_of_scopes_are_checked(name: object) -> None:
    with pytest.raises(ArgumentError, match="scope"):
        scope(name)  # type: ignore[arg-type]


def test_a_block_that_raises_ends_its_mode() -> None:
    with pytest.raises(ZeroDivisionError), no_grad(), strict(), record_sources(), scope("s"):
        1 / 0
    assert not MODES.active
    y = Value(1.0) * 2.0
    assert (len(y.parents), y.scope, y.source) == (1, "", None)


def test_one_block_may_be_entered_twice() -> None:
    block = scope("s")
    with block, block:
        assert Value(1.0).scope == "s/s"
    assert Value(1.0).scope == ""


def test_modes_cost_next_to_nothing_outside() -> None:
    """One attribute look-up per node: with the modes off, operations are several times cheaper than with sources on."""

    def seconds() -> float:
        x = Value(1.0)
        best = math.inf
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(3000):
                x * 2.0
            best = min(best, time.perf_counter() - start)
        return best

    off = seconds()
    with record_sources():
        on = seconds()
    assert on > 1.5 * off


@pytest.mark.parametrize("make", [lambda: log(Value(0.0)), lambda: Value(-1.0) ** 0.5, lambda: Value(0.0) ** -1])
def test_what_strict_says_has_no_other_error_behind_it(make: Callable[[], Value]) -> None:
    with strict(), pytest.raises(NonFiniteError) as raised:
        make()
    assert raised.value.__context__ is None
