"""Twelve models of JAX, each a function that gives a loss and its arguments: what users lift, in all the ways that matter.

They are written as users write them, line by line, because every scalar has to know its line.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

Array = Any
Model = tuple[Callable[..., Array], tuple[Any, ...]]


def _random(*shape: int, seed: int = 0) -> Array:
    return jnp.asarray(np.random.default_rng([seed, *shape]).normal(size=shape))


def _dense(inputs: int, outputs: int, seed: int = 0) -> dict[str, Array]:
    return {"w": _random(inputs, outputs, seed=seed) / 2, "b": _random(outputs, seed=seed) / 2}


def _layer(layer: dict[str, Array], x: Array) -> Array:
    return x @ layer["w"] + layer["b"]


def mlp() -> Model:
    """Two layers, cross-entropy by gathered logarithms and by one-hot targets."""
    x, y = _random(4, 3), jnp.array([0, 1, 2, 1])

    def loss(params: list[dict[str, Array]]) -> Array:
        h = nn.relu(_layer(params[1], jnp.tanh(_layer(params[0], x))))
        logits = nn.log_softmax(h)
        picked = -jnp.take_along_axis(logits, y[:, None], 1).mean()
        spread = -(nn.one_hot(y, 3) * logits).sum(1).mean()
        return picked + 0.5 * spread

    return loss, ([_dense(3, 4), _dense(4, 3, 1)],)


def convolutions() -> Model:
    """Convolution, statistics of the batch, pooling."""
    x = _random(2, 1, 4, 4)

    def loss(params: dict[str, Array]) -> Array:
        h = lax.conv_general_dilated(x, params["kernel"], (1, 1), "SAME")
        mean, variance = h.mean((0, 2, 3), keepdims=True), h.var((0, 2, 3), keepdims=True)
        normal = (h - mean) * lax.rsqrt(variance + 1e-5) * params["scale"].reshape(1, 2, 1, 1)
        pooled = lax.reduce_window(nn.relu(normal), -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return jnp.square(pooled).mean()

    return loss, ({"kernel": _random(2, 1, 3, 3), "scale": _random(2)},)


def recurrent() -> Model:
    """A recurrent network as a scan, with outputs of every turn."""
    x = _random(3, 2, 2)

    def loss(params: dict[str, Array]) -> Array:
        def step(h: Array, row: Array) -> tuple[Array, Array]:
            gate = nn.sigmoid(row @ params["gate"])
            h = gate * jnp.tanh(row @ params["new"] + h @ params["old"]) + (1 - gate) * h
            return h, h.sum()

        last, totals = lax.scan(step, jnp.zeros((2, 3)), x)
        return jnp.square(last).mean() + totals[1:].sum()

    return loss, ({"gate": _random(2, 3), "new": _random(2, 3, seed=1), "old": _random(3, 3)},)


def attention() -> Model:
    """Masked attention with layer normalisation."""
    x = _random(3, 4)

    def loss(params: dict[str, Array]) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        normal = centred / jnp.sqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-5) * params["scale"]
        q, k, v = jnp.split(normal @ params["qkv"], 3, -1)
        scores = q @ k.T / 2.0
        masked = jnp.where(jnp.tril(jnp.ones((3, 3), bool)), scores, -jnp.inf)
        weights = nn.softmax(masked)
        mixed = jnp.einsum("ij,jk->ik", weights, v)
        return jnp.square(x[:, :2] + mixed).mean()

    return loss, ({"scale": _random(4), "qkv": _random(4, 6)},)


def embedding() -> Model:
    """Words, and dropout by a key."""
    words = jnp.array([[1, 2, 0], [3, 2, 0]])

    def loss(params: dict[str, Array]) -> Array:
        h = params["table"][words]
        kept = jax.random.bernoulli(jax.random.key(1), 0.7, h.shape)
        dropped = jnp.where(kept, h / 0.7, 0.0)
        return nn.logsumexp(dropped.reshape(2, -1) @ params["out"], axis=1).mean()

    return loss, ({"table": _random(4, 2), "out": _random(6, 2)},)


def variational() -> Model:
    """A variational autoencoder with noise that is given."""
    x, noise = nn.sigmoid(_random(2, 3)), _random(2, 2)

    def loss(encoder: dict[str, Array], decoder: dict[str, Array]) -> Array:
        mean, log_variance = jnp.split(_layer(encoder, x), 2, 1)
        z = mean + noise * jnp.exp(0.5 * log_variance)
        logits = _layer(decoder, z)
        fit = -(x * nn.log_sigmoid(logits) + (1 - x) * nn.log_sigmoid(-logits)).sum()
        return fit - 0.5 * (1 + log_variance - mean**2 - jnp.exp(log_variance)).sum()

    return loss, (_dense(3, 4), _dense(2, 3))


def residual() -> Model:
    """A residual block whose elements are set."""
    x = _random(2, 3)

    def loss(params: dict[str, Array]) -> Array:
        h = nn.leaky_relu(_layer(params, x)) + x
        h = h.at[:, 0].set(h[:, 1] * 2)
        h = h.at[1].multiply(3.0)
        return jnp.square(h).mean()

    return loss, (_dense(3, 3),)


def flow() -> Model:
    """Coupling layers, and the likelihood of a Gaussian."""
    points = _random(3, 2)

    def loss(params: list[dict[str, Array]]) -> Array:
        x, logdet = points, jnp.zeros(3)
        for layer in params:
            a, b = x[:, :1], x[:, 1:]
            scale, shift = jnp.split(_layer(layer, a), 2, 1)
            scale = jnp.tanh(scale)
            x = jnp.concatenate([b * jnp.exp(scale) + shift, a], 1)
            logdet = logdet + scale.sum(1)
        return (0.5 * jnp.square(x).sum(1) - logdet).mean()

    return loss, ([_dense(1, 2), _dense(1, 2, 1)],)


def ode() -> Model:
    """A neural differential equation by steps of Heun in a loop, and a norm."""

    def loss(params: dict[str, Array]) -> Array:
        def field(x: Array) -> Array:
            return nn.softplus(x @ params["a"]) @ params["b"]

        def step(_: int, x: Array) -> Array:
            slope = field(x)
            return x + 0.05 * (slope + field(x + 0.1 * slope))

        end = lax.fori_loop(0, 3, step, jnp.array([1.0, 0.5]))
        return jnp.linalg.norm(end - jnp.array([0.0, 1.0]))

    return loss, ({"a": _random(2, 3), "b": _random(3, 2)},)


def indices() -> Model:
    """Sorting, choosing, adding up by index."""
    x = _random(2, 3)

    def loss(params: dict[str, Array]) -> Array:
        h = _layer(params, x)
        ordered = jnp.sort(h, axis=1)
        best, _ = lax.top_k(h, 2)
        chosen = h[jnp.arange(2), h.argmax(1)]
        table = jnp.zeros(3).at[jnp.array([0, 0])].add(chosen)
        pairs = jnp.einsum("bi,bj->ij", h, ordered)
        running = jnp.cumsum(h, 1)
        return best.std() + jnp.square(table).sum() + pairs.mean() + running.max(1).sum() + h.prod(1).sum()

    return loss, (_dense(3, 3),)


@jax.custom_vjp  # type: ignore[untyped-decorator] # mypy does not read JAX
def rounded(x: Array) -> Array:
    """Rounding, with the derivative of the identity."""
    return jnp.round(x)


rounded.defvjp(lambda x: (jnp.round(x), None), lambda _, upstream: (upstream,))


def straight_through() -> Model:
    """A rule of one's own, and the same by stop_gradient."""
    x = _random(2, 3)

    def loss(params: dict[str, Array]) -> Array:
        h = _layer(params, x)
        first = rounded(h * 2)
        second = h + lax.stop_gradient(jnp.sign(h) - h)
        return (first * second).sum() + jnp.square(first).mean()

    return loss, (_dense(3, 2),)


def branches() -> Model:
    """A choice by the numbers, a loop in constants, and a penalty on a gradient."""

    def loss(params: dict[str, Array]) -> Array:
        steps = lax.while_loop(lambda n: n < 3.0, lambda n: n * 1.7, 1.0)
        h = lax.cond(params["b"][0] > 0, jnp.sin, jnp.cos, params["b"]) * steps
        slope = jax.grad(lambda x: jnp.tanh(x @ params["w"] + h).sum())(jnp.ones(2))
        return h.mean() + (jnp.linalg.norm(slope) - 1) ** 2 + jax.checkpoint(jnp.exp)(h[0] / 9)

    return loss, (_dense(2, 2),)


MODELS: dict[str, Callable[[], Model]] = {
    f.__name__: f
    for f in (
        mlp, convolutions, recurrent, attention, embedding, variational, residual, flow, ode, indices, straight_through,
        branches,
    )
}  # fmt: skip
