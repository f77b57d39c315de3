"""JAX on scalars, without `jit`: the function is traced anew for every gradient, as all others do it here."""

from typing import Any

import jax

from . import Engine, Function, OfFunctions

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


class Traced(OfFunctions):
    """`value_and_grad` of a list of floats."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """Operation by operation."""
        value, gradient = jax.value_and_grad(function)(leaves)
        return float(value), [float(g) for g in gradient]


def make() -> Engine:
    """JAX on scalars."""
    of = jax.numpy
    return Traced(imports=("jax",), exp=of.exp, log=of.log, tanh=of.tanh, relu=jax.nn.relu, erf=jax.lax.erf)
