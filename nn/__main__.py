"""The command line: python -m nn train | evaluate | predict | info."""

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograd.errors import ArgumentError, AutogradError
from autograd.files import checked_path, writable
from autograd.words import counted

from . import checkpoint as files
from .costs import accuracy, r_squared
from .data import DATASETS, Data, Standardisation
from .layers import MLP
from .options import is_table, parser, resolved
from .schedules import Schedule, constant, cosine, step_decay, warm_up
from .tables import read_csv, read_inputs
from .train import fit, predict, probabilities


def _data(name: str, target: str | None, saved: files.Checkpoint | None = None, seed: int = 0) -> Data:
    """The data set of that name, or the table, to learn from or to measure a saved network on."""
    if not is_table(name):
        return DATASETS[name](seed=seed)
    if not target:
        raise AutogradError(f"which column of {name} is to be predicted? Name it: --target COLUMN")
    return read_csv(name, target, saved.classes if saved else None, (saved.columns or None) if saved else None)


# --- train -------------------------------------------------------------------------------------------------------------


def _train(options: argparse.Namespace) -> dict[str, Any]:
    began = _began(options.resume) if options.resume else None
    options = resolved(options, began and began[0])
    for path in filter(None, (options.save, options.resume)):
        if is_table(options.data) and all(map(os.path.exists, (path, options.data))) and os.path.samefile(path, options.data):
            raise ArgumentError(f"{path} is the table to learn from; it would be overwritten. Save under another name")
        writable(checked_path(path))  # an error after the training would come too late
    data = _data(options.data, options.target, seed=options.seed)
    learn, held_out = data.split(options.test, options.seed) if options.test else (data, None)
    scale = options.standardise
    small = all(abs(v) <= 1.0 for row in learn.x for v in row)
    standardisation = None if scale == "no" or (scale == "auto" and small) else Standardisation.of(learn.x)
    target = None if scale == "no" or data.classes else Standardisation.of([[y] for y in learn.y])
    options.layers = options.layers or [32, len(data.classes) or 1]
    model = MLP(len(data.x[0]), options.layers, activation=options.activation, output=options.output, init=options.init,
                rng=random.Random(options.seed))  # fmt: skip
    kept = {key: value for key, value in vars(options).items() if isinstance(value, (int, float, str, list))}
    if not options.json:
        _say(_understood(options, data))
        if began:
            rest = "" if began[1] < options.epochs else "; nothing is left to do, ask for more --epochs"
            _say(f"{options.resume}: going on after epoch {began[1]} of {options.epochs}{rest}")
    history = fit(
        model, _scaled(learn, standardisation, target), standardisation=standardisation, target=target, cost=options.cost,
        optimiser=options.optimiser, rate=options.rate, epochs=options.epochs, batch=options.batch, seed=options.seed,
        validation=options.validation or None, patience=options.patience, clip=options.clip, l1=options.l1, l2=options.l2,
        checkpoint=options.resume, progress=not options.json, schedule=_schedule(options, len(learn.x)),
        notes={"options": kept},
    )  # fmt: skip
    training = {"history": history.epochs, "stopped": history.stopped, "data": options.data, "settings": kept}
    saved = files.Checkpoint(model, standardisation, target, data.columns, data.classes, training)
    files.save(options.save, saved)
    result: dict[str, Any] = {"saved": options.save, "stopped": history.stopped, "epochs": len(history.epochs)}
    result |= {f"training_{key}": value for key, value in history.last.items() if key in ("cost", "accuracy", "r_squared")}
    if held_out:
        result |= {f"held_out_{key}": value for key, value in _measure(saved, held_out).items()}
    return result


def _began(path: str) -> tuple[dict[str, Any], int] | None:
    """The options of the run in a file, and how many epochs are done; None if there is no file."""
    if not os.path.exists(checked_path(path)):
        return None
    training = files.load(path).training
    notes, epochs = training.get("notes"), training.get("epochs")
    options = notes.get("options") if isinstance(notes, dict) else None
    return (options if isinstance(options, dict) else {}), len(epochs) if isinstance(epochs, list) else 0


def _understood(options: argparse.Namespace, data: Data) -> str:
    """One line about the data that were read: rows, columns, and classes or numbers."""
    what = counted(len(data.classes), "class") if data.classes else "numbers"
    target = f", {options.target}: {what}" if options.target and is_table(options.data) else f", {what}"
    return f"{options.data}: {len(data)} rows of {len(data.columns)} columns{target}"


