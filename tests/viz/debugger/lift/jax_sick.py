"""Twenty sick models of JAX: a few steps of training each, with a fault whose line ends in `# fault`.

They are the models of pytorch_sick.py as users of JAX write them. Each is a loss, the parameters and the length of a step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax, nn

Array = Any
Params = dict[str, Array]


class Sick(NamedTuple):
    """A loss of parameters, and how it is trained."""

    loss: Callable[[Params], Array]
    params: Params
    rate: float = 0.1
    steps: int = 3


def train(sick: Sick, value_and_grad: Callable[[Any], Any] = jax.value_and_grad) -> None:
    """A few steps of gradient descent."""
    step, params = value_and_grad(sick.loss), sick.params
    for _ in range(sick.steps):
        _, gradients = step(params)
        params = jax.tree.map(lambda p, g: p - sick.rate * g, params, gradients)


def _random(*shape: int, seed: int = 0) -> Array:
    return jnp.asarray(np.random.default_rng([seed, *shape]).normal(size=shape), jnp.float32)


def _dense(inputs: int, outputs: int, seed: int = 0) -> Params:
    return {"w": _random(inputs, outputs, seed=seed), "b": _random(outputs, seed=seed) / 10}


def _layer(params: Params, x: Array) -> Array:
    return x @ params["w"] + params["b"]


def _two(width: int) -> Params:
    return {"first": _dense(2, width), "second": _dense(width, 1, 1)}


def where_after_root() -> Sick:
    """The root of a negative number in the branch that is not taken."""
    x = _random(8, 2)

    def loss(params: Params) -> Array:
        h = _layer(params, x)
        root = jnp.sqrt(h)  # fault
        return jnp.where(h > 0, root, 0.0).mean()

    return Sick(loss, _dense(2, 1))


def log_of_a_negative() -> Sick:
    """A logarithm of what should be a probability."""
    x = _random(8, 2)
    return Sick(lambda params: -jnp.log(nn.sigmoid(_layer(params, x)) - 0.5).mean(), _dense(2, 1))  # fault


def norm_at_zero() -> Sick:
    """The norm of a difference of equal vectors."""
    x = _random(4, 2)

    def loss(params: Params) -> Array:
        h = _layer(params, x)
        return jnp.linalg.norm(h - lax.stop_gradient(h))  # fault

    return Sick(loss, _dense(2, 3))


def dead_relu() -> Sick:
    """A bias so low that no unit is ever on."""
    x, y, params = _random(16, 2), _random(16, 1), _two(6)
    params["first"]["b"] = jnp.full(6, -50.0)

    def loss(params: Params) -> Array:
        h = nn.relu(_layer(params["first"], x))  # fault
        return jnp.square(_layer(params["second"], h) - y).mean()

    return Sick(loss, params)


def saturated_sigmoid() -> Sick:
    """Inputs in the thousands, before a sigmoid."""
    x, y = _random(16, 2) * 1e4, _random(16, 1)

    def loss(params: Params) -> Array:
        h = nn.sigmoid(x @ params["first"]["w"] + params["first"]["b"])  # fault
        return jnp.square(_layer(params["second"], h) - y).mean()

    return Sick(loss, _two(6))


def detached_path() -> Sick:
    """A layer whose output is detached on the way, and multiplied by 0 on the other."""
    x, y = _random(8, 2), _random(8, 1)

    def loss(params: Params) -> Array:
        h = jnp.tanh(_layer(params["first"], x))
        return jnp.square(_layer(params["second"], h * 0.0 + lax.stop_gradient(h)) - y).mean()  # fault

    return Sick(loss, _two(4))


def overflow() -> Sick:
    """Exponentials of large numbers in float32."""
    x = jnp.full((4, 2), 90.0)
    return Sick(lambda params: jnp.exp(x @ params["w"]).mean(), {"w": jnp.ones((2, 2))})  # fault


def underflow() -> Sick:
    """A product of many probabilities in float32, and its logarithm."""
    x = _random(1, 2)

    def loss(params: Params) -> Array:
        p = nn.softmax(_layer(params, x))
        likelihood = p.prod()  # fault
        return -jnp.log(likelihood)

    return Sick(loss, _dense(2, 60))


def all_masked() -> Sick:
    """A row of attention in which everything is masked."""
    x, mask = _random(3, 3), jnp.array([[False, True, True], [True, True, True], [False, False, True]])

    def loss(params: Params) -> Array:
        scores = _layer(params, x) @ x.T
        weights = nn.softmax(jnp.where(mask, -jnp.inf, scores))  # fault
        return jnp.square(weights @ x).mean()

    return Sick(loss, _dense(3, 3))


def division_by_a_deviation() -> Sick:
    """Standardising a constant column."""
    x = jnp.ones((4, 2))

    def loss(params: Params) -> Array:
        h = _layer(params, x)
        scaled = (h - h.mean(0)) / h.std(0)  # fault
        return jnp.square(scaled).mean()

    return Sick(loss, {"w": jnp.array([[0.5, 0.25], [1.0, -0.5]]), "b": jnp.zeros(2)})


def sum_of_exponentials() -> Sick:
    """A softmax by hand, without subtracting the largest."""
    x = jnp.full((2, 2), 200.0)

    def loss(params: Params) -> Array:
        powers = jnp.exp(x @ params["w"])  # fault
        return -jnp.log(powers / powers.sum(1, keepdims=True)).mean()

    return Sick(loss, {"w": jnp.full((2, 3), 0.5)})


def log_of_a_zero() -> Sick:
    """Cross-entropy by hand with a probability that is rounded to 0."""
    x = jnp.full((2, 2), 100.0)

    def loss(params: Params) -> Array:
        p = nn.softmax(x @ params["w"])
        return -jnp.log(p[:, 1]).mean()  # fault

    return Sick(loss, {"w": jnp.array([[1.0, -1.0], [1.0, -1.0]])})


def power_of_a_negative() -> Sick:
    """A fractional power of numbers of both signs."""
    x = _random(8, 2)
    return Sick(lambda params: (_layer(params, x) ** 1.5).mean(), _dense(2, 1))  # fault


def arccos_at_one() -> Sick:
    """The angle between a vector and itself."""
    x = _random(4, 2)

    def loss(params: Params) -> Array:
        h = _layer(params, x)
        h = h / jnp.linalg.norm(h, axis=1, keepdims=True)
        cosine = jnp.clip((h * h).sum(1), -1, 1)
        return jnp.arccos(cosine).mean()  # fault

    return Sick(loss, _dense(2, 3))


@jax.custom_vjp  # type: ignore[untyped-decorator] # mypy does not read JAX
def straight(x: Array) -> Array:
    """A rule of one's own that divides by 0."""
    return jnp.maximum(x, 0.0)


