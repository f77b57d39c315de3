"""Every way to the derivative of a function of one number, as a function of the function: tests hold them to each other."""

from collections.abc import Callable
from typing import Any

from autograd import derivative, grad, jacobian, jvp, value_and_grad, vjp

Function = Callable[..., Any]

WAYS: dict[str, Callable[[Function], Function]] = {
    "derivative": derivative,
    "grad": grad,
    "value_and_grad": lambda f: lambda x: value_and_grad(f)(x)[1],
    "jacobian": jacobian,
    "jvp": lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
    "vjp": lambda f: lambda x: vjp(f, x)[1](1.0)[0],
}
