"""The bars of `plots.contributions` are the contributions, end to end: they are read back out of the figure."""

import io
import math
import pathlib
import random
from typing import Any

import pytest

from autograd import ArgumentError, OperandError, Value, log, record_backward, tanh
from viz import plots

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def bars(figure: Any) -> list[tuple[float, float]]:
    """Where each bar begins and ends, from the top down."""
    (axes,) = figure.axes
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]


def names(figure: Any) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def numbers(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def crosses(figure: Any) -> int:
    return sum(len(marks.get_offsets()) for marks in figure.axes[0].collections)


@pytest.mark.parametrize("count", [1, 2, 16, 17, 40])
def test_bars_begin_where_the_one_above_ends_and_lead_to_the_gradient(count: int) -> None:
    rng = random.Random(count)
    factors = [rng.uniform(-2.0, 2.0) for _ in range(count)]
    x = Value(0.7, label="x")
    cost = Value(0.0)
    for c in factors:
        cost = cost + tanh(c * x)
    figure = plots.contributions(cost, x)
    known = sorted((c * (1.0 - math.tanh(c * 0.7) ** 2) for c in factors), key=abs, reverse=True)
    kept, rest = (known, []) if count <= 16 else (known[:15], [math.fsum(known[15:])])
    *drawn, gradient = bars(figure)
    assert sorted(end - start for start, end in drawn) == pytest.approx(sorted([*kept, *rest]), abs=1e-12)
    assert drawn[0][0] == 0.0 and [start for start, _ in drawn[1:]] == [end for _, end in drawn[:-1]]
    assert gradient == pytest.approx((0.0, math.fsum(known))) == (0.0, drawn[-1][1])
    assert (f"{count - 15} smaller ones" in names(figure)) == (count > 16)
    assert not x.has_grad, "a figure leaves no gradient"


def test_a_bar_says_where_it_comes_from_and_its_colour_whether_it_adds() -> None:
    w, x = Value(-3.0, label="w_1"), Value(2.0, label="x")
    z = w * x + w
    z.label = "z"
    figure = plots.contributions(z * -0.5, "w_1")
    assert names(figure) == ["z (+)", "v2 (×)", "gradient"]
    assert numbers(figure) == ["1 × −0.5 = −0.5", "2 × −0.5 = −1", "−1.5"]
    assert bars(figure) == [(0.0, -0.5), (-0.5, -1.5), (0.0, -1.5)]
    up = plots.contributions(z * 0.5, "w_1")
    below, above = ([bar.get_facecolor() for bar in f.axes[0].patches[:2]] for f in (figure, up))
    assert below[0] == below[1] != above[0] == above[1]
    assert figure._suptitle.get_text() == "2 contributions to w₁.grad = −1.5"  # type: ignore[attr-defined]


def test_a_recording_is_drawn_as_the_value_was_and_the_root_has_its_seed() -> None:
    x = Value(3.0, label="x")
    y = x * x
    recording = record_backward(y, seed=2.0)
    assert bars(plots.contributions(recording, "x")) == [(0.0, 6.0), (6.0, 12.0), (0.0, 12.0)]
    root = plots.contributions(recording, 1)
    assert (names(root), bars(root)) == (["seed", "gradient"], [(0.0, 2.0), (0.0, 2.0)])
    assert "v1.grad = 2: the pass begins here" in root._suptitle.get_text()  # type: ignore[attr-defined]


def test_a_hook_is_a_bar_of_its_own() -> None:
    x = Value(3.0, label="x")
    x.register_hook(lambda g: g / 2.0)
    figure = plots.contributions(x * 4.0, x)
    assert (names(figure), numbers(figure)[1]) == (["v1 (×)", "hook", "gradient"], "4 becomes 2")
    assert bars(figure) == [(0.0, 4.0), (4.0, 2.0), (0.0, 2.0)]


def test_numbers_without_a_place_get_a_cross_and_the_others_go_on() -> None:
    p = Value(0.0, label="p")
    figure = plots.contributions(log(p) * 0.0 + p * 3.0 - p, p)
    assert (bars(figure), crosses(figure)) == ([(0.0, -1.0), (-1.0, 2.0)], 2)
    assert numbers(figure)[-2:] == ["inf × 0 = nan", "nan"]
    x = Value(1.0, label="x")
    huge = plots.contributions(x * 1e308 - x * 1e308, x)
    assert (bars(huge), crosses(huge)) == ([(0.0, 0.0)], 2)
    assert crosses(plots.contributions(x * 1e308 + x * 1e308, x)) == 3
    for made in (figure, huge):
        made.savefig(io.BytesIO())


def test_texts_stay_inside_the_figure_and_names_are_no_formulas(tmp_path: pathlib.Path) -> None:
    from matplotlib.text import Text

    x = Value(2.0, label="$x_$")
    cost = Value(0.0)
    for k in range(20):
        part = x * (k - 9.5)
        part.label = f"a part of a label that is long, number {k} of $many$"
        cost = cost + part
    figure = plots.contributions(cost, x)
    figure.savefig(tmp_path / "contributions.svg")
    assert "$" in (tmp_path / "contributions.svg").read_text(encoding="utf-8")
    width, height = figure.get_size_inches() * figure.dpi
    (axes,) = figure.axes
    texts: list[Any] = [*figure.texts, *axes.texts, *axes.get_yticklabels(), axes.xaxis.label, figure._suptitle]  # type: ignore[attr-defined]
    for text in texts:
        box = Text.get_window_extent(text)
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, text
    assert "Mine" in plots.contributions(cost, x, title="Mine")._suptitle.get_text()  # type: ignore[attr-defined]
    assert list(plots.contributions(cost, x, size=(5.0, 4.0)).get_size_inches()) == [5.0, 4.0]


def test_what_cannot_be_drawn_is_said() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0
    with pytest.raises(OperandError, match="contributions: it shows"):
        plots.contributions(3, "x")  # type: ignore[arg-type]
    with pytest.raises(OperandError, match=r"contributions\(node=...\): .*not part of this graph"):
        plots.contributions(y, Value(1.0))
    with pytest.raises(OperandError, match="a recording holds no Values"):
        plots.contributions(record_backward(y), x)
    for most in (1, 101, 2.5, "7"):
        with pytest.raises((ArgumentError, OperandError), match=r"contributions\(most=.*2 to 100"):
            plots.contributions(y, x, most=most)  # type: ignore[arg-type]
