"""The plots draw what the history says: the numbers are read back out of the figures.

Numbers that a logarithmic axis has no place for (0, inf, nan) are looked for in the strips they get; texts are held to the
figure and apart from each other in the pixels they take.
"""

import copy
import functools
import io
import json
import math
import pathlib
import pickle
import random
import subprocess
import sys
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from autograd import ArgumentError, OperandError
from nn import MLP
from nn.data import Data, moons
from nn.train import History, fit
from viz import plots
from viz.plots.axes import Magnitudes, apart
from viz.plots.plane import MARKERS
from viz.style import CLASSES

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
MEASURED = [plots.gradients, plots.activations, plots.update_ratio, plots.errors]


@pytest.fixture(scope="module")
def history() -> Any:
    model = MLP(2, [4, 3, 1], activation="tanh", rng=random.Random(0))
    return fit(model, moons(40), epochs=4, batch=8, validation=0.25, progress=False, monitor=True)


@pytest.fixture(scope="module")
def deep() -> Any:
    """That of a network of ten layers."""
    model = MLP(2, [3] * 9 + [1], activation="relu", rng=random.Random(3))
    return fit(model, moons(40), epochs=2, rate=0.1, progress=False, monitor=2)


@pytest.fixture(scope="module")
def laid_out(history: Any) -> Any:
    """The figure of the history that a plot makes, laid out: most of the time of a figure goes into that."""

    @functools.cache
    def figure_of(plot: Any) -> Any:
        figure = plot(history)
        figure.draw_without_rendering()
        return figure

    return figure_of


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
def test_every_layer_is_named_and_nothing_is_clipped(laid_out: Any, plot: Any) -> None:
    figure = laid_out(plot)
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
    if plot is plots.cost:  # a file is matplotlib's own work
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
    figure = plots.cost(short)
    figure.draw_without_rendering()
    assert crossed(figure.axes[0]), "what is nan or inf is marked"
    broken = History(steps=list(history.steps), epochs=list(history.epochs), monitor=[])
    broken.monitor = copy.deepcopy(history.monitor)
    for record in broken.monitor:
        for layer in record["layers"]:
            for what in ("gradients", "errors"):
                layer[what] |= {"nonfinite": 0.5, "zeros": 0.5, "min": 0.0, "5%": 0.0, "25%": 0.0}
            layer["update_ratio"] = math.nan
    for plot in MEASURED:
        figure = plot(broken)
        figure.draw_without_rendering()
        assert figure.axes


# --- the plane ---------------------------------------------------------------------------------------------------------


def contours(figure: Any, filled: bool) -> list[Any]:
    from matplotlib.contour import ContourSet

    return [c for c in figure.axes[0].collections if isinstance(c, ContourSet) and c.filled is filled]


