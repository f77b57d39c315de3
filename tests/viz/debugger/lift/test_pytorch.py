"""Losses of PyTorch as graphs: the numbers, the gradients and the lines are those that PyTorch and the user have."""

import doctest
import importlib
import pathlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from agreeing import assert_agrees
from pytorch_models import MODELS
from pytorch_traps import TRAPS
from torch.nn import functional as F  # noqa: N812

from autograd import load_recording
from viz.debugger import Session, diagnose, why
from viz.debugger.lift import pytorch
from viz.debugger.lift.errors import LiftError
from viz.debugger.lift.pytorch import dependence, lift, lifted, tape

pytestmark = pytest.mark.frameworks
PRECISIONS = {"float64": (torch.float64, 1e-12), "float32": (torch.float32, 2e-6)}


@pytest.fixture(params=PRECISIONS)
def tolerance(request: pytest.FixtureRequest) -> Iterator[float]:
    kind, tolerance = PRECISIONS[request.param]
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    yield tolerance
    torch.set_default_dtype(before)


# --- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_gradients_of_pytorch(name: str, tolerance: float) -> None:
    torch.manual_seed(1)
    loss, model = MODELS[name]()
    torch.manual_seed(2)
    graph = lift(loss, model)
    torch.manual_seed(2)  # the same dropout
    expected = loss()
    expected.backward()
    gradients = {key: p.grad.double().numpy() for key, p in model.named_parameters() if p.grad is not None}
    assert graph.loss == float(expected.detach())
    assert_agrees(graph, gradients, tolerance, "pytorch_models.py")


def test_a_fault_in_a_rule_is_found_by_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    right = dependence._products

    def wrong(*args: object) -> object:
        block = right(*args)  # type: ignore[arg-type]
        return block._replace(local=block.local * 1.001)

    monkeypatch.setattr(dependence, "_products", wrong)
    loss, model = MODELS["mlp"]()
    assert not all(a.right for a in lift(loss, model).report.agreement)


# --- traps -------------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_has_the_nans_and_zeros_of_pytorch(name: str, tolerance: float) -> None:
    f, numbers = TRAPS[name]
    x = torch.tensor(numbers, requires_grad=True)
    (found,) = torch.autograd.grad(f(x).sum(), x, allow_unused=True)
    expected = np.zeros(len(numbers)) if found is None else found.double().numpy()
    graph = lift(lambda: f(x).sum())
    assert graph.gradient("x") == pytest.approx(expected, rel=max(tolerance, 1e-9), abs=0.0, nan_ok=True)
    assert np.array_equal(graph.gradient("x") == 0.0, expected == 0.0)
    assert all(a.right for a in graph.report.agreement)


# --- names and lines ---------------------------------------------------------------------------------------------------


def test_names_are_those_of_the_users_text() -> None:
    loss, model = MODELS["attention"]()
    graph = lift(loss, model)
    labels = set(graph.nodes.label)
    assert {"qkv.weight[0,1]", "scores[0,1,2,0]", "weights[1,1,2,2]", "norm.bias[3]"} <= labels
    assert {"qkv", "norm", "out"} <= set(graph.nodes.scope)
    assert "norm.weight" in str(why(graph, "norm.weight[0]"))


def test_the_third_call_of_a_cell_has_a_scope_of_its_own() -> None:
    loss, model = MODELS["recurrent"]()
    assert {"cell", "cell#2", "cell#4", "gru"} <= set(lift(loss, model).nodes.scope)


def test_a_loss_computed_in_a_script() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with tape() as operations:
        total = w * 3.0
        cost = total.square().sum()
    graph = lifted(operations, cost)
    assert graph.gradient("w").tolist() == [18.0, 36.0]
    assert "total[1]" in graph.nodes.label
    assert graph.parameters["w"].shape == (2,)


def test_what_pytorch_computed_itself_says_so() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = lift(lambda: torch.special.i0(x).sum())
    assert graph.report.own == {"i0": 2}
    assert {graph.rule(n, 0) for n in graph.nodes if n.op == "i0"} == {"PyTorch's own derivative"}
    assert "2 i0" in str(graph.report)


def test_a_graph_is_stepped_and_saved_like_any_recording(tmp_path: object) -> None:
    graph = lift(*MODELS["mlp"]())
    session = Session(graph)
    for _ in range(len(graph)):
        session.step()
    assert session.position == len(graph)
    assert session.gradient(0) == graph.gradients[0]
    file = f"{tmp_path}/graph.json"
    graph.save(file)
    again = load_recording(file)
    assert list(again) == list(graph)
    assert (again.computed_by, again.precision) == (graph.report.framework, "float32")
    assert diagnose(again) == []


# --- refused -------------------------------------------------------------------------------------------------------------


def passed(x: torch.Tensor) -> torch.Tensor:
    y = (x * x).sum()
    y.backward()
    return y


REFUSED: dict[str, tuple[Callable[[torch.Tensor], Any], str]] = {
    "complex": (lambda x: torch.view_as_complex(x.reshape(1, 2)).abs().sum(), "complex numbers"),
    "sparse": (lambda x: torch.sparse.sum(x.reshape(1, 2).to_sparse() * 2), "torch.sparse_coo"),
    "no scalar": (lambda x: x * 2, "one number, got a tensor of shape (2,)"),
    "detached": (lambda x: x.detach().sum(), "does not require a gradient"),
    "already differentiated": (passed, "lift before backward"),
    "no tensor": (lambda _: 3.0, "a loss is a tensor, got float 3.0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_lifted_is_refused_in_words(name: str) -> None:
    f, words = REFUSED[name]
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(LiftError, match=words.replace("(", r"\(").replace(")", r"\)")):
        lift(lambda: f(x))


def test_a_large_graph_is_refused_before_it_is_made() -> None:
    layer = torch.nn.Linear(3000, 3000)
    words = r"18,006,000 contributions, more than limit=3,000,000; 18,000,000 of them come from one addmm"
    with pytest.raises(LiftError, match=words):
        lift(lambda: layer(torch.ones(1, 3000)).square().mean(), layer)


def test_a_tensor_made_before_the_block_is_a_leaf() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * 3).exp()
    graph = lift(lambda: F.relu(y).sum())
    assert graph.gradient("y").tolist() == [1.0, 1.0]


# --- the text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [m.name for m in pkgutil.walk_packages(pytorch.__path__, pytorch.__name__ + ".")])
def test_docstrings_are_executed(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS)[0] == 0
    assert module.__doc__


def test_the_page_is_executed() -> None:
    page = pathlib.Path(__file__).parents[4] / "docs" / "pytorch.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert tried > 15
    assert failed == 0
