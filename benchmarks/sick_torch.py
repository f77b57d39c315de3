"""Sick models of PyTorch, as `watching()`, PyTorch's anomaly mode and TorchLens look at them; see sick_models.py."""

import linecache
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytorch_sick
import torch
import torchlens
from pytorch_sick import SICK
from torchlens.debug._gradients import gradient_flow_audit_rows

from viz.debugger.lift.pytorch import watching

Seen = tuple[str, bool]  # in words, and whether the guilty line is named


def guilty(line: str) -> bool:
    """True if a line of source is marked as the fault."""
    return line.rstrip().endswith("# fault")


def by_watching(train: Callable[[], None]) -> Seen:
    """The kind of the first finding, and whether it has the guilty line."""
    with watching() as watch:
        train()
    found = watch.findings()
    return (found[0].kind, guilty(linecache.getline(found[0].file, found[0].line))) if found else ("", False)


def by_anomaly_mode(train: Callable[[], None]) -> Seen:
    """The name of the function that anomaly mode raises about, and whether its traceback has the guilty line."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                train()
        except RuntimeError as error:
            name = re.search(r"Function '(\w+)'", str(error))
            lines = [line for warning in told for line in str(warning.message).splitlines()]
            return (name[1] if name else "an error", any(map(guilty, lines)))
    return "", False


class Step(torch.nn.Module):  # type: ignore[misc] # mypy does not read PyTorch
    """A step of training as the module that TorchLens looks at."""

    def __init__(self, model: torch.nn.Module, loss: Callable[[], torch.Tensor]) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        """The loss."""
        return self.loss()


def looked_at(model: torch.nn.Module, loss: Callable[[], torch.Tensor]) -> tuple[str, Any]:
    """The first answer of TorchLens about a step: its name, and the operation.

    It is asked for the first nan or inf of the forward pass, then for the operation in whose backward one is born, and then
    for the operation nearest to the loss that gets a gradient of 0.
    """
    trace = torchlens.trace(
        Step(model, loss), torch.zeros(1), capture=torchlens.options.CaptureOptions(backward_ready=True, save_grads=True)
    )
    found = torchlens.debug.bisect_nan(trace)
    if found.found:
        return f"{found.kind} at {_title(found.op)}", found.op
    trace.log_backward(trace[trace.output_layers[0]].out)
    backward = torchlens.debug.bisect_nan_backward(trace)
    if backward.birth is not None:
        return backward.birth.grad_fn_class, trace[backward.birth.op_label] if backward.birth.op_label else None
    rows, _ = gradient_flow_audit_rows(trace)
    dead = [trace[row["op"]] for row in rows if row["dead"] and row["is_frontier"]]
    return (f"dead {_title(dead[0])}", dead[0]) if dead else ("", None)


def _title(operation: Any) -> str:
    name = operation.func_name.strip("_")
    return "an input" if name == "none" else name


def by_torchlens(train: Callable[[], None]) -> Seen:
    """The first answer of TorchLens, and whether the lines of its operation have the guilty one."""
    answers: list[Seen] = []

    def trained(model: torch.nn.Module, loss: Callable[[], torch.Tensor], rate: float = 0.1, steps: int = 3) -> None:
        optimiser = torch.optim.SGD(model.parameters(), lr=rate)
        for _ in range(steps):
            optimiser.zero_grad()
            answer, operation = looked_at(model, loss)
            if answer:
                frames = operation.code_context if operation is not None else ()
                answers.append((answer, any(guilty(linecache.getline(f.file, f.line_number)) for f in frames)))
                return
            optimiser.step()

    plain, pytorch_sick.trained = pytorch_sick.trained, trained
    try:
        train()
    finally:
        pytorch_sick.trained = plain
    return answers[0] if answers else ("", False)


def rows() -> list[tuple[str, list[Seen]]]:
    """For each model its description, and what each tool says."""
    columns: list[list[Seen]] = []
    for look in LOOKS.values():  # tool by tool, because TorchLens changes the functions of PyTorch for good
        columns.append([])
        for train in SICK.values():
            torch.manual_seed(0)
            columns[-1].append(look(train))
    seen = zip(*columns, strict=True)
    return [((f.__doc__ or "").strip().rstrip("."), list(of)) for f, of in zip(SICK.values(), seen, strict=True)]


LOOKS: dict[str, Callable[[Callable[[], None]], Seen]] = {
    "`watching()` of stepgrad": by_watching,
    f"anomaly mode of PyTorch {torch.__version__.split('+')[0]}": by_anomaly_mode,
    f"TorchLens {torchlens.__version__}": by_torchlens,
}
