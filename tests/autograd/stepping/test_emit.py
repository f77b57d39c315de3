"""Emitted backward passes: the text says what happens, and what happens is the sweep, bit for bit.

Every pass here is run twice, by the engine's own loop and as emitted code, on graphs that hypothesis draws, on networks, with
hooks and rules made by hand, written out whole or in part. Debuggers that step through it are in test_stepping.py.
"""

import importlib
import keyword
import linecache
import math
import os
import pathlib
import random
import struct
import sys
import tempfile
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import Program, random_program
from places import TESTS
from spelled import build

import autograd
from autograd import (
    ArgumentError,
    AutogradError,
    GraphError,
    OperandError,
    Value,
    emitted_source,
    record_backward,
    record_sources,
    tanh,
)
from autograd.observers import Pass, observing
from autograd.reverse import differentiable_order, topological_order
from autograd.stepping import emit, emitted, identifiers, switch
from nn import MLP, cross_entropy

GOLDEN = TESTS / "golden" / "emitted.txt"
few = settings(derandomize=True, max_examples=50, suppress_health_check=list(HealthCheck))


def neuron() -> tuple[Value, list[Value]]:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    with record_sources():
        z = w * x + b
        y = tanh(z)
    z.label, y.label = "z", "y"
    return y, [x, w, b]


def network(samples: int = 2) -> Value:
    rng = random.Random(3)
    model = MLP(3, [4, 3], activation="tanh", rng=rng)
    costs = [cross_entropy(model([rng.gauss(0, 1) for _ in range(3)]), i % 3) for i in range(samples)]
    cost: Value = autograd.mean(costs)
    cost.label = "C"
    return cost


def nodes_of(root: Value) -> list[Value]:
    order = topological_order(root)
    return [*dict.fromkeys(p for v in order for p in v.parents if not p.parents), *order]


def bits(x: float) -> bytes:
    """The bits of a float; every nan is one nan, whose sign Python's own arithmetic chooses differently as it warms up."""
    return struct.pack("<d", x) if x == x else b"nan"


def as_emitted(root: Value, seed: float = 1.0, scope: str = "", most: int = 10**6) -> None:
    """`root.backward(seed)` as emitted code, whoever watches."""
    order = differentiable_order(root)
    prepared = emitted.Pass(emit.emission(order, root, seed, scope, most), order, root, seed)
    try:
        bars = prepared.function()
    except BaseException:
        prepared.undo()
        raise
    prepared.finish(bars)


def both_agree(root: Value, seed: float = 1.0, scope: str = "", most: int = 10**6, twice: bool = True) -> bool:
    """Whether the engine and emitted code set the same bits in every gradient, also where earlier passes have left some."""
    nodes = nodes_of(root)
    found = []
    runs: list[Callable[[], None]] = [lambda: root.backward(seed), lambda: as_emitted(root, seed, scope, most)]
    for run in runs:
        for v in nodes:
            v.zero_grad()
        for _ in range(1 + twice):
            run()
        assert all(v.has_grad for v in nodes)
        found.append([bits(v.grad) for v in nodes])
    return found[0] == found[1]


# --- the same gradients --------------------------------------------------------------------------------------------------


@few
@given(random_program(), st.floats(), st.integers(0, 30))
def test_random_graphs_get_the_same_bits(program: Program, seed: float, most: int) -> None:
    root: Value = build(program)[-1]
    assert both_agree(root, seed)
    assert both_agree(root, seed, most=most)


@few
@given(random_program(), st.data())
def test_parts_of_random_graphs_get_the_same_bits(program: Program, data: st.DataObject) -> None:
    nodes = build(program)
    for v in nodes:
        v.scope = data.draw(st.sampled_from(["", "a", "a/b", "ab"]))
        v.label = data.draw(st.sampled_from(["", "x", "x", "w^1_2"]))
    for scope in ("", "a", "a/b"):
        assert both_agree(nodes[-1], scope=scope)


@pytest.mark.parametrize("scope", ["", "layer1", "layer2", "layer2/neuron1", "layer1/neuron4"])
@pytest.mark.parametrize("most", [0, 1, 20, 10**6])
def test_a_network_gets_the_same_bits_however_much_is_written_out(scope: str, most: int) -> None:
    cost = network()
    assert both_agree(cost, 0.5, scope, most)
    written = emit.emission(differentiable_order(cost), cost, 0.5, scope, most).text.count("+=") - 1  # one in the heading
    total = sum(len(v.parents) for v in topological_order(cost))
    assert written <= most
    assert (written == total) == (not scope and most > total)


