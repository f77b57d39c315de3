"""Twelve models of PyTorch, each a function that gives a loss and its module: what users lift, in all the ways that matter.

They are written as users write them, line by line, because every scalar has to know its line.
"""

# ruff: noqa: N812 - F is what everybody calls it
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Model = tuple[Callable[[], Tensor], nn.Module]


def mlp() -> Model:
    """Two layers, cross-entropy by gathered logarithms and by one-hot targets."""
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    x, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 1, 0, 2])

    def loss() -> Tensor:
        logits = model(x)
        picked = F.cross_entropy(logits, y)
        spread = -(F.one_hot(y, 3) * logits.log_softmax(1)).sum(1).mean()
        return picked + 0.5 * spread

    return loss, model


class Convolutions(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """Convolution, batch normalisation, pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.deep = nn.Conv2d(3, 3, 3, stride=2, groups=3, bias=False)
        self.out = nn.Linear(3 * 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.conv(x)).relu()
        h = F.max_pool2d(h, 2)
        h = F.avg_pool2d(self.deep(h), 1)
        return self.out(h.flatten(1))


def convolutions(*, train: bool = True) -> Model:
    """A network for images, with statistics of the batch."""
    model = Convolutions().train(train)
    x, y = torch.randn(3, 2, 8, 8), torch.tensor([0, 1, 1])
    return (lambda: F.cross_entropy(model(x[:, :, :6, :6]), y)), model


def convolutions_in_use() -> Model:
    """The same with running statistics."""
    return convolutions(train=False)


class Recurrent(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """Cells called in a loop, and a fused recurrent network."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(2, 3)
        self.gru = nn.GRU(3, 3, batch_first=True)
        self.out = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = c = torch.zeros(x.shape[0], 3)
        states = []
        for t in range(x.shape[1]):
            h, c = self.cell(x[:, t], (h, c))
            states.append(h)
        sequence, _ = self.gru(torch.stack(states, 1))
        return self.out(sequence[:, -1])


def recurrent() -> Model:
    """LSTM cells and a GRU."""
    model = Recurrent()
    x, y = torch.randn(2, 4, 2), torch.randn(2, 1)
    return (lambda: F.mse_loss(model(x), y)), model


class Attention(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """Masked attention with two heads, layer normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.qkv = nn.Linear(4, 12)
        self.out = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (2, 2)).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.transpose(-1, -2) / 2**0.5
        future = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        weights = scores.masked_fill(future, float("-inf")).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).flatten(2)
        return x + self.out(mixed)


def attention() -> Model:
    """Attention with a mask of -inf."""
    model = Attention()
    x = torch.randn(2, 3, 4)
    return (lambda: model(x).square().mean()), model


def embedding() -> Model:
    """Words with padding, dropout switched on."""
    model = nn.Sequential(nn.Embedding(6, 4, padding_idx=0), nn.Dropout(0.3), nn.Flatten(), nn.Linear(12, 2))
    words, y = torch.tensor([[1, 2, 0], [5, 2, 0]]), torch.tensor([0, 1])
    return (lambda: F.cross_entropy(model(words), y)), model


class Variational(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """An encoder of means and logarithms of variances, a decoder, noise that is given."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(4, 4), nn.Linear(2, 4)
        self.noise = torch.randn(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        mean, log_variance = self.encoder(x).chunk(2, 1)
        z = mean + self.noise * (0.5 * log_variance).exp()
        logits = self.decoder(z)
        fit = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return fit - 0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()


def variational() -> Model:
    """A variational autoencoder."""
    model = Variational()
    x = torch.rand(3, 4)
    return (lambda: model(x)), model


class Residual(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """A block with operations in place."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.a(x), inplace=True)
        h = self.b(h)
        h += x
        h[:, 0] = h[:, 1] * 2
        top = h.t()
        top[2].mul_(3)
        return F.leaky_relu(h, 0.1, inplace=True)


def residual() -> Model:
    """A residual block with operations in place and views that are written to."""
    model = Residual()
    x = torch.randn(4, 3)
    return (lambda: model(x).pow(2).mean()), model


class Flow(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """Coupling layers: half of the numbers scale and shift the other half."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ModuleList(nn.Linear(1, 2) for _ in range(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logdet = torch.zeros(x.shape[0])
        for step in self.steps:
            a, b = x[:, :1], x[:, 1:]
            scale, shift = step(a).chunk(2, 1)
            scale = torch.tanh(scale)
            x = torch.cat([b * scale.exp() + shift, a], 1)
            logdet = logdet + scale.sum(1)
        return x, logdet


def flow() -> Model:
    """A normalising flow, and the likelihood of a Gaussian with a variance that is learned."""
    model = Flow()
    x = torch.randn(4, 2)
    variance = torch.full((4, 2), 0.7, requires_grad=True)

    def loss() -> Tensor:
        z, logdet = model(x)
        return F.gaussian_nll_loss(z, torch.zeros_like(z), variance) - logdet.mean()

    return loss, model


def ode() -> Model:
    """A neural differential equation by steps of Heun, and a norm."""
    field = nn.Sequential(nn.Linear(2, 4), nn.Softplus(), nn.Linear(4, 2))

    def loss() -> Tensor:
        x = torch.tensor([[1.0, 0.5]])
        for _ in range(3):
            slope = field(x)
            x = x + 0.05 * (slope + field(x + 0.1 * slope))
        return torch.linalg.vector_norm(x - torch.tensor([[0.0, 1.0]]))

    return loss, field


def indices() -> Model:
    """Sorting, choosing, scattering, sums over indices."""
    model = nn.Linear(4, 4)
    x = torch.randn(3, 4)

    def loss() -> Tensor:
        h = model(x)
        ordered, _ = h.sort(dim=1)
        best = h.topk(2, dim=1).values
        chosen = h.gather(1, h.argmax(1, keepdim=True))
        table = torch.zeros(4).scatter_add(0, torch.tensor([0, 1, 1]), chosen[:, 0])
        pairs = torch.einsum("bi,bj->ij", h, ordered)
        running = h.cumsum(1)
        return ordered[:, 1:].var() + best.std() + table.square().sum() + pairs.mean() + running.amax(1).sum() + h.prod(1).sum()

    return loss, model


class Rounded(torch.autograd.Function):  # type: ignore[misc]
    """Rounding, with the derivative of the identity."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:  # noqa: ARG004 - PyTorch gives it
        return x.round()

    @staticmethod
    def backward(ctx: object, upstream: Tensor) -> Tensor:  # noqa: ARG004
        return upstream


def straight_through() -> Model:
    """A rule of one's own, and the same by detach."""
    model = nn.Linear(3, 2)
    x = torch.randn(4, 3)

    def loss() -> Tensor:
        h = model(x)
        first = Rounded.apply(h * 2)
        second = h + (h.sign() - h).detach()
        return (first * second).sum() + first.square().mean()

    return loss, model


def while_loop() -> Model:
    """A loop as long as the numbers ask for, and a penalty on a gradient."""
    model = nn.Linear(2, 2)

    def loss() -> Tensor:
        x = torch.ones(1, 2, requires_grad=True)
        h = model(x)
        while h.norm() < 4:
            h = h * 1.7 + 0.1
        (slope,) = torch.autograd.grad(h.tanh().sum(), x, create_graph=True)
        return h.mean() + (slope.norm() - 1) ** 2

    return loss, model


MODELS: dict[str, Callable[[], Model]] = {
    f.__name__: f
    for f in (
        mlp, convolutions, convolutions_in_use, recurrent, attention, embedding, variational, residual, flow, ode, indices,
        straight_through, while_loop,
    )
}  # fmt: skip
