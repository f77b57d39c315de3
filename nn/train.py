"""`fit`: gradient descent on mini-batches, with everything a person expects around it.

A run is reproducible: the same data, model and seed give the same numbers. With `checkpoint=` its whole state - parameters,
the optimiser's memory, history, the random generator - is written after every epoch, and calling `fit` again continues
from the file, bit for bit as if the run had never stopped (resume.py). Ctrl-C finishes the current step and returns.
"""

import math
import os
import random
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Unpack

import autograd
from autograd import ArgumentError, OperandError, Value, many, no_grad
from autograd.collector import seldom_collected
from autograd.errors import described, did_you_mean
from autograd.files import checked_path, writable
from autograd.modes import in_a_mode
from autograd.primitives.table import known

from . import checkpoint as files
from . import resume
from .costs import COSTS, accuracy, l1, l2, r_squared
from .data import Data, Standardisation, checked_data
from .history import DivergedError as DivergedError
from .history import History as History
from .layers import MLP
from .monitor import Measurement
from .optimisers import OPTIMISERS, Optimiser, clip_gradients
from .progress import bar, interruptible
from .replayed import Replayed
from .settings import Cost, Settings, check_settings, written_out

if TYPE_CHECKING:
    from ._typed import Asked


def fit(
    model: MLP,
    data: Data,
    *more: Any,
    standardisation: Standardisation | None = None,
    target: Standardisation | None = None,
    notes: dict[str, Any] | None = None,
    **settings: Unpack["Asked"],
) -> History:
    """Train a network on data; the network is changed in place.

    If the file `checkpoint=` exists, the run in it goes on: with the settings of this call, and for the rest with those it
    began with. A new rate, batch size, schedule, penalty, clip, patience or number of epochs holds from there on; another
    seed, cost, optimiser, network, other data or validation data are refused.

    Args:
        data: the samples, standardised by the caller if needed; `standardisation` and `target` only go into the checkpoint.
        notes: plain data for readers of the checkpoint.
        settings: settings that differ from their defaults; `nn.settings.Settings` describes each of them.

    Returns:
        The history of the run.

    Raises:
        ArgumentError: something is wrong with the data (row and column are named), a setting is unknown or out of range,
            or the data do not fit the network.
        CheckpointError: the file to resume from is damaged, or of another run.
        OSError: the checkpoint could not be written to its path.
        DivergedError: the cost became nan or inf; the parameters are as before the step, and the error has the history.

    Example:
        >>> import random
        >>> from nn.data import xor
        >>> model = MLP(2, [4, 2], activation="tanh", rng=random.Random(0))
        >>> history = fit(model, xor(40), epochs=40, rate=0.05, validation=None, progress=False)
        >>> history.last["accuracy"]
        1.0
    """
    names = set(Settings.__dataclass_fields__)
    asked: dict[str, Any] = {**settings}
    for name in asked:
        if name not in names:
            raise ArgumentError(f"fit: no setting is called {name!r}.{did_you_mean(name, names)}")
    if more:
        raise OperandError("fit: samples and targets come together, fit(model, Data(x, y, columns, classes)); see nn.data")
    if not isinstance(model, MLP):
        raise OperandError(f"fit: it trains an MLP, got {described(model)}")
    data = checked_data(data)
    made = asked.get("optimiser")
    if isinstance(made, Optimiser) and asked.get("rate", made.rate) != made.rate:
        raise ArgumentError(f"fit: the rate is {asked['rate']!r}, and the optimiser's is {made.rate!r}; give one of the two")
    path = asked.get("checkpoint")
    saved = None
    if path is not None:
        asked["checkpoint"] = path = checked_path(path)
        writable(path)  # an error after the first epoch would come too late
        if os.path.exists(path):
            saved = files.load(path)
            resume.check_network(path, saved, model)
            resume.check_data(path, saved, data)
            asked = resume.merged(path, saved, asked)
    extras = {"standardisation": standardisation, "target": target, "columns": data.columns, "classes": data.classes}
    run = _Run(model, data, Settings(**asked), extras, notes or {})
    if saved is not None:
        run.resume(path or "", saved, asked)
    return run.train()