def test_infinities_and_nans_come_out_as_in_the_engine() -> None:
    x, y = Value(0.0, label="x"), Value(-0.0, label="nan")
    root = (x / y - autograd.log(x)) * autograd.sqrt(y) + x * math.inf - y * math.nan
    for seed in (1.0, -1.0, math.inf, math.nan, -0.0, 5e-324):
        assert both_agree(root, seed)
    assert "from math import inf, nan" in emitted_source(root)


def test_the_comparison_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """One contribution with the wrong sign, one assigned instead of added, two in the wrong order: each is noticed."""
    x, y = Value(0.1, label="x"), Value(0.7, label="y")
    root = x * y + x * 0.3 + tanh(x)
    root.label = "r"
    text = emit.emission(topological_order(root), root, 1.0)
    lines = text.text.splitlines(keepends=True)
    own = [i for i, line in enumerate(lines) if line.startswith("    x_bar += ")]
    assert len(own) == 3

    def planted(change: Callable[[list[str]], None]) -> bool:
        wrong = lines[:]
        change(wrong)
        emission = emit.emission
        with monkeypatch.context() as patch:
            patch.setattr(emit, "emission", lambda *a: emission(*a)._replace(text="".join(wrong)))
            return both_agree(root, twice=False)

    def swap(w: list[str]) -> None:
        w[own[0]], w[own[2]] = w[own[2]], w[own[0]]

    assert planted(lambda w: None)
    assert not planted(lambda w: w.__setitem__(own[1], w[own[1]].replace("+=", "-=")))
    assert not planted(lambda w: w.__setitem__(own[2], w[own[2]].replace("+=", "=")))
    assert not planted(swap)


@few
@given(random_program(most=8))
def test_the_text_stands_for_itself(program: Program) -> None:
    """Executed where nothing of stepgrad is known, it gives the gradients."""
    root: Value = build(program)[-1]
    for v in nodes_of(root):
        v.zero_grad()
    emission = emit.emission(topological_order(root), root, -2.0)
    names: dict[str, Any] = {}
    exec(emission.text, names)
    found = names["backward"]()
    root.backward(-2.0)
    assert {name: bits(found[name]) for name in emission.bars.values()} == {n: bits(v.grad) for v, n in emission.bars.items()}


# --- code of the program's own -------------------------------------------------------------------------------------------


def _by_hand(u: Value, v: Value, label: str) -> Value:
    out = Value(u.data * v.data, (u, v), "times", label)

    def rule() -> None:
        u.grad += v.data * out.grad
        v.grad += u.data * out.grad

    out._backward = rule
    return out


def _special() -> tuple[Value, list[tuple[str, float]]]:
    seen: list[tuple[str, float]] = []
    x, y = Value(0.3, label="x"), Value(-1.7, label="y")
    x.scope = "input"
    u = _by_hand(x, y, "u")
    square = _by_hand(u, u, "square")
    z = tanh(square + x * y)
    z.label = "z"
    root = z * x + autograd.exp(z)

    def look(v: Value) -> None:
        v.register_hook(lambda g: seen.append((v.label, g + x.grad + z.grad)))

    for v in (x, z, root, u):
        look(v)
    z.register_hook(lambda g: 3.0 * g)
    x.register_hook(lambda g: g - 1.0)
    return root, seen


TOUCHES: dict[str, Callable[..., object]] = {
    "another leaf": lambda w, b, y: setattr(w, "grad", 0.0),
    "a leaf that was reached already": lambda w, b, y: setattr(b, "grad", 5.0),
    "forgets": lambda w, b, y: w.zero_grad(),
    "a pass of its own over the same leaf": lambda w, b, y: (w * w * 3.0).backward(),
    "the same graph again": lambda w, b, y: y.backward() if y.grad != 1.0 else None,
}


@pytest.mark.parametrize("most", [1, 2, 3, 10_000])
@pytest.mark.parametrize("touch", TOUCHES)
def test_a_hook_may_touch_any_node(touch: str, most: int) -> None:
    def built() -> tuple[Value, list[Value]]:
        x, w, b = Value(2.0, label="x"), Value(-0.3, label="w"), Value(0.7, label="b")
        z = w * x + b
        y = tanh(z)

        def touched(_: float) -> None:
            TOUCHES[touch](w, b, y)

        z.register_hook(touched)
        return (y - 1.0) ** 2, [x, w, b, z, y]

    root, nodes = built()
    root.backward()
    plain = [v.grad.hex() for v in nodes]
    root, nodes = built()
    as_emitted(root, most=most)
    assert [v.grad.hex() for v in nodes] == plain


