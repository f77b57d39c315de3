"""Parameters that a caller gives to an optimiser or a penalty: a list of `Value`s, or words that say what to write instead.

Models, dicts and rows of weights hold `Value`s too. They are refused, because their order would be a guess; the message has
the code that takes the `Value`s out.
"""

from collections.abc import Iterable
from typing import Any

from autograd import OperandError, Value
from autograd.errors import described, shown

from .module import Module

_MODEL = "pass model.parameters()"


def values(parameters: Any, name: str) -> list[Value]:
    """Parameters as a list of `Value`s.

    Args:
        name: the caller, for the message.

    Raises:
        OperandError: they are something else: the model, its method, a dict, numbers, a single `Value`.
    """
    alone = isinstance(parameters, (Value, str, Module)) or not isinstance(parameters, Iterable)
    found = [] if alone else list(parameters)
    if alone or not all(isinstance(p, Value) for p in found):
        got, remedy = _explained(parameters, found)
        raise OperandError(f"{name}: parameters are a list of Values, got {got}; {remedy}")
    return found


def _explained(given: Any, items: list[Any]) -> tuple[str, str]:
    """A description of what was given in place of parameters, and the code to write."""
    if isinstance(given, Value):
        return f"{given!r} alone", "write [value]"
    if isinstance(given, Module):
        return f"the model {described(given)}", _MODEL
    if callable(given):
        return f"the {type(given).__name__} {getattr(given, '__name__', given)} without a call", _MODEL
    if isinstance(given, dict):
        keys = shown(list(given)).strip("[]")
        inner = [x for x in given.values() if not isinstance(x, Value)]
        return f"a dict with the keys {keys}", _of_items(inner[0], ".values()") if inner else "pass parameters.values()"
    wrong = next((x for x in items if not isinstance(x, Value)), given)
    return described(wrong) if wrong is given else f"{described(wrong)} among them", _of_items(wrong)


def _of_items(wrong: Any, values: str = "") -> str:
    """The code to write, if such things are in place of `Value`s in a list, or in the `.values()` of a dict."""
    if isinstance(wrong, Module):
        return f"pass [p for layer in layers{values} for p in layer.parameters()]"
    if isinstance(wrong, dict):
        return (
            "make an optimiser for each group of parameters"
            if "params" in wrong
            else "pass [p for d in dicts for p in d.values()]"
        )
    if isinstance(wrong, tuple) and len(wrong) == 2 and isinstance(wrong[0], str):
        return "pass [p for name, p in pairs]"
    if isinstance(wrong, Iterable) and not isinstance(wrong, str):
        return f"pass [p for row in rows{values} for p in row]"
    if isinstance(wrong, (int, float)) and not values:
        return f"{_MODEL}, or make them Values first: ws = [Value(x) for x in xs]"
    return _MODEL
