"""The compiled nodes: the class of c/core.c, on the base that they share with the nodes in Python.

Rare cases and cases with messages are handed over to Python from here.
"""

import functools
import gc
import importlib
import math
import operator
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType
from typing import Any

from . import levels, notices, observers, operators, pure, reverse, turns
from .blocks import MODES, STATE, Bare
from .modes import UNRECORDED, made
from .operators import Tracer, written_in_python
from .primitives import gelu_digits
from .primitives.straight import straight
from .primitives.table import TABLE, Primitive
from .shared import Shared, by_the_table

_SIGNS = (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)  # as CPython numbers them
_RELATIONS = ("<", "<=", "==", "!=", ">", ">=")
_COMPARISONS = tuple([getattr(Tracer, f"__{sign.__name__}__") for sign in _SIGNS])
_straight: dict[Primitive, Any] = {}


def _by_table(node: Callable[..., Any], primitive: Primitive, operands: tuple[Any, ...]) -> Any:
    """The node of a row that has no rule in C, or whose rule gives a nan."""
    if len(operands) == 1:
        apply = _straight.get(primitive) or _straighten(node, primitive)
        return apply(operands[0])
    return _read(node, primitive, operands)


def _straighten(node: Callable[..., Any], primitive: Primitive) -> Callable[[Any], Any]:
    def make(out: float, row: Primitive, v: Any, _b: None, slope: float, _db: None) -> Any:
        return node(out, row, (v,), (v,), (slope,))

    apply = _straight[primitive] = straight(primitive, make, lambda v: _read(node, primitive, (v,)))
    return apply


def _read(node: Callable[..., Any], primitive: Primitive, operands: tuple[Any, ...]) -> Any:
    out, parents, partials = by_the_table(primitive, operands)
    return node(out, primitive, operands, parents, partials)


def _decided(a: Any, sign: int, b: Any, answer: bool) -> None:
    observers.tell_decided(a, _RELATIONS[sign], b if b.__class__ is not int else float(b), answer)


def _compare(a: Any, b: Any, sign: int) -> Any:
    return _COMPARISONS[sign](a, b)


# The two functions of notices.py go two frames up to the user's line, past a method in Python; C has no frame, so these are it.
def _equal() -> None:
    notices.warn_of_equal()


def _zero() -> None:
    notices.warn_of_zero()


def _reach(track: Callable[[Any], None], node: Any, thing: Any) -> None:
    """Let the collector look at a node that has been given an attribute, and at nodes by which that may refer back to it.

    Nodes computed from it later are tracked when they are made. Existing nodes are searched behind the attribute: in
    containers, closures and objects, as far as is sensible.
    """
    if type(thing) is tuple and _HARMLESS.issuperset(map(type, thing)):  # a place: each node of `record_sources` has one
        return
    track(node)
    around, seen, others = [thing], set(), 0
    while around and others < _FAR:
        found = around.pop()
        if isinstance(found, Shared):
            if not gc.is_tracked(found):
                track(found)
                around += found.parents
        elif id(found) not in seen and not isinstance(found, _NOWHERE):
            seen.add(id(found))
            others += 1
            if type(found) is FunctionType:
                around += (found.__closure__, found.__defaults__, found.__kwdefaults__, found.__dict__)
            else:
                around += gc.get_referents(found)


_HARMLESS = frozenset((CodeType, str, float, int, bool, type(None)))
_NOWHERE = (*_HARMLESS, bytes, type, ModuleType, Primitive)
_FAR = 1000


@functools.cache
def load() -> dict[str, Any]:
    """The class `Value`, and the functions that go with it, by name; `functions` has those of one number by their row.

    Raises:
        ImportError: the extension is not there, does not fit this Python, or is in use by another copy of the engine.
    """
    core = importlib.import_module(f"{__package__}._core")
    names: dict[str, Any] = {
        "base": Shared, "table": TABLE, "active": MODES.active, "observers": MODES.observers,
        "in_progress": levels.IN_PROGRESS, "unset": reverse.UNSET, "unrecorded": UNRECORDED, "init": Shared.__init__,
        "made": made, "state": STATE, "bare": Bare, "strays": MODES.strays, "reach": functools.partial(_reach, core.track),
        "by_table": functools.partial(_by_table, core.node), "equal": _equal, "zero": _zero,
        "assign_data": Shared._assign_data, "assign_grad": Shared._assign_grad, "compare": _compare, "decided": _decided,
        "zero_grad": Shared.zero_grad, "half_way": turns.half_way, "special": reverse.SPECIAL,
        "read": observers.tell_read, "detached": observers.tell_detached, "apply": operators.apply,
        "hypot": math.hypot, "gelu_apart": gelu_digits.gelu_apart,
        "gelu_slope_apart": gelu_digits.gelu_slope_apart,
    }  # fmt: skip
    for name in ("add", "sub", "mul", "truediv", "pow"):
        names |= {sign: getattr(Tracer, sign) for sign in (f"__{name}__", f"__r{name}__")}
    value = core.make(names)
    value.__doc__ = pure.Value.__doc__
    value._quick_pass, value._quick_order, value._quick_leaves, value._quick_pull = (
        core.backward, core.order, core.leaves, core.pull
    )  # fmt: skip
    in_python = {row: written_in_python(row) for row in TABLE.values() if row.arity == 1}
    of_one = core.functions(in_python)
    names_of_many = ("numbers", "gradients_of", "descend", "assign", "fill", "contribute", "zero", "columns")
    many = {name: getattr(core, name) for name in names_of_many}
    functions = {"functions": of_one, "in_front": core.in_front, **many}
    return {"Value": value, "apply": core.apply, "dot_node": core.dot, "share": core.share, **functions}
