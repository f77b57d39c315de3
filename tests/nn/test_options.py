"""Whatever is given to a public function of viz, the answer is a picture or an error of ours, which says what belongs there.

Every option of every function gets one odd thing after another; the list of options is read off the functions, so that a new
one is tried too.
"""

import inspect
import io
import itertools
import pathlib
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import viz
from autograd import AutogradError, OperandError, Recording, Value, record_backward
from nn import MLP, mean_squared_error
from nn.data import moons
from nn.train import fit

untyped: Any = viz  # what is given here is wrong on purpose
MODEL = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
COST: Any = mean_squared_error(MODEL([0.5, -1.0]), 1.0)
COST.label = "C"
COST.backward()
SMALL: Any = Value(2.0, label="w") * 3.0  # a GIF of the network's cost takes ten seconds, and shows nothing more of an option
DATA = moons(10)
HISTORY = fit(MLP(2, [2, 1], rng=random.Random(1)), DATA, epochs=1, batch=5, validation=None, progress=False, monitor=True)


class Odd:
    """Something of somebody else's."""

    layers = 3


ODD = [
    None, True, False, 0, -1, 3, 10**30, 2.5, -0.0, float("nan"), float("inf"), 1j, "", "x", "layer", "none", "nonsense",
    "a\0b", b"x", [], [3], ["layer"], ["layer", 3], (), (1, 2), ("w^1_12", "C"), {}, {"layer": 1}, {"steps": [1.0]}, {3},
    range(3), object(), Odd(), Odd, len, lambda x: x, Value(1.0), COST, MODEL.layers[0].W[0][1], [COST], MODEL,
    np.int64(2), np.float64(2.5), np.zeros(2), np.zeros((2, 2)), pathlib.Path("graph.gif"), itertools.repeat(None, 3),
    NotImplemented, ..., Exception("x"), DATA,
]  # fmt: skip

# How each function is called when all is well.
USUAL: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "draw": (viz.draw, [COST]),
    "save": (viz.save, [COST, "graph.dot"]),
    "save: page": (viz.save, [COST, "graph.html"]),
    "page": (viz.page, [COST]),
    "widget": (viz.widget, [COST]),
    "mermaid": (viz.mermaid, [COST]),
    "tikz": (viz.tikz, [COST]),
    "film": (viz.film, [SMALL]),
    "walk": (viz.walk, [COST]),
    "derivation": (viz.derivation, [COST, "w^1_12"]),
    "derivation: of a recording": (viz.derivation, [viz.recorded.recorded(COST), "w^1_12"]),
    "expression": (viz.expression, [COST]),
    "network": (viz.network, [MODEL]),
    "cost": (viz.plots.cost, [HISTORY]),
    "gradients": (viz.plots.gradients, [HISTORY]),
    "activations": (viz.plots.activations, [HISTORY]),
    "contributions": (viz.plots.contributions, [COST, "w^1_12"]),
    "errors": (viz.plots.errors, [HISTORY]),
    "update_ratio": (viz.plots.update_ratio, [HISTORY]),
    "decision_boundary": (viz.plots.decision_boundary, [MODEL, DATA]),
    "save_as": (viz.draw(COST).save_as, ["graph.dot"]),
    "pipe": (viz.draw(COST).pipe, ["dot"]),
}
QUICK = {"decision_boundary": {"resolution": 4}}


def options_of(name: str) -> list[tuple[str, int | None]]:
    """The arguments of a function: their names, and their places if they are given by place."""
    function, usual = USUAL[name]
    found: list[tuple[str, int | None]] = []
    for n, p in enumerate(inspect.signature(function).parameters.values()):
        if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
            continue
        found.append((p.name, n if n < len(usual) else None))
    return found


CASES = [(name, option, place) for name in USUAL for option, place in options_of(name)]


def test_every_public_function_is_tried() -> None:
    public = [*viz.__all__, *viz.plots.__all__]
    functions = {name for name in public if inspect.isroutine(getattr(viz, name, None) or getattr(viz.plots, name, None))}
    assert functions - {name.partition(":")[0] for name in USUAL} == set()