def _backward(_: None, upstream: Array) -> tuple[Array]:
    return (upstream / 0 * 0,)  # fault


straight.defvjp(lambda x: (straight(x), None), _backward)


def rule_of_ones_own() -> Sick:
    """A backward that gives nan."""
    x = _random(3, 2)
    return Sick(lambda params: straight(_layer(params, x)).mean(), _dense(2, 2))


def rate_too_large() -> Sick:
    """Steps that are far too long."""
    x, y = _random(16, 2) * 30, _random(16, 1)
    return Sick(lambda params: ((_layer(params, x) - y) ** 2).mean(), _dense(2, 1), 10.0, 40)  # fault


def entropy_of_zeros() -> Sick:
    """P * log(p) at p = 0."""
    x = _random(3, 2)

    def loss(params: Params) -> Array:
        p = nn.relu(_layer(params, x) - 10.0)
        return (p * jnp.log(p)).sum()  # fault

    return Sick(loss, _dense(2, 3))


def quotient_of_zeros() -> Sick:
    """A share of nothing."""
    x = _random(3, 2)

    def loss(params: Params) -> Array:
        on = nn.relu(_layer(params, x) - 10.0)
        share = on / on.sum(1, keepdims=True)  # fault
        return jnp.square(share).mean()

    return Sick(loss, _dense(2, 3))


def layer_of_zeros() -> Sick:
    """Weights that are all 0, behind and before."""
    x, y = _random(8, 2), _random(8, 1)

    def loss(params: Params) -> Array:
        h = jnp.tanh(_layer(params["first"], x))
        return jnp.square(h @ params["second"]["w"] + params["second"]["b"] - y).mean()  # fault

    return Sick(loss, jax.tree.map(jnp.zeros_like, _two(4)))


def data_with_a_gap() -> Sick:
    """A nan in the data."""
    x = _random(4, 2).at[2, 1].set(jnp.nan)
    return Sick(lambda params: jnp.square(x @ params["w"] + params["b"]).mean(), _dense(2, 1))  # fault


SICK: dict[str, Callable[[], Sick]] = {
    f.__name__: f
    for f in (
        where_after_root, log_of_a_negative, norm_at_zero, dead_relu, saturated_sigmoid, detached_path, overflow, underflow,
        all_masked, division_by_a_deviation, sum_of_exponentials, log_of_a_zero, power_of_a_negative, arccos_at_one,
        rule_of_ones_own, rate_too_large, entropy_of_zeros, quotient_of_zeros, layer_of_zeros, data_with_a_gap,
    )
}  # fmt: skip
