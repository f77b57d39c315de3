"""Training that is watched: the first sick step is named by its line, healthy training is left alone, bit for bit."""

import inspect
import linecache
import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from pytorch_models import MODELS
from pytorch_sick import SICK
from torch import nn
from torch.utils.checkpoint import checkpoint

from viz.debugger import Finding
from viz.debugger.lift.errors import LiftError
from viz.debugger.lift.pytorch import watching
from viz.debugger.lift.pytorch.healthy import Healthy, largest

pytestmark = [pytest.mark.frameworks, pytest.mark.filterwarnings("ignore::UserWarning:torch")]
MISSED = {"rule_of_ones_own"}  # the line that calls the rule is named, and not the line in its backward()


def first_finding(train: Callable[[], None]) -> Finding:
    torch.manual_seed(0)
    with watching() as watch:
        train()
    findings = watch.findings()
    assert findings, str(watch)
    return findings[0]


@pytest.mark.parametrize("name", SICK)
def test_the_first_finding_about_a_sick_model_has_its_line(name: str) -> None:
    finding = first_finding(SICK[name])
    guilty = linecache.getline(finding.file, finding.line).rstrip().endswith("# fault")
    assert guilty == (name not in MISSED), str(finding)


@pytest.mark.parametrize("name", ["mlp", "convolutions", "recurrent", "attention", "variational", "residual", "while_loop"])
def test_a_healthy_model_is_left_alone(name: str) -> None:
    def trained(*, watched: bool) -> tuple[list[torch.Tensor], str]:
        torch.manual_seed(3)
        loss, model = MODELS[name]()
        optimiser = torch.optim.Adam(model.parameters(), lr=0.01)

        def steps() -> None:
            for _ in range(4):
                optimiser.zero_grad()
                loss().backward()
                optimiser.step()

        said = ""
        if watched:
            with watching(model) as watch:
                steps()
            said = str(watch)
        else:
            steps()
        return [p.detach().clone() for p in (*model.parameters(), *model.buffers())], said

    plain, _ = trained(watched=False)
    watched, said = trained(watched=True)
    assert said == "nothing wrong in 4 steps"
    assert all(torch.equal(a, b) for a, b in zip(plain, watched, strict=True))


def test_a_step_with_dropout_and_statistics_is_done_again_as_it_was() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 1))
    x = torch.randn(8, 3)
    with watching(model) as watch:
        (model(x).sum() * 0.0).backward()
        after = model[1].running_mean.clone()
    (trouble,) = watch.troubles
    assert trouble.what == "the gradient of 0.weight is 0"
    assert trouble.graph is not None
    assert all(a.right for a in trouble.graph.report.agreement)
    assert torch.equal(after, model[1].running_mean)
    assert "dropout" in " ".join(trouble.graph.report.own) or trouble.graph.report.exact["mul"] > 0


def test_a_module_of_pytorchs_own_is_kept_as_one_call_and_done_again_in_all_its_parts() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Linear(4, 1))
    with watching(model) as watch:
        (model(torch.randn(2, 3, 4)).sum() * 0.0).backward()
        kept = [str(call.function) for call in watch._keeping.calls]
    assert kept == []
    (trouble,) = watch.troubles
    assert trouble.graph is not None, trouble.reason
    assert {"0/linear1", "0/norm2", "1"} <= set(trouble.graph.nodes.scope)
    assert {"0.self_attn.in_proj_weight[0,0]", "1.bias"} <= set(trouble.graph.nodes.label)
    assert all(node.source.file == __file__ for node in trouble.graph.nodes if node.op and node.source)


def test_a_backward_that_calls_modules_again_is_one_step() -> None:
    first, second = nn.Sequential(nn.Linear(2, 4), nn.Tanh()), nn.Linear(4, 1)
    with watching() as watch:
        for factor in (1.0, 0.0):
            hidden = checkpoint(first, torch.ones(3, 2), use_reentrant=False)
            (second(hidden).sum() * factor).backward()
            first.zero_grad(set_to_none=True)
            second.zero_grad(set_to_none=True)
    assert watch.count == 2
    assert [trouble.step for trouble in watch.troubles] == [2]
    assert torch.overrides._get_current_function_mode_stack() == []


