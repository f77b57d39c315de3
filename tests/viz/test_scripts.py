"""Indices for which Unicode has no small letter: above and below the line wherever letters can be small."""

import re

import pytest

from autograd import Value
from viz import draw, film, mermaid, tikz
from viz.names import text
from viz.scripts import in_svg, pieces

NAMES = ["W_c", "k_B", "P^C", "x^2_c", r"\hat{y}_c", "W_{c,1}", "b_gd", r"\Sigma_{c}", "W'_c"]
WORDS = ["x_train", "lr_t", "my_var", "a_b_c", "_c", "by_hand", "W_1", "2_c", "snake_case_c", "d", "1e_5", "w^2_13_"]


@pytest.mark.parametrize("label", NAMES)
def test_an_index_is_lowered_or_raised_and_nothing_is_lost(label: str) -> None:
    shown = text(label)
    assert shown is not None
    found = pieces(f"v3 = 2 × {shown}")
    assert any(level for _, level in found)
    assert "".join(piece for piece, _ in found) == f"v3 = 2 × {shown}".replace("_", "").replace("^", "")
    assert in_svg(f"<text>{shown}</text>").count("<tspan") >= 1


@pytest.mark.parametrize("label", WORDS)
def test_words_of_python_stay_as_they_are(label: str) -> None:
    shown = text(label) or label
    assert pieces(f"v3 = 2 × {shown}") == [(f"v3 = 2 × {shown}", 0)]


def test_a_scope_whose_name_has_small_letters_is_a_word() -> None:
    assert pieces("1 scope (w^2_13)") == [("1 scope (w^2_13)", 0)]


def gates() -> Value:
    y = Value(2.0, label="W_c") / Value(3.0, label="W_o") - Value(4.0, label="x_train")
    y.label = "y"
    y.backward()
    return y


def test_a_picture_has_one_notation() -> None:
    for svg in (draw(gates()).pipe("svg", encoding="utf-8"), film(gates())):
        assert re.search(r'<text[^>]*>W<tspan dy="[^"]*" font-size="75%">c</tspan></text>', svg)
        assert ">x_train</text>" in svg
        assert not re.search(r"<text[^>]*>[^<]*W_c", svg)


def test_tikz_has_it_in_the_titles_of_others_too() -> None:
    written = tikz(gates())
    assert written.isascii(), "what LaTeX's fonts do not have is left out without a word"
    assert r"data 4\\grad $-$1" in written
    assert "{$W_{c}$" in written and "W$_{c}$ / W$_{o}$" in written and r"x\_train" in written


def test_mermaid_has_it_and_names_of_words_stay_as_they_are() -> None:
    written = mermaid(gates())
    assert "W<sub>c</sub><br>data 2" in written and "W_c" not in written
    assert "x#95;train" in written or "x_train" in written