def test_no_line_moves_when_a_number_is_not_finite_and_code_is_kept_while_only_numbers_change() -> None:
    def texts() -> list[str]:
        w, x = Value(2.0, label="w"), Value(3.0, label="x")
        found = []
        for w.data in (2.0, math.nan, math.inf, 0.5):
            found.append(emitted_source(w * x + w))
        return found

    lines = [[line.partition("#")[0] for line in text.splitlines()] for text in texts()]
    assert {tuple(n for n, line in enumerate(one) if "+=" in line) for one in lines} == {(13, 14, 16, 17)}

    def code(x: float) -> object:
        w = Value(x, label="w")
        order = differentiable_order(root := w * Value(3.0, label="x") * 2.0)
        return emitted.Pass(emit.emission(order, root, 1.0), order, root, 1.0).function.__code__

    assert code(2.0) is code(5.0)


@pytest.mark.parametrize("wrong", ["abc", None, 1j])
def test_what_is_no_number_is_no_gradient(wrong: Any) -> None:
    w = Value(2.0, label="w")
    order = differentiable_order(root := w * 3.0)
    one = emitted.Pass(emit.emission(order, root, 1.0), order, root, 1.0)
    names = one.function()
    with pytest.raises(OperandError, match="w_bar"):
        one.finish(names | {"w_bar": wrong})
    assert (w.grad, w.has_grad) == (0.0, False)
    one.finish(names | {"w_bar": 7})
    assert repr(w.grad) == "7.0"


@pytest.mark.parametrize("most", [0, 3, 5, 100])
def test_hooks_and_rules_by_hand_run_and_see_what_they_see_in_the_engine(most: int) -> None:
    root, seen = _special()
    assert both_agree(root, 0.7, most=most)
    half = len(seen) // 2
    assert half == 8  # four hooks that look, two passes
    assert seen[:half] == seen[half:]


def test_the_text_says_what_runs_as_a_call() -> None:
    root, _ = _special()
    text = emitted_source(root)
    assert "z_bar = hooks(" in text
    assert "the hooks of z, on what arrived in this pass" in text
    assert "x_bar, y_bar = by_hand(" in text or "u_bar, x_bar, y_bar = by_hand(" in text
    assert "# u was made by hand: its rule adds to the gradients of its parents itself" in text
    assert "unwritten(" not in text


def test_an_error_on_the_way_leaves_every_gradient_as_it_was() -> None:
    root, _ = _special()
    root.backward()
    before = [bits(v.grad) for v in nodes_of(root)]
    remove = nodes_of(root)[1].register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        as_emitted(root)
    assert [bits(v.grad) for v in nodes_of(root)] == before
    remove()
    as_emitted(root)
    assert [bits(v.grad) for v in nodes_of(root)] != before


def test_a_node_by_hand_without_a_rule_is_refused_as_always() -> None:
    x = Value(2.0)
    root = Value(4.0, (x, x), "op") * 3.0
    with pytest.raises(GraphError, match="made by hand from 2 parents"):
        as_emitted(root)
    assert not any(v.has_grad for v in (x, root))


# --- the text --------------------------------------------------------------------------------------------------------------


def test_the_text_is_the_one_that_was_read_and_approved() -> None:
    y, _ = neuron()
    for n, v in enumerate(reversed(topological_order(y))):
        v._place = autograd.Source("/home/ada/net.py", 13 - n, "<module>", ["tanh(z)", "w * x + b", "w * x"][n])
    cost = network(1)
    parts = [
        emitted_source(y),
        emitted_source(cost, "layer2/neuron1"),
        emitted_source(cost, most=6),
        emitted_source(_special()[0]),
    ]
    text = "\n\n".join(parts)
    if os.environ.get("REGENERATE"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_data_changed_after_the_forward_pass_is_noticed() -> None:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    z = w * x
    z.label = "z"
    x.data = 5.0
    text = emitted_source(z)
    assert "w_bar += z_bar * dz_dw    # dz/dw = x in the forward pass: .data has been changed since" in text
    assert "dz_dw=2.0" in text
    assert both_agree(z)


def test_every_contribution_is_a_line_with_its_rule_and_its_place() -> None:
    y, _ = neuron()
    lines = [line for line in emitted_source(y).splitlines() if line.startswith("    ") and " += " in line]
    assert len(lines) == 5
    assert all("    # d" in line and "[test_emit.py:" in line for line in lines)
    assert "# dv3/dw = x    [test_emit.py:" in lines[3] and lines[3].endswith(": w * x]")


def test_a_leaf_alone_has_a_pass_too() -> None:
    x = Value(1.0, label="x")
    x.grad = 0.5
    names: dict[str, Any] = {}
    exec(emitted_source(x, seed=2.0), names)
    assert names["backward"]()["x_bar"] == 2.5
    assert x.grad == 0.5


def test_a_scope_that_is_not_there_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"the scope 'layr1'. Did you mean 'layer1'.*Scopes here: layer1, layer1/neuron1"):
        emitted_source(network(), "layr1")
    with pytest.raises(ArgumentError, match="There is no scope in this graph"):
        emitted_source(neuron()[0], "layer1")
    with pytest.raises(OperandError, match="emitted_source"):
        emitted_source(3.0)  # type: ignore[arg-type]