def test_a_step_under_autocast_is_done_again_under_autocast() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    with watching(model) as watch:
        with torch.autocast("cpu", torch.bfloat16):
            out = model(torch.randn(3, 2))
        (out.float().sum() * 0.0).backward()
    (trouble,) = watch.troubles
    assert trouble.graph is not None, trouble.reason
    assert all(a.right for a in trouble.graph.report.agreement)


def test_random_numbers_that_are_drawn_in_between_do_not_matter() -> None:
    torch.manual_seed(0)
    with watching() as watch:
        x = torch.randn(4, 3)
        model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
        hidden = model[:2](x)
        with torch.no_grad():
            noise = torch.randn_like(hidden)
        (model[2:](hidden + noise).sum() * 0.0).backward()
    (trouble,) = watch.troubles
    assert trouble.graph is not None, trouble.reason


@pytest.mark.filterwarnings("ignore")
def test_a_compiled_module_is_lifted_as_it_is_written() -> None:
    torch.manual_seed(0)
    model = torch.compile(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)), backend="eager")
    with watching() as watch:
        for _ in range(2):
            torch.log(model(torch.randn(4, 2)) * 0.0 - 1.0).sum().backward()
    assert watch.count == 2
    assert [finding.text for finding in watch.findings()] == ["torch.log(model(torch.randn(4, 2)) * 0.0 - 1.0)"]


def test_sparse_gradients_are_looked_at() -> None:
    torch.manual_seed(0)
    bag = nn.EmbeddingBag(6, 2, sparse=True)
    with watching(bag) as watch:
        bag(torch.tensor([[0, 1]])).sum().backward()
        (bag(torch.tensor([[2, 3]])).sum() * 0.0).backward()
        bag.zero_grad(set_to_none=True)
        (bag(torch.tensor([[2, 3]])).sum() * 0.0).backward()
    (trouble,) = watch.troubles
    assert (trouble.step, trouble.what) == (3, "the gradient of weight is 0")
    assert trouble.graph is not None, trouble.reason


def test_training_goes_on_if_a_step_cannot_be_lifted() -> None:
    first, second = nn.Linear(2, 4), nn.Linear(4, 1)
    with watching() as watch:
        hidden = checkpoint(first, torch.ones(3, 2, requires_grad=True), use_reentrant=True)
        (second(hidden).sum() * 0.0).backward()
    (trouble,) = watch.troubles
    assert trouble.graph is None
    assert "PyTorch does not give the derivative of CheckpointFunction alone: When use_reentrant=True" in trouble.reason


def test_the_look_at_gradients_is_exact() -> None:
    def healthy(*gradients: list[float]) -> bool:
        return Healthy()([torch.tensor(g) for g in gradients])

    assert healthy([0.0, 1.0], [0.0, 0.0, 2.0])
    assert not healthy([0.0, 1.0], [0.0, 0.0, 0.0])
    assert not healthy([1.0, float("nan")])
    assert not healthy([1.0], [float("inf"), -float("inf")])
    assert largest(torch.tensor([1e-30, 0.0])) == pytest.approx(1e-30)  # its square is 0 in float32
    assert largest(torch.tensor([1e30])) == pytest.approx(1e30)  # its square is inf
    look = Healthy()
    for place in (0, 2, 1):  # the number that was not 0 the last time is 0 now
        gradient = torch.zeros(3)
        gradient[place] = 1.0
        assert look([gradient, torch.ones(1)])
    assert not look([torch.zeros(3), torch.ones(1)])


def test_everything_is_as_before_after_an_exception() -> None:
    backward, apply = torch.Tensor.backward, torch.autograd.Function.__dict__["apply"]
    model = nn.Linear(1, 1)
    model.register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), watching():
        model(torch.ones(1))
    assert torch.Tensor.backward is backward
    assert torch.autograd.Function.__dict__["apply"] is apply
    assert torch.overrides._get_current_function_mode_stack() == []


def test_evaluations_and_updates_are_not_kept() -> None:
    model = nn.Linear(2, 1)
    optimiser = torch.optim.Adam(model.parameters())
    with watching(model) as watch:
        model(torch.ones(3, 2)).square().mean().backward()
        optimiser.step()
        with torch.no_grad():
            for _ in range(5):
                model(torch.ones(3, 2))
        assert watch._keeping.calls == []


