"""The cost of a step of PyTorch that is watched, as a multiple of a plain step, and beside it that of anomaly mode.

python benchmarks/watching_torch.py

Stretches of steps are taken by turns in one process; for each the time of the processor, and the median of the ratios.
"""

import contextlib
import pathlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor, nn

from viz.debugger.lift.pytorch import watching

STEPS, TURNS = 10, 25
Case = tuple[nn.Module, Callable[[], Tensor]]


class Block(nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """A block of a transformer as people write it: many small calls, each on a line of theirs."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out, self.norm = nn.Linear(8, 24), nn.Linear(8, 8), nn.LayerNorm(8)
        self.wide, self.narrow = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Attention, then two layers, each added to what it took."""
        q, k, v = self.qkv(self.norm(x)).chunk(3, -1)
        weights = (q @ k.transpose(-1, -2) / 8**0.5).softmax(-1)
        h = x + self.out(weights @ v)
        return h + self.narrow(torch.relu(self.wide(self.norm(h))))


def encoder(width: int, length: int, batch: int) -> Case:
    """A layer of PyTorch's own encoder."""
    model, x = nn.TransformerEncoderLayer(width, 2, 2 * width, batch_first=True), torch.randn(batch, length, width)
    return model, lambda: model(x).square().mean()


def by_hand() -> Case:
    """An attention that is written out."""
    model, x = Block(), torch.randn(2, 6, 8)
    return model, lambda: model(x).square().mean()


def perceptron() -> Case:
    """Seventeen parameters, the smallest network there is."""
    model, x, y = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)), torch.randn(8, 2), torch.randn(8, 1)
    return model, lambda: nn.functional.mse_loss(model(x), y)


def convolutions() -> Case:
    """Two convolutions over small pictures."""
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2304, 10)
    )
    x, y = torch.randn(16, 3, 16, 16), torch.randint(0, 10, (16,))
    return model, lambda: nn.functional.cross_entropy(model(x), y)


CASES: dict[str, Callable[[], Case]] = {
    "two layers, 17 parameters": perceptron,
    "attention by hand, 17 calls": by_hand,
    "encoder layer, 16 wide": lambda: encoder(16, 6, 1),
    "convolutions, 16 pictures": convolutions,
    "encoder layer, 256 wide": lambda: encoder(256, 64, 4),
}


def measured(case: Case) -> tuple[float, float, float]:
    """Milliseconds of a plain step, and how many times as long a watched one takes and one in anomaly mode."""
    model, loss = case
    optimiser = torch.optim.Adam(model.parameters())

    def taken() -> float:
        begin = time.thread_time()
        for _ in range(STEPS):
            optimiser.zero_grad()
            loss().backward()
            optimiser.step()
        return (time.thread_time() - begin) / STEPS * 1e3

    modes = (contextlib.nullcontext, lambda: watching(model), lambda: torch.autograd.set_detect_anomaly(True))
    turns: list[list[float]] = []
    for _ in range(TURNS + 1):
        turns.append([])
        for mode in modes:
            with mode():
                turns[-1].append(taken())
    plain, watched, anomaly = zip(*((p, w / p, a / p) for p, w, a in turns[1:]), strict=True)
    return statistics.median(plain), statistics.median(watched), statistics.median(anomaly)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, Adam\n{'':30}{'plain':>10}{'watching':>11}{'anomaly':>10}")
    for name, make in CASES.items():
        torch.manual_seed(0)
        plain, watched, anomaly = measured(make())
        print(f"{name:30}{plain:7.2f} ms{watched:10.2f}x{anomaly:9.2f}x", flush=True)
