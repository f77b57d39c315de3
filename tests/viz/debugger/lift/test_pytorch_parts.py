"""Hooks and chosen samples: the graph has what PyTorch makes of a gradient, and only the part that is asked for."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from viz.debugger import diagnose
from viz.debugger.lift.errors import LiftError
from viz.debugger.lift.graph import Graph
from viz.debugger.lift.pytorch import lift, watching

pytestmark = pytest.mark.frameworks
Hook = Callable[[torch.Tensor], torch.Tensor | None]


def network() -> tuple[nn.Sequential, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)), torch.randn(6, 3), torch.randint(0, 4, (6,))


# --- hooks -------------------------------------------------------------------------------------------------------------


def assert_is_backward(graph: Graph, model: nn.Module, loss: Callable[[], torch.Tensor]) -> None:
    loss().backward()
    for name, parameter in model.named_parameters():
        assert graph.gradient(name) == pytest.approx(parameter.grad.numpy(), rel=1e-5, abs=1e-7), name
    assert graph.report.agreement
    assert all(a.right for a in graph.report.agreement)
    assert diagnose(graph) == []


HOOKS: dict[str, Hook] = {
    "scale": lambda gradient: gradient * 10,
    "clip": lambda gradient: gradient.clamp(-0.01, 0.01),
    "norm": lambda gradient: gradient / gradient.norm(),
    "mask": lambda gradient: gradient * (gradient > 0),
    "in place": lambda gradient: gradient.mul_(3.0),
    "look": lambda _: None,
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_on_a_tensor_is_an_operation_at_its_line(name: str) -> None:
    model, x, y = network()

    def loss() -> torch.Tensor:
        hidden = model[1](model[0](x))
        hidden.register_hook(HOOKS[name])
        return F.cross_entropy(model[2](hidden), y)

    graph = lift(loss, model)
    made = [node for node in graph.nodes if node.op == "hook"]
    assert len(made) == 30
    assert {node.source.line for node in made if node.source} == {HOOKS[name].__code__.co_firstlineno}
    assert_is_backward(graph, model, loss)


def test_hooks_on_a_parameter_and_two_on_one_tensor() -> None:
    model, x, y = network()
    model[0].weight.register_hook(lambda gradient: gradient * 7)

    def loss() -> torch.Tensor:
        hidden = model[0](x)
        hidden.register_hook(lambda gradient: gradient + gradient.abs())
        hidden.register_hook(lambda gradient: gradient * 2)
        return F.cross_entropy(model[2](torch.relu(hidden)), y)

    assert_is_backward(lift(loss, model), model, loss)


def test_a_hook_that_only_looks_at_a_module_is_none_of_the_graphs_business() -> None:
    model, x, y = network()
    model[2].register_full_backward_hook(lambda *_: None)
    model[2].bias.register_post_accumulate_grad_hook(lambda _: None)

    def loss() -> torch.Tensor:
        return F.cross_entropy(model(x), y)

    assert_is_backward(lift(loss, model), model, loss)


@pytest.mark.parametrize("before", [False, True])
def test_a_hook_of_a_module_that_changes_gradients_is_refused(before: bool) -> None:
    model, x, y = network()
    if before:
        model[2].register_full_backward_pre_hook(lambda _, gradients: (gradients[0] * 3,))
    else:
        model[2].register_full_backward_hook(lambda _, gradients, __: (gradients[0] * 3,))
    with pytest.raises(LiftError, match=r"full backward hook of a module changes the gradients of \d tensors.*test_pytorch_p"):
        lift(lambda: F.cross_entropy(model(x), y), model)


def test_hooks_that_are_not_understood_are_refused() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def added() -> torch.Tensor:
        y = w * 2.0
        y.register_hook(lambda gradient: gradient + 1.0)
        return (y * torch.tensor([0.0, 1.0])).sum()

    def on_a_view() -> torch.Tensor:
        y = (w * 2.0).view(2, 1)
        y.register_hook(lambda gradient: gradient * 2.0)
        return y.sum()

    with pytest.raises(LiftError, match="a hook makes 1 of a gradient of 0, and that is no multiple of it"):
        lift(added)
    with pytest.raises(LiftError, match=r"a hook is on a tensor of shape \(2, 1\) that holds numbers of others"):
        lift(on_a_view)


def test_a_watched_step_has_its_hooks_again() -> None:
    model, x, _ = network()
    with watching(model) as watch:
        hidden = model[0](x)
        hidden.register_hook(lambda gradient: gradient * 0.0)
        model[2](hidden).square().mean().backward()
    (trouble,) = watch.troubles
    assert trouble.what == "the gradient of 0.weight is 0"
    assert trouble.graph is not None, trouble.reason
    assert not trouble.graph.gradient("0.weight").any()
    [finding] = watch.findings()
    assert finding.text.endswith("gradient * 0.0")


# --- samples -----------------------------------------------------------------------------------------------------------

JOINED: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cross entropy": F.cross_entropy,
    "mean of squares": lambda out, _: out.square().mean(),
    "mse": lambda out, y: F.mse_loss(out, F.one_hot(y, 4).to(out.dtype)),
    "sum over a sum": lambda out, y: -(out.log_softmax(1)[torch.arange(6), y].sum() / 6),
}


@pytest.mark.parametrize("name", JOINED)
def test_a_sample_has_its_part_of_the_gradient(name: str) -> None:
    model, x, y = network()

    def loss() -> torch.Tensor:
        return JOINED[name](model(x), y)

    whole, one, rest = lift(loss, model), lift(loss, model, sample=-1), lift(loss, model, sample=range(5))
    assert one.loss == whole.loss
    assert len(one.nodes) < len(whole.nodes) / 2
    for parameter, _ in model.named_parameters():
        part = one.gradient(parameter)
        assert np.abs(part).max() > 0.0
        assert part + rest.gradient(parameter) == pytest.approx(whole.gradient(parameter), rel=1e-4, abs=1e-7)
    inputs = {node.data for node in one.nodes if node.op == "tanh"}
    assert inputs <= set(model[1](model[0](x))[5].tolist())
    assert all(a.right for a in (*one.report.agreement, *rest.report.agreement))
    assert diagnose(one) == []


def test_samples_that_cannot_be_chosen_are_refused() -> None:
    model, x, y = network()
    with pytest.raises(LiftError, match=r"sample=6: the loss joins 6 rows, from 0 to 5"):
        lift(lambda: F.cross_entropy(model(x), y), model, sample=6)
    with pytest.raises(LiftError, match=r"tensors of 5 rows .* and 6 rows .*: lift one part of the loss"):
        lift(lambda: F.cross_entropy(model(x), y) + model[0].weight.square().sum(), model, sample=0)
    w = torch.tensor(2.0, requires_grad=True)
    with pytest.raises(LiftError, match="it joins none: it has one number only"):
        lift(lambda: w * w, sample=0)


def test_a_large_batch_is_refused_with_the_sample_as_the_way_out() -> None:
    model, x, y = network()
    with pytest.raises(LiftError, match="Say sample=0 for one sample of the batch"):
        lift(lambda: F.cross_entropy(model(x), y), model, limit=100)
    assert lift(lambda: F.cross_entropy(model(x), y), model, sample=0, limit=200).loss
