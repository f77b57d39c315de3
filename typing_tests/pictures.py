"""Pictures, pages, formulas, plots and the gradient debugger."""

import io
import pathlib
import random
from typing import assert_type

import viz
from autograd import Recording, Value, record_backward, record_sources
from nn import MLP, SGD, mean_squared_error
from nn.data import xor
from nn.train import fit
from viz import Derivation, Expression, Picture, plots
from viz.debugger import Breakpoint, Finding, Kind, Session, Stop, check, diagnose, users, watching, why


def pictures() -> None:
    """A drawn graph, in a file or as text."""
    x = Value(2.0, label="x")
    y = x * x + 1.0
    picture = viz.draw(y, boxes=20, focus="x", radius=1)
    assert_type(picture, Picture)
    assert_type(picture.save_as("graph.dot"), pathlib.Path)
    assert_type(picture.pipe("dot"), bytes)
    assert_type(picture.pipe("dot", encoding="utf-8"), str)
    assert_type(viz.save(y, "graph.dot"), pathlib.Path)
    assert_type(viz.page(y), str)
    model = MLP(2, [2, 1], rng=random.Random(0))
    mean_squared_error(model([1.0, 2.0]), 1.0).backward()
    assert_type(viz.network(model, backward=True), Picture)


def words() -> None:
    """The backward pass and the chain rule as text."""
    x = Value(2.0, label="x")
    y = x * x + 1.0
    assert_type(viz.walk(y, x, file=io.StringIO()), Recording)
    assert_type(viz.derivation(y, x), Derivation)
    assert_type(viz.derivation(record_backward(y), "x").text, str)
    assert_type(viz.expression(y), Expression)
    assert_type(viz.expression(y).latex, str)


def figures() -> None:
    """Matplotlib's figures, of what `fit` returned."""
    model, data = MLP(2, [3, 2], rng=random.Random(0)), xor(8)
    history = fit(model, data, epochs=2, validation=None, monitor=True, progress=False)
    assert_type(plots.cost(history).get_figwidth(), float)
    assert_type(plots.decision_boundary(model, data, resolution=3).get_figwidth(), float)


def debugging() -> None:
    """A session, questions and findings."""
    with record_sources():
        w = Value(0.5, label="w")
        recording = record_backward((w * 3.0).tanh())
    session = Session(recording)
    assert_type(session.step(), Stop)
    assert_type(session.breakpoints, dict[int, Breakpoint])
    assert_type(str(why(recording, "w")), str)
    assert_type(str(check(recording, "w")), str)
    assert_type(users(recording, "w"), list[int])
    assert_type(diagnose(recording), list[Finding])
    model = MLP(2, [1])
    with watching(model.parameters()) as watch:
        mean_squared_error(model([1.0, 2.0]), 1.0).backward()
        SGD(model.parameters(), 0.1).step()
    assert_type(watch.findings(), list[Finding])
    assert_type([finding.kind for finding in watch.findings()], list[Kind])


def mistakes() -> None:
    """What a checker says before the program runs."""
    x = Value(2.0)
    viz.draw(3)  # type: ignore[arg-type]
    viz.draw(x, rangdir="LR")  # type: ignore[call-arg]
    viz.page(x, 3)  # type: ignore[arg-type]
    viz.derivation(x, [x])  # type: ignore[arg-type]
    plots.cost([1.0, 2.0])  # type: ignore[arg-type]
    diagnose(3)  # type: ignore[arg-type]
    why(record_backward(x * x), 1.5)  # type: ignore[arg-type]
