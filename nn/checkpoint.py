"""Checkpoints: a network, and a training run, in one file that holds no code.

The file is safetensors: the numbers as arrays of float64, everything else (layer sizes, names of activations, history,
the state of the random generator) as JSON in its metadata. It is written beside the old one and then takes its place, so
that at any moment, even after kill -9, the old file or the new file exists. Everything is checked before a network is made,
and its sizes are compared with the numbers in the file: no claim in a file can make a network larger than its numbers.
"""

import itertools
import json
import math
import os
import random
import stat
from dataclasses import dataclass, field
from typing import Any

from autograd import ArgumentError
from autograd.errors import AutogradError
from autograd.files import checked_path, write_whole

from .data import Standardisation, repeated
from .layers import MLP, activation_function, name_of
from .module import is_frozen

FORMAT, VERSION = "stepgrad network", 1


class CheckpointError(AutogradError, ValueError):
    """A checkpoint is missing, damaged, of another version, or does not belong to this network."""


@dataclass
class Checkpoint:
    """A network with what belongs to it.

    Attributes:
        model: the network.
        standardisation: the shift and scale of its inputs; None without.
        target: the shift and scale of the number it predicts, for regressions.
        columns, classes: names of inputs and classes.
        training: the state of a run - optimiser, epoch, history, random generator - from which `fit` resumes.
    """

    model: MLP
    standardisation: Standardisation | None = None
    target: Standardisation | None = None
    columns: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    training: dict[str, Any] = field(default_factory=dict)


def _libraries() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError as error:
        raise ImportError("checkpoints are written with safetensors: pip install 'stepgrad[nn]'") from error
    return numpy, safetensors


