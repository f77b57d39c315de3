"""Twenty sick models of PyTorch: a few steps of training each, with a fault whose line ends in `# fault`.

They are written as people write them, and run on their own: `run(name)` trains one.
"""

# ruff: noqa: N812
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def trained(model: nn.Module, loss: Callable[[], Tensor], rate: float = 0.1, steps: int = 3) -> None:
    """A few steps of gradient descent."""
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()


def where_after_root() -> None:
    """The root of a negative number in the branch that is not taken."""
    model, x = nn.Linear(2, 1), torch.randn(8, 2)

    def loss() -> Tensor:
        h = model(x)
        root = torch.sqrt(h)  # fault
        return torch.where(h > 0, root, torch.zeros(())).mean()

    trained(model, loss)


def log_of_a_negative() -> None:
    """A logarithm of what should be a probability."""
    model, x = nn.Linear(2, 1), torch.randn(8, 2)
    trained(model, lambda: -torch.log(torch.sigmoid(model(x)) - 0.5).mean())  # fault


def norm_at_zero() -> None:
    """The norm of a difference of equal vectors."""
    model, x = nn.Linear(2, 3), torch.randn(4, 2)

    def loss() -> Tensor:
        h = model(x)
        return torch.norm(h - h.detach())  # fault

    trained(model, loss)


def dead_relu() -> None:
    """A bias so low that no unit is ever on."""
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1))
    with torch.no_grad():
        model[0].bias.fill_(-50.0)
    x, y = torch.randn(16, 2), torch.randn(16, 1)
    trained(model, lambda: F.mse_loss(model(x), y))  # fault


def saturated_sigmoid() -> None:
    """Inputs in the thousands, before a sigmoid."""
    model = nn.Sequential(nn.Linear(2, 6), nn.Sigmoid(), nn.Linear(6, 1))
    x, y = torch.randn(16, 2) * 1e4, torch.randn(16, 1)
    trained(model, lambda: F.mse_loss(model(x), y))  # fault


class Detached(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """A network whose first layer is cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 4), nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.first(x))
        return self.second(h * 0.0 + h.detach())  # fault


def detached_path() -> None:
    """A layer whose output is detached on the way, and multiplied by 0 on the other."""
    model, x, y = Detached(), torch.randn(8, 2), torch.randn(8, 1)
    trained(model, lambda: F.mse_loss(model(x), y))


def overflow() -> None:
    """Exponentials of large numbers in float32."""
    model, x = nn.Linear(2, 2), torch.full((4, 2), 90.0)
    with torch.no_grad():
        model.weight.fill_(1.0)
    trained(model, lambda: torch.exp(model(x)).mean())  # fault


def underflow() -> None:
    """A product of many probabilities in float32, and its logarithm."""
    model, x = nn.Linear(2, 60), torch.randn(1, 2)

    def loss() -> Tensor:
        p = model(x).softmax(1)
        likelihood = p.prod()  # fault
        return -likelihood.log()

    trained(model, loss)


def all_masked() -> None:
    """A row of attention in which everything is masked."""
    model, x = nn.Linear(3, 3), torch.randn(3, 3)
    mask = torch.tensor([[False, True, True], [True, True, True], [False, False, True]])

    def loss() -> Tensor:
        scores = model(x) @ x.T
        weights = scores.masked_fill(mask, float("-inf")).softmax(-1)  # fault
        return (weights @ x).square().mean()

    trained(model, loss)


def division_by_a_deviation() -> None:
    """Standardising a constant column."""
    model, x = nn.Linear(2, 2), torch.ones(4, 2)

    def loss() -> Tensor:
        h = model(x)
        scaled = (h - h.mean(0)) / h.std(0)  # fault
        return scaled.square().mean()

    trained(model, loss)


def sum_of_exponentials() -> None:
    """A softmax by hand, without subtracting the largest."""
    model, x = nn.Linear(2, 3), torch.full((2, 2), 200.0)
    with torch.no_grad():
        model.weight.fill_(0.5)

    def loss() -> Tensor:
        powers = torch.exp(model(x))  # fault
        return -(powers / powers.sum(1, keepdim=True)).log().mean()

    trained(model, loss)


def log_of_a_zero() -> None:
    """Cross-entropy by hand with a probability that is rounded to 0."""
    model, x = nn.Linear(2, 2), torch.full((2, 2), 100.0)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))

    def loss() -> Tensor:
        p = model(x).softmax(1)
        return -torch.log(p[:, 1]).mean()  # fault

    trained(model, loss)


def power_of_a_negative() -> None:
    """A fractional power of numbers of both signs."""
    model, x = nn.Linear(2, 1), torch.randn(8, 2)
    trained(model, lambda: (model(x) ** 1.5).mean())  # fault


def arccos_at_one() -> None:
    """The angle between a vector and itself."""
    model, x = nn.Linear(2, 3), torch.randn(4, 2)

    def loss() -> Tensor:
        h = F.normalize(model(x), dim=1)
        cosine = torch.minimum((h * h).sum(1), torch.ones(()))  # clamp() passes 0 on at the bound since PyTorch 2.14
        return torch.acos(cosine).mean()  # fault

    trained(model, loss)


class Straight(torch.autograd.Function):  # type: ignore[misc]
    """A rule of one's own that divides by 0."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:  # noqa: ARG004 - PyTorch gives it
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: object, upstream: Tensor) -> Tensor:  # noqa: ARG004
        return upstream / 0 * 0  # fault


def rule_of_ones_own() -> None:
    """A backward that gives nan."""
    model, x = nn.Linear(2, 2), torch.randn(3, 2)
    trained(model, lambda: Straight.apply(model(x)).mean())


def rate_too_large() -> None:
    """Steps that are far too long."""
    model, x, y = nn.Linear(2, 1), torch.randn(16, 2) * 30, torch.randn(16, 1)
    trained(model, lambda: (model(x) - y).pow(2).mean(), rate=10.0, steps=40)  # fault


def entropy_of_zeros() -> None:
    """P * log(p) at p = 0."""
    model, x = nn.Linear(2, 3), torch.randn(3, 2)

    def loss() -> Tensor:
        p = torch.relu(model(x) - 10.0)
        return (p * torch.log(p)).sum()  # fault

    trained(model, loss)


def quotient_of_zeros() -> None:
    """A share of nothing."""
    model, x = nn.Linear(2, 3), torch.randn(3, 2)

    def loss() -> Tensor:
        on = torch.relu(model(x) - 10.0)
        share = on / on.sum(1, keepdim=True)  # fault
        return share.square().mean()

    trained(model, loss)


def layer_of_zeros() -> None:
    """Weights that are all 0, behind and before."""
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    x, y = torch.randn(8, 2), torch.randn(8, 1)
    trained(model, lambda: F.mse_loss(model(x), y))  # fault


def data_with_a_gap() -> None:
    """A nan in the data."""
    model, x = nn.Linear(2, 1), torch.randn(4, 2)
    x[2, 1] = float("nan")
    trained(model, lambda: model(x).square().mean())  # fault


SICK: dict[str, Callable[[], None]] = {
    f.__name__: f
    for f in (
        where_after_root, log_of_a_negative, norm_at_zero, dead_relu, saturated_sigmoid, detached_path, overflow, underflow,
        all_masked, division_by_a_deviation, sum_of_exponentials, log_of_a_zero, power_of_a_negative, arccos_at_one,
        rule_of_ones_own, rate_too_large, entropy_of_zeros, quotient_of_zeros, layer_of_zeros, data_with_a_gap,
    )
}  # fmt: skip
