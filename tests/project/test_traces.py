"""Looking leaves no trace: no picture, walk, page, formula, plot, question or diagnosis changes what it looks at.

Every public function of viz and viz.debugger is called on one program in the middle of its training, and everything is compared
before and after: each attribute of each node, the network, modes, warnings, random generators, files, hooks of the interpreter.
Then each is broken off, by an exception at one point after another inside of it, and everything is compared again.
"""

import contextlib
import inspect
import io
import os
import pathlib
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from places import ROOT

import viz
import viz.debugger
from autograd import TABLE, Recording, Value, blocks, no_grad, record_backward, record_sources, reverse, scope, strict
from autograd.observers import looking
from nn import MLP, mean_squared_error
from nn.data import moons
from nn.train import fit
from viz import Derivation, Expression
from viz.debugger import Breakpoint, Certainty, Finding, Kind, Session, Stop
from viz.graphs.notebook import mime_bundle

OURS = (str(ROOT / "viz"), str(ROOT / "autograd"))


class Program:
    """A network in the middle of adding up the gradients of a batch, with everything that a graph may hold."""

    def __init__(self) -> None:
        self.model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
        self.calls: list[float] = []
        first = mean_squared_error(self.model([0.5, -1.0]), 1.0)
        first.backward()  # leaves have gradients to be added to
        self.done = MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
        self.done([0.5, -1.0]).backward()
        with record_sources(), scope("second"):
            x = [Value(0.25, label="x_1"), Value(1.5, label="x_2")]
            out = self.model(x)
            by_hand = Value(2.0 * out.data, (out,), "twice", "h")
            by_hand._backward = lambda: self._rule(out, by_hand)
            self.root: Any = (by_hand - 1.0) ** 2 + out.exp()
        self.root.label = "C"
        out.register_hook(lambda grad: grad * 0.5)
        self.weight = self.model.layers[0].W[0][1]
        with no_grad():
            self.apart = out * 2.0

    def _rule(self, out: Any, made: Any) -> None:
        out.grad += 2.0 * made.grad

    def nodes(self) -> list[Any]:
        order = reverse.topological_order(self.root)
        return [*reverse.numbered(order, self.root), self.apart]


DATA = moons(12)
CLASSIFIER = MLP(2, [2, 1], rng=random.Random(1))
HISTORY = fit(CLASSIFIER, DATA, epochs=2, batch=6, validation=None, progress=False, monitor=True)


def attributes(node: Any) -> tuple[Any, ...]:
    """All that a node holds: values as they are, and what is told apart by identity (an unset gradient) by identity."""
    slots = [getattr(node, name, None) for name in Value.__slots__ if name != "__dict__"]
    held = {name: (id(thing), repr(thing)) for name, thing in vars(node).items()}
    return (*((id(thing), repr(thing)) for thing in slots), held, node.has_grad, node.label, node.op)


def everything(program: Program, folder: pathlib.Path) -> dict[str, Any]:
    """What a look could change."""
    parts: list[Any] = []
    for model in (program.model, program.done, CLASSIFIER):
        parts += [model, *model.layers, *(neuron for layer in model.layers for neuron in layer.neurons)]
    found: dict[str, Any] = {f"node {i}": attributes(node) for i, node in enumerate(program.nodes())}
    found |= {f"weight {i}": attributes(p) for i, p in enumerate([*CLASSIFIER.parameters(), *program.done.parameters()])}
    found |= {f"part {i}": {name: id(thing) for name, thing in vars(part).items()} for i, part in enumerate(parts)}
    return found | {
        "modes": (blocks.current(), len(blocks.MODES.active), len(blocks.MODES.sources), reverse.SPECIAL.exists),
        "observers": looking(),
        "engine": (dict(vars(Value)), set(TABLE)),
        "warnings": list(warnings.filters),
        "random": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "files": sorted(path.name for path in folder.rglob("*")),
        "process": (os.getcwd(), dict(os.environ), list(sys.path), list(sys.argv), sys.getrecursionlimit()),
        "tracing": (sys.gettrace(), sys.getprofile(), signal.getsignal(signal.SIGINT), threading.stack_size()),
        "streams": (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook),
        "history": repr((HISTORY.steps, HISTORY.epochs, HISTORY.monitor)),
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]


# --- every way of looking ----------------------------------------------------------------------------------------------


def quietly(look: Callable[[Program], Any]) -> Callable[[Program], Any]:
    def run(program: Program) -> Any:
        with contextlib.redirect_stdout(io.StringIO()):
            return look(program)

    return run


def asked(question: Callable[[Recording, int], Any]) -> Callable[[Program], Any]:
    """A question about a recording that was made without a trace."""

    def ask(p: Any) -> Any:
        return question(p.recording, p.recording.nodes.label.index("w^1_12"))

    return ask


