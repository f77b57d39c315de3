"""The plots draw what the history says: the numbers are read back out of the figures."""

import io
import math
import pathlib
import random
from typing import Any

import pytest

from autograd import ArgumentError, OperandError
from nn import MLP
from nn.data import Data, moons
from nn.train import History, fit
from viz import plots

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
MEASURED = [plots.gradients, plots.activations, plots.update_ratio, plots.errors]


@pytest.fixture(scope="module")
def history() -> Any:
    model = MLP(2, [4, 3, 1], activation="tanh", rng=random.Random(0))
    return fit(model, moons(40), epochs=4, batch=8, validation=0.25, progress=False, monitor=True)


def lines(figure: Any) -> list[list[float]]:
    return [[float(y) for y in line.get_ydata()] for axes in figure.axes for line in axes.get_lines()]


def words(figure: Any) -> str:
    import matplotlib.text

    return " | ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_the_cost_of_every_step_and_epoch_is_drawn(history: Any) -> None:
    figure = plots.cost(history)
    drawn = lines(figure)
    assert history.steps in drawn or [pytest.approx(x) for x in history.steps] in drawn
    assert [epoch["validation_cost"] for epoch in history.epochs] in drawn
    assert [epoch["accuracy"] for epoch in history.epochs] in drawn
    assert "validation" in words(figure)


@pytest.mark.parametrize("plot", MEASURED)
def test_every_layer_is_named_and_nothing_is_clipped(history: Any, plot: Any) -> None:
    figure = plot(history)
    figure.savefig(io.BytesIO())  # lays it out
    assert all(f"layer {n}" in words(figure) for n in (1, 2, 3))
    from matplotlib.text import Text

    width, height = figure.get_size_inches() * figure.dpi
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
    for text in texts:
        box = Text.get_window_extent(text)  # of an annotation without its line
        assert not text.get_text() or (box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1), text


def test_the_ratio_that_is_drawn_is_the_one_that_was_measured(history: Any) -> None:
    drawn = lines(plots.update_ratio(history))
    for n in range(3):
        ratios = [record["layers"][n]["update_ratio"] for record in history.monitor]
        assert any(line == pytest.approx(ratios) or line == pytest.approx([math.log10(r) for r in ratios]) for line in drawn)


@pytest.mark.parametrize("plot", [plots.cost, *MEASURED])
def test_a_figure_is_a_file_and_shows_itself(history: Any, plot: Any, tmp_path: pathlib.Path) -> None:
    figure = plot(history, title="Mine", size=(6.0, 4.0))
    assert "Mine" in words(figure)
    assert list(figure.get_size_inches()) == [6.0, 4.0]
    figure.savefig(tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").stat().st_size > 5_000
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("plot", [plots.cost, *MEASURED])
def test_what_cannot_be_drawn_is_said(plot: Any) -> None:
    with pytest.raises(ArgumentError, match="no step of training was taken"):
        plot(History())
    with pytest.raises(OperandError, match="drawn from a history, got int 3"):
        plot(3)


@pytest.mark.parametrize("plot", MEASURED)
def test_a_history_without_measurements_says_how_to_get_them(plot: Any) -> None:
    model = MLP(2, [2, 1], rng=random.Random(0))
    plain = fit(model, moons(20), epochs=1, validation=None, progress=False)
    with pytest.raises(ArgumentError, match=r"fit\(..., monitor=True\)"):
        plot(plain)
    assert plots.cost(plain).axes


def test_short_histories_and_numbers_that_are_none(history: Any) -> None:
    short = History(steps=[1.0, math.nan, math.inf, 0.5], epochs=[{"epoch": 1.0, "step": 4.0, "cost": math.nan}])
    plots.cost(short).savefig(io.BytesIO())
    broken = History(steps=list(history.steps), epochs=list(history.epochs), monitor=[])
    import copy

    broken.monitor = copy.deepcopy(history.monitor)
    for record in broken.monitor:
        for layer in record["layers"]:
            for what in ("gradients", "errors"):
                layer[what] |= {"nonfinite": 0.5, "zeros": 0.5, "min": 0.0, "5%": 0.0, "25%": 0.0}
            layer["update_ratio"] = math.nan
    for plot in MEASURED:
        plot(broken).savefig(io.BytesIO())


# --- the plane ---------------------------------------------------------------------------------------------------------


def regions(figure: Any) -> Any:
    (mesh,) = figure.axes[0].collections[:1]
    return mesh.get_array()


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_plane_is_divided_where_the_network_changes_its_mind(outputs: int) -> None:
    def model(x: list[float]) -> Any:  # right of x = 0.5 is class 1
        return x[0] - 0.5 if outputs == 1 else [0.5, x[0]]

    data = Data([[0.0, 0.0], [1.0, 1.0]], [0, 1], ["left", "up"], ["no", "yes"])
    figure = plots.decision_boundary(model, data, resolution=13)
    answers = regions(figure).reshape(13, 13)
    assert (answers[:, :6] == 0).all()
    assert (answers[:, 7:] == 1).all()
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == ["no", "yes"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("left", "up")


def test_a_trained_network_leaves_no_graph_behind() -> None:
    model = MLP(2, [3, 1], rng=random.Random(0))
    plots.decision_boundary(model, moons(20), resolution=4)
    assert model.layers[0].z[0].parents == ()


@pytest.mark.parametrize(
    ("model", "data", "options", "message"),
    [
        (MLP(2, [1]), 3, {}, "got int 3"),
        (3, moons(10), {}, "got int 3"),
        (MLP(2, [1]), Data([[1.0, 2.0, 3.0]], [0], ["a", "b", "c"], ["k"]), {}, "the samples have 3 numbers each"),
        (MLP(2, [3]), moons(10), {}, "3 outputs for 2 classes"),
        (MLP(2, [1]), moons(10), {"resolution": 1}, "resolution=1"),
        (
            MLP(2, [1]),
            Data([[float(i), 0.0] for i in range(20)], [0.5 * i for i in range(20)], ["a", "b"], []),
            {},
            "not classes",
        ),
    ],
)
def test_what_is_no_plane(model: Any, data: Any, options: Any, message: str) -> None:
    with pytest.raises((ArgumentError, OperandError), match=message):
        plots.decision_boundary(model, data, **options)


def test_the_pictures_of_the_docs_are_made_by_a_program(tmp_path: pathlib.Path) -> None:
    from examples.plots import main

    written = main(["--out", str(tmp_path), "--epochs", "2"])
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    folder = pathlib.Path(__file__).parent.parent / "docs" / "pictures"
    assert {path.name for path in written} == {path.name for path in folder.glob("plots-*.png")}
