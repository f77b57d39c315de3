"""Losses of JAX as graphs: the numbers, the gradients and the lines are those that JAX and the user have."""

import doctest
import importlib
import pathlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from agreeing import assert_agrees
from jax_models import MODELS
from jax_traps import TRAPS

from autograd import load_recording
from viz.debugger import Session, why
from viz.debugger.lift import jax as lifted_jax
from viz.debugger.lift.errors import LiftError
from viz.debugger.lift.jax import dependence, lift

pytestmark = pytest.mark.frameworks
PRECISIONS = {"float64": (True, 1e-12), "float32": (False, 2e-6)}


@pytest.fixture(params=PRECISIONS)
def tolerance(request: pytest.FixtureRequest) -> Iterator[float]:
    x64, tolerance = PRECISIONS[request.param]
    with jax.enable_x64(x64):
        yield tolerance


# --- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_gradients_of_jax(name: str, tolerance: float) -> None:
    loss, arguments = MODELS[name]()
    everything = tuple(range(len(arguments)))
    graph = lift(loss, *arguments, argnums=everything)
    value, found = jax.value_and_grad(loss, everything)(*arguments)
    gradients = [np.asarray(g, float) for g in jax.tree_util.tree_leaves(found)]
    assert graph.report.precision == str(value.dtype)
    assert graph.loss == pytest.approx(float(value), rel=tolerance)
    assert set(graph.parameters) < {a.name for a in graph.report.agreement}  # and what is computed in between
    assert_agrees(graph, dict(zip(graph.parameters, gradients, strict=True)), tolerance, "jax_models.py")


def test_a_fault_in_a_rule_is_found_by_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    right = dependence._products

    def wrong(*args: object) -> object:
        block = right(*args)  # type: ignore[arg-type]
        return block._replace(local=block.local * 1.001)

    monkeypatch.setattr(dependence, "_products", wrong)
    loss, arguments = MODELS["mlp"]()
    assert not all(a.right for a in lift(loss, *arguments).report.agreement)


