"""The settings of `fit`, their defaults, and checks of their values."""

import inspect
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any

from autograd import ArgumentError
from autograd.arguments import index, whole, whole_or_none
from autograd.errors import did_you_mean

from .costs import COSTS
from .data import Data
from .history import History
from .layers import MLP
from .optimisers import OPTIMISERS, Optimiser
from .schedules import Schedule, constant, misused

Cost = Callable[[Any, Any], Any]


@dataclass
class Settings:
    """The settings of a training run; every field has a default that works for small problems.

    Attributes:
        cost: the name of a cost (costs.py), or a function (outputs, targets) -> Value; by default cross-entropy for
            classes and mean squared error for numbers.
        optimiser: 'sgd', 'rmsprop', 'adam' or 'adamw', or an `Optimiser` already made.
        rate: the initial learning rate.
        schedule: the factor of the rate as training goes on (schedules.py).
        epochs, batch: passes over the data, and samples per step.
        validation: a share of the data to hold out, or `Data`; None for none.
        patience: stop after this many epochs without a better validation cost, and take back the best parameters.
        clip: the largest norm of the gradient; None for any.
        l1, l2: weights of the penalties.
        seed: the seed of the shuffling and of the split.
        checkpoint: a file to write after every epoch, and to resume from if it exists: see `fit`.
        callbacks: functions (history, model), called after every epoch; one that returns True ends the run.
        monitor: measure gradients, activations, errors and updates of every layer, for `viz.plots`: True at the first step of
            each epoch, a number N at every N-th step from the first on; False (the default) never.
        progress: show a progress bar.
        client: a `distributed.Client`: the workers of its Dask cluster compute the gradients; None for this process. See
            docs/scaling.md.
        shards: with a client, the number of parts that a batch is cut into, one after another. The numbers of a run depend on
            it, and not on the workers: it is the most of them that can work at a time.
    """

    cost: str | Cost | None = None
    optimiser: str | Optimiser = "adam"
    rate: float = 0.01
    schedule: Schedule = field(default_factory=constant)
    epochs: int = 20
    batch: int = 16
    validation: float | Data | None = 0.1
    patience: int | None = None
    clip: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0
    checkpoint: str | os.PathLike[str] | None = None
    callbacks: Sequence[Callable[[History, MLP], object]] = ()
    monitor: bool | int = False
    progress: bool = True
    client: Any = None
    shards: int = 8


def written_out(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a function that takes **settings, with the name and the default of each setting."""
    signature = inspect.signature(function)
    *others, _ = signature.parameters.values()
    defaults = Settings()
    named = [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, annotation=f.type, default=getattr(defaults, f.name))
        for f in fields(Settings)
    ]
    return signature.replace(parameters=[*others, *named])


def check_settings(settings: Settings) -> None:
    """Check that every setting has a possible value; whole numbers become ints.

    Raises:
        ArgumentError: a setting has an impossible value.
    """

    def refuse(name: str, wanted: str) -> None:
        raise ArgumentError(f"fit: {name} is {getattr(settings, name)!r}; it has to be {wanted}")

    def unknown(what: str, name: Any, known: dict[str, Any]) -> None:
        hint = did_you_mean(str(getattr(name, "__name__", name)).lower(), known)  # SGD, or its class
        raise ArgumentError(f"fit: no {what} is called {name!r}.{hint} There are: {', '.join(known)}")

    settings.epochs, settings.batch = whole(settings.epochs, "fit: epochs", 0), whole(settings.batch, "fit: batch")
    settings.shards = whole(settings.shards, "fit: shards")
    settings.patience = whole_or_none(settings.patience, "fit: patience")
    settings.seed = whole(settings.seed, "fit: seed", None)
    for name, above in (("rate", True), ("clip", True), ("l1", False), ("l2", False)):
        x = getattr(settings, name)
        if x is None and name == "clip":
            continue
        real = isinstance(x, Real) and not isinstance(x, bool) and 0.0 <= float(x) < math.inf
        if not real or (above and x == 0.0):
            refuse(name, f"a finite number, {'above' if above else 'at least'} 0")
    share = settings.validation
    if not isinstance(share, Data) and share is not None and not (type(share) in (int, float) and 0.0 <= share < 1.0):
        refuse("validation", "a share of the data, such as 0.1, Data, or None")
    if not isinstance(settings.monitor, bool) and (index(settings.monitor) or 0) < 1:
        raise ArgumentError(
            f"fit: monitor is {settings.monitor!r}; it is True for a measurement in each epoch, a whole number N, at least "
            "1, for one in every N steps, or False"
        )
    if settings.patience is not None and not settings.validation:
        raise ArgumentError("fit: patience watches the validation cost; give validation data, e.g. validation=0.1")
    if wanted := misused(settings.schedule):
        refuse("schedule", wanted)
    if callable(settings.callbacks):
        refuse("callbacks", "a list of functions: callbacks=[...]")
    if not (callable(settings.cost) or settings.cost is None) and settings.cost not in list(COSTS):
        unknown("cost", settings.cost, COSTS)
    if not isinstance(settings.optimiser, Optimiser) and settings.optimiser not in list(OPTIMISERS):
        unknown("optimiser", settings.optimiser, OPTIMISERS)
