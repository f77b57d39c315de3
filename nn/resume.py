"""Going on with a run from its checkpoint: settings of the file, settings that may change, and settings that may not.

Settings that the caller leaves out come from the file. A rate, a batch size, a schedule, penalties, patience and the number
of epochs may change, and hold from the next step on. Another seed, cost, optimiser, validation data or other data would make
it another run that pretends to be this one: it would learn from samples that the first split held out. They are refused.
"""

import array
import hashlib
import math
import random
from typing import Any

from autograd import ArgumentError

from .checkpoint import Checkpoint, CheckpointError
from .costs import COSTS
from .data import Data
from .optimisers import OPTIMISERS, Optimiser
from .settings import Settings, check_settings

ANEW = ("epochs", "rate", "batch", "patience", "clip", "l1", "l2", "schedule", "shards")
FIXED = {
    "seed": "the order of the samples and the held-out ones come from it",
    "cost": "it is what the optimiser remembers the gradients of",
    "optimiser": "its memory is what the file holds",
    "validation": "what was held out must not be learned from, and what was learned from says nothing when it is held out",
}


def plain(name: str, setting: Any) -> Any:
    """A setting as it stands in a file: a number or a name; of code or data, only a description."""
    if isinstance(setting, Data):
        return {"data": fingerprint(setting)}
    if isinstance(setting, Optimiser):
        return {"made": type(setting).__name__}
    if callable(setting):
        for cost, function in COSTS.items():
            if setting is function:
                return cost
        called = getattr(setting, "__qualname__", type(setting).__qualname__).partition(".<locals>")[0]
        return None if name == "schedule" and called == "constant" else {"function": called}
    return setting


def merged(path: str, saved: Checkpoint, asked: dict[str, Any]) -> dict[str, Any]:
    """The settings to go on with: the caller's, and the file's for the rest.

    Raises:
        CheckpointError: a setting cannot be changed, or has to be given again.
    """
    began = saved.training.get("settings")
    if not isinstance(began, dict):
        return asked  # an older file, without settings
    settings = dict(asked)
    for name in (*ANEW, *FIXED):
        if name not in began:
            continue
        if name not in asked:
            if isinstance(began[name], dict):
                what = "data" if "data" in began[name] else _shown(began[name])
                raise CheckpointError(
                    f"{path} holds a run with {name}={what}, which no file can hold: give it again, fit(..., {name}=...)"
                )
            if name != "schedule":  # None: a constant rate, the default
                settings[name] = _checked(path, name, began[name])
        elif name in FIXED and _other(name, plain(name, asked[name]), began[name]):
            raise CheckpointError(
                f"{path} holds a run with {name} {_shown(began[name])}, and {name}={_shown(plain(name, asked[name]))} is asked "
                f"for: {FIXED[name]}. Leave it out to go on with the run, or begin another in a file of its own"
            )
    return settings


def _checked(path: str, name: str, setting: Any) -> Any:
    """A setting from a file, checked for a possible value."""
    try:
        check_settings(Settings(**{"validation": 0.1, name: setting}))
    except ArgumentError as error:
        raise CheckpointError(f"{path} is damaged: {error}") from None
    return setting


def _other(name: str, asked: Any, began: Any) -> bool:
    if name == "optimiser":  # only the class counts, whether the optimiser is given by name or already made
        asked, began = (s.get("made") if isinstance(s, dict) else _class(s) for s in (asked, began))
    return bool(asked != began)


def _class(setting: Any) -> Any:
    return OPTIMISERS[setting].__name__ if setting in list(OPTIMISERS) else setting


def _shown(setting: Any) -> str:
    if isinstance(setting, dict):
        return "other data" if "data" in setting else str(next(iter(setting.values()), ""))
    return repr(setting)


def fingerprint(data: Data) -> str:
    """A fingerprint of samples: the same text only for the same samples in the same order.

    Example:
        >>> from nn.data import moons
        >>> fingerprint(moons(10)) == fingerprint(moons(10)), fingerprint(moons(10)) == fingerprint(moons(10, seed=1))
        (True, False)
    """
    digest = hashlib.sha256(repr((data.columns, data.classes, data.y)).encode("utf-8", "surrogatepass"))
    for row in data.x:
        digest.update(array.array("d", row).tobytes())
    return digest.hexdigest()


def check_data(path: str, saved: Checkpoint, data: Data) -> None:
    """Refuse other data than those that the run began with.

    Raises:
        CheckpointError: the data differ.
    """
    if saved.training.get("samples", here := fingerprint(data)) != here:
        raise CheckpointError(
            f"{path} holds a run on other data. To go on with it, give the data it began with; to learn from new data, begin a "
            "run in a file of its own, with the network of this one if you like: nn.checkpoint.load(path).model"
        )


def check_network(path: str, saved: Checkpoint, model: Any) -> None:
    """Refuse a network with other layers.

    Raises:
        CheckpointError: they differ.
    """
    shapes = [[(len(layer.W), len(layer.W[0]), layer.activation) for layer in m.layers] for m in (saved.model, model)]
    if shapes[0] != shapes[1]:
        raise CheckpointError(
            f"{path} holds another network than the one to be trained:\n{saved.model.summary()}\nGive another file, or delete "
            "it to begin anew"
        )


def checked_state(state: dict[str, Any]) -> dict[str, Any]:
    """Check the state of a run and return it; parts that an older file lacks are empty.

    Raises:
        ValueError, LookupError, TypeError: it is no state of a run.
    """
    rate, steps, epochs = state["rate"], state["steps"], state["epochs"]
    if type(rate) not in (int, float) or not 0.0 < rate < math.inf:
        raise ValueError(f"its rate is {rate!r}")
    if not isinstance(steps, list) or not all(type(x) in (int, float) for x in steps):
        raise ValueError("its costs are no list of numbers")
    if not isinstance(epochs, list) or not all(
        isinstance(epoch, dict) and all(type(x) in (int, float) for x in epoch.values()) for epoch in epochs
    ):
        raise ValueError("its epochs are no list of measurements")
    monitor = state.get("monitor", [])
    if not (isinstance(monitor, list) and isinstance(state["stopped"], str)):
        raise TypeError("its history is damaged")
    version, internal, gauss = state["rng"]
    random.Random().setstate((version, tuple(internal), gauss))  # raises if it cannot be
    if not (gauss is None or isinstance(gauss, float)):
        raise TypeError("its random generator is damaged")
    return state | {"monitor": monitor, "best": state.get("best", [])}
