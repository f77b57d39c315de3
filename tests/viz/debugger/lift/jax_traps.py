"""Traps: small computations of JAX whose gradients are nan, inf or 0 in ways that a textbook's rules do not give.

Each is a function of one array, which is added up, and the numbers to call it with. What is right is what JAX answers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax, nn

Array = Any
INF, NAN = float("inf"), float("nan")

TRAPS: dict[str, tuple[Callable[[Array], Array], Sequence[float]]] = {
    # saturation, where accurate rules would say more than JAX does
    "tanh far out": (jnp.tanh, [10.0, -20.0, 9.0]),
    "sigmoid far out": (nn.sigmoid, [20.0, -20.0, 100.0]),
    "log of one minus sigmoid": (lambda x: jnp.log(1 - nn.sigmoid(x)), [20.0, 3.0]),
    "log_sigmoid and softplus far out": (lambda x: nn.log_sigmoid(x) + nn.softplus(x), [200.0, -200.0]),
    "gelu and silu far out": (lambda x: nn.gelu(x) + nn.silu(x), [10.0, -100.0]),
    # hard zeros
    "relu times nan": (lambda x: nn.relu(x) * NAN, [-1.0, 1.0]),
    "relu over relu": (lambda x: nn.relu(x) / nn.relu(x), [-1.0, 2.0]),
    "maximum with nan": (lambda x: jnp.maximum(x, 0.0) * NAN, [-1.0, 1.0]),
    "where of a root": (lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0), [-1.0, 0.0, 4.0]),
    "double where": (lambda x: jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1.0)), x), [-1.0, 4.0]),
    "relu of log": (lambda x: nn.relu(jnp.log(x)), [0.0, 0.5, 2.0]),
    "sinc by hand": (lambda x: jnp.where(x == 0, 1.0, jnp.sin(x) / x), [0.0, 1.0]),
    "sinc": (jnp.sinc, [0.0, 1.0]),
    "softmax of a masked row": (lambda x: nn.softmax(jnp.where(jnp.array([False, False]), x, -INF)), [1.0, 2.0]),
    "multiplied by a mask": (lambda x: jnp.sqrt(x) * jnp.array([0.0, 1.0]), [0.0, 4.0]),
    "dropped by a slice": (lambda x: jnp.sqrt(x)[1:], [0.0, 4.0]),
    "dropped by max": (lambda x: jnp.sqrt(x).max(), [0.0, 4.0]),
    "a sign of a root": (lambda x: jnp.sign(jnp.sqrt(x)) + x, [0.0, 4.0]),
    "stopped": (lambda x: x * lax.stop_gradient(1 / x), [0.0, 2.0]),
    "nan_to_num": (lambda x: jnp.nan_to_num(x / 0), [0.0, 1.0]),
    # overflow and underflow on the way back
    "small and large factors": (lambda x: x * 1e-30 * 1e-30 * 1e30 * 1e30, [1.0]),
    "large then small": (lambda x: (x * 1e38) * 1e-38 * 1e-8, [1.0]),
    "exp far out": (jnp.exp, [89.0, 710.0, -104.0]),
    "one over tiny": (lambda x: 1 / x, [1e-30, 0.0]),
    # roots, logarithms, powers
    "sqrt, log, rsqrt at zero": (lambda x: jnp.sqrt(x) + jnp.log(x) + lax.rsqrt(x), [0.0, 1.0]),
    "powers at zero": (lambda x: x**2 + x**0 + jnp.power(x, 1.5), [0.0, 4.0]),
    "x to the x": (lambda x: x**x, [0.0, -2.0, 2.0]),
    "xlogy at zero": (lambda x: jax.scipy.special.xlogy(x, x), [0.0, 1.0]),
    "arcs at one": (lambda x: jnp.arccos(x) + jnp.arctanh(x), [1.0, 0.5]),
    "atan2 and hypot at the origin": (lambda x: jnp.arctan2(x[:1], x[1:]) + jnp.hypot(x[:1], x[1:]), [0.0, 0.0]),
    # kinks and ties
    "kinks at zero": (lambda x: jnp.abs(x) + nn.relu(x) + nn.leaky_relu(x) + nn.elu(x), [0.0, -1.0]),
    "maximum at zero": (lambda x: jnp.maximum(x, 0.0), [0.0, 1.0]),
    "clamp at its bounds": (lambda x: lax.clamp(0.0, x, 1.0), [0.0, 1.0, 0.5]),
    "clip and relu6 at bounds": (lambda x: jnp.clip(x, 0, 1) + nn.relu6(x) + nn.hard_tanh(x), [0.0, 1.0, 6.0]),
    "max of ties": (lambda x: x.max(), [2.0, 2.0, 1.0]),
    "sort of ties": (lambda x: jnp.sort(x) * jnp.array([1.0, 2.0, 3.0]), [2.0, 2.0, 1.0]),
    "steps": (lambda x: jnp.floor(x) + jnp.round(x) + x * x.astype(int), [0.5, -1.5]),
    # norms, products, statistics
    "norm at the origin": (jnp.linalg.norm, [0.0, 0.0]),
    "prod with zeros": (lambda x: x.prod() + jnp.cumprod(x), [0.0, 2.0, 0.0]),
    "std of a constant": (lambda x: x.std(), [1.0, 1.0]),
    "logsumexp of -inf": (lambda x: nn.logsumexp(x - INF), [1.0, 2.0]),
    # indices and types
    "gather out of bounds": (lambda x: x[jnp.array([0, 5])] ** 2, [1.0, 2.0]),
    "gather that is clipped": (lambda x: x.at[jnp.array([0, 5])].get(mode="clip") ** 2, [1.0, 2.0]),
    "take with fill": (lambda x: jnp.take(x, jnp.array([0, 5]), mode="fill", fill_value=3.0) ** 2, [1.0, 2.0]),
    "set twice": (lambda x: (x * 2).at[jnp.array([0, 1])].set(x[::-1]) ** 2, [1.0, 2.0]),
    "scatter max": (lambda x: jnp.zeros(2).at[jnp.array([0, 0, 1])].max(x), [1.0, 2.0, 3.0]),
    "cast to bfloat16": (lambda x: (x.astype(jnp.bfloat16) * 3).astype(x.dtype), [1.01, 7.3]),
    "inverse": (lambda x: jnp.linalg.inv(x.reshape(2, 2)), [1.0, 2.0, 3.0, 4.0]),
    "padded, reversed, rolled": (lambda x: jnp.pad(x, 1, constant_values=2.0)[::-1][:2] * jnp.roll(x, 1), [1.0, 2.0]),
}
