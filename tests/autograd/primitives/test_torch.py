"""PyTorch's values and gradients at the edges, from stored figures (data/torch_edges.py made them), and ours beside them.

PyTorch is the reference for what has no one true answer: kinks, infinities, nan. Where the engine answers otherwise on
purpose, the reason is written here, and a point that no longer differs fails too.
"""

import json
import math
from collections.abc import Callable

import pytest
from places import TESTS

from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE

STORED = json.loads((TESTS / "data" / "torch_edges.json").read_text(encoding="utf-8"))["rows"]
Point = tuple[float, ...]


def huge(p: Point) -> bool:
    return any(abs(u) >= 1e308 and math.isfinite(u) for u in p)


def tiny(p: Point) -> bool:
    return any(0.0 < abs(u) < 1e-300 for u in p)


def has_nan(p: Point) -> bool:
    return any(math.isnan(u) for u in p)


def has_inf(p: Point) -> bool:
    return any(math.isinf(u) for u in p)


ACCURACY = "PyTorch overflows or underflows on the way to a finite answer"
SEEN = "nan in, nan out: a nan that turns into a number cannot be traced"
OUTSIDE = "the value is nan there, and so is the derivative"
LIMIT = "the limit, where PyTorch has the nan of 0 * inf or inf / inf"
ON_PURPOSE: dict[str, list[tuple[str, Callable[[Point], bool]]]] = {
    "abs": [(SEEN, has_nan)],
    "sign": [(SEEN, has_nan)],
    "maximum": [(SEEN, has_nan)],
    "minimum": [(SEEN, has_nan)],
    "log10": [(ACCURACY, huge)],
    "log1p": [(ACCURACY, tiny)],
    "asinh": [(ACCURACY, huge)],
    "acosh": [(ACCURACY, huge), (OUTSIDE, lambda p: p[0] < 1.0)],
    "atan2": [(ACCURACY, huge), (ACCURACY, tiny), (LIMIT, has_inf)],
    "gelu": [(LIMIT, has_inf)],
    "silu": [(LIMIT, has_inf)],
    "pow": [(OUTSIDE, lambda p: p == (-1.0, 5e-324)), ("an even power minus one is odd", lambda p: p == (-1.0, 1e308))],
    "hypot": [("as norm, whose gradient at the origin is 0 in PyTorch too", lambda p: p[0] == p[1] == 0.0)],
    "copysign": [("inf / inf on the way to a sign", has_inf)],
    "norm": [
        (ACCURACY, lambda p: huge(p) or tiny(p)),
        ("hypot(inf, nan) is inf in IEEE 754", lambda p: has_nan(p) and has_inf(p)),
    ],
    "logsumexp": [(ACCURACY, huge)],
}


def same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-12) or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("name", sorted(STORED))
def test_edges_are_pytorchs(name: str) -> None:
    row = TABLE[name]
    differing: list[Point] = []
    for text, stored in STORED[name].items():
        p: Point = eval(text, {"inf": math.inf, "nan": math.nan})
        out = row.value(FLOAT, *p)
        ours = [out, *row.partials(FLOAT, out, *p)]
        if not all(map(same, ours, map(float, stored))):
            differing.append(p)
            assert any(applies(p) for _, applies in ON_PURPOSE.get(name, [])), f"{name}{p}: ours {ours}, PyTorch's {stored}"
    for reason, applies in ON_PURPOSE.get(name, []):
        assert any(map(applies, differing)), f"{name} no longer differs: {reason}"