def stepped(p: Any) -> Any:
    session = Session(p.recording)
    session.add(Breakpoint("label", "w^1_12"))
    for move in (session.begin, session.run, session.run, session.run_back):
        move()
    session.step()
    session.next()
    session.out()
    session.step_back()
    session.jump_to("w^1_12")
    return [session.gradient(i) for i in range(len(p.recording.nodes))]


def watched(p: Any) -> Any:
    with viz.debugger.watching(p.model.parameters()) as watch:
        _ = viz.page(p.root), viz.walk(p.root, file=io.StringIO()), viz.draw(p.root), viz.debugger.diagnose(p.root)
    assert watch.count == 0, "a look is no pass of the program"
    return watch.findings()


def formula(made: Any) -> Any:
    return [made.text, made.latex, repr(made), str(made), made._repr_latex_()]


LOOKS: dict[str, Callable[[Any], Any]] = {
    "draw": lambda p: viz.draw(p.root).source,
    "draw: folded": lambda p: viz.draw(p.root, fold="layer", legend=True).source,
    "draw: a path": lambda p: viz.draw(p.root, path=(p.weight, p.root), terms=True).source,
    "draw: near a node": lambda p: viz.draw(p.root, focus=p.weight, radius=2).source,
    "draw: of a recording": lambda p: viz.draw(p.recording).source,
    "Picture": lambda p: viz.draw(p.root).pipe("svg"),
    "Picture: png": lambda p: viz.draw(p.root).pipe("png"),
    "Picture: notebook": lambda p: viz.draw(p.root)._repr_mimebundle_(),
    "notebook": lambda p: mime_bundle(p.root),
    "network": lambda p: viz.network(p.model, neuron=(1, 1)).source,
    "network: backward": lambda p: viz.network(p.done, backward=True).source,
    "page": lambda p: viz.page(p.root),
    "widget": lambda p: viz.widget(p.root, step=1).step,
    "walk": lambda p: viz.walk(p.root),
    "walk: to a Value": lambda p: viz.walk(p.root, p.weight, most=2),
    "derivation": lambda p: formula(viz.derivation(p.recording, "w^1_12")),
    "derivation: of a Value": lambda p: formula(viz.derivation(mean_squared_error(p.root.parents[1], 2.0), p.weight, most=3)),
    "derivation: recursion": lambda p: formula(viz.derivation(p.recording, "w^1_12", form="recursion")),
    "expression": lambda p: formula(viz.expression(p.root)),
    "mermaid": lambda p: viz.mermaid(p.root),
    "tikz": lambda p: viz.tikz(p.root),
    "film": lambda p: viz.film(p.root),
    "save": lambda p: None,  # writes a file; see below
    "plots.cost": lambda p: viz.plots.cost(HISTORY)._repr_png_(),
    "plots.gradients": lambda p: viz.plots.gradients(HISTORY)._repr_png_(),
    "plots.activations": lambda p: viz.plots.activations(HISTORY),
    "plots.contributions": lambda p: viz.plots.contributions(p.root, "w^1_12"),
    "plots.errors": lambda p: viz.plots.errors(HISTORY),
    "plots.update_ratio": lambda p: viz.plots.update_ratio(HISTORY),
    "plots.decision_boundary": lambda p: viz.plots.decision_boundary(CLASSIFIER, DATA, resolution=5),
    "plots.decision_boundary: of a function": lambda p: viz.plots.decision_boundary(lambda x: p.model(x), DATA, resolution=4),
    "debugger.diagnose": lambda p: viz.debugger.diagnose(p.root, parameters=p.model.parameters()),
    "debugger.check": asked(viz.debugger.check),
    "debugger.why": asked(lambda r, i: str(viz.debugger.why(r, i))),
    "debugger.path": asked(viz.debugger.path),
    "debugger.users": asked(viz.debugger.users),
    "debugger.rule": asked(lambda r, i: viz.debugger.rule(r, r[i])),
    "debugger.Session": stepped,
    "debugger.watching": watched,
}  # fmt: skip


def program_and_pass() -> Any:
    program: Any = Program()
    program.recording = viz.recorded.recorded(program.root)
    return program