@pytest.mark.parametrize(("name", "option", "place"), CASES)
def test_no_option_ends_in_an_error_of_pythons(
    name: str, option: str, place: int | None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    function, usual = USUAL[name]
    said: list[str] = []
    for odd in ODD:
        if callable(odd) and option == "model":
            continue  # it is called, and raises what it raises
        arguments, options = list(usual), dict(QUICK.get(name, {}))
        if place is None:
            options[option] = odd
        else:
            arguments[place] = odd
        try:
            made = function(*arguments, **options)
            _ = getattr(made, "text", ""), getattr(made, "latex", "")  # what they are written with is used there
        except AutogradError as error:
            said.append(str(error))
        except FileNotFoundError:
            assert option == "path"
    assert len(said) > 10, "so many of these belong nowhere"
    assert max(map(len, said)) < 700
    assert option == "path" or all(file.suffix in (".dot", ".html") for file in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: untyped.draw(COST, fold=lambda v: v), r"fold\('layer1'\) gives 'layer1': it is True or False"),
        (lambda: untyped.draw(COST, folds="layer"), "Did you mean 'fold'"),
        (lambda: untyped.page(COST, heading="x"), r"page.*heading"),
        (lambda: untyped.derivation(COST, "w^1_12", digit=3), "Did you mean 'digits'"),
        (lambda: untyped.draw(COST, fold=3.0), r"draw\(fold=3.0\): scopes go by their names"),
        (lambda: untyped.draw(COST, fold=False), "'none' folds nothing"),
        (lambda: untyped.draw(COST, fold=["layer", None]), "scopes go by their names"),
        (lambda: untyped.draw(COST, rankdir="lr"), "Did you mean 'LR'"),
        (lambda: untyped.draw(COST, boxes="60"), r"draw\(boxes='60'\): it has to be a whole number, at least 1"),
        (lambda: untyped.draw(COST, terms="no"), r"draw\(terms='no'\): it is True or False"),
        (lambda: untyped.draw(COST, path=MODEL.layers[0].W[0][0]), "two ends"),
        (lambda: untyped.draw(COST, focus=[1]), "A node is a Value, a label, a name such as 'v3', or an id from 0 to"),
        (lambda: untyped.draw(MODEL), r"got MLP .*viz.network\(model\) draws the network"),
        (lambda: untyped.save(viz.network(MODEL), "net.svg"), r"this is a picture already; write picture.save_as"),
        (lambda: untyped.page([COST, 1.0]), "several roots are Values, got float 1.0"),
        (lambda: untyped.draw(3.0), "a plain number does not know how it was computed"),
        (lambda: untyped.page("run.json"), r"load_recording\(path\)"),
        (lambda: untyped.expression(lambda: COST), "call it, and give what it returns"),
        (lambda: untyped.page(COST, 3), "a file is named by text or a pathlib.Path, got int 3"),
        (lambda: untyped.page(COST, "steps.svg"), r"'steps.svg' is a picture's; viz.save\(value, path\) draws one"),
        (lambda: untyped.page(COST, title=3), r"page\(title=3\): it is text, got int"),
        (lambda: untyped.save(COST, "graph.svg", folds="layer"), "save: draw has no option 'folds'. Did you mean 'fold'"),
        (lambda: untyped.save(COST, "graph.html", fold="layer"), "save: page has no option 'fold'. There are: title"),
        (lambda: untyped.walk(COST, most="all"), r"walk\(most='all'\): it has to be a whole number, at least 0"),
        (lambda: untyped.walk(COST, file="walk.txt"), r"walk\(file='walk.txt'\): it is an open file"),
        (lambda: untyped.walk(COST, Value(1.0)), "the root was not computed from it"),
        (lambda: untyped.derivation(COST, "w^1_12", form="Paths"), "Did you mean 'paths'"),
        (lambda: untyped.network(MODEL, backward="yes"), r"network\(backward='yes'\): it is True or False"),
        (lambda: untyped.plots.cost(HISTORY, size=7), r"cost\(size=7\): it is \(width, height\) in inches"),
        (lambda: untyped.plots.cost(HISTORY, title=["a"]), r"cost\(title=\['a'\]\): it is text"),
        (lambda: untyped.plots.decision_boundary(MODEL, DATA, threshold="0.5"), r"threshold='0.5'\): it is a number"),
    ],
)  # fmt: skip
def test_an_error_says_what_belongs_there(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(AutogradError, match=words):
        call()


def test_numbers_of_numpy_count() -> None:
    drawn = untyped.draw(COST, boxes=np.int64(10), legend=np.bool_(True))
    assert drawn.source == untyped.draw(COST, boxes=10, legend=True).source
    assert untyped.expression(COST, width=np.int32(40)).text == untyped.expression(COST, width=40).text


def test_a_walk_takes_the_value_as_a_derivation_does() -> None:
    weight = MODEL.layers[0].W[0][1]
    texts = []
    for to in (weight, "w^1_12"):
        out = io.StringIO()
        recording = viz.walk(COST, to, file=out)
        texts.append(out.getvalue())
        assert isinstance(recording, Recording)
    assert texts[0] == texts[1] != ""
    with pytest.raises(OperandError, match=r"a recording holds no Values.*give its label, 'w\^1_12', or its id"):
        viz.walk(record_backward(COST), weight)
