"""Write torch_edges.json: PyTorch's values and gradients at the edges of every primitive it has too.

Run once, in an environment with PyTorch (the figures in the file are from 2.13.0, CPU, float64):

    python tests/data/torch_edges.py

The tests compare the engine with the file; PyTorch itself is no dependency.
"""

import itertools
import json
import math
import pathlib
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

EDGES = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, 5e-324)

UNARY: dict[str, Callable[..., Any]] = {
    name: getattr(torch, name)
    for name in [
        "neg",
        "abs",
        "floor",
        "ceil",
        "trunc",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sqrt",
        "square",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
        "erf",
        "erfc",
        "sigmoid",
        "relu",
        "sign",
    ]
} | {"logsigmoid": functional.logsigmoid, "softplus": functional.softplus, "gelu": functional.gelu, "silu": functional.silu}

BINARY: dict[str, Callable[..., Any]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "atan2": torch.atan2,
    "hypot": torch.hypot,
    "copysign": torch.copysign,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "sum": lambda u, v: torch.stack((u, v)).sum(),
    "mean": lambda u, v: torch.stack((u, v)).mean(),
    "norm": lambda u, v: torch.linalg.vector_norm(torch.stack((u, v))),
    "logsumexp": lambda u, v: torch.logsumexp(torch.stack((u, v)), 0),
}


def shown(x: Any) -> str:
    """A number as text that JSON can hold; the sign of a nan means nothing."""
    return repr(float(x)).removeprefix("-") if math.isnan(float(x)) else repr(float(x))


def row(function: Callable[..., Any], point: tuple[float, ...]) -> list[str]:
    """The value and the gradients at a point."""
    leaves = [torch.tensor(u, dtype=torch.float64, requires_grad=True) for u in point]
    out = function(*leaves)
    out.backward()
    return [shown(out), *(shown(leaf.grad) for leaf in leaves)]


def main() -> None:
    """Write the file beside this one."""
    table: dict[str, dict[str, list[str]]] = {}
    for name, function in UNARY.items():
        table[name] = {repr((u,)): row(function, (u,)) for u in EDGES}
    for name, function in BINARY.items():
        table[name] = {repr(p): row(function, p) for p in itertools.product(EDGES, repeat=2)}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"torch": torch.__version__, "rows": table}, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
