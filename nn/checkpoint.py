"""Checkpoints: a network, and a training run, in one file that holds no code.

The file is safetensors: the numbers as arrays of float64, everything else (layer sizes, names of activations, history,
the state of the random generator) as JSON in its metadata. It is written beside the old one and then takes its place, so
that at any moment, kill -9 included, the old file or the new one is there. Everything is checked before a network is made.
"""

import json
import math
import os
import random
from dataclasses import dataclass, field
from typing import Any

from autograd import ArgumentError
from autograd.errors import AutogradError
from autograd.files import write_whole

from .data import Standardisation
from .layers import MLP, name_of
from .module import is_frozen

FORMAT, VERSION = "stepgrad network", 1


class CheckpointError(AutogradError, ValueError):
    """A checkpoint is missing, damaged, of another version, or does not belong to this network."""


@dataclass
class Checkpoint:
    """A network with what belongs to it.

    Attributes:
        model: the network.
        standardisation: what its inputs are shifted and scaled by, if they are.
        target: the same for the number it predicts, for regressions.
        columns, classes: names of inputs and classes.
        training: the state of a run - optimiser, epoch, history, random generator - to be resumed.
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
        CheckpointError: the file cannot be written, or the network has an activation that is a function of its own.
    """
    np, safetensors = _libraries()
    model = checkpoint.model
    for layer in model.layers:
        if not isinstance(layer.activation, str):
            raise CheckpointError(
                f"the activation {name_of(layer.activation)} is a function, and a file holds no code: name it with "
                "define_primitive and pass the name"
            )
    optimiser = checkpoint.training.get("optimiser", {})
    memory = {key: item for key, item in optimiser.items() if isinstance(item, list)}
    arrays = {"theta": np.array([p.data for p in model.parameters()])}
    arrays |= {f"optimiser.{key}": np.array(item, dtype=float) for key, item in memory.items()}
    for name in ("standardisation", "target"):
        scaling = getattr(checkpoint, name)
        if scaling is not None:
            arrays |= {f"{name}.{part}": np.array(getattr(scaling, part)) for part in ("mean", "scale")}
    if "best" in checkpoint.training:
        arrays["best"] = np.array(checkpoint.training["best"], dtype=float)
    sizes = [len(model.layers[0].W[0]), *(len(layer.b) for layer in model.layers)]
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
        CheckpointError: the file is missing, damaged, cut short, or no checkpoint of a version known here.
    """
    _, safetensors = _libraries()
    path = os.fspath(path)
    try:
        with safetensors.safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {key: file.get_tensor(key).tolist() for key in file.keys()}  # noqa: SIM118 - not a dict
        description = json.loads(metadata["stepgrad"])
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror or error}") from error
    except KeyError:
        raise CheckpointError(f"{path} is a safetensors file, but no network saved by stepgrad") from None
    except Exception as error:  # safetensors raises its own, and a damaged header may raise anything
        raise CheckpointError(f"{path} is damaged, or no checkpoint: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no network saved by stepgrad")
    if description.get("version") != VERSION:
        raise CheckpointError(f"{path} is of version {description.get('version')!r}; this program reads {VERSION}")
    try:
        return _rebuild(description, arrays)
    except CheckpointError:
        raise
    except (AutogradError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({type(error).__name__}: {error})") from error


def _rebuild(description: dict[str, Any], arrays: dict[str, Any]) -> Checkpoint:
    sizes = description["sizes"]
    model = MLP(sizes[0], sizes[1:], activation=description["activations"], init="zeros", rng=random.Random(0))
    restore_parameters(model, arrays["theta"])
    for i in description["frozen"]:
        model.parameters()[i].frozen = True
    scalings: dict[str, Standardisation | None] = {}
    for name in ("standardisation", "target"):
        parts = [arrays.get(f"{name}.{part}") for part in ("mean", "scale")]
        scalings[name] = Standardisation(*map(_floats, parts)) if parts[0] is not None else None
    training = dict(description["training"])
    memory = {key.removeprefix("optimiser."): _floats(item) for key, item in arrays.items() if key.startswith("optimiser.")}
    training["optimiser"] = training["optimiser"] | memory
    if "best" in arrays:
        training["best"] = _floats(arrays["best"])
    columns, classes = ([str(name) for name in description[key]] for key in ("columns", "classes"))
    return Checkpoint(model, scalings["standardisation"], scalings["target"], columns, classes, training)


def _floats(items: Any) -> list[float]:
    if not isinstance(items, list) or not all(isinstance(x, float) for x in items):
        raise ArgumentError("an array is not a vector of numbers")
    return items


def restore_parameters(model: MLP, numbers: Any) -> None:
    """Give a network's parameters the numbers of another of the same shape.

    Raises:
        CheckpointError: not as many, or not finite.
    """
    ps = model.parameters()
    theta = _floats(numbers)
    if len(theta) != len(ps):
        raise CheckpointError(f"the file has {len(theta)} parameters, the network {len(ps)}")
    if not all(map(math.isfinite, theta)):
        raise CheckpointError("a parameter in the file is nan or inf: the run it is from had diverged")
    for p, x in zip(ps, theta, strict=True):
        p.data = x