def extent(contour: Any, axis: int) -> tuple[float, float]:
    """From where to where the lines or areas of a contour reach."""
    points = [float(v[axis]) for path in contour.get_paths() for v in path.vertices]
    return min(points), max(points)


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_plane_is_divided_where_the_network_changes_its_mind(outputs: int) -> None:
    def model(x: list[float]) -> Any:  # right of x = 0.5 is class 1
        return x[0] - 0.5 if outputs == 1 else [0.5, x[0]]

    data = Data([[0.0, 0.0], [1.0, 1.0]], [0, 1], ["left", "up"], ["no", "yes"])
    figure: Any = plots.decision_boundary(model, data, resolution=13)
    low, high = figure.axes[0].get_xlim()
    no, yes = contours(figure, filled=True)
    assert extent(no, 0) == pytest.approx((low, 0.5))
    assert extent(yes, 0) == pytest.approx((0.5, high))
    for line in contours(figure, filled=False):
        assert extent(line, 0) == pytest.approx((0.5, 0.5))
        assert extent(line, 1) == pytest.approx(figure.axes[0].get_ylim())
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == ["no", "yes"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("left", "up")


def legend(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_three_classes_meet_in_a_point_and_samples_on_the_wrong_side_are_ringed() -> None:
    data = Data([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [-1.0, -0.9]], [0, 1, 2, 1], ["a", "b"], ["p", "q", "r"])
    figure: Any = plots.decision_boundary(lambda p: [p[0], p[1], -p[0] - p[1]], data, resolution=20)
    assert legend(figure) == ["p", "q", "r", "wrong side"]
    assert "3 of 4 samples on their side" in words(figure)
    p = contours(figure, filled=True)[0]
    for x, y in (v for path in p.get_paths() for v in path.vertices):
        assert x >= max(y, -x - y) - 0.05  # where p is the largest output, up to the width of the grid
    (ringed,) = (c for c in figure.axes[0].collections if len(c.get_offsets()) == 1 and c.get_linewidths()[0] >= 2.0)
    assert ringed.get_offsets().tolist() == [[-1.0, -0.9]]


def test_where_the_network_says_nan_there_is_neither_region_nor_silence() -> None:
    data = Data([[0.0, 0.0], [1.0, 1.0]], [0, 1], ["a", "b"], ["no", "yes"])
    figure = plots.decision_boundary(lambda p: math.nan if p[0] > 0.8 else p[0] - 0.5, data, resolution=21)
    assert legend(figure) == ["no", "yes", "wrong side", "nan"]
    assert figure.axes[0].patch.get_hatch()
    assert max(extent(c, 0)[1] for c in contours(figure, filled=True)) <= 0.8
    assert "1 of 2 samples" in words(figure)
    everywhere = plots.decision_boundary(lambda _: math.nan, data, resolution=3)
    assert contours(everywhere, filled=True) == []
    assert "0 of 2 samples" in words(everywhere)


def test_a_single_output_changes_sides_at_0_or_at_a_half_behind_a_sigmoid_or_where_it_is_told() -> None:
    data = Data([[-1.0, 0.0], [1.0, 0.0]], [-1, 1], [], [])
    model = MLP(2, [1], output="sigmoid", init="zeros")
    model.layers[0].W[0][0].data = 1.0
    for threshold, border in ((None, 0.0), (1.0 / (1.0 + math.exp(-0.5)), 0.5)):
        figure = plots.decision_boundary(model, data, resolution=41, threshold=threshold)
        assert len(contours(figure, filled=False)) == 2
        for line in contours(figure, filled=False):
            assert extent(line, 0) == pytest.approx((border, border), abs=1e-3)
        assert legend(figure)[:2] == ["-1", "1"]


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_every_class_has_a_colour_and_a_marker_of_its_own(classes: int) -> None:
    data = Data([[float(k), 0.0] for k in range(classes)], list(range(classes)), [], [f"c{k}" for k in range(classes)])
    figure = plots.decision_boundary(lambda p: [-abs(p[0] - k) for k in range(classes)], data, resolution=30)
    assert len(contours(figure, filled=True)) == classes
    assert len(set(CLASSES[:classes])) == len(set(MARKERS[:classes])) == classes


def test_a_class_without_samples_and_a_plane_of_one_point_are_drawn() -> None:
    one_point = Data([[2.0, 3.0]] * 2, [1, 1], ["a", "b"], ["no", "yes"])
    figure = plots.decision_boundary(lambda p: p[0], one_point, resolution=3)
    figure.savefig(io.BytesIO())
    assert legend(figure) == ["no", "yes"]
    assert figure.axes[0].get_xlim() == (1.0, 3.0)
    assert legend(plots.decision_boundary(lambda p: p[0], Data([[1.0, 2.0]], [1], [], []), resolution=3)) == ["-1", "1"]


def test_a_trained_network_leaves_no_graph_behind() -> None:
    model = MLP(2, [3, 1], rng=random.Random(0))
    plots.decision_boundary(model, moons(20), resolution=4)
    assert all(neuron.z is None for neuron in model.layers[0].neurons)


@pytest.mark.parametrize(
    ("model", "data", "options", "message"),
    [
        (MLP(2, [1]), 3, {}, "got int 3"),
        (3, moons(10), {}, "got int 3"),
        (MLP(2, [1]), Data([[1.0, 2.0, 3.0]], [0], ["a", "b", "c"], ["k"]), {}, "the samples have 3 numbers each"),
        (MLP(2, [3]), moons(10), {}, "3 outputs for 2 classes"),
        (MLP(2, [1]), moons(10), {"resolution": 1}, "resolution=1"),
        (MLP(3, [1]), moons(10), {}, r"takes 3 inputs.*lambda p: model"),
        (MLP(2, [1]), Data([[1.0, math.inf]], [0], ["a", "b"], ["k", "l"]), {}, r"sample 1 is \[1.0, inf\]"),
        (MLP(2, [1]), Data([[1.0, 2.0]], [7], ["a", "b"], ["k", "l"]), {}, "of class 7; the classes are 0 to 1"),
        (MLP(2, [1]), Data([[1.0, 2.0]], [], ["a", "b"], ["k", "l"]), {}, "1 samples but 0 classes"),
        (MLP(2, [1]), Data([], [], [], []), {}, "the samples have none"),
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


# --- numbers that an axis has no place for -----------------------------------------------------------------------------

SIZES = st.one_of(st.just(0.0), st.just(math.inf), st.just(math.nan), st.floats(1e-250, 1e250))


@settings(derandomize=True, max_examples=200)
@given(st.lists(SIZES, min_size=1, max_size=8))
def test_every_magnitude_has_a_place_that_tells_what_it_is(sizes: list[float]) -> None:
    axis = Magnitudes(sizes)
    bottom, top = axis.limits
    for size in sizes:
        place = axis.place(size)
        assert bottom <= place <= top
        assert (place > axis.high) == (not math.isfinite(size))
        assert (place < axis.low) == (size == 0.0)
        if 0.0 < size < math.inf and 1e-199 < size < 1e199:
            assert place == size
    assert all(a < b for a, b in pairwise(axis.ticks))
    if 0.0 not in sizes and all(map(math.isfinite, sizes)):
        assert (bottom, top) == (axis.low, axis.high)


@pytest.mark.parametrize("extreme", [5e-324, 1e-308, 1.7e308, 0.0, math.inf, math.nan])
def test_axes_reach_to_the_ends_of_the_numbers(extreme: float) -> None:
    for steps, log in (([extreme], True), ([0.0, math.nan, extreme], True), ([1.0, extreme], False), ([1.0, extreme], None)):
        figure = plots.cost({"steps": steps, "epochs": []}, log=log)
        figure.draw_without_rendering()
        assert all(math.isfinite(limit) for axes in figure.axes for limit in (*axes.get_xlim(), *axes.get_ylim()))


def crossed(axes: Any) -> list[float]:
    """Where on the x axis something is marked as nan or inf."""
    from viz import style

    found = [c for c in axes.collections if len(c.get_edgecolors()) and hexcode(c.get_edgecolors()[0]) == style.ALARM]
    return sorted(float(x) for c in found for x, _ in c.get_offsets())


def hexcode(colour: Any) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)


def names_of_ticks(axes: Any) -> list[str]:
    return [tick.get_text() for tick in axes.get_yticklabels()]


@pytest.mark.parametrize("log", [True, False])
def test_a_cost_that_is_nan_or_inf_is_marked_where_it_happened(log: bool) -> None:
    history = {"steps": [1.0, math.nan, 0.5, math.inf, 0.25], "epochs": []}
    (axes,) = plots.cost(history, log=log).axes
    assert crossed(axes) == [2.0, 4.0]
    assert ("inf, nan" in names_of_ticks(axes)) is log
    (whole,) = plots.cost({"steps": [1.0, 0.5], "epochs": []}, log=log).axes
    assert crossed(whole) == []
    assert "inf, nan" not in names_of_ticks(whole)


@pytest.mark.parametrize(("most", "scale"), [(29.0, "linear"), (30.0, "log"), (31.0, "log")])
def test_a_cost_that_changes_by_a_factor_of_30_has_a_logarithmic_axis(most: float, scale: str) -> None:
    (axes,) = plots.cost({"steps": [most, 1.0], "epochs": []}).axes
    assert axes.get_yscale() == scale


def test_a_cost_below_0_has_no_logarithm() -> None:
    with pytest.raises(ArgumentError, match=r"-1\.0 has no place on a logarithmic axis"):
        plots.cost({"steps": [1.0, -1.0], "epochs": []}, log=True)
    (axes,) = plots.cost({"steps": [1000.0, 1.0, -1.0], "epochs": []}).axes
    assert axes.get_yscale() == "linear"
    (axes,) = plots.cost({"steps": [1000.0, 1.0], "epochs": []}).axes
    assert axes.get_yscale() == "log"


def changed(history: Any, what: str, **numbers: Any) -> History:
    """A copy in which the last measurement of layer 2 has other numbers."""
    other = copy.deepcopy(history)
    layer = other.monitor[-1]["layers"][1]
    layer[what] = numbers["to"] if "to" in numbers else layer[what] | numbers
    return History(list(other.steps), list(other.epochs), "", other.monitor)


def test_zeros_and_nan_of_one_layer_are_seen_in_its_panel(history: Any) -> None:
    last = history.monitor[-1]["step"]
    zeros: Any = plots.gradients(changed(history, "gradients", **{"min": 0.0, "5%": 0.0, "zeros": 0.07}))
    assert [axes.get_title() for axes in zeros.axes] == ["layer 1", "layer 2   7 % are 0", "layer 3"]
    lowest = zeros.axes[1].get_lines()
    assert min(float(line.get_ydata()[-1]) for line in lowest) < min(float(line.get_ydata()[0]) for line in lowest)
    assert "0" in names_of_ticks(zeros.axes[0])
    for plot, what in ((plots.gradients, "gradients"), (plots.activations, "activations")):
        figure = plot(changed(history, what, nonfinite=0.25))
        marked = [crossed(axes) for axes in figure.axes if axes.get_title()]
        assert marked == [[], [last], []]
    ratio = plots.update_ratio(changed(history, "update_ratio", to=math.nan))
    assert crossed(ratio.axes[0]) == [last]
    error = plots.errors(changed(history, "errors", rms=math.inf, nonfinite=0.5))
    assert crossed(error.axes[0]) == [2.0]


# --- what the figures say ----------------------------------------------------------------------------------------------


def falling(factor: float, layers: int, last: float = 1.0) -> dict[str, Any]:
    """A history whose errors are multiplied by a factor with every layer back."""

    def summary(size: float) -> dict[str, Any]:
        return {"rms": size, "min": size, "5%": size, "25%": size, "50%": size, "75%": size, "95%": size, "max": size,
                "zeros": 0.0, "nonfinite": 0.0}  # fmt: skip

    measured = [{"errors": summary(last * factor ** (layers - n))} for n in range(1, layers + 1)]
    return {"steps": [1.0], "epochs": [], "monitor": [{"step": 1, "layers": measured}]}


@pytest.mark.parametrize(("factor", "text"), [(0.25, "×0.25 a layer back"), (3.0, "×3 a layer back"), (1.0, "×1 a layer back")])
def test_the_factor_from_layer_to_layer_stands_beside_the_errors(factor: float, text: str) -> None:
    figure = plots.errors(falling(factor, 5))
    assert text in words(figure)
    drawn = lines(figure)
    assert [pytest.approx(factor ** (5 - n)) for n in range(1, 6)] in drawn
    assert "a layer back" not in words(plots.errors(falling(factor, 1)))
    assert "a layer back" not in words(plots.errors(falling(0.0, 5)))


def test_the_bands_of_vanishing_and_exploding_are_always_there() -> None:
    for factor in (1e-3, 1.0, 1e3):
        figure = plots.errors(falling(factor, 5))
        low, high = figure.axes[0].get_ylim()
        assert low < 1e-7 and high > 1e4
        assert {"vanishing: below 1e−7", "exploding: above 10000"} <= set(words(figure).split(" | "))


@pytest.mark.parametrize(("moments", "steps"), [(1, [1]), (2, [1, 16]), (3, [1, 11, 16]), (99, [1, 6, 11, 16])])
def test_moments_are_spread_from_the_first_to_the_last(moments: int, steps: list[int]) -> None:
    model = MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
    history = fit(model, moons(40), epochs=4, batch=8, validation=None, progress=False, monitor=True)
    assert [record["step"] for record in history.monitor] == [1, 6, 11, 16]
    labels = {text.split("\n")[0] for text in words(plots.errors(history, moments=moments)).split(" | ")}
    shown = {int(text.removeprefix("step ")) for text in labels if text.startswith("step ")}
    assert shown == set(steps)
    with pytest.raises(ArgumentError, match=r"moments=0\)"):
        plots.errors(history, moments=0)


def test_the_lowest_validation_cost_is_named() -> None:
    epochs = [{"epoch": n, "step": 2.0 * n, "cost": 1.0 / n, "validation_cost": v} for n, v in ((1, 0.9), (2, 0.5), (3, 0.7))]
    assert "validation\nlowest 0.5\nin epoch 2" in words(plots.cost({"steps": [1.0] * 6, "epochs": epochs}))
    nowhere = [epoch | {"validation_cost": math.nan} for epoch in epochs]
    assert "lowest" not in words(plots.cost({"steps": [1.0] * 6, "epochs": nowhere}))


def test_the_mean_of_an_epoch_lies_in_its_middle_and_its_validation_at_its_end() -> None:
    epochs = [{"epoch": n, "step": 4.0 * n, "cost": 1.0, "validation_cost": 2.0} for n in (1, 2)]
    figure: Any = plots.cost({"steps": [1.0] * 8, "epochs": epochs})
    drawn = [[float(x) for x in line.get_xdata()] for line in figure.axes[0].get_lines()]
    assert [2.5, 6.5] in drawn and [4.0, 8.0] in drawn
    old = [{key: x for key, x in epoch.items() if key != "step"} for epoch in epochs]  # a file older than that number
    again: Any = plots.cost({"steps": [1.0] * 8, "epochs": old})
    assert [[float(x) for x in line.get_xdata()] for line in again.axes[0].get_lines()] == drawn


def test_metrics_that_somebody_adds_have_axes_of_their_own(history: Any) -> None:
    epochs = [epoch | {"f_score": 0.1 * n} for n, epoch in enumerate(history.epochs)]
    figure = plots.cost({"steps": history.steps, "epochs": epochs})
    assert [axes.get_ylabel() for axes in figure.axes] == ["cost C", "accuracy", "f score"]


@pytest.mark.parametrize("layers", [1, 4, 5, 7])
def test_every_column_of_panels_ends_in_step_numbers(layers: int) -> None:
    model = MLP(2, [2] * layers, activation="relu", rng=random.Random(0))
    history = fit(model, moons(20), epochs=2, validation=None, progress=False, monitor=True)
    for plot, deep in ((plots.gradients, 1), (plots.activations, 2)):
        figure: Any = plot(history)
        assert sum(axes.get_title().startswith("layer ") for axes in figure.axes) == layers
        assert len(figure.axes) == deep * layers
        columns: dict[int, Any] = {}
        for axes in figure.axes:
            columns[axes.get_subplotspec().colspan.start] = axes  # the lowest comes last
        assert {axes.get_xlabel() for axes in columns.values()} == {"step"}
        assert all(axes.xaxis.get_tick_params()["labelbottom"] for axes in columns.values())


# --- texts that do not collide -----------------------------------------------------------------------------------------


def collisions(figure: Any) -> list[tuple[str, str]]:
    """Pairs of texts whose pixels overlap, in a figure that is laid out."""
    from matplotlib.text import Text

    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    for axes in figure.axes:  # tick labels outside the limits exist without being drawn
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in axis.get_major_ticks():
                for label in (tick.label1, tick.label2):
                    if label in found and not (low <= tick.get_loc() <= high and label.get_visible()):
                        found.remove(label)
    boxes = [(t.get_text(), Text.get_window_extent(t).padded(-1.0)) for t in found]
    return [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if one.overlaps(two)]


@pytest.mark.parametrize("plot", [plots.cost, *MEASURED])
def test_no_text_lies_on_another(laid_out: Any, deep: Any, plot: Any) -> None:
    assert collisions(laid_out(plot)) == []
    figure = plot(deep)
    figure.draw_without_rendering()
    assert collisions(figure) == []


def test_texts_that_collide_are_found(history: Any) -> None:
    figure: Any = plots.cost(history)
    figure.axes[0].text(0.5, 0.5, "one", transform=figure.axes[0].transAxes)
    figure.axes[0].text(0.5, 0.5, "another", transform=figure.axes[0].transAxes)
    figure.draw_without_rendering()
    assert collisions(figure) == [("one", "another")]


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.01, 0.12)), min_size=1, max_size=8))
def test_labels_are_moved_apart_in_their_order_and_stay_inside(labels: list[tuple[float, float]]) -> None:
    heights, sizes = [h for h, _ in labels], [s for _, s in labels]
    moved = apart(heights, sizes)
    order = sorted(range(len(labels)), key=lambda i: moved[i])
    assert [heights[i] for i in order] == sorted(heights)
    for i, j in pairwise(order):
        assert moved[j] - moved[i] >= (sizes[i] + sizes[j]) / 2.0 - 1e-6
    assert all(s / 2.0 - 1e-6 <= m <= 1.0 - s / 2.0 + 1e-6 for m, s in zip(moved, sizes, strict=True))
    if all(b - a >= 0.12 for a, b in pairwise(sorted(heights))) and min(heights) >= 0.06 and max(heights) <= 0.94:
        assert moved == pytest.approx(heights, abs=1e-9)  # nothing in the way: nothing moves


