"""Sick models of JAX, as `value_and_grad` of stepgrad, `jax_debug_nans` and equinox look at them; see sick_models.py."""

import linecache
import re
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import equinox
import jax
import jax.numpy as jnp
from jax_sick import SICK, Sick, train

from viz.debugger.lift.jax import value_and_grad

Seen = tuple[str, bool]  # in words, and whether the guilty line is named


def guilty(line: str) -> bool:
    """True if a line of source is marked as the fault."""
    return line.rstrip().endswith("# fault")


def by_watching(sick: Sick) -> Seen:
    """The kind of the first finding, and whether it has the guilty line."""
    watches: list[value_and_grad] = []

    def watched(loss: Callable[..., Any]) -> value_and_grad:
        watches.append(value_and_grad(loss))
        return watches[0]

    train(sick, watched)
    found = watches[0].findings()
    return (found[0].kind, guilty(linecache.getline(found[0].file, found[0].line))) if found else ("", False)


def by_debug_nans(sick: Sick) -> Seen:
    """The primitive that is named, and whether the traceback has the guilty line."""
    with jax.debug_nans(True):
        try:
            train(sick)
        except FloatingPointError as error:
            said = re.search(r"encountered in (\S+?)\.?(\s|$)", str(error))
            frames = traceback.extract_tb(error.__traceback__)
            return (said[1] if said else "an error"), any(guilty(linecache.getline(f.filename, f.lineno or 0)) for f in frames)
    return "", False


def by_equinox(sick: Sick) -> Seen:
    """The array that is named: every parameter in `backward_nan`, the loss in `error_if`, as one does before one knows more."""

    def loss(params: Any) -> Any:
        paths, structure = jax.tree_util.tree_flatten_with_path(params)
        wrapped = [equinox.debug.backward_nan(x, jax.tree_util.keystr(path), terminate=True) for path, x in paths]
        value = sick.loss(jax.tree_util.tree_unflatten(structure, wrapped))
        return equinox.error_if(value, ~jnp.isfinite(value), "the loss is not finite")

    try:
        train(sick._replace(loss=loss))
    except RuntimeError as error:
        frames = traceback.extract_tb(error.__traceback__)
        named = any(guilty(linecache.getline(f.filename, f.lineno or 0)) for f in frames)
        return "the loss" if "loss is not finite" in str(error) else "a parameter", named
    return "", False


def rows() -> list[tuple[str, list[Seen]]]:
    """For each model its description, and what each tool says."""
    warnings.simplefilter("ignore")
    return [((make.__doc__ or "").strip().rstrip("."), [look(make()) for look in LOOKS.values()]) for make in SICK.values()]


LOOKS: dict[str, Callable[[Sick], Seen]] = {
    "`value_and_grad` of stepgrad": by_watching,
    f"`jax_debug_nans` of JAX {jax.__version__}": by_debug_nans,
    f"`backward_nan`, `error_if` of equinox {equinox.__version__}": by_equinox,
}
