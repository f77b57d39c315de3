"""Names of other libraries, and the names to write here instead.

Users of micrograd, PyTorch, JAX or HIPS autograd try the names that they know. If the name here differs, the error teaches
it: a missing attribute, import or keyword names the existing one. One mechanism serves the engine, `nn` and `viz`, each of
which has a small table of such names:

    teach_module(__name__, NAMES)    a package's `__getattr__`, and its part of the imports (`import autograd.numpy`)
    @teach(NAMES)                    on a class: attributes that its instances do not have
    @teach_keywords                  on a function: keywords that it does not take

Nothing here runs before a name is missing. A class gets descriptors that raise, not a `__getattr__`, which would slow down
every existing attribute: measured on Python 3.11, 10 % more for an operation and 30 % for a backward pass.
"""

import functools
import importlib
import sys
import types
from collections.abc import Callable, Collection, Mapping
from typing import Any, ParamSpec, TypeVar

from .errors import ForeignImportError, ForeignNameError, OperandError, did_you_mean

Names = Mapping[str, str]  # a name of another library -> the code to write here
P = ParamSpec("P")
T = TypeVar("T")


def expand(groups: Mapping[str, str]) -> dict[str, str]:
    """A table with one entry per name, from a table whose keys hold several names, set apart by blanks.

    >>> expand({"item value": "write v.data"})
    {'item': 'write v.data', 'value': 'write v.data'}
    """
    return {name: advice for names, advice in groups.items() for name in names.split()}


# --- attributes of instances -----------------------------------------------------------------------------------------------


class Missing:
    """An attribute whose error says what to write instead; setting an attribute of that name replaces it."""

    __slots__ = ("advice", "name", "owner")

    def __init__(self, owner: str, name: str, advice: str) -> None:
        self.owner, self.name, self.advice = owner, name, advice

    def __get__(self, instance: object, kind: type) -> Any:
        # Without `obj`, or Python would append a guess of its own.
        raise ForeignNameError(f"{self.owner} has no {self.name!r}: {self.advice}", name=self.name)


def teach(owner: str, names: Names) -> Callable[[type[T]], type[T]]:
    """Let instances of a class say what to write instead of attributes that they do not have.

    Args:
        owner: the name of an instance in the message: 'a Value'.
    """

    def decorate(cls: type[T]) -> type[T]:
        for name, advice in names.items():
            if not hasattr(cls, name):
                setattr(cls, name, Missing(owner, name, advice))
        inherited = cls.__dir__
        listed = lambda self: [name for name in inherited(self) if name not in names or hasattr(self, name)]  # noqa: E731
        cls.__dir__ = listed  # type: ignore[method-assign]
        return cls

    return decorate


# --- packages and their imports ----------------------------------------------------------------------------------------------

_PACKAGES: dict[str, tuple[Names, Collection[str]]] = {}  # their tables, and their modules that are imported on demand


def _advice(package: str, name: str) -> str | None:
    """The message of a package for a name that it does not have; None for names that nobody means."""
    if name.startswith("__"):
        return None
    if callable(vars(sys.modules[package]).get(name)):
        return f"{package}.{name} is no module: write `from {package} import {name}`"
    names, modules = _PACKAGES[package]
    if name in names:
        return f"{package} has no {name!r}: {names[name]}"
    near = did_you_mean(name, {*_named(package), *modules})
    return f"{package} has no {name!r}.{near}" if near else None


def _named(package: str) -> list[str]:
    """The names in a package, without inner packages that are not for its users."""
    module = sys.modules[package]
    public = vars(module).get("__all__", ())
    return [
        known
        for known, thing in vars(module).items()
        if known in public or not (known.startswith("_") or hasattr(thing, "__path__"))
    ]