fit.__signature__ = written_out(fit)  # type: ignore[attr-defined]  # what help() shows: the settings and their defaults


class _Run:
    """One call of `fit`: the settings made concrete, and the state that a checkpoint holds.

    Args:
        extras, notes: further facts about the data, and notes for readers, to store in the checkpoint.
    """

    def __init__(self, model: MLP, data: Data, settings: Settings, extras: dict[str, Any], notes: dict[str, Any]) -> None:
        self.model, self.settings, self.extras, self.notes = model, settings, extras, notes
        check_settings(settings)
        _check_fit(model, data)
        if isinstance(settings.validation, Data):
            self.data, self.held_out = data, checked_data(settings.validation)
        elif settings.validation:
            self.data, self.held_out = data.split(settings.validation, settings.seed)
        else:
            self.data, self.held_out = data, None  # type: ignore[assignment]
        self.samples = resume.fingerprint(data)
        self.cost = _cost(settings.cost, data, model)
        self.optimiser = _optimiser(settings, model)
        self.rate = self.optimiser.rate
        self.history = History()
        self.rng = random.Random(settings.seed)
        self.best: list[float] = []
        self.seen: list[tuple[Any, Any]] = []  # outputs and targets of the epoch so far
        self.parameters: list[Value] = []  # of the network in this epoch
        self.per_epoch = -(-len(self.data.x) // settings.batch)
        self.replayed = self._replayed()
        self.measure_every = self.per_epoch if settings.monitor is True else int(settings.monitor)

    def _replayed(self) -> Replayed:
        settings = self.settings
        given = (self.model, self.data, self.cost, settings.cost or self.cost, settings.batch)
        if settings.client is None:
            return Replayed(*given)
        from .cluster import OnCluster  # it needs Dask, which not everybody has

        return OnCluster(*given, settings.client, settings.shards)

    def train(self) -> History:
        settings = self.settings
        done, total = (epochs * self.per_epoch for epochs in (len(self.history.epochs), settings.epochs))
        shown = bar(settings.progress and done < total, total, done)
        with interruptible() as interrupted, seldom_collected(), closing(self.replayed), shown as show:
            while len(self.history.epochs) < settings.epochs and not self.history.stopped:
                if not self._epoch(interrupted, show):
                    self.history.stopped = "interrupted"
                    break
                self.history.stopped = self._reason_to_stop()
                if settings.checkpoint is not None:
                    self._save()
        if self.history.stopped != "interrupted":
            self.history.stopped = self.history.stopped or "finished"
            if settings.patience is not None and self.best:
                files.restore_parameters(self.model, self.best)
        return self.history

    def _epoch(self, interrupted: Callable[[], bool], show: Callable[..., None]) -> bool:
        """One pass over the data; False if it was cut short: then the state is as before the epoch."""
        before = self._state() if self.settings.checkpoint is not None else None
        order = list(range(len(self.data.x)))
        self.rng.shuffle(order)
        self.seen = []
        self.parameters = self.model.parameters()
        costs: list[float] = []
        last = self.history.last
        self.replayed.begin(anew=bool(self.settings.callbacks))
        for start in range(0, len(order), self.settings.batch):
            # The place in the schedule is counted in steps of this batch size, even if the run began with another batch size.
            position = len(self.history.epochs) * self.per_epoch + len(costs)
            self.optimiser.rate = self.rate * self.settings.schedule(position, self.settings.epochs * self.per_epoch)
            batch = order[start : start + self.settings.batch]
            # Layers remember their latest sample, so that of an epoch is computed by nodes.
            costs.append(self._step(batch, remembered=start + len(batch) == len(order)))
            self.history.steps.append(costs[-1])
            show(
                epoch=f"{len(self.history.epochs) + 1}/{self.settings.epochs}",
                cost=costs[-1],
                metric=next((f"{name} {last[name]:.3f}" for name in ("accuracy", "r_squared") if name in last), ""),
                rate=self.optimiser.rate,
            )
            if interrupted():
                if before is not None:
                    self._restore(before)
                return False
        record = {"epoch": float(len(self.history.epochs) + 1), "step": float(len(self.history.steps))}
        record |= {"cost": math.fsum(costs) / len(costs), "rate": self.optimiser.rate}
        self.history.epochs.append(record | self._evaluate())
        return True

    def _step(self, indices: list[int], remembered: bool) -> float:
        """One step of descent on a batch; its cost.

        Args:
            remembered: True if the layers are to have seen its last sample afterwards.
        """
        done = len(self.history.steps)
        watched = self.measure_every and done % self.measure_every == 0
        if not watched and (cost := self._replayed_pass(indices, remembered)) is not None:
            return self._descend(cost, None)
        measurement = Measurement(self.model, done + 1) if watched else None
        self.history.computed = self.history.computed or "by nodes: a step that is measured is taken by nodes"
        outputs = []
        for i in indices:
            outputs.append(self.model(self.data.x[i]))
            if measurement:
                measurement.after_forward()
        cost = self.cost(outputs, [self.data.y[i] for i in indices])
        if self.settings.l1:
            cost = cost + self.settings.l1 * l1(self.parameters)
        if self.settings.l2:
            cost = cost + self.settings.l2 * l2(self.parameters)
        if not isinstance(cost, Value):
            raise OperandError(
                f"fit: the cost gives {described(cost)}; a function (outputs, targets) has to return the Value "
                "that it computed from the outputs"
            )
        if not math.isfinite(cost.data):
            raise DivergedError(
                f"fit: the cost is {cost.data!r} in step {done + 1} (epoch {len(self.history.epochs) + 1}); the parameters are "
                f"those before it. Try a smaller rate than {self.optimiser.rate:g}, or clip=1.0; under autograd.strict() the "
                "operation that made it is named",
                cost,
                self.history,
            )
        self.seen += [(_plain(out), self.data.y[i]) for out, i in zip(outputs, indices, strict=True)]
        self.model.zero_grad()
        cost.backward()
        return self._descend(float(cost.data), measurement)

    def _replayed_pass(self, indices: list[int], remembered: bool) -> float | None:
        """The gradients of a batch by replays, and its cost; None if the step has to be taken by nodes."""
        replayed = self.replayed
        why_not = replayed.why_not or ("somebody looks at nodes" if in_a_mode() else "")
        self.history.computed = f"by nodes: {why_not}" if why_not else replayed.how
        if why_not:
            return None
        many.zero(self.parameters)
        penalties = [weight * of(self.parameters) for weight, of in ((self.settings.l1, l1), (self.settings.l2, l2)) if weight]
        for penalty in reversed(penalties):  # as a pass from the sum of all costs goes
            penalty.backward()
        share = 1.0 / len(indices)
        costs, outputs = [], []
        others = indices[:-1] if remembered else indices
        if remembered:
            i = indices[-1]
            outputs = [self.model(self.data.x[i])]
            cost = self.cost(outputs, [self.data.y[i]])
            replayed.check(i, cost.data)
            cost.backward(share)
            costs, outputs = [cost.data], [_plain(outputs[0])]
        found = replayed.step(others, share) if others else ([], [])
        if found is None:
            return None
        costs, outputs = found[0] + costs, found[1] + outputs
        total = sum([float(penalty.data) for penalty in penalties], float(autograd.mean(costs)))
        if not math.isfinite(total):
            return None
        self.seen += [(out, self.data.y[i]) for out, i in zip(outputs, indices, strict=True)]
        return total

    def _descend(self, cost: float, measurement: Measurement | None) -> float:
        """The update, when the gradients are there; the cost is given back."""
        if measurement:
            measurement.after_backward()
        if self.settings.clip is not None:
            clip_gradients(self.parameters, self.settings.clip)
        self.optimiser.step()
        if measurement:
            self.history.monitor.append(measurement.after_step())
        return cost

    def _evaluate(self) -> dict[str, float]:
        """The metrics after an epoch: on the validation data, or, if there are none, on the epoch's batches as they came."""
        metrics: dict[str, float] = {}
        if self.held_out:
            with no_grad():
                outputs = [self.model(x) for x in self.held_out.x]
                metrics["validation_cost"] = float(self.cost(outputs, self.held_out.y).data)
            self.seen = [(_plain(out), y) for out, y in zip(outputs, self.held_out.y, strict=True)]
        answers, targets = zip(*self.seen, strict=True)
        if self.data.classes or self.settings.cost in ("hinge", "binary_cross_entropy"):
            return metrics | {"accuracy": accuracy(answers, targets)}
        return metrics | ({"r_squared": r_squared(answers, targets)} if len(set(map(str, targets))) > 1 else {})

    def _reason_to_stop(self) -> str:
        history = self.history
        if self.settings.patience is not None:
            costs = [epoch.get("validation_cost", math.inf) for epoch in history.epochs]
            best = costs.index(min(costs))
            if best == len(costs) - 1:
                self.best = [p.data for p in self.model.parameters()]
            if len(costs) - 1 - best >= self.settings.patience:
                return f"no better for {self.settings.patience} epochs"
        for callback in self.settings.callbacks:
            if callback(history, self.model) is True:
                return "a callback asked for it"
        return ""

    # --- state -------------------------------------------------------------------------------------------------------

    def _state(self) -> dict[str, Any]:
        version, internal, gauss = self.rng.getstate()
        return {
            "optimiser": self.optimiser.state(),
            "rate": self.rate,
            "steps": list(self.history.steps),
            "epochs": list(self.history.epochs),
            "stopped": self.history.stopped,
            "monitor": list(self.history.monitor),
            "rng": [version, list(internal), gauss],
            "best": list(self.best),
            "theta": [p.data for p in self.model.parameters()],
        }

    def _restore(self, state: dict[str, Any]) -> None:
        files.restore_parameters(self.model, state["theta"])
        self.optimiser.restore(state["optimiser"])
        self.rate = state["rate"]
        self.history.steps[:], self.history.epochs[:] = state["steps"], state["epochs"]
        self.history.monitor[:] = state["monitor"]
        version, internal, gauss = state["rng"]
        self.rng.setstate((version, tuple(internal), gauss))
        self.best = state["best"]

    def _save(self) -> None:
        state = self._state()
        del state["theta"]  # the file holds theta as the network's parameters
        kept = {name: resume.plain(name, getattr(self.settings, name)) for name in (*resume.ANEW, *resume.FIXED)}
        state |= {"settings": kept, "samples": self.samples, "notes": self.notes}
        files.save(self.settings.checkpoint or "", files.Checkpoint(self.model, training=state, **self.extras))

    def resume(self, path: str, saved: files.Checkpoint, asked: dict[str, Any]) -> None:
        """Continue from a checkpoint, with the new settings of this call.

        Raises:
            CheckpointError: the checkpoint is damaged, or of another run; nothing has been changed then.
        """
        rate = self.rate
        before = self._state()
        try:
            state = resume.checked_state(saved.training | {"theta": [p.data for p in saved.model.parameters()]})
            self._restore(state)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            self._restore(before)
            raise files.CheckpointError(f"{path} does not belong to this run: {error}") from error
        if "rate" in asked or isinstance(self.settings.optimiser, Optimiser):
            self.rate = rate
        ended = state["stopped"]
        began = saved.training.get("settings")
        patient = isinstance(began, dict) and began.get("patience") != self.settings.patience  # new patience: the run goes on
        self.history.stopped = "" if ended == "finished" or (ended.startswith("no better") and patient) else ended


def _cost(cost: str | Cost | None, data: Data, model: MLP) -> Cost:
    if callable(cost):
        known = next((name for name, function in COSTS.items() if function is cost), None)
        if known is None:
            return cost
        cost = known
    outputs = len(model.layers[-1].b)
    entropy = "cross_entropy" if outputs > 1 else "binary_cross_entropy"
    name = cost or (entropy if data.classes else "mean_squared_error")
    if name == "cross_entropy" and outputs == 1:
        raise ArgumentError("fit: cross_entropy takes one output per class, and the network has one; try binary_cross_entropy")
    _check_output(model, name)
    function = COSTS[name]
    if name == "hinge" and data.classes:
        return lambda outputs, labels: function(outputs, [1 if label else -1 for label in labels])
    return function


def _optimiser(settings: Settings, model: MLP) -> Optimiser:
    made = settings.optimiser
    if isinstance(made, Optimiser):
        if not set(made.parameters) & set(model.parameters()):
            raise ArgumentError("fit: the optimiser has parameters of another network; make it with model.parameters()")
        return made
    return OPTIMISERS[made](model.parameters(), settings.rate)


def _check_fit(model: MLP, data: Data) -> None:
    """Check that the network has as many inputs and outputs as the data need.

    Raises:
        ArgumentError: it has more or fewer.
    """
    nin, nout = len(model.layers[0].W[0]), len(model.layers[-1].b)
    if len(data.x[0]) != nin:
        raise ArgumentError(f"the data have {len(data.x[0])} columns, the network takes {nin} inputs")
    if len(data.classes) == 1:
        raise ArgumentError(
            f"all {len(data.y)} samples are of one class, {data.classes[0]!r}: there is nothing to tell apart. Give samples of "
            "another class too, or, if these are numbers to predict, Data without classes"
        )
    if data.classes and nout not in (1, len(data.classes)):
        raise ArgumentError(f"the data have {len(data.classes)} classes, the network {nout} outputs; it needs one per class")
    if data.classes and nout == 1 and len(data.classes) != 2:
        raise ArgumentError(f"one output tells two classes apart, the data have {len(data.classes)}; give one output per class")


_LOGITS = {"cross_entropy": "a softmax", "binary_cross_entropy": "a sigmoid"}


def _check_output(model: MLP, cost: str) -> None:
    """Check that the last layer does not apply the softmax or sigmoid that the cost applies itself.

    Raises:
        ArgumentError: it does.
    """
    last = model.layers[-1].activation
    is_probability = isinstance(last, str) and (last == "softmax" or known(last).range == (0.0, 1.0))
    if cost in _LOGITS and is_probability:
        raise ArgumentError(
            f"fit: {cost} takes logits, it has {_LOGITS[cost]} of its own, and the last layer is a {last} already: learning "
            "would be slow and its probabilities wrong. Make the last layer linear: MLP(..., output='linear')"
        )


def _plain(output: Any) -> Any:
    """Outputs as plain numbers."""
    if isinstance(output, list):
        return [_plain(v) for v in output]
    return output.data if isinstance(output, Value) else output


def predict(model: MLP, x: Sequence[float]) -> list[float]:
    """The outputs for one sample, as plain numbers."""
    with no_grad():
        out = _plain(model(x))
    return out if isinstance(out, list) else [out]


def probabilities(outputs: Sequence[float]) -> list[float]:
    """The probabilities of the classes, from a network's logits: softmax, or the sigmoid of a single output."""
    if len(outputs) == 1:
        p = float(autograd.sigmoid(outputs[0]))
        return [1.0 - p, p]
    return [float(p) for p in autograd.softmax(list(outputs))]
