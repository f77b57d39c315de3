"""Documents of LaTeX, by the real pdflatex: whatever a graph and its labels are, one comes out, on paper and not beside it."""

import pathlib
import random
import re
import shutil
import subprocess

import latex
import pytest
from labels import ORDINARY

import autograd
from autograd import Value, record_backward
from nn import MLP, mean_squared_error
from viz import derivation, expression
from viz.formulas.blocks import Equations, as_document

LATEX = shutil.which("pdflatex")
typeset = pytest.mark.skipif(LATEX is None, reason="pdflatex is not installed")


def pdf(text: str, folder: pathlib.Path) -> tuple[int, str]:
    """How many pages a document has, and what pdflatex said of it."""
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    command = [str(LATEX), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert (folder / "paper.pdf").read_bytes().startswith(b"%PDF")
    (pages,) = re.findall(r"Output written on paper\.pdf \((\d+) page", log)
    return int(pages), log


def deep() -> Value:
    model = MLP(6, [5, 4, 2], activation="tanh", rng=random.Random(0))
    cost: Value = mean_squared_error(model([0.1 * k for k in range(6)]), [1.0, 0.0])
    cost.label = "C"
    return cost


@typeset
@pytest.mark.parametrize("form", ["paths", "recursion"])
def test_a_derivation_is_a_document_that_compiles_over_pages(form: str, tmp_path: pathlib.Path) -> None:
    text = derivation(deep(), "w^1_12", form=form, most=None if form == "recursion" else 8).document
    pages, log = pdf(text, tmp_path)
    assert pages > 1
    assert "Overfull" not in log, re.findall(r"Overfull.*", log)
    assert text.count("\\\\\n") > 20, "a row of the file is a row on paper"


@typeset
def test_an_expression_is_a_document_that_compiles(tmp_path: pathlib.Path) -> None:
    rng = random.Random(1)
    x = [Value(rng.random(), label=f"x_{k}") for k in range(4)]
    y = x[0]
    for k in range(150):
        y = (y * x[k % 4] + autograd.exp(y / (1.0 + x[(k + 1) % 4]))).tanh()
    pages, _ = pdf(expression(y, most=None).document, tmp_path)
    assert pages > 2


@typeset
def test_any_name_is_typeset(tmp_path: pathlib.Path) -> None:
    names = [*latex.HOSTILE, *ORDINARY, "é", "ąę", "变量", "😀", "ß_2", "x\N{COMBINING ACUTE ACCENT}", "half \ud800", "—", "ℝ"]
    total = autograd.sum([Value(1.0 + k, label=name) * float(k) for k, name in enumerate(names)])
    pdf(expression(total, terms=None, width=60).document, tmp_path)
    pdf(derivation(record_backward(total), names.index("变量"), form="recursion").document, tmp_path)


def test_a_document_is_one_where_nothing_typesets_it() -> None:
    text = derivation(deep(), "w^1_12").document
    assert text.startswith("\\documentclass{article}\n")
    assert text.endswith("\\end{document}\n")
    assert text.count("\\begin{") == text.count("\\end{")
    for rows in re.findall(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", text, re.DOTALL):
        latex.check(f"\\begin{{aligned}}{rows}\\end{{aligned}}")
    assert "fontenc" not in text
    assert r"\text{é}" in as_document([Equations([("y", "=", "é")])])


def test_the_general_recursion_stands_before_the_numbers() -> None:
    for cost, weight, network, inner in (
        (deep(), "w^1_12", True, True),
        (deep(), "w^3_11", True, False),
        (deep(), "b^2_1", True, True),
        (autograd.sin(Value(2.0, label="x") * 3.0), "x", False, False),
    ):
        d = derivation(cost, weight, form="recursion")
        c = "C" if network else f"v{len(record_backward(cost).nodes) - 1}"
        assert f"d{c}/dv = Σ d{c}/du · ∂u/∂v" in d.text
        assert ("= σ′(zˡⱼ) Σᵢ wˡ⁺¹ᵢⱼ δˡ⁺¹ᵢ" in d.text) == inner
        assert (r"\sigma^{\prime}(z^{l}_{j}) \sum_{i} w^{l+1}_{ij} \delta^{l+1}_{i}" in d.latex) == inner
        assert ("dC/dwˡⱼₖ = aˡ⁻¹ₖ δˡⱼ" in d.text) == weight.startswith("w")
        assert d.text.index("Σ") < d.text.index("In the numbers of this pass:")


def test_the_formula_for_networks_is_true_of_the_numbers() -> None:
    """delta^l_j = sigma'(z^l_j) sum_i w^(l+1)_ij delta^(l+1)_i, and dC/dw^l_jk = a^(l-1)_k delta^l_j."""
    model = MLP(3, [4, 3, 2], activation="sigmoid", rng=random.Random(2))
    cost = mean_squared_error(model([0.3, -0.2, 0.9]), [1.0, 0.0])
    cost.backward()
    for below, above in zip(model.layers[:-1], model.layers[1:], strict=True):
        for j in range(len(below.neurons)):
            s = below.a[j].data
            carried = sum(above.W[i][j].data * above.delta[i] for i in range(len(above.neurons)))
            assert below.delta[j] == pytest.approx(s * (1.0 - s) * carried, rel=1e-12)
            for k in range(len(above.neurons)):
                assert above.dW[k][j] == pytest.approx(below.a[j].data * above.delta[k], rel=1e-12)


def test_where_errors_take_another_way_no_formula_of_networks_is_claimed() -> None:
    model = MLP(2, [2, 1], activation="tanh", rng=random.Random(0))
    with_skip = model([0.5, 1.0]) + model.layers[0].a[0] * 2.0
    with_skip.label = "C"
    assert "Σᵢ" not in derivation(with_skip, "w^1_12", form="recursion").text