def save(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        CheckpointError: the file cannot be written, the network has a user's function as activation, or columns, classes or
            standardisation do not fit it.
    """
    np, safetensors = _libraries()
    model = checkpoint.model
    for layer in model.layers:
        if not isinstance(layer.activation, str):
            raise CheckpointError(
                f"the activation {name_of(layer.activation)} is a function, and a file holds no code: name it with "
                "define_primitive and pass the name"
            )
    sizes = [len(model.layers[0].W[0]), *(len(layer.b) for layer in model.layers)]
    scalings = {"standardisation": checkpoint.standardisation, "target": checkpoint.target}
    try:
        _check_belongings(sizes, checkpoint.columns, checkpoint.classes, scalings)
    except ArgumentError as error:
        raise CheckpointError(f"the checkpoint does not fit together: {error}") from None
    optimiser = checkpoint.training.get("optimiser", {})
    memory = {key: item for key, item in optimiser.items() if isinstance(item, list)}
    arrays = {"theta": np.array([p.data for p in model.parameters()])}
    arrays |= {f"optimiser.{key}": np.array(item, dtype=float) for key, item in memory.items()}
    for name, scaling in scalings.items():
        if scaling is not None:
            arrays |= {f"{name}.{part}": np.array(getattr(scaling, part)) for part in ("mean", "scale")}
    if "best" in checkpoint.training:
        arrays["best"] = np.array(checkpoint.training["best"], dtype=float)
    rest = {key: item for key, item in checkpoint.training.items() if key not in ("optimiser", "best")}
    description = {
        "format": FORMAT,
        "version": VERSION,
        "sizes": sizes,
        "activations": [layer.activation for layer in model.layers],
        "frozen": [i for i, p in enumerate(model.parameters()) if is_frozen(p)],
        "columns": checkpoint.columns,
        "classes": checkpoint.classes,
        "training": rest | {"optimiser": {key: item for key, item in optimiser.items() if key not in memory}},
    }
    try:
        write_whole(path, lambda: safetensors.numpy.save(arrays, metadata={"stepgrad": json.dumps(description)}))
    except OSError as error:
        raise CheckpointError(f"cannot write {os.fspath(path)}: {error.strerror or error}") from error


def load(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint. Nothing in the file is executed.

    Raises:
        CheckpointError: the file is missing, damaged, cut short, or no checkpoint of a known version.
    """
    _, safetensors = _libraries()
    path = checked_path(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CheckpointError(f"cannot read {path}: it is no regular file")
        with open(path, "rb"):  # so that a file that cannot be read is told from one that is damaged
            pass
        with safetensors.safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {key: _vector(file.get_tensor(key)) for key in file.keys() if _ours(key)}  # noqa: SIM118 - not a dict
        description = json.loads(metadata["stepgrad"])
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from error
    except CheckpointError:
        raise
    except KeyError:
        raise CheckpointError(f"{path} is a safetensors file, but no network saved by stepgrad") from None
    except Exception as error:  # safetensors raises its own errors, and a damaged header may raise anything
        raise CheckpointError(f"{path} is damaged, or no checkpoint: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no network saved by stepgrad")
    if description.get("version") != VERSION:
        raise CheckpointError(f"{path} is of version {description.get('version')!r}; this program reads {VERSION}")
    try:
        return _rebuild(description, arrays)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    except (AutogradError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({type(error).__name__}: {error})") from error


def _ours(key: str) -> bool:
    return key in ("theta", "best") or key.partition(".")[0] in ("optimiser", "standardisation", "target")


def _vector(array: Any) -> list[float]:
    """An array as a list: a vector, because an empty array may claim any number of rows."""
    if array.ndim != 1 or array.dtype.kind != "f":
        raise ArgumentError(f"an array of shape {array.shape} and type {array.dtype} where a vector of numbers belongs")
    return array.tolist()  # type: ignore[no-any-return]


def _rebuild(description: dict[str, Any], arrays: dict[str, list[float]]) -> Checkpoint:
    sizes, activations, frozen = (_listed(description[key], key, kind) for key, kind in _LISTS.items())
    count = sum((n + 1) * m for n, m in itertools.pairwise(sizes))
    if len(sizes) < 2 or min(sizes) < 1 or count != len(arrays["theta"]):
        raise ArgumentError(f"sizes {_cut(sizes)} ask for {_cut(count)} parameters, and there are {len(arrays['theta'])}")
    if len(activations) != len(sizes) - 1:
        raise ArgumentError(f"{len(activations)} activations for {len(sizes) - 1} layers")
    if not all(0 <= i < count for i in frozen):
        raise ArgumentError("a parameter that is not there is frozen")
    columns, classes = (_listed(description[key], key, str) for key in ("columns", "classes"))
    scalings = {name: _scaling(name, arrays) for name in ("standardisation", "target")}
    _check_belongings(sizes, columns, classes, scalings)
    for activation in set(activations) - {"softmax"}:
        try:
            activation_function(activation)
        except ArgumentError as error:
            raise CheckpointError(f"{error}. If it is a primitive of your own, call define_primitive first") from None
    model = MLP(sizes[0], sizes[1:], activation=activations, init="zeros", rng=random.Random(0))
    restore_parameters(model, arrays["theta"])
    parameters = model.parameters()
    for i in frozen:
        parameters[i].frozen = True  # an attribute of its own, as any node may have
    training = dict(description["training"])
    memory = {key.removeprefix("optimiser."): item for key, item in arrays.items() if key.startswith("optimiser.")}
    training["optimiser"] = training["optimiser"] | memory
    if "best" in arrays:
        training["best"] = arrays["best"]
    return Checkpoint(model, scalings["standardisation"], scalings["target"], columns, classes, training)


_LISTS: dict[str, type] = {"sizes": int, "activations": str, "frozen": int}


def _listed(items: Any, what: str, kind: type) -> list[Any]:
    if not isinstance(items, list) or not all(type(item) is kind for item in items):
        raise ArgumentError(f"{what} is no list of {'texts' if kind is str else 'whole numbers'}")
    return items


def _cut(thing: Any) -> str:
    text = str(thing)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _scaling(name: str, arrays: dict[str, list[float]]) -> Standardisation | None:
    mean, scale = (arrays.get(f"{name}.{part}") for part in ("mean", "scale"))
    if mean is None and scale is None:
        return None
    if mean is None or scale is None:
        raise ArgumentError(f"half of the {name} is missing")
    return Standardisation(mean, scale)


def _check_belongings(
    sizes: list[int], columns: list[str], classes: list[str], scalings: dict[str, Standardisation | None]
) -> None:
    """Check that names and scalings fit a network of these sizes.

    Raises:
        ArgumentError: they do not fit.
    """
    nin, nout = sizes[0], sizes[-1]
    for what, names, fit in (("columns", columns, (0, nin)), ("classes", classes, (0, nout, 2 if nout == 1 else 0))):
        if len(names) not in fit:
            raise ArgumentError(f"{len(names)} {what} for a network of {nin} inputs and {nout} outputs")
        if (twice := repeated(names)) is not None:
            raise ArgumentError(f"two {what} are called {twice!r}")
    for (name, scaling), length in zip(scalings.items(), (nin, nout), strict=True):
        if scaling is None:
            continue
        if len(scaling.mean) != length or len(scaling.scale) != length:
            raise ArgumentError(f"a {name} of {len(scaling.mean)} numbers for {length}")
        if not all(map(math.isfinite, scaling.mean)) or not all(0.0 < x < math.inf for x in scaling.scale):
            raise ArgumentError(f"the {name} shifts by nan or inf, or divides by what is not above 0")


def restore_parameters(model: MLP, numbers: Any) -> None:
    """Give a network's parameters the numbers of another network of the same shape.

    Raises:
        CheckpointError: the numbers are too few, too many, or not finite.
    """
    ps = model.parameters()
    theta = list(numbers)
    if len(theta) != len(ps):
        raise CheckpointError(f"the file has {len(theta)} parameters, the network {len(ps)}")
    if not all(isinstance(x, float) and math.isfinite(x) for x in theta):
        raise CheckpointError("a parameter in the file is nan or inf: the run it is from had diverged")
    for p, x in zip(ps, theta, strict=True):
        p.data = x