def teach_module(package: str, names: Names, modules: Collection[str] = ()) -> Callable[[str], Any]:
    """The `__getattr__` of a package; from now on, imports from it teach as well.

    Args:
        modules: its modules that are imported when somebody asks for them: `import viz; viz.debugger`.
    """
    _PACKAGES[package] = names, modules
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())

    def missing(name: str) -> Any:
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        advice = _advice(package, name)
        raise ForeignNameError(advice, name=name) if advice else AttributeError(f"module {package!r} has no attribute {name!r}")

    return missing


class _Finder:
    """The last finder: an import that no other finder has found, from a package that teaches, is a missing name.

    `from autograd import gradcheck` comes here too, because Python then looks for a module of that name.
    """

    def find_spec(self, fullname: str, *_: Any) -> None:
        """Nothing, or the error that says what to write."""
        package, dot, name = fullname.rpartition(".")
        if dot and package in _PACKAGES and (advice := _advice(package, name)):
            raise ForeignImportError(advice, name=fullname)


# --- keywords --------------------------------------------------------------------------------------------------------------


def teach_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function name the right keyword if it is called with one that it does not take."""
    explain = _explained

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except TypeError:
            better = explain(function, args, kwargs)
            if better is None:
                raise
            raise better from None

    # With the globals of the function, by which doctest and others find its module.
    own = types.FunctionType(call.__code__, function.__globals__, function.__name__, None, call.__closure__)
    return functools.wraps(function)(own)


def _explained(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> OperandError | None:
    """The error for a call with an unknown keyword; None if all keywords are known."""
    import inspect  # this import takes as long as the engine's; only a mistaken call pays for it

    name, taken = function.__qualname__, dict(inspect.signature(function).parameters)
    if name.endswith(".__init__"):
        kind = type(args[0])
        # a class that passes unknown keywords on takes its base's keywords too
        name, taken = kind.__name__, taken | dict(inspect.signature(kind).parameters)
    passed_on = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())
    unknown = [keyword for keyword in kwargs if keyword not in taken]
    if passed_on or not unknown:
        return None
    known = [p for p in taken if p not in ("self", "options", "more")]
    hint = did_you_mean(unknown[0], known) or f" {KEYWORDS.get(unknown[0], 'It takes ' + ', '.join(known))}"
    return OperandError(f"{name}() takes no {unknown[0]}=.{hint}")


KEYWORDS = {
    "weight_decay": "Add a penalty to the cost, cost + 0.01 * nn.l2(model.parameters()), or use AdamW(parameters, decay=0.01)",
    "has_aux": "Keep what else the function computes in a list outside of it, or call it once more",
    "reduction": "Costs are means over the batch; norm_cost is a sum",
    "dtype": "Numbers are floats of 64 bits",
    "device": "Everything is computed by the processor that runs Python",
    "bias": "Every neuron has a bias, 0 at first; b.frozen = True for every b in layer.b keeps it there",
}


# --- the engine's own --------------------------------------------------------------------------------------------------------


AUTOGRAD = expand({
    "tensor Tensor as_tensor Variable Scalar Var Node Parameter": "write Value(2.0); a vector is a list or an array of Values",
    "engine": "write from autograd import Value",
    "nn": "networks are a package of their own: from nn import MLP",
    "optim": "optimisers are in nn: from nn import SGD, Adam",
    "numpy": "plain NumPy understands Values: import numpy as np; np.exp(np.array([v, w])) (docs/numpy.md)",
    "scipy": "the special functions are here: from autograd import erf, lgamma, digamma, logsumexp, normal_cdf",
    "gradcheck check_grads checkgrad test_util grad_check gradgradcheck": "write check_gradients(f, 0.5)",
    "elementwise_grad egrad": "write [derivative(f)(x) for x in xs]",
    "deriv diff differentiate": "write derivative(f)(x), or derivative(f, order=2)(x)",
    "gradient nabla grads": "write grad(f)(x) for a function, y.backward() and x.grad for a graph",
    "backward backprop": "write y.backward(), then x.grad",
    "make_vjp": "write value, pull = vjp(f, x)",
    "make_jvp linearize": "write value, slope = jvp(f, (x,), (direction,))",
    "make_hvp hessian_vector_product hessian_tensor_product vhp make_ggnvp": "write hvp(f, (x,), (direction,))",
    "jacfwd jacrev jac make_jacobian": "write jacobian(f)(x)",
    "vector_jacobian_product": "write value, pull = vjp(f, x)",
    "jacobian_vector_product": "write value, slope = jvp(f, (x,), (direction,))",
    "grad_and_aux multigrad grad_named multigrad_dict holomorphic_grad": "write grad(f, argnums=(0, 1)) or value_and_grad(f)",
    "primitive defvjp defjvp custom_vjp custom_jvp custom_gradient Function": "write define_primitive(name, value, partials)",
    "stop_gradient detached": "write detach(v), or v.detach()",
    "vmap pmap elementwise": "write [f(x) for x in xs]",
    "jit TinyJit": "write autograd.compile(f), which records it once",
    "lax": "every operation is computed as it is met; there is nothing to compile",
    "set_grad_enabled inference_mode stop_recording": "write with no_grad(): ...",
    "enable_grad": "gradients are on, unless with no_grad(): ... is around; derivatives are taken inside that, too",
    "detect_anomaly set_detect_anomaly debug_nans": "write with strict(): ..., which raises at the first nan",
    "manual_seed random seed PRNGKey": "numbers are drawn by Python: random.seed(0), or MLP(..., rng=random.Random(0))",
    "make_jaxpr": "write emitted_source(y), the backward pass as Python",
    "tree_map tree_util tree": "grad and its kin take lists, tuples and dicts of numbers as they are",
    "checkpoint remat": "graphs are kept whole; recomputing them by parts is not offered",
    "functional F": "functions are here: from autograd import relu, softmax; costs are in nn",
    "misc": "optimisers are in nn: from nn import SGD, Adam",
    "draw_dot trace plot draw": "write import viz; viz.draw(y)",
    "zeros ones randn rand arange linspace stack cat concatenate array":
        "write a list, or a NumPy array of Values (docs/numpy.md)",
    "matmul mm einsum": "write dot(row, x) for each row, or A @ x with NumPy arrays of Values (docs/numpy.md)",
    "clip clip_by_value hardtanh relu6": "write clamp(u, lo, hi): clamp(u, 0, 6) is relu6, clamp(u, -1, 1) hardtanh",
    "max amax fmax": "write maximum(u, v)",
    "min amin fmin": "write minimum(u, v)",
    "absolute": "write abs(v)",
    "power": "write u ** v",
    "ldexp": "write u * 2.0 ** n",
    "isclose allclose": "write abs(u - v) < 1e-9, or math.isclose(u.data, v.data)",
    "add subtract multiply divide": "write u + v, u - v, u * v, u / v",
    "gammaln": "write lgamma(u)",
    "psi": "write digamma(u)",
    "log_softmax": "write [x - logsumexp(xs) for x in xs]",
    "expit": "write sigmoid(u)",
    "logit": "write log(p) - log1p(-p)",
    "rsqrt": "write u ** -0.5",
    "sumprod": "write dot(us, vs)",
    "fsum": "write autograd.sum(us), which rounds once",
    "heaviside": "write where(u > 0, 1.0, 0.0)",
    "factorial": "write gamma(n + 1)",
    "mish": "write u * tanh(softplus(u))",
    "var std": "write mean((x - m) ** 2 for x in xs) with m = mean(xs); std is its sqrt",
})  # fmt: skip

# Functions of the standard library that take plain numbers alone, and modules of such.
LIBRARIES = expand({
    "statistics.mean statistics.fmean": "write autograd.mean(xs)",
    "statistics.pvariance statistics.pstdev":
        "write autograd.mean((x - m) ** 2 for x in xs) with m = autograd.mean(xs); pstdev is its sqrt",
    "statistics.variance statistics.stdev":
        "write autograd.sum((x - m) ** 2 for x in xs) / (len(xs) - 1) with m = autograd.mean(xs); stdev is its sqrt",
    "statistics.geometric_mean": "write autograd.exp(autograd.mean(autograd.log(x) for x in xs))",
    "statistics.harmonic_mean": "write 1 / autograd.mean(1 / x for x in xs)",
    "statistics.covariance statistics.correlation statistics.linear_regression":
        "write autograd.dot([x - autograd.mean(xs) for x in xs], [y - autograd.mean(ys) for y in ys]), from which it is made",
    "statistics.NormalDist statistics.NormalDist.cdf": "write autograd.normal_cdf((x - mu) / sigma)",
    "statistics": "write it with autograd.mean, sum, sqrt and dot",
    "random": "a draw has no derivative by its odds or bounds: give plain numbers, random.choices(xs, [w.data for w in ws])",
})  # fmt: skip

PROGRAM = expand({
    "grad gradient gradients": "write program.value_and_grad(x), or autograd.grad(program)",
    "hessian": "write program.hvp((x,), (v,)), or autograd.hessian(program)",
    "jvp vjp": "write autograd.jvp(program, (x,), (v,)); it runs the function",
    "vmap map": "write program.batch(xs)",
    "lower trace graph as_text code": "write print(program) for the recording, print(program.source) for it as Python",
    "original fn func": "write program.function",
    "to_onnx to_tensorflow": "write program.to_numpy(), to_jax(), to_torch() or to_c()",
})  # fmt: skip

VALUE = expand({
    "item value val tolist numpy values": "write v.data, its number",
    "backwards back backprop backward_": "write y.backward()",
    "gradient derivative adjoint bar": "write v.grad, after y.backward()",
    "requires_grad requires_grad_ retain_grad": "every Value has a gradient; v.frozen = True keeps optimisers away from one",
    "is_leaf": "write not v.parents",
    "grad_fn creator": "write v.primitive and v.parents, or record_backward(y) for the whole pass",
    "children prev inputs": "write v.parents, and v.operands with the constants",
    "name": "write v.label",
    "zero_ zero zero_grad_": "write v.zero_grad()",
    "detach_ stop_gradient": "write v.detach(), a new leaf with the same number",
    "clone copy": "write copy.copy(v), or v.detach() for a leaf without history",
    "shape size dim dtype device": "a Value is one number, a float of 64 bits; vectors are lists or NumPy arrays of Values",
    "T view reshape flatten squeeze unsqueeze transpose": "a Value is one number; NumPy arrays of Values have shapes",
    "sum": "a Value is one number; of many write autograd.sum(values)",
    "mean": "a Value is one number; of many write autograd.mean(values)",
    "max": "a Value is one number; of many write autograd.maximum(values)",
    "min": "a Value is one number; of many write autograd.minimum(values)",
    "dot matmul mm": "a Value is one number; of two lists write autograd.dot(ws, xs)",
    "softmax log_softmax logsumexp argmax cumsum norm std var": "a Value is one number; of many write autograd.softmax(values)",
    "neg reciprocal rsqrt": "write -v, 1 / v, v ** -0.5",
    "clip": "write v.clamp(lo, hi)",
    "cpu cuda to half": "everything is computed by the processor that runs Python, in floats of 64 bits",
    "float int double long": "write v.data; float(v.data) and int(v.data) drop the gradient in the open",
    "add subtract multiply divide sub mul div add_ sub_ mul_": "write u + v, u - v, u * v, u / v",
    "swish": "write v.silu()",
    "draw plot show draw_dot": "write import viz; viz.draw(v)",
    "forward eval": "operations are computed as they are met: v.data is there",
    "register_backward_hook hook": "write v.register_hook(print)",
    "is_integer hex": "write v.data.is_integer(), v.data.hex()",
    "primal": "write v.data; forward mode is autograd.jvp and autograd.derivative",
})  # fmt: skip
