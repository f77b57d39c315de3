"""Functions of JAX that are watched: sick ones are named by their line, large ones by a window; a debugger stops there."""

import io
import linecache
import pathlib
import subprocess
import sys
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax_sick import SICK, train

from viz.debugger import Finding, diagnose
from viz.debugger.lift.errors import LiftError
from viz.debugger.lift.jax import lift, value_and_grad, window

pytestmark = pytest.mark.frameworks
MISSED = {"rule_of_ones_own"}  # the line that calls the rule is named, and not the line in its rule backward


def first_finding(name: str) -> Finding:
    watches: list[value_and_grad] = []

    def watched(loss: Any) -> value_and_grad:
        watches.append(value_and_grad(loss))
        return watches[0]

    train(SICK[name](), watched)
    findings = watches[0].findings()
    assert findings, str(watches[0])
    return findings[0]


@pytest.mark.parametrize("name", SICK)
def test_the_first_finding_about_a_sick_model_has_its_line(name: str) -> None:
    finding = first_finding(name)
    guilty = linecache.getline(finding.file, finding.line).rstrip().endswith("# fault")
    assert guilty == (name not in MISSED), str(finding)


# --- windows -------------------------------------------------------------------------------------------------------------


def _deep(params: list[Any], x: Any) -> Any:
    for w in params:
        x = jnp.tanh(x @ w)
    gap = (x - lax.stop_gradient(x)).T.reshape(2, -1)
    return jnp.sqrt(jnp.square(gap).sum(0)).sum()


def test_a_window_has_the_gradient_of_the_element_where_nan_begins() -> None:
    random = np.random.default_rng(0)
    params, x = [jnp.asarray(random.normal(size=(6, 6)) / 2) for _ in range(3)], jnp.ones((2, 6))
    graph = window(_deep, params, x)
    assert [a.right for a in graph.report.agreement] == [True]
    (finding,) = diagnose(graph)
    assert finding.text == "jnp.sqrt(jnp.square(gap).sum(0))"
    assert finding.kind == "not finite backward"


@pytest.mark.parametrize("reverse", [False, True])
def test_the_gradients_in_a_window_are_those_of_the_whole_graph(reverse: bool) -> None:
    def loss(w: Any, x: Any) -> Any:
        h = x @ w
        running = lax.cumsum(h, 1, reverse=reverse)
        moved = jnp.concatenate([running[:, ::-1], h * 2.0], 1)
        top = jnp.where(moved > 0.0, jnp.sqrt(jnp.abs(moved)), 1.0)
        return jnp.prod(top, 1).sum() + jnp.sqrt(jnp.abs(h[0, 0] - h[0, 0]))

    x, w = jnp.asarray(np.random.default_rng(1).normal(size=(2, 3))), jnp.asarray(np.random.default_rng(2).normal(size=(3, 3)))
    whole, part = lift(loss, w, x), window(loss, w, x)
    assert all(a.right for a in whole.report.agreement)
    assert all(a.right for a in part.report.agreement)
    assert len(part.nodes) < len(whole.nodes)


def test_a_window_around_a_forward_nan_ends_at_it() -> None:
    graph = window(lambda w, x: jnp.log(jnp.tanh(x @ w) - 2.0).mean(), jnp.ones((500, 300)), jnp.ones((8, 500)))
    assert np.isnan(graph.loss)
    assert [node.op for node in graph.nodes if node.op][-3:] == ["tanh", "sub", "log"]
    (finding,) = diagnose(graph)
    assert finding.kind == "not finite"


def test_a_window_of_a_healthy_function_is_refused_in_words() -> None:
    with pytest.raises(LiftError, match=r"no nan or inf begins here.*the loss is 12\.0.*limit="):
        window(lambda x: (x * 2.0).sum(), jnp.full(2, 3.0))


def test_a_large_function_that_is_watched_is_seen_through_a_window() -> None:
    watched = value_and_grad(_deep)
    watched([jnp.ones((1500, 1500)) / 1500.0], jnp.ones((2, 1500)))
    graph = watched.troubles[0].graph
    assert graph is not None
    assert len(graph.nodes) < 10_000
    assert watched.findings()[0].text == "jnp.sqrt(jnp.square(gap).sum(0))"


# --- the debugger --------------------------------------------------------------------------------------------------------


def test_a_function_is_called_at_the_first_trouble_of_each_kind() -> None:
    seen = []
    watched = value_and_grad(lambda x: jnp.log(x), stop=lambda step, graph: seen.append((step, graph.loss)))
    for x in (1.0, 0.0, -1.0):
        watched(x)
    assert seen == [(2, -np.inf)]


def test_a_watch_that_is_to_stop_opens_the_prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("why x\n"))
    value_and_grad(lambda x: jnp.log(x), stop=True)(-1.0)
    assert "log(" in capsys.readouterr().out


SCRIPT = """
import jax.numpy as jnp
from viz.debugger.lift.jax import value_and_grad
def loss(w):
    return jnp.log(w - 2.0)
watched = value_and_grad(loss)
for step in range(3):
    watched(3.0 - step)
print("the end")
"""


def test_the_debugger_of_a_script_stops_where_a_watched_function_is_sick(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "train.py"
    file.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, "-m", "viz.debugger", str(file)]
    said = subprocess.run(command, input="why w\nc\nc\n", capture_output=True, text=True, check=True, timeout=300).stdout
    assert "train.py:5" in said
    assert "log(" in said
    assert "the end\n(train.py has ended after 1 backward pass)" in said