# --- figures without pyplot, pictures of the docs -----------------------------------------------------------------------


def test_no_backend_is_chosen_and_nothing_is_imported_before_it_is_drawn() -> None:
    code = (
        "import io, sys\n"
        "from viz import plots\n"
        "print('matplotlib' in sys.modules, 'numpy' in sys.modules, 'nn' in sys.modules)\n"
        "plots.cost({'steps': [1.0, 0.5], 'epochs': []}).savefig(io.BytesIO())\n"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules, 'nn' in sys.modules)\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("False False False\nTrue False False\n", "")


def test_a_figure_can_be_pickled(history: Any) -> None:
    again = pickle.loads(pickle.dumps(plots.update_ratio(history)))
    assert again._repr_png_().startswith(b"\x89PNG")
    assert lines(again) == lines(plots.update_ratio(history))


def test_the_training_of_a_checkpoint_is_a_history(tmp_path: pathlib.Path) -> None:
    from nn.checkpoint import load

    path = tmp_path / "run.safetensors"
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    history = fit(model, moons(30), epochs=2, progress=False, monitor=True, checkpoint=path)
    for plot in (plots.cost, *MEASURED):
        assert lines(plot(load(path).training)) == lines(plot(history))


def test_the_pictures_of_the_docs_are_made_by_a_program_and_up_to_date(tmp_path: pathlib.Path) -> None:
    """Fonts differ between versions of matplotlib, so pictures are compared by what is written in them."""
    from PIL import Image

    from examples.plots import main

    written = main(["--out", str(tmp_path)])
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    folder = ROOT / "docs" / "pictures"
    assert {path.name for path in written} == {path.name for path in folder.glob("plots-*.png")}
    page = (ROOT / "docs" / "plots.md").read_text(encoding="utf-8")
    texts = {}
    for path in written:
        with Image.open(path) as drawn, Image.open(folder / path.name) as kept:
            texts[path.name] = json.loads(drawn.info["Description"])
            assert json.loads(kept.info["Description"]) == texts[path.name], f"{path.name}: python -m examples.plots"
            assert kept.size == drawn.size
        assert f"(pictures/{path.name})" in page
    assert texts["plots-errors.png"] != texts["plots-exploding.png"]
    assert "step 1\n×0.19 a layer back" in texts["plots-errors.png"]