# Shapes of numbers and filters, and options; in the third, padding takes numbers away: it is asked element by element.
CONVOLUTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any], str]] = {
    "groups and strides": (
        (1, 4, 4, 3), (4, 2, 3, 2),
        {"window_strides": (2, 1), "padding": ((1, 0), (2, 1)), "rhs_dilation": (1, 2), "feature_group_count": 2}, "dot",
    ),
    "channels last, transposed": (
        (1, 3, 3, 2), (2, 2, 2, 3),
        {"window_strides": (1, 2), "padding": ((1, 1), (0, 1)), "lhs_dilation": (2, 1),
         "dimension_numbers": ("NHWC", "HWIO", "NHWC")}, "dot",
    ),
    "cropped": ((1, 2, 5), (2, 2, 3), {"window_strides": (1,), "padding": ((-1, 0),)}, "conv_general_dilated"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_is_a_sum_of_products(name: str) -> None:
    numbers, filters, options, op = CONVOLUTIONS[name]
    random = np.random.default_rng(0)
    x, w = jnp.asarray(random.normal(size=numbers)), jnp.asarray(random.normal(size=filters))
    graph = lift(lambda x, w: jnp.sum(jnp.sin(jax.lax.conv_general_dilated(x, w, **options))), x, w, argnums=(0, 1))
    assert len(graph.report.agreement) == 4
    assert all(a.right for a in graph.report.agreement)
    assert op in {node.op for node in graph.nodes}


# --- traps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_has_the_nans_and_zeros_of_jax(name: str, tolerance: float) -> None:
    f, numbers = TRAPS[name]
    x = jnp.asarray(numbers, float)
    expected = np.asarray(jax.grad(lambda x: f(x).sum())(x), float)
    graph = lift(lambda x: f(x).sum(), x)
    assert graph.gradient("x") == pytest.approx(expected, rel=max(tolerance, 1e-9), abs=0.0, nan_ok=True)
    assert np.array_equal(graph.gradient("x") == 0.0, expected == 0.0)
    assert all(a.right for a in graph.report.agreement)


# --- names and lines ---------------------------------------------------------------------------------------------------


def test_names_are_those_of_the_users_text() -> None:
    loss, arguments = MODELS["attention"]()
    graph = lift(loss, *arguments)
    assert {"qkv[0,1]", "scale[3]", "scores[1,2]", "mixed[2,0]"} <= set(graph.nodes.label)
    assert "qkv" in str(why(graph, "qkv[0,1]"))


def test_a_name_that_two_arguments_have_says_which() -> None:
    loss, arguments = MODELS["variational"]()
    assert set(lift(loss, *arguments, argnums=(0, 1)).parameters) == {"encoder.b", "encoder.w", "decoder.b", "decoder.w"}


def test_a_scope_is_that_of_the_program() -> None:
    def loss(x: Any) -> Any:
        with jax.named_scope("first"):
            y = x * 2.0
        return y**2

    assert set(lift(loss, 3.0).nodes.scope) == {"", "first"}


def test_turns_of_a_loop_and_calls_of_a_function_are_scopes_by_their_number() -> None:
    @jax.jit  # type: ignore[untyped-decorator] # mypy does not read JAX
    def double(x: Any) -> Any:
        y = jnp.where(x > 0.0, x * 2.0, x)
        return y + 1.0

    def cell(h: Any, x: Any) -> tuple[Any, Any]:
        h = jnp.tanh(h * x)
        return h, double(h)

    def loss(h: Any) -> Any:
        last, rows = jax.lax.scan(cell, double(h), jnp.ones(3))
        return last + rows.sum()

    nodes = list(lift(jax.jit(loss), 0.5).nodes)
    assert {n.scope for n in nodes} == {
        "", "double", "cell", "cell#2", "cell#3", "cell/double", "cell#2/double", "cell#3/double",
    }  # fmt: skip
    assert [n.scope for n in nodes if n.label == "h" and n.op == "tanh"] == ["cell", "cell#2", "cell#3"]
    assert len([n for n in nodes if n.label == "y"]) == 4


def test_a_function_that_is_checkpointed_in_a_loop_is_one_scope() -> None:
    @jax.checkpoint  # type: ignore[untyped-decorator]
    def cell(h: Any, x: Any) -> tuple[Any, Any]:
        return jnp.tanh(h * x), h

    assert set(lift(lambda h: jax.lax.scan(cell, h, jnp.ones(2))[0], 0.5).nodes.scope) == {"", "cell", "cell#2"}


def test_a_line_in_an_installed_package_is_none_of_the_users(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "losses_of_others.py").write_text("import jax.numpy as jnp\ndef half(x):\n    return jnp.square(x) / 2\n")
    monkeypatch.syspath_prepend(str(folder))
    half = importlib.import_module("losses_of_others").half
    files = {n.source.file for n in lift(lambda x: half(x).sum(), jnp.ones(2)).nodes if n.op and n.source}
    assert files == {__file__}


@jax.custom_vjp  # type: ignore[untyped-decorator]
def clipped(x: Any) -> Any:
    """A rule that does not multiply: it bounds the gradient."""
    return x


clipped.defvjp(lambda x: (x, None), lambda _, upstream: (jnp.clip(upstream, -1.0, 1.0),))


def test_a_rule_that_does_not_multiply_has_the_contributions_of_jax(tolerance: float) -> None:
    def loss(x: Any) -> Any:
        return jnp.sum(clipped(x * 2.0) * jnp.array([0.5, 3.0, -7.0, 0.0])) * 1.5

    x = jnp.array([1.0, 2.0, 3.0, 4.0])
    graph = lift(loss, x)
    assert graph.gradient("x") == pytest.approx(np.asarray(jax.grad(loss)(x), float), rel=tolerance)
    assert all(a.right for a in graph.report.agreement)


def test_what_jax_did_to_a_function_is_no_scope() -> None:
    def loss(x: Any) -> Any:
        with jax.named_scope("first"):
            y = jnp.sin(x) * x
        return y + 1.0

    assert set(lift(lambda x: jax.grad(loss)(x) + jax.vmap(loss)(x[None])[0], jnp.array(2.0)).nodes.scope) <= {"", "first"}


RUNNING = {"cumsum": jax.lax.cumsum, "cumprod": jax.lax.cumprod, "cummax": jax.lax.cummax, "cummin": jax.lax.cummin,
           "cumlogsumexp": jax.lax.cumlogsumexp}  # fmt: skip


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", RUNNING)
def test_a_running_operation_is_a_chain(name: str, reverse: bool, tolerance: float) -> None:
    x = jnp.asarray(np.random.default_rng(4).normal(size=(2, 40)))

    def loss(x: Any) -> Any:
        y = RUNNING[name](x, axis=1, reverse=reverse)
        return jnp.sum(jnp.sin(y) * jnp.arange(40.0))

    graph = lift(loss, x)
    expected = np.asarray(jax.grad(loss)(x))
    assert graph.gradient("x") == pytest.approx(expected, rel=0.0, abs=tolerance * float(np.abs(expected).max()))
    assert all(a.right for a in graph.report.agreement)
    assert {a.name.split(" ")[0] for a in graph.report.agreement} >= {"y", "x"}
    assert len(graph) < 12 * 80  # and not 2 * 40 * 40


def test_a_running_maximum_of_equal_numbers_has_the_shares_of_jax(tolerance: float) -> None:
    x = jnp.array([1.0, 1.0, 0.5, 1.0, 1.0])
    graph = lift(lambda x: jnp.sum(jax.lax.cummax(x) * jnp.arange(5.0)), x)
    expected = np.asarray(jax.grad(lambda x: jnp.sum(jax.lax.cummax(x) * jnp.arange(5.0)))(x))
    assert graph.gradient("x") == pytest.approx(expected, abs=tolerance)


def test_a_fault_between_the_parameters_is_found_by_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    right = dependence._by_element

    def wrong(call: Any, *args: object) -> object:
        block = right(call, *args)  # type: ignore[arg-type]
        return block._replace(local=block.local * 1.001) if call.name == "sin" else block

    monkeypatch.setattr(dependence, "_by_element", wrong)
    agreement = lift(lambda x: jnp.sum(jnp.sin(x * 0.0 + 1.0) + x), jnp.ones(2)).report.agreement
    assert {a.name.split(" ")[0] for a in agreement if not a.right} == {"add", "mul"}  # and not x: 0 times the fault is 0


def test_what_jax_computed_itself_says_so() -> None:
    graph = lift(lambda x: jax.scipy.special.i0e(x).sum(), jnp.array([1.0, 2.0]))
    assert graph.report.own == {"bessel_i0e": 2}
    assert {graph.rule(n, 0) for n in graph.nodes if n.op == "bessel_i0e"} == {"JAX's own derivative"}


def test_a_loss_without_parameters_has_gradients_of_0() -> None:
    graph = lift(lambda x: jnp.sum(jnp.sign(x)), jnp.array([1.0, -2.0]))
    assert graph.gradient("x").tolist() == [0.0, 0.0]
    assert graph.loss == 0.0


def test_whole_numbers_among_the_parameters_are_constants() -> None:
    graph = lift(lambda p: p["w"] * p["n"], {"w": jnp.array(3.0), "n": jnp.array(2)})
    assert list(graph.parameters) == ["w"]
    assert graph.gradient("w") == 2.0


def test_a_graph_is_stepped_and_saved_like_any_recording(tmp_path: object) -> None:
    loss, arguments = MODELS["straight_through"]()
    graph = lift(loss, *arguments)
    session = Session(graph)
    for _ in range(len(graph)):
        session.step()
    assert session.gradient(0) == graph.gradients[0]
    file = f"{tmp_path}/graph.json"
    graph.save(file)
    assert list(load_recording(file)) == list(graph)


# --- refused -------------------------------------------------------------------------------------------------------------


REFUSED: dict[str, tuple[Callable[[Any], Any], Any, str]] = {
    "complex": (lambda x: jnp.abs(jnp.fft.fft(x)).sum(), jnp.ones(2), "complex numbers"),
    "no scalar": (lambda x: x * 2, jnp.ones(2), r"one number, got an array of shape \(2,\)"),
    "whole": (lambda x: jnp.argmax(x), jnp.ones(2), "a loss is a real number, got int"),
    "pair": (lambda x: (x, x), 1.0, "got tuple"),
    "no real parameter": (lambda x: x * 1.0, 2, "no parameter has real numbers"),
    "loop": (lambda x: jax.lax.while_loop(lambda y: y < 9.0, lambda y: y * y, x), 2.0, "JAX has no gradient of this function"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_lifted_is_refused_in_words(name: str) -> None:
    f, argument, words = REFUSED[name]
    with pytest.raises(LiftError, match=words):
        lift(f, argument)


def test_a_large_graph_is_refused_before_it_is_made() -> None:
    with pytest.raises(LiftError, match=r"more than 3,000,000 contributions.*dot_general"):
        lift(lambda w: jnp.sum(jnp.ones((1, 3000)) @ w), jnp.ones((3000, 3000)))


# --- watching ------------------------------------------------------------------------------------------------------------


def test_a_watched_function_computes_the_same_and_lifts_what_is_wrong() -> None:
    def loss(params: dict[str, Any], x: Any) -> Any:
        return jnp.log(params["w"] * x)

    watched = lifted_jax.value_and_grad(jax.jit(loss))
    params = {"w": jnp.array(2.0)}
    assert watched(params, 3.0) == jax.value_and_grad(jax.jit(loss))(params, 3.0)
    assert watched.troubles == []
    assert str(watched) == "nothing wrong in 1 step"
    watched(params, -1.0)
    watched(params, -1.0)
    (trouble,) = watched.troubles
    assert str(trouble) == "step 2: the loss is nan"
    (finding,) = watched.findings()
    assert finding.kind == "not finite"
    assert finding.file.endswith("test_jax.py")
    assert finding.text == 'jnp.log(params["w"] * x)'


def test_a_gradient_of_0_is_said_with_its_parameter() -> None:
    watched = lifted_jax.value_and_grad(lambda p, x: jnp.sum(jax.nn.relu(p["a"] * x) + p["b"]))
    watched({"a": jnp.array(-1.0), "b": jnp.array(1.0)}, jnp.ones(3))
    assert watched.troubles[0].what == "the gradient of a is 0"
    assert watched.troubles[0].parameter == "a"


def test_a_watched_function_may_give_something_beside_the_loss() -> None:
    def loss(params: dict[str, Any], x: Any) -> tuple[Any, Any]:
        h = params["w"] * x
        return jnp.log(h), h

    watched = lifted_jax.value_and_grad(loss, has_aux=True)
    (value, h), gradients = watched({"w": jnp.array(2.0)}, 3.0)
    assert (h, gradients["w"]) == (6.0, 0.5)
    assert value == jnp.log(h)
    watched({"w": jnp.array(2.0)}, -3.0)
    assert str(watched.troubles[0]) == "step 2: the loss is nan"
    assert watched.findings()[0].text == "jnp.log(h)"


def test_a_watched_function_that_is_compiled_is_left_alone() -> None:
    watched = lifted_jax.value_and_grad(lambda x: jnp.log(x))
    assert jax.jit(watched)(1.0) == (0.0, 1.0)
    assert watched.count == 0


# --- the text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [m.name for m in pkgutil.walk_packages(lifted_jax.__path__, lifted_jax.__name__ + ".")])
def test_docstrings_are_executed(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS)[0] == 0
    assert module.__doc__


def test_the_page_is_executed() -> None:
    page = pathlib.Path(__file__).parents[4] / "docs" / "jax.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert tried > 0
    assert failed == 0
