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
    (r"\mathcal{L}_{\text{reg}}", "L_reg", r"\mathcal{L}_{reg}"),
    (r"\bar{x}^{(l)}", "x̄⁽ˡ⁾", r"\bar{x}^{(l)}"),
    (r"z_{\alpha\beta}", "z_αβ", r"z_{\alpha \beta}"),
    ("W^{T}", "Wᵀ", "W^{T}"),
    ("y'_{1}", "y′₁", r"y^{\prime}_{1}"),
    ("w^2_13", "w²₁₃", "w^{2}_{13}"),
    ("beta_1", "β₁", r"\beta_{1}"),
    ("W_h", "Wₕ", "W_{h}"),
    ("x_t", "xₜ", "x_{t}"),
    ("W_xh", "Wₓₕ", "W_{xh}"),
    ("k_B", "k_B", "k_{B}"),
    ("D_KL", "D_KL", "D_{KL}"),
    ("theta_i", "θᵢ", r"\theta_{i}"),
    ("x_i,j", "xᵢ,ⱼ", "x_{i,j}"),
    ("W^T", "Wᵀ", "W^{T}"),
    ("P_k^-", "P⁻ₖ", "P^{-}_{k}"),
    ("x^*", "x*", r"x^{\ast}"),
    ("f''", "f′′", r"f^{\prime \prime}"),
    (r"\text{loss}", "loss", r"\mathrm{loss}"),
    (r"$\lambda_{\max}$", "λₘₐₓ", r"\lambda_{\max}"),
    (r"x_{\text{in}}", "xᵢₙ", "x_{in}"),
    (r"\theta^*", "θ*", r"\theta^{\ast}"),
    (r"\Delta t", "Δt", r"\Delta t"),
    (r"\nabla f", "∇f", r"\nabla f"),
    (r"\partial L", "∂L", r"\partial L"),
    (r"\alpha\beta", "αβ", r"\alpha\beta"),
    (r"\mathrm{d}t", "dt", r"\mathrm{d}t"),
    (r"\mathbb{E}", "𝔼", r"\mathbb{E}"),
    (r"\|w\|_2", "‖w‖₂", r"\Vert w\Vert_{2}"),
    ("w²", "w²", "w^{2}"),
    ("x̂₁", "x̂₁", r"\hat{x}_{1}"),
    ("ŷ", "ŷ", r"\hat{y}"),
]
IN_BRACKETS = [  # in a formula they would be taken for a part of it
    (r"\partial L/\partial w", "∂L/∂w", r"\langle \partial L/\partial w\rangle "),
    (r"\frac{dL}{dw}", "dL/dw", r"\langle \frac{dL}{dw}\rangle "),
    (r"\frac{a+b}{2}", "(a+b)/2", r"\langle \frac{a+b}{2}\rangle "),
    (r"\log p", "log p", r"\langle \log p\rangle "),
    (r"\sum_i w_i", "∑ᵢ wᵢ", r"\langle \sum_{i} w_{i}\rangle "),
    (r"rate $\eta$", "rate η", r"\langle \text{rate }\eta\rangle "),
    (r"\sqrt{x+1}", "√(x+1)", r"\langle \sqrt{x+1}\rangle "),
]


@pytest.mark.parametrize(("label", "text", "in_latex"), AS_WRITTEN)
def test_a_name_is_typeset(label: str, text: str, in_latex: str) -> None:
    assert unicodedata.normalize("NFC", style.name(label)) == unicodedata.normalize("NFC", text)
    assert shown(label) == style.name(label), "not in brackets: it is a name"
    assert latex_name(label) == in_latex
    latex.check(latex_name(label))


@pytest.mark.parametrize(("label", "text", "in_latex"), IN_BRACKETS)
def test_a_name_that_reads_as_algebra_stands_in_brackets_in_a_formula(label: str, text: str, in_latex: str) -> None:
    assert (style.name(label), shown(label), latex_name(label)) == (text, f"‹{text}›", in_latex)
    latex.check(latex_name(label))


@pytest.mark.parametrize(
    "label",
    ["my_variable", "x_train", "w_out", "lr_t", "dW_h", "_t", "x_", "x__t", "v.T_1", "x1*w1", r"\hat{", r"\frac{a}", r"\foo",
     "$a_$", r"\hat{\bar{x}}", "x_{}", "x_{1}_{2}", "{x}", "$$", r"\input{/etc/passwd}", "x_{\\input}", "US$10/A$12", "1$1$",
     "price ($) of $\\foo$", "x^{2", "\\", "", "10²", r"C:\new\data"],
)  # fmt: skip
def test_other_labels_stand_for_themselves(label: str) -> None:
    assert names.parsed(label) is None
    assert style.name(label) == label


@settings(derandomize=True, max_examples=500)
@given(st.text(alphabet=r"\hatbeta{}^_$xW12(), '", max_size=14))
@example(r"\hat{y}^{'}")
@example(r"$\beta$")
def test_nothing_of_a_label_but_a_name_gets_into_latex(label: str) -> None:
    if names.text(label) is None:
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
