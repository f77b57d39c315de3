"""Programs of naive.py in the engine's spelling: how its functions are called, and its graphs built."""

import math
import operator
from collections.abc import Callable
from typing import Any

from naive import Program

import autograd
from autograd import Value
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE

# How the engine spells naive's functions: everything not listed is autograd.<name>.
SPELLED: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "mod": operator.mod,
    "clamp": lambda u: autograd.clamp(u, -1.0, 1.0),
    "where": lambda u, v: autograd.where(v > 0.5, u, v),
    "dot": lambda *ops: autograd.dot(ops[: len(ops) // 2], ops[len(ops) // 2 : -1], ops[-1]),
}


def engine(name: str, *operands: Any) -> Any:
    return (SPELLED.get(name) or getattr(autograd, name))(*operands)


def build(program: Program, apply: Callable[..., Any] = engine) -> list[Value]:
    return program.nodes([Value(x) for x in program.leaves], apply)


FUNCTIONS = {name: getattr(autograd, name) for name in TABLE if hasattr(autograd, name)} | {"inf": math.inf, "nan": math.nan}


FUNCTIONS |= {"step": lambda u: FLOAT.step(u), "where": autograd.where, "cos": autograd.cos}


def build_labelled(program: Program) -> list[Value]:
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(program.leaves)]
    return program.nodes(leaves, engine)