def test_a_loss_with_numbers_of_another_library_is_not_repeated_wrongly() -> None:
    model = nn.Linear(1, 1)
    numbers = iter([1.0, 2.0, 3.0, 4.0])

    class Counting(torch.autograd.Function):  # type: ignore[misc] # mypy does not read PyTorch
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:  # noqa: ARG004 - PyTorch gives it
            return x * next(numbers)

        @staticmethod
        def backward(ctx: object, upstream: torch.Tensor) -> torch.Tensor:  # noqa: ARG004
            return upstream * 0.0

    with watching(model) as watch:
        Counting.apply(model(torch.ones(1, 1))).sum().backward()
    (trouble,) = watch.troubles
    assert trouble.graph is None
    assert "when its calls are made again" in trouble.reason


def test_a_look_that_is_asked_for() -> None:
    model = nn.Linear(2, 1)
    with watching(model) as watch:
        loss = model(torch.ones(3, 2)).square().mean()
        graph = watch.look(loss)
        loss.backward()
        assert graph.gradient("weight") == pytest.approx(model.weight.grad.numpy())
        with pytest.raises(LiftError, match="cannot be seen"):
            watch.look(torch.ones(()))


# --- windows -----------------------------------------------------------------------------------------------------------


class Large(nn.Module):  # type: ignore[misc]
    """A network of many parameters, in which one row of a batch is cancelled before its length is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(200, 800), nn.ReLU(), nn.Linear(800, 200), nn.LayerNorm(200))

    def forward(self, x: torch.Tensor, cancelled: torch.Tensor) -> torch.Tensor:
        h = self.layers(x)
        h = h - h.detach() * cancelled
        return torch.sqrt((h * h).sum(1))  # length


@pytest.mark.parametrize("row", [None, 5])
def test_a_large_model_is_lifted_around_the_element_where_nan_begins(row: int | None) -> None:
    torch.manual_seed(0)
    model, cancelled = Large(), torch.zeros(16, 1)
    if row is not None:
        cancelled[row] = 1.0
    with watching(model, limit=100_000) as watch:
        lengths = model(torch.randn(16, 200), cancelled)
        loss = lengths.sum() if row is not None else torch.log(lengths - lengths).sum()  # logarithm
        loss.backward()
    (trouble,) = watch.troubles
    assert trouble.graph is not None, trouble.reason
    assert len(trouble.graph) < 30_000
    (finding,) = watch.findings()
    line = linecache.getline(finding.file, finding.line)
    assert ("# length" if row is not None else "# logarithm") in line
    assert all(a.right for a in trouble.graph.report.agreement)
    assert len(trouble.graph.report.agreement) == (row is not None)


# --- the command line ----------------------------------------------------------------------------------------------------

SCRIPT = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Linear(2, 1)
x = torch.randn(8, 2)
for step in range(3):
    loss = -torch.log(torch.sigmoid(model(x)) - 0.5).mean()
    model.zero_grad()
    loss.backward()
print("trained")
"""


@pytest.mark.parametrize("asked", ["", "diagnose\nq\n"])
def test_a_script_is_watched_from_the_shell(asked: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "train.py"
    file.write_text(SCRIPT, encoding="utf-8")
    options = ["--torch"] if asked else ["--torch", "--diagnose"]
    done = subprocess.run(
        [sys.executable, "-m", "viz.debugger", *options, file.name],  # a short path: lines of the prompt are cut
        input=asked, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert "train.py:8:" in done.stdout, done.stderr
    assert "not finite" in done.stdout
    if asked:
        assert "loss = nan" in done.stdout
        assert "trained" not in done.stdout  # left at the first sick step
    else:
        assert "trained" in done.stdout
        assert "step 1: the loss is nan" in done.stdout
        assert done.returncode == 1


def test_a_sick_model_without_its_fault_would_be_noticed() -> None:
    source = inspect.getsource(sys.modules[SICK["dead_relu"].__module__])
    assert source.count("# fault\n") == len(SICK)
