"""The gallery on PyTorch: every script with its fault, run with anomaly mode on and with hooks on every tensor.

    python tests/faults/in_torch.py            # the whole gallery
    python tests/faults/in_torch.py 62 126     # these, beside what is known of the others

Needs PyTorch (CPU) in an environment of its own; it is no dependency. It writes tests/data/torch_faults.json, which
docs/faults.md shows and the tests compare with the documentation. The scripts are run as they are: `autograd` and `nn` are
replaced by the small modules below, in which every operation is PyTorch's on a float64 scalar, parameters are leaves with
requires_grad, and data is assigned under torch.no_grad(), as one does in PyTorch.

What is written down of each script: whether it raised, and which line of it anomaly mode blamed; PyTorch's own warnings; and
the first remarkable thing that a hook on any tensor, or a look at .grad after the pass, could have seen: nan, inf, a
parameter without gradient, gradients that are all 0.
"""

import json
import math
import pathlib
import re
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch

FOLDER = pathlib.Path(__file__).parent
TARGET = FOLDER.parent / "data" / "torch_faults.json"
torch.set_default_dtype(torch.float64)


class Log:
    """What could be seen while one script ran."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.costs: list[float] = []
        self.parameters: list[Any] = []

    def note(self, what: str) -> None:
        """Keep it, if nothing of the kind has been seen before."""
        if kind_of(what) not in map(kind_of, self.seen):
            self.seen.append(what)


LOG = Log()


def kind_of(note: str) -> str:
    """A note without its numbers."""
    return re.sub(r"\d[\d.e+-]*", "#", note)


def tensor_of(x: Any) -> torch.Tensor:
    """The tensor of a number or of a `Value`."""
    return x.t if isinstance(x, Value) else torch.tensor(float(x))


class Value:
    """A scalar tensor with the names that the scripts use."""

    def __init__(self, data: Any, label: str = "", tensor: torch.Tensor | None = None) -> None:
        self.label = label
        self.t = torch.tensor(float(data), requires_grad=True) if tensor is None else tensor
        self.leaf = tensor is None
        if self.t.requires_grad and not self.leaf:
            self.t.register_hook(hook_of(self.t.grad_fn))

    @property
    def data(self) -> float:
        return float(self.t.item())

    @data.setter
    def data(self, x: float) -> None:
        with torch.no_grad():
            self.t.copy_(torch.tensor(float(x)))

    @property
    def grad(self) -> float:
        gradient = self.t.grad
        return 0.0 if gradient is None else gradient.item()

    @grad.setter
    def grad(self, x: float) -> None:
        self.t.grad = torch.tensor(float(x))

    def zero_grad(self) -> None:
        self.t.grad = None

    def detach(self) -> "Value":
        return Value(0.0, tensor=self.t.detach())

    def register_hook(self, hook: Callable[[Any], Any]) -> None:
        self.t.register_hook(hook)

    def softplus(self) -> "Value":
        return FUNCTIONS["softplus"](self)  # type: ignore[no-any-return]

    def backward(self) -> None:
        self.t.backward()
        look_at_gradients(self.t)

    def __gt__(self, other: Any) -> bool:
        return bool(self.t > tensor_of(other))


def hook_of(function: Any) -> Callable[[torch.Tensor], None]:
    name = type(function).__name__

    def hook(gradient: torch.Tensor | None) -> None:
        if gradient is not None and not math.isfinite(gradient.item()):
            LOG.note(f"{gradient.item()} at the output of {name}")

    return hook


def look_at_gradients(root: torch.Tensor) -> None:
    """What .grad says after a pass: nan, missing, all 0."""
    gradients = [p.t.grad for p in LOG.parameters]
    if any(g is not None and not math.isfinite(g.item()) for g in gradients):
        LOG.note("a .grad that is not finite")
    if gradients and any(g is None for g in gradients):
        LOG.note("a parameter whose .grad is None")
    there = [g.item() for g in gradients if g is not None]
    if there and all(abs(g) < 1e-15 for g in there):
        LOG.note("every .grad is 0")
    elif there and any(g == 0.0 for g in there):
        LOG.note("some .grad are 0")
    sizes = [abs(g) for g in there if g]
    if sizes and max(sizes) > 1e6:
        LOG.note(f"a .grad of {max(sizes):.0e}")
    if sizes and 0.0 < min(sizes) < 1e-6 * max(sizes):
        LOG.note(f".grad from {min(sizes):.0e} to {max(sizes):.0e}")
    LOG.costs.append(root.item())
    if not math.isfinite(root.item()):
        LOG.note(f"the cost is {root.item()}")


def made(function: Callable[..., torch.Tensor]) -> Callable[..., Any]:
    """A function of tensors as one of `Value`s and numbers."""

    def apply(*operands: Any) -> Any:
        if len(operands) == 1 and isinstance(operands[0], list):
            operands = tuple(operands[0])
        return Value(0.0, tensor=function(*map(tensor_of, operands)))

    return apply


def dot(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = 0.0) -> Value:
    # Products of the parameters themselves, not of a stacked copy: PyTorch notices only of those that they were changed.
    z = tensor_of(bias)
    for w, x in zip(weights, inputs, strict=True):
        z = z + tensor_of(w) * tensor_of(x)
    return Value(0.0, tensor=z)


def softmax(*numbers: Any) -> list[Value]:
    xs = numbers[0] if len(numbers) == 1 else numbers
    out = torch.softmax(torch.stack([tensor_of(x) for x in xs]), 0)
    return [Value(0.0, tensor=p) for p in out]


def define_primitive(_: str, value: Any, partials: Any) -> Callable[..., Any]:
    reader = types.SimpleNamespace(sqrt=math.sqrt, div=lambda u, v: u / v, exp=math.exp)

    class Defined(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, u: torch.Tensor) -> torch.Tensor:
            context.save_for_backward(u)
            return torch.tensor(value(reader, u.item()))

        @staticmethod
        def backward(context: Any, gradient: torch.Tensor) -> Any:
            (u,) = context.saved_tensors
            return gradient * partials(reader, 0.0, u.item())[0]

    return made(Defined.apply)


FUNCTIONS: dict[str, Any] = {
    name: made(getattr(torch, name))
    for name in ("exp", "log", "sqrt", "square", "sin", "tanh", "sigmoid", "relu", "round", "sign")
} | {
    "softplus": made(torch.nn.functional.softplus),
    "mean": made(lambda *us: torch.stack(us).mean()),
    "sum": made(lambda *us: torch.stack(us).sum()),
    "norm": made(lambda *us: torch.stack(us).norm()),
    "logsumexp": made(lambda *us: torch.logsumexp(torch.stack(us), 0)),
    "clamp": made(torch.clamp),
    "where": lambda c, a, b: Value(0.0, tensor=torch.where(torch.tensor(bool(c)), tensor_of(a), tensor_of(b))),
    "linear": lambda u: u,
    "dot": dot,
    "softmax": softmax,
    "define_primitive": define_primitive,
    "Value": Value,
}  # fmt: skip

for operator, function in {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "truediv": torch.true_divide, "pow": torch.pow,
    "floordiv": torch.floor_divide,
}.items():  # fmt: skip
    setattr(Value, f"__{operator}__", lambda a, b, f=function: made(f)(a, b))
    setattr(Value, f"__r{operator}__", lambda a, b, f=function: made(f)(b, a))
for operator, function in {"neg": torch.neg}.items():
    setattr(Value, f"__{operator}__", lambda a, f=function: made(f)(a))


# --- networks ----------------------------------------------------------------------------------------------------------


INITIAL: dict[str, Callable[[Any, int, int], float]] = {  # the draws of nn/initial.py
    "zeros": lambda *_: 0.0,
    "uniform": lambda rng, *_: rng.uniform(-1, 1),
    "he_normal": lambda rng, nin, _: rng.gauss(0, 1) * math.sqrt(2.0 / nin),
    "xavier_uniform": lambda rng, nin, nout: rng.uniform(-1, 1) * math.sqrt(6.0 / (nin + nout)),
}


class Neuron:
    """One neuron."""

    def __init__(self, nin: int, activation: Any = "relu", init: str = "uniform", rng: Any = None, nout: int = 1) -> None:
        self.w, self.b = [Value(INITIAL[init](rng, nin, nout)) for _ in range(nin)], Value(0.0)
        self.sigma = FUNCTIONS[activation] if isinstance(activation, str) else activation

    def __call__(self, x: list[Any]) -> Any:
        return self.sigma(dot(self.w, x, self.b))

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


class Layer:
    """A layer of neurons."""

    def __init__(self, nin: int, nout: int, _: int = 0, **options: Any) -> None:
        self.neurons = [Neuron(nin, nout=nout, **options) for _ in range(nout)]

    def __call__(self, x: list[Any]) -> Any:
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def zero_grad(self) -> None:
        for p in self.parameters():
            p.zero_grad()


class MLP(Layer):
    """Layers one after the other."""

    def __init__(self, nin: int, nouts: list[int], activation: Any = "relu", **options: Any) -> None:
        sizes, last = [nin, *nouts], len(nouts)
        self.layers = [
            Layer(sizes[n], sizes[n + 1], activation=activation if n + 1 < last else "linear", **options) for n in range(last)
        ]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x if isinstance(x, list) else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]


class SGD:
    """torch.optim.SGD on the tensors."""

    def __init__(self, parameters: list[Value], rate: float) -> None:
        LOG.parameters = list(parameters)
        self.descent = torch.optim.SGD([p.t for p in parameters], lr=rate)

    def zero_grad(self) -> None:
        self.descent.zero_grad()

    def step(self) -> None:
        self.descent.step()


def flat(thing: Any) -> list[Any]:
    return [x for item in thing for x in flat(item)] if isinstance(thing, list) else [thing]


def mean_squared_error(outputs: Any, targets: Any) -> Value:
    fs, ys = (torch.stack([tensor_of(x) for x in flat(t)]) for t in (outputs, targets))
    return Value(0.0, tensor=torch.nn.functional.mse_loss(fs, ys))


def cross_entropy(logits: Any, labels: Any) -> Value:
    zs = torch.stack([torch.stack([tensor_of(z) for z in row]) for row in logits])
    return Value(0.0, tensor=torch.nn.functional.cross_entropy(zs, torch.tensor(labels)))


def binary_cross_entropy(logits: Any, labels: Any) -> Value:
    zs = torch.stack([tensor_of(z) for z in logits])
    return Value(0.0, tensor=torch.nn.functional.binary_cross_entropy_with_logits(zs, torch.tensor([float(y) for y in labels])))


def hinge(scores: Any, labels: Any) -> Value:
    fs, ys = torch.stack([tensor_of(f) for f in scores]), torch.tensor([float(y) for y in labels])
    return Value(0.0, tensor=torch.relu(1.0 - fs * ys).mean())


def clip_gradients(parameters: list[Value], largest: float) -> float:
    return float(torch.nn.utils.clip_grad_norm_([p.t for p in parameters], largest))


def l2(parameters: list[Value]) -> Value:
    return Value(0.0, tensor=torch.stack([p.t for p in parameters]).square().sum())


NETWORKS = {
    f.__name__: f
    for f in (MLP, SGD, Layer, Neuron, mean_squared_error, cross_entropy, binary_cross_entropy, hinge, clip_gradients, l2)
}


# --- running -----------------------------------------------------------------------------------------------------------


def modules() -> dict[str, types.ModuleType]:
    """`autograd` and `nn` as the scripts import them."""
    engine, networks = types.ModuleType("autograd"), types.ModuleType("nn")
    vars(engine).update(FUNCTIONS)
    vars(networks).update(NETWORKS)
    return {"autograd": engine, "nn": networks}


def blamed(text: str, path: str) -> int:
    """The last line of a script in a traceback, 0 if there is none."""
    lines = re.findall(rf'File "{re.escape(path)}", line (\d+)', text)
    return int(lines[-1]) if lines else 0


def run(path: pathlib.Path) -> dict[str, Any]:
    """Run a script; what PyTorch and hooks had to say."""
    global LOG
    LOG = Log()
    names: dict[str, Any] = {"__name__": "__main__"}
    raised, line = "", 0
    before = dict(sys.modules)
    sys.modules.update(modules())
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
                watch_leaves(names, code)
        except Exception as error:  # noqa: BLE001 - whatever PyTorch raises is what is written down
            raised = re.sub(r"\s+", " ", f"{type(error).__name__}: {error}").split(" Hint:")[0][:200]
            line = blamed("".join(traceback.format_exception(error)), str(path))
        finally:
            for name in ("autograd", "nn"):
                sys.modules.pop(name, None)
                if name in before:
                    sys.modules[name] = before[name]
    texts = [str(w.message) for w in warned]
    forward = [text for text in texts if "Traceback of forward call" in text]
    others = [re.sub(r"\s+", " ", t)[:120] for t in texts if t not in forward and "Anomaly Detection has been enabled" not in t]
    return {
        "raised": raised,
        "line": blamed(forward[0], str(path)) if forward else line if raised else 0,
        "warnings": sorted({t for t in others if "NumPy" not in t}),
        "hooks": LOG.seen,
        "costs": [repr(c) for c in LOG.costs[:1] + LOG.costs[-1:]],
    }


def watch_leaves(names: dict[str, Any], code: Any) -> None:
    """Run the code; its labelled values and the parameters of its optimiser are what .grad is looked at of."""
    original = Value.__init__

    def noting(self: Value, data: Any, label: str = "", tensor: torch.Tensor | None = None) -> None:
        original(self, data, label, tensor)
        if label and tensor is None and not label.startswith(("x", "y")):
            LOG.parameters.append(self)

    Value.__init__ = noting  # type: ignore[method-assign]
    try:
        exec(code, names)
    finally:
        Value.__init__ = original  # type: ignore[method-assign]


def _number(path: pathlib.Path) -> int:
    return int(path.stem.partition("_")[0])


def main() -> None:
    """Run the gallery, or the scripts whose numbers are given, and write what came of it."""
    chosen = set(sys.argv[1:])
    results = json.loads(TARGET.read_text(encoding="utf-8"))["faults"] if chosen else {}
    for path in sorted(FOLDER.glob("[0-9]*.py")):
        if path.stem.endswith("_healthy") or (chosen and path.stem.partition("_")[0] not in chosen):
            continue
        guilty = next(
            n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text.endswith("# <- here")
        )
        results[path.stem] = {"guilty": guilty, **run(path), "healthy": run(path.with_name(f"{path.stem}_healthy.py"))}
    results = {path.stem: results[path.stem] for path in sorted(FOLDER.glob("[0-9]*.py"), key=_number) if path.stem in results}
    TARGET.write_text(json.dumps({"torch": torch.__version__, "faults": results}, indent=0) + "\n", encoding="utf-8")
    right = sum(1 for r in results.values() if r["line"] == r["guilty"])
    raised = sum(bool(r["raised"]) for r in results.values())
    print(f"{len(results)} faults; PyTorch raised in {raised}, and named the guilty line in {right}")


if __name__ == "__main__":
    main()