def _schedule(options: argparse.Namespace, samples: int) -> Schedule:
    steps = -(-samples // max(options.batch, 1)) * options.epochs
    return {
        "constant": constant(),
        "cosine": cosine(),
        "step": step_decay(max(steps // 3, 1)),
        "warm-up": warm_up(max(steps // 10, 1), cosine()),
    }[options.schedule]


def _scaled(data: Data, standardisation: Standardisation | None, target: Standardisation | None) -> Data:
    x = [standardisation(row) for row in data.x] if standardisation else data.x
    return replace(data, x=x, y=[target([y])[0] for y in data.y] if target else data.y)


# --- evaluate, predict, info -------------------------------------------------------------------------------------------


def _outputs(saved: files.Checkpoint, x: Sequence[float], row: str) -> list[float]:
    """The network's outputs for a sample, in the units of the data.

    Raises:
        AutogradError: an output is nan or inf.
    """
    outputs = predict(saved.model, saved.standardisation(x) if saved.standardisation else x)
    if saved.target:
        pairs = zip(outputs, saved.target.scale, saved.target.mean, strict=True)
        outputs = [out * scale + mean for out, scale, mean in pairs]
    if not all(map(math.isfinite, outputs)):
        raise AutogradError(f"{row}: the network's output is {outputs[0]!r}; its numbers are far from those it was trained on")
    return outputs


def _measure(saved: files.Checkpoint, data: Data) -> dict[str, Any]:
    outputs = [_outputs(saved, x, f"row {n}") for n, x in enumerate(data.x, start=1)]
    flat = [out[0] if len(out) == 1 else out for out in outputs]
    if saved.classes:
        return {"samples": len(data.x), "accuracy": accuracy(flat, data.y)}
    return {"samples": len(data.x), "r_squared": r_squared(flat, data.y)}


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
    settings = saved.training.get("settings")
    known = settings.get("target") if isinstance(settings, dict) else None
    data = _data(options.data, options.target or (known if isinstance(known, str) else None), saved)
    if saved.columns and data.columns != saved.columns:
        missing = [name for name in saved.columns if name not in data.columns]
        raise AutogradError(f"{options.model} was trained on other columns than {options.data} has"
                            + (f"; missing: {', '.join(missing[:8])}" if missing else ""))  # fmt: skip
    return _measure(saved, data)


def _predict(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
    lines, x = read_inputs(options.data, saved.columns or None)
    answers: list[dict[str, Any]] = []
    for line, row in zip(lines, x, strict=True):
        outputs = _outputs(saved, row, f"{options.data}, line {line}")
        if saved.classes:
            ps = probabilities(outputs)
            best = max(range(len(ps)), key=ps.__getitem__)
            answers.append({"class": saved.classes[best], "probability": ps[best]})
        else:
            answers.append({"value": outputs[0] if len(outputs) == 1 else outputs})
    return {"predictions": answers}


def _info(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
    epochs = saved.training.get("history", saved.training.get("epochs", []))
    return {
        "layers": [
            {"neurons": len(layer.W), "inputs": len(layer.W[0]), "activation": layer.activation} for layer in saved.model.layers
        ],
        "parameters": len(saved.model.parameters()),
        "summary": saved.model.summary(),
        "columns": saved.columns,
        "classes": saved.classes,
        "standardised": saved.standardisation is not None,
        "trained_on": saved.training.get("data", ""),
        "history": [e for e in epochs if isinstance(e, dict)] if isinstance(epochs, list) else [],
    }


# --- what is printed ---------------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    """A message to the person, on the error output, apart from the result."""
    print(text, file=sys.stderr)


def _text(command: str, result: dict[str, Any]) -> str:
    """A result as text for people."""
    if command == "predict":
        return "\n".join(map(_answer, result["predictions"]))
    if command == "info":
        history, columns = result["history"], result["columns"]
        lines = [result["summary"], "", f"inputs   {', '.join(columns[:8])}{' ...' * (len(columns) > 8)}"]
        lines += [f"classes  {', '.join(result['classes'])}"] if result["classes"] else []
        cost = history[-1].get("cost") if history else None
        known = f", cost {cost:.4g}" if isinstance(cost, (int, float)) else ""
        on = f" on {result['trained_on']}" if result["trained_on"] else ""
        lines += [f"trained  {len(history)} epochs{on}{known}"] if history else []
        return "\n".join(lines)
    return "\n".join(
        f"{key.replace('_', ' '):22}{value:.4g}" if isinstance(value, float) else f"{key.replace('_', ' '):22}{value}"
        for key, value in result.items()
    )


def _answer(answer: dict[str, Any]) -> str:
    if "class" in answer:
        return f"{answer['class']}  ({answer['probability']:.1%})"
    values = answer["value"] if isinstance(answer["value"], list) else [answer["value"]]
    return "  ".join(f"{value:.6g}" for value in values)


def _json(thing: Any) -> Any:
    """A result without nan and inf, which JSON does not have: null stands for them."""
    if isinstance(thing, dict):
        return {str(key): _json(item) for key, item in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_json(item) for item in thing]
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


COMMANDS = {"train": _train, "evaluate": _evaluate, "predict": _predict, "info": _info}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    options = parser().parse_args(arguments)
    try:
        result = COMMANDS[options.command](options)
        print(json.dumps(_json(result), allow_nan=False) if options.json else _text(options.command, result), flush=True)
    except BrokenPipeError:  # the reader of the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (AutogradError, ImportError, OSError) as error:
        what = f"cannot write {error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        print(json.dumps({"error": what}) if options.json else f"error: {what}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("interrupted; nothing has been saved since")
        return 130
    if result.get("stopped") == "interrupted" and not options.json:
        how = f"the same command goes on from {options.resume}" if options.resume else "with --resume FILE a run can go on"
        _say(f"interrupted: {result['saved']} holds what was learned; {how}")
    return 130 if result.get("stopped") == "interrupted" else 0


if __name__ == "__main__":
    sys.exit(main())