@pytest.fixture
def program(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    return program_and_pass()


def test_every_public_function_is_looked_at() -> None:
    public = {name: getattr(viz, name) for name in viz.__all__} | {
        f"plots.{name}": getattr(viz.plots, name) for name in viz.plots.__all__
    } | {f"debugger.{name}": getattr(viz.debugger, name) for name in viz.debugger.__all__}  # fmt: skip
    of_others = {"plots", "FormatError", "RenderError", "Derivation", "Expression", "debugger.Breakpoint", "debugger.Finding",
                 "debugger.Certainty", "debugger.Kind", "debugger.Stop"}  # fmt: skip
    assert set(public) - of_others == {name.partition(":")[0] for name in LOOKS} - {"notebook"}
    for made in (Derivation, Expression, Breakpoint, Certainty, Finding, Kind, Stop):
        assert inspect.isclass(made), "what functions give, which is looked at with them"


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_leaves_no_trace(name: str, program: Any, tmp_path: pathlib.Path) -> None:
    look = quietly(LOOKS[name])
    look(program)  # what is imported and compiled once may stay
    before = everything(program, tmp_path)
    look(program)
    assert differences(before, everything(program, tmp_path)) == []


def test_the_comparison_can_fail(program: Any, tmp_path: pathlib.Path) -> None:
    for change, name in (
        (lambda: record_backward(program.root), "node"),
        (lambda: program.model([1.0, 2.0]), "part"),
        (lambda: random.random(), "random"),
        (lambda: (tmp_path / "new").touch(), "files"),
        (lambda: program.root.register_hook(print), "node"),
        (lambda: setattr(program.weight, "label", "other"), "node"),
        (lambda: program.weight.zero_grad(), "node"),
        (lambda: warnings.simplefilter("ignore"), "warnings"),
    ):
        before = everything(program, tmp_path)
        with warnings.catch_warnings():
            change()
            found = differences(before, everything(program, tmp_path))
        assert any(where.startswith(name) for where in found), name
    before = everything(program, tmp_path)
    with strict():
        assert differences(before, everything(program, tmp_path)) == ["modes"]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot", "html"])
def test_a_file_is_all_that_save_leaves(suffix: str, program: Any, tmp_path: pathlib.Path) -> None:
    viz.save(program.root, tmp_path / f"first.{suffix}")
    before = everything(program, tmp_path)
    viz.save(program.root, tmp_path / f"graph.{suffix}")
    after = everything(program, tmp_path)
    assert differences(before, after) == ["files"]
    assert set(after["files"]) - set(before["files"]) == {f"graph.{suffix}"}


# --- broken off in the middle ------------------------------------------------------------------------------------------


class BrokenOff(BaseException):
    """As Ctrl-C: no `except Exception` holds it up."""


def broken_off(look: Callable[[Any], Any], program: Any, after: int) -> int:
    """Look, and raise in the call of that number of a function of this project; how many calls there were."""
    calls = 0
    main = threading.current_thread()

    def count(frame: Any, event: str, _: Any) -> None:
        nonlocal calls
        code = frame.f_code
        if event != "call" or threading.current_thread() is not main or not code.co_filename.startswith(OURS):
            return
        if code.co_flags & inspect.CO_GENERATOR and frame.f_lasti > 8:
            return  # resumed, as the end of a `with` block is: what puts things back cannot be broken off as well
        calls += 1
        if calls == after:
            sys.setprofile(None)
            raise BrokenOff

    sys.setprofile(count)
    try:
        look(program)
    except BrokenOff:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("points", [pytest.param(12, id="some"), pytest.param(50, id="many", marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("name", [name for name in LOOKS if not name.startswith("plots") and name != "save"])
def test_a_look_that_is_broken_off_leaves_no_trace(name: str, points: int, program: Any, tmp_path: pathlib.Path) -> None:
    look = quietly(LOOKS[name])
    look(program)
    calls = broken_off(look, program, -1)
    assert calls > 4
    before = everything(program, tmp_path)
    for k in range(points):
        call = 1 + k * calls // points
        broken_off(look, program, call)
        assert differences(before, everything(program, tmp_path)) == [], f"broken off in call {call} of {calls}"


@pytest.mark.parametrize("name", ["page", "walk", "debugger.diagnose"])
def test_a_hook_that_raises_leaves_no_trace(name: str, program: Any, tmp_path: pathlib.Path) -> None:
    def fail(grad: float) -> None:
        raise ZeroDivisionError

    program.model.layers[0].neurons[0].z.register_hook(fail)
    before = everything(program, tmp_path)
    with pytest.raises(ZeroDivisionError):
        quietly(LOOKS[name])(program)
    assert differences(before, everything(program, tmp_path)) == []


def test_a_page_made_while_another_thread_trains_loses_none_of_its_gradients() -> None:
    w = Value(2.0, label="w")
    costs = [w * float(k) for k in range(2000)]

    def train() -> None:
        for cost in costs:
            cost.backward()

    thread = threading.Thread(target=train)
    root = (w * 3.0 + 1.0).tanh()
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        thread.start()
        for _ in range(300):
            viz.recorded.recorded(root)
        thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert w.grad == sum(range(2000))
