"""Names of elements of arguments: `w[0,1]` for `params["w"][0, 1]`, `params.w[0,1]` where another argument has a `w` too."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax


def names_of(function: Callable[..., Any], arguments: Sequence[Any], places: Sequence[int]) -> list[str]:
    """The name of every leaf of some of the arguments, in the order of JAX.

    Example:
        >>> names_of(lambda params, x: 0, ({"w": 1.0, "layers": [2.0, 3.0]}, 4.0), (0, 1))
        ['layers.0', 'layers.1', 'w', 'x']
    """
    paths = []
    for k in places:
        argument = _parameter(function, k)
        paths += [(argument, *map(_key, path)) for path, _ in jax.tree_util.tree_flatten_with_path(arguments[k])[0]]
    short = [".".join(path[1:] or path) for path in paths]
    return [name if short.count(name) == 1 else ".".join(path) for name, path in zip(short, paths, strict=True)]


def _parameter(function: Callable[..., Any], place: int) -> str:
    """The name of a function's parameter."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return f"argument{place}"
    if place < len(parameters) and parameters[place].kind in (
        inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):  # fmt: skip
        return parameters[place].name
    return f"argument{place}"


def _key(key: Any) -> str:
    """A step on the way to a leaf: a key of a dictionary, a place in a list, a field."""
    for attribute in ("key", "idx", "name"):
        if hasattr(key, attribute):
            return str(getattr(key, attribute))
    return str(key)
