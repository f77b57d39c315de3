"""Going on with a run from its checkpoint: what is taken from the file, what may be asked for anew, and what may not.

What is not asked for is as the file says. A rate, a batch size, a schedule, penalties, patience and the number of epochs may
be asked for anew, and hold from the next step on. A seed, a cost, an optimiser, validation data or data other than the run
began with would make it another run that pretends to be this one - the held-out samples of one split are learned from in
the next -, so they are refused.
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
from .settings import Settings, check

ANEW = ("epochs", "rate", "batch", "patience", "clip", "l1", "l2", "schedule")
FIXED = {
    "seed": "the order of the samples and the held-out ones come from it",
    "cost": "it is what the optimiser remembers the gradients of",
    "optimiser": "its memory is what the file holds",
    "validation": "what was held out must not be learned from, and what was learned from says nothing when it is held out",
}


def plain(name: str, setting: Any) -> Any:
    """A setting as it stands in a file: a number or a name; what holds code or data only by what it is called."""
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
    """The settings to go on with: those that are asked for, and the file's for the rest.

    Raises:
        CheckpointError: something is asked for that cannot be changed, or has to be given again.
    """
    began = saved.training.get("settings")
    if not isinstance(began, dict):
        return asked  # a file from before they were kept
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
    """A setting from a file, if it is one that can be."""
    try:
        check(Settings(**{"validation": 0.1, name: setting}))
    except ArgumentError as error:
        raise CheckpointError(f"{path} is damaged: {error}") from None
    return setting


def _other(name: str, asked: Any, began: Any) -> bool:
    if name == "optimiser":  # by name or already made, what counts is its class
        asked, began = (s.get("made") if isinstance(s, dict) else _class(s) for s in (asked, began))
    return bool(asked != began)


def _class(setting: Any) -> Any:
    return OPTIMISERS[setting].__name__ if setting in list(OPTIMISERS) else setting


def _shown(setting: Any) -> str:
    if isinstance(setting, dict):
        return "other data" if "data" in setting else str(next(iter(setting.values()), ""))
    return repr(setting)


def fingerprint(data: Data) -> str:
    """A text that is the same for the same samples in the same order, and no other.

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
    """Refuse data other than the run began with.

    Raises:
        CheckpointError: they are.
    """
    if saved.training.get("samples", here := fingerprint(data)) != here:
        raise CheckpointError(
            f"{path} holds a run on other data. To go on with it, give the data it began with; to learn from new data, begin a "
            "run in a file of its own, with the network of this one if you like: nn.checkpoint.load(path).model"
        )


def check_network(path: str, saved: Checkpoint, model: Any) -> None:
    """Refuse a network of other layers.

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
    """The state of a run, if it is one; what a file from before it was kept does not have is empty.

    Raises:
        ValueError, LookupError, TypeError: it is not.
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
