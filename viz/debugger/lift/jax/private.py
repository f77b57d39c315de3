"""The things that JAX shows in no public name: how an equation is done, its name, and the line that it came from.

They were elsewhere in other versions, so they are here and nowhere else.
"""

import os
import re
import sysconfig
from collections.abc import Callable
from typing import Any

import jax
import jaxlib

from autograd.source import Place

_STANDARD = sysconfig.get_path("stdlib") + os.sep
_PACKAGES = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages"))
_MACHINERY = tuple(os.path.dirname(str(package.__file__)) + os.sep for package in (jax, jaxlib))
_LIFT = os.path.dirname(os.path.dirname(__file__)) + os.sep
_TRANSFORMED = re.compile(r"\b(?:jvp|transpose|vmap|checkpoint|rematted_computation)\(([^()]*)\)")  # how JAX says what it did


def done(equation: Any) -> Callable[..., Any]:
    """The function of arrays that an equation is; it gives a list if it has several results."""
    bound = equation.primitive.get_bind_params(equation.params)
    functions, params = bound if isinstance(bound, tuple) else ((), bound)
    return lambda *arrays: equation.primitive.bind(*functions, *arrays, **params)


def place_of(equation: Any) -> Place | None:
    """The user's place that an equation came from; None for one inside a library function that is traced by itself.

    A place in an installed package, such as optax, is none of the user's; it is given if there is no other.
    """
    traceback, installed = equation.source_info.traceback, None
    for code, offset in zip(*traceback.raw_frames(), strict=True) if traceback else ():
        file = code.co_filename
        if file.startswith(_LIFT):  # whoever lifts is not who computes
            break
        if file.startswith(_MACHINERY):
            continue
        if any(folder in file for folder in _PACKAGES):
            installed = installed or (code, offset)
        elif not file.startswith(_STANDARD):
            return code, offset
    return installed


def scope_of(equation: Any) -> str:
    """The scopes of `jax.named_scope` that an equation is in."""
    path, before = str(equation.source_info.name_stack), ""
    while path != before:
        path, before = _TRANSFORMED.sub(r"\1", path), path
    return "/".join(filter(None, path.split("/")))


def name_of(equation: Any) -> str:
    """The name of a primitive; for a function with a rule of its own, the function's."""
    body = equation.params.get("call_jaxpr") if equation.primitive.name.startswith("custom") else None
    information = getattr(getattr(body, "jaxpr", body), "debug_info", None)
    name = getattr(information, "func_name", "") or equation.primitive.name
    return str(name).split(".")[-1].strip("<>")


def function_of(body: Any) -> str:
    """The name of the user's function that a jaxpr is the trace of; '' for a lambda, and for a function of a library."""
    information = getattr(getattr(body, "jaxpr", body), "debug_info", None)
    name, _, file = str(getattr(information, "func_src_info", "") or "").partition(" at ")
    return name.split(".")[-1] if file and name.isidentifier() and not file.startswith((*_MACHINERY, _LIFT)) else ""
