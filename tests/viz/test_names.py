r"""Names of mathematics: one reader, and text, LaTeX, pictures and pages that agree about what a label is."""

import json
import unicodedata

import latex
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import viz
from autograd import Value, record_backward
from viz import names, style
from viz.formulas.notation import latex_name, shown

AS_WRITTEN = [
    (r"\alpha", "α", r"\alpha"),
    ("w_{12}^{(3)}", "w⁽³⁾₁₂", "w^{(3)}_{12}"),
    ("w^{(3)}_{12}", "w⁽³⁾₁₂", "w^{(3)}_{12}"),
    (r"\hat{y}", "ŷ", r"\hat{y}"),
    (r"\hat y", "ŷ", r"\hat{y}"),
    (r"$\beta_{ij}$", "βᵢⱼ", r"\beta_{ij}"),
    ("$x_t$", "xₜ", "x_{t}"),
    ("h_{t-1}", "hₜ₋₁", "h_{t-1}"),
    (r"\mathbf{W}^{[2]}", "W^[2]", r"\mathbf{W}^{[2]}"),
    (r"\mathcal{L}_{\text{reg}}", "L_(reg)", r"\mathcal{L}_{reg}"),
    (r"\bar{x}^{(l)}", "x̄⁽ˡ⁾", r"\bar{x}^{(l)}"),
    (r"z_{\alpha\beta}", "z_(αβ)", r"z_{\alpha \beta}"),
    ("W^{T}", "Wᵀ", "W^{T}"),
    ("y'_{1}", "y′₁", r"y^{\prime}_{1}"),
    ("w^2_13", "w²₁₃", "w^{2}_{13}"),
    ("beta_1", "β₁", r"\beta_{1}"),
]


@pytest.mark.parametrize(("label", "text", "in_latex"), AS_WRITTEN)
def test_a_name_is_typeset(label: str, text: str, in_latex: str) -> None:
    assert unicodedata.normalize("NFC", style.name(label)) == unicodedata.normalize("NFC", text)
    assert shown(label) == style.name(label), "not in brackets: it is a name"
    assert latex_name(label) == in_latex
    latex.check(latex_name(label))


@pytest.mark.parametrize(
    "label",
    ["my_variable", "x_t", "W^T", "x1*w1", r"\hat{", r"\frac{a}{b}", r"\foo", "$a_$", r"\hat{\bar{x}}", "x_{}", "x_{1}_{2}",
     "{x}", r"\alpha\beta", "$$", r"\input{/etc/passwd}", "x_{\\input}", "price ($) of $\\foo$", "x^{2", "\\", ""],
)  # fmt: skip
def test_other_labels_stand_for_themselves(label: str) -> None:
    assert names.parsed(label) is None
    assert style.name(label) == label


@settings(derandomize=True, max_examples=500)
@given(st.text(alphabet=r"\hatbeta{}^_$xW12(), '", max_size=14))
@example(r"\hat{y}^{'}")
@example(r"$\beta$")
def test_nothing_of_a_label_but_a_name_gets_into_latex(label: str) -> None:
    name = names.parsed(label)
    if name is None:
        assert style.name(label) == label
        return
    latex.check(latex_name(label))
    assert not set(style.name(label)) & set("\\{}$")


def test_pictures_pages_and_formulas_have_the_same_name() -> None:
    w, x = Value(2.0, label="w_{12}^{(3)}"), Value(3.0, label=r"\hat{y}")
    cost = w * x
    cost.label = r"$\mathcal{L}$"
    cost.backward()
    source = viz.draw(cost).source
    assert all(name in source for name in ("w⁽³⁾₁₂", "ŷ", "L = ×"))
    page = str(viz.page(cost))
    assert json.dumps("w⁽³⁾₁₂")[1:-1] in page
    assert viz.expression(cost).text == "L = w⁽³⁾₁₂ * ŷ"
    assert viz.expression(cost).latex == r"\mathcal{L} = w^{(3)}_{12} \cdot \hat{y}"
    assert "w⁽³⁾₁₂" in viz.derivation(record_backward(cost), w.label).text