def test_what_is_left_out_is_said() -> None:
    cost = network()
    text = emitted_source(cost, most=20)
    assert "# Written out: 16 of 106 contributions, the first ones. unwritten(...) runs the others." in text
    assert "# AUTOGRAD_STEP=layer1 writes out another scope: layer1, layer2, layer1/neuron1" in text
    assert "unwritten" not in emitted_source(cost)


# --- names ------------------------------------------------------------------------------------------------------------------


@few
@given(
    st.lists(st.text() | st.sampled_from(["w", "w_bar", "v1", "lambda", "w^1_2", "locals", "dy_dw", "nan", "x₁"]), max_size=8)
)
def test_any_labels_make_names_that_python_takes_and_tells_apart(labels: list[str]) -> None:
    space = identifiers.Namespace()
    names = identifiers.names_of(labels, space)
    every = [*names, *(f"{name}_bar" for name in names)]
    assert len({unicodedata.normalize("NFKC", name) for name in every}) == 2 * len(labels)
    assert all(name.isidentifier() and not keyword.iskeyword(name) and name not in ("inf", "nan", "locals") for name in every)


@few
@given(st.lists(st.text(min_size=1), min_size=3, max_size=3))
def test_no_label_scope_or_source_gets_out_of_its_comment(texts: list[str]) -> None:
    x = Value(2.0, label=texts[0])
    y = x * x
    y.label, y.scope, y._place = texts[1], texts[2], autograd.Source(texts[0] + "/" + texts[1], 1, texts[2], texts[0])
    text = emitted_source(y)
    assert both_agree(y)
    body = text.split("):\n")[-1].splitlines()
    assert len(body) == len(text.split("):\n")[-1].split("\n")) - 1 == 4


def test_names_stay_mathematical() -> None:
    names = identifiers.names_of(["w^1_12", "θ", "learning rate", "a", "a", "", "δ^2_1", "class"], identifiers.Namespace())
    assert names == ["w1_12", "θ", "learning_rate", "a_v3", "a_v4", "v5", "δ2_1", "class_"]


# --- files ------------------------------------------------------------------------------------------------------------------


def test_passes_of_one_graph_share_a_file_and_others_get_their_own() -> None:
    def file(root: Value) -> str:
        order = topological_order(root)
        return emitted.Pass(emit.emission(order, root, 1.0), order, root, 1.0).file

    first, again, other = file(network()), file(network()), file(neuron()[0])
    assert first == again != other
    assert os.path.basename(first).startswith("backward_from_C")
    assert pathlib.Path(first).read_text(encoding="utf-8") == "".join(linecache.getlines(first))
    assert "w1_11" in pathlib.Path(first).read_text(encoding="utf-8")


def test_the_number_of_files_is_bounded() -> None:
    for n in range(1, emitted._MOST_FILES + 10):
        root = autograd.sum([Value(1.0)] * n + [Value(2.0)])
        root.label = "bounded"
        as_emitted(root)
    assert len(emitted.FILES) == emitted._MOST_FILES
    assert all(os.path.exists(file) for file in emitted.FILES)


def test_without_a_folder_to_write_to_linecache_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> str:
        raise OSError("read-only")

    monkeypatch.setattr(emitted, "_folder", "")
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    root = Value(2.0, label="x") * 3.0
    root.label = "nowhere"
    as_emitted(root)
    file = next(file for file in emitted.FILES if "nowhere" in file)
    assert not os.path.exists(file)
    assert linecache.getline(file, 1).startswith("# The backward pass from nowhere")


# --- who runs a pass -----------------------------------------------------------------------------------------------------


@pytest.fixture
def always(passes: list[str]) -> Iterator[list[str]]:
    """As with AUTOGRAD_STEP=1: every pass is emitted; gives the names of the roots of those that were."""
    switch.obey({"AUTOGRAD_STEP": "1"})
    yield passes
    switch.obey(os.environ)


def test_when_it_is_asked_for_every_pass_is_emitted(always: list[str]) -> None:
    y, (x, w, b) = neuron()
    y.backward()
    y.backward(seed=2)
    assert always == ["y", "y"]
    slope = 1.0 - tanh(0.5) ** 2
    assert [v.grad for v in (x, w, b)] == pytest.approx([-9.0 * slope, 6.0 * slope, 3.0 * slope], rel=1e-15)
    with pytest.raises(OperandError, match=r"backward\(seed\)"):
        y.backward("1")  # type: ignore[arg-type]
    x.backward()
    assert always == ["y", "y"]  # a leaf has nothing to step through


def test_settings_come_from_the_environment(always: list[str]) -> None:
    for step, expected in (("layer2", ["C"]), ("layer7", []), ("0", [])):
        always.clear()
        switch.obey({"AUTOGRAD_STEP": step})
        network().backward()
        assert always == expected
    assert switch.settings({"AUTOGRAD_STEP_MAX": "7"}) == (None, "", 7)
    with pytest.raises(ArgumentError, match="AUTOGRAD_STEP_MAX=many"):
        switch.settings({"AUTOGRAD_STEP_MAX": "many"})


def test_an_observer_records_the_pass_or_lets_it_pass(always: list[str]) -> None:
    asked: list[tuple[Value, float, bool]] = []
    y, (x, _, _) = neuron()
    recordings: list[Any] = []

    def passing(p: Pass) -> None:
        asked.append((p.root, p.seed, p.debug))
        p.debug = False
        if p.seed > 1.0:
            recordings.append(p.recorded(record_backward))

    with observing(passing=passing):
        y.backward(2.0)
        assert [bits(v.grad) for v in nodes_of(y)] == [bits(g) for g in recordings[0].gradients]
        for v in nodes_of(y):
            v.zero_grad()
        y.backward(1, debug=True)
    assert asked == [(y, 2.0, False), (y, 1.0, True)]
    assert (len(recordings), x.has_grad) == (1, True)
    assert always == [], "an emitted pass would have no recording"


def install(monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path, module: str) -> None:
    """Have only the standard library installed, and a debugger whose module reads so."""
    if module:
        (folder / "a_debugger.py").write_text(module)
        (folder / "a_debugger-1.0.dist-info").mkdir()
        (folder / "a_debugger-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: a-debugger\nVersion: 1.0\n")
        (folder / "a_debugger-1.0.dist-info" / "entry_points.txt").write_text("[autograd.debugger]\nit = a_debugger:debug\n")
    monkeypatch.delitem(sys.modules, "a_debugger", raising=False)
    standard = [path for path in sys.path if path.startswith(sys.base_prefix) and "-packages" not in path]
    monkeypatch.setattr(sys, "path", [str(folder), *standard])
    importlib.invalidate_caches()


DEBUGGER = """
from autograd import record_backward
asked = []

def debug(p):
    asked.append((p.root, p.seed, p.look))
    p.recorded(record_backward)
"""


def test_the_gradient_debugger_runs_a_pass_when_it_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    install(monkeypatch, tmp_path, DEBUGGER)
    y, _ = neuron()
    y.backward(3, debug=True)
    asked = importlib.import_module("a_debugger").asked
    assert asked == [(y, 3.0, False)]
    before = [bits(v.grad) for v in nodes_of(y)]
    fresh, leaves = neuron()
    autograd.breakpoint(y)
    autograd.breakpoint(fresh)
    assert [bits(v.grad) for v in nodes_of(y)] == before
    assert asked == [(y, 3.0, False), (y, 1.0, True), (fresh, 1.0, True)]
    assert not any(v.has_grad for v in (fresh, *leaves))
    with pytest.raises(OperandError, match="breakpoint: a pass begins at a Value, got float"):
        autograd.breakpoint(3.0)


def test_the_debugger_of_an_installed_viz_is_the_terminal() -> None:
    declared = tomllib.loads((pathlib.Path(autograd.__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    ((_, where),) = declared["project"]["entry-points"]["autograd.debugger"].items()
    module, name = where.split(":")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("", r"no installed package has an entry point 'autograd.debugger'.*pip install 'stepgrad\[viz\]'"),
        ("import graphviz_98", r"cannot be imported \(No module named 'graphviz_98'\).*pip install 'stepgrad\[viz\]'"),
    ],
)
def test_without_the_gradient_debugger_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, module: str, message: str
) -> None:
    install(monkeypatch, tmp_path, module)
    y, (x, _, _) = neuron()
    with pytest.raises(AutogradError, match=message):
        y.backward(debug=True)
    assert not x.has_grad
