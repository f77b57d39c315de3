"""The command line: python -m nn train | evaluate | predict | info."""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograd.errors import AutogradError, did_you_mean

from . import checkpoint as files
from .costs import COSTS, accuracy, r_squared
from .data import DATASETS, Data, Standardisation, read_csv
from .initial import INITIALISATIONS
from .layers import MLP
from .optimisers import OPTIMISERS
from .schedules import SCHEDULES, cosine, step_decay, warm_up
from .train import fit, predict, probabilities

EXAMPLES = """
examples:
  python -m nn train digits --layers 32 10                 learn handwritten digits, save model.safetensors
  python -m nn train moons --layers 8 2 --activation tanh  two half circles in the plane
  python -m nn train houses.csv --target price             a CSV file with a header: predict a column of numbers
  python -m nn evaluate model.safetensors houses.csv --target price
  python -m nn predict model.safetensors new.csv           one line per row
  python -m nn info model.safetensors                      layers, parameters, how it was trained

exit codes: 0 done, 1 something is wrong with the data or a file (the message says what), 2 wrong usage, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    main = argparse.ArgumentParser(
        prog="python -m nn",
        description="Train small networks on real data, one scalar at a time, and use them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="train | evaluate | predict | info")

    train = commands.add_parser("train", help="train a network and save it", epilog=EXAMPLES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    _data_arguments(train)
    train.add_argument("--layers", type=int, nargs="+", metavar="N",
                       help="neurons of each layer, the last included (default: 32 and one per class, or one)")  # fmt: skip
    train.add_argument("--activation", default="tanh", help="of all layers but the last (default: %(default)s)")
    train.add_argument("--output", default="linear", help="activation of the last layer (default: %(default)s)")
    train.add_argument("--init", default="xavier_uniform", choices=INITIALISATIONS, help="default: %(default)s")
    train.add_argument("--cost", choices=COSTS, help="default: cross-entropy for classes, mean squared error for numbers")
    train.add_argument("--optimiser", default="adam", choices=OPTIMISERS, help="default: %(default)s")
    train.add_argument("--rate", type=float, default=0.01, help="initial learning rate (default: %(default)s)")
    train.add_argument("--schedule", default="cosine", choices=SCHEDULES,
                       help="how the rate changes: step divides by 10 at each third, warm-up rises over the first tenth and "
                            "then follows a cosine (default: %(default)s)")  # fmt: skip
    train.add_argument("--epochs", type=int, default=20, help="passes over the data (default: %(default)s)")
    train.add_argument("--batch", type=int, default=16, help="samples per step (default: %(default)s)")
    train.add_argument("--test", type=float, default=0.2, metavar="SHARE",
                       help="share of the data to hold out and report at the end (default: %(default)s)")  # fmt: skip
    train.add_argument("--validation", type=float, default=0.0, metavar="SHARE",
                       help="share of the rest to watch while training (default: none)")  # fmt: skip
    train.add_argument("--patience", type=int, help="stop after so many epochs without a better validation cost")
    train.add_argument("--clip", type=float, help="largest norm of the gradient")
    train.add_argument("--l1", type=float, default=0.0, help="weight of the penalty sum |theta|")
    train.add_argument("--l2", type=float, default=0.0, help="weight of the penalty sum theta**2")
    train.add_argument("--seed", type=int, default=0, help="of weights, split and shuffling (default: %(default)s)")
    train.add_argument("--standardise", default="auto", choices=["auto", "yes", "no"],
                       help="shift and scale every column to mean 0 and deviation 1; auto (the default): unless all numbers "
                            "lie in -1 to 1 already")  # fmt: skip
    train.add_argument("--save", default="model.safetensors", metavar="FILE", help="where to save (default: %(default)s)")
    train.add_argument("--resume", metavar="FILE", help="write the run into this file after every epoch, continue from it")
    _output_arguments(train)

    evaluate = commands.add_parser("evaluate", help="how well a saved network does on data")
    evaluate.add_argument("model", help="a file saved by train")
    _data_arguments(evaluate)
    _output_arguments(evaluate)

    use = commands.add_parser("predict", help="what a saved network says of each row of a CSV file")
    use.add_argument("model", help="a file saved by train")
    use.add_argument("data", help="a CSV file with a header; columns the network does not know are ignored")
    _output_arguments(use)

    info = commands.add_parser("info", help="what a saved network is")
    info.add_argument("model", help="a file saved by train")
    _output_arguments(info)
    return main


def _data_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", help=f"a CSV file with a header, or one of {', '.join(DATASETS)}")
    command.add_argument("--target", help="of a CSV file: the column to predict")


def _output_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object instead of text, no progress bar")


def _data(name: str, target: str | None, classes: Sequence[str] | None = None, seed: int = 0) -> Data:
    """The data set of that name, or the CSV file."""
    if name in DATASETS:
        return DATASETS[name](seed=seed)
    if not name.endswith(".csv"):
        raise AutogradError(f"no data set is called {name!r}.{did_you_mean(name, DATASETS)} There are: {', '.join(DATASETS)}; "
                            "or give a .csv file")  # fmt: skip
    if not target:
        raise AutogradError(f"which column of {name} is to be predicted? Name it: --target COLUMN")
    return read_csv(name, target, classes or None)


def _train(options: argparse.Namespace) -> dict[str, Any]:
    data = _data(options.data, options.target, seed=options.seed)
    learn, held_out = data.split(options.test, options.seed) if options.test else (data, None)
    scale = options.standardise
    small = all(abs(v) <= 1.0 for row in learn.x for v in row)
    standardisation = None if scale == "no" or (scale == "auto" and small) else Standardisation.of(learn.x)
    target = None if scale == "no" or data.classes else Standardisation.of([[y] for y in learn.y])
    layers = options.layers or [32, len(data.classes) or 1]
    model = MLP(len(data.x[0]), layers, activation=options.activation, output=options.output, init=options.init,
                rng=random.Random(options.seed))  # fmt: skip
    steps = -(-len(learn.x) // options.batch) * options.epochs if options.batch > 0 else 1
    schedules = {"cosine": cosine(), "step": step_decay(max(steps // 3, 1)), "warm-up": warm_up(max(steps // 10, 1), cosine())}
    chosen = {"schedule": schedules[options.schedule]} if options.schedule in schedules else {}
    history = fit(
        model, _scaled(learn, standardisation, target), standardisation=standardisation, target=target, cost=options.cost,
        optimiser=options.optimiser, rate=options.rate, epochs=options.epochs, batch=options.batch, seed=options.seed,
        validation=options.validation or None, patience=options.patience, clip=options.clip, l1=options.l1, l2=options.l2,
        checkpoint=options.resume, progress=not options.json, **chosen,
    )  # fmt: skip
    training = {"history": history.epochs, "stopped": history.stopped, "data": options.data, "settings": {
        key: value for key, value in vars(options).items() if isinstance(value, (int, float, str, list))}}  # fmt: skip
    saved = files.Checkpoint(model, standardisation, target, data.columns, data.classes, training)
    files.save(options.save, saved)
    result: dict[str, Any] = {"saved": options.save, "stopped": history.stopped, "epochs": len(history.epochs)}
    result |= {f"training_{key}": value for key, value in history.last.items() if key in ("cost", "accuracy", "r_squared")}
    if held_out:
        result |= {f"held_out_{key}": value for key, value in _measure(saved, held_out).items()}
    return result


def _scaled(data: Data, standardisation: Standardisation | None, target: Standardisation | None) -> Data:
    x = [standardisation(row) for row in data.x] if standardisation else data.x
    return replace(data, x=x, y=[target([y])[0] for y in data.y] if target else data.y)


def _outputs(saved: files.Checkpoint, x: Sequence[float]) -> list[float]:
    """What the network says of a sample in the units of the data."""
    outputs = predict(saved.model, saved.standardisation(x) if saved.standardisation else x)
    if saved.target:
        return [out * saved.target.scale[0] + saved.target.mean[0] for out in outputs]
    return outputs


def _measure(saved: files.Checkpoint, data: Data) -> dict[str, Any]:
    outputs = [_outputs(saved, x) for x in data.x]
    flat = [out[0] if len(out) == 1 else out for out in outputs]
    if saved.classes:
        return {"samples": len(data.x), "accuracy": accuracy(flat, data.y)}
    return {"samples": len(data.x), "r_squared": r_squared(flat, data.y)}


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
    data = _data(options.data, options.target, saved.classes)
    if data.columns != saved.columns:
        missing = [name for name in saved.columns if name not in data.columns]
        raise AutogradError(f"{options.model} was trained on other columns than {options.data} has"
                            + (f"; missing: {', '.join(missing)}" if missing else ""))  # fmt: skip
    return _measure(saved, data)


def _predict(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
    rows = _known_columns(options.data, saved.columns)
    answers: list[dict[str, Any]] = []
    for x in rows:
        outputs = _outputs(saved, x)
        if saved.classes:
            ps = probabilities(outputs)
            best = max(range(len(ps)), key=ps.__getitem__)
            answers.append({"class": saved.classes[best], "probability": ps[best]})
        else:
            answers.append({"value": outputs[0] if len(outputs) == 1 else outputs})
    return {"predictions": answers}


def _known_columns(path: str, columns: Sequence[str]) -> list[list[float]]:
    """The columns that the network takes, in its order, of a CSV file that may have more."""
    import csv

    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            header = [name.strip() for name in next(csv.reader(file), [])]
    except OSError as error:
        raise AutogradError(f"cannot read {path}: {error.strerror or error}") from error
    for name in columns:
        if name not in header:
            raise AutogradError(f"{path} has no column {name!r}, which the network takes.{did_you_mean(name, header)}")
    rows: list[list[float]] = []
    with open(path, newline="", encoding="utf-8-sig") as file:
        for n, row in enumerate(csv.DictReader(file, fieldnames=header), start=1):
            if n == 1:
                continue
            try:
                rows.append([float(row[name]) for name in columns])
            except (TypeError, ValueError):
                wrong = next(name for name in columns if not _is_number(row[name]))
                raise AutogradError(f"{path}, row {n}, column {wrong!r} is {row[wrong]!r}, not a number") from None
    return rows


def _is_number(cell: Any) -> bool:
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True


def _info(options: argparse.Namespace) -> dict[str, Any]:
    saved = files.load(options.model)
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
        "history": saved.training.get("history", saved.training.get("epochs", [])),
    }


def _text(command: str, result: dict[str, Any]) -> str:
    """A result for people."""
    if command == "predict":
        return "\n".join(
            f"{a['class']}  ({a['probability']:.1%})" if "class" in a else f"{a['value']:.6g}" for a in result["predictions"]
        )
    if command == "info":
        history = result["history"]
        lines = [result["summary"], "", f"inputs   {', '.join(result['columns'][:8])}{' ...' * (len(result['columns']) > 8)}"]
        lines += [f"classes  {', '.join(result['classes'])}"] if result["classes"] else []
        lines += (
            [f"trained  {len(history)} epochs on {result['trained_on']}, cost {history[-1]['cost']:.4g}"] if history else []
        )
        return "\n".join(lines)
    return "\n".join(
        f"{key.replace('_', ' '):22}{value:.4g}" if isinstance(value, float) else f"{key.replace('_', ' '):22}{value}"
        for key, value in result.items()
    )


COMMANDS = {"train": _train, "evaluate": _evaluate, "predict": _predict, "info": _info}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    options = parser().parse_args(arguments)
    try:
        result = COMMANDS[options.command](options)
    except (AutogradError, ImportError) as error:
        print(json.dumps({"error": str(error)}) if options.json else f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(result) if options.json else _text(options.command, result))
    return 130 if result.get("stopped") == "interrupted" else 0


if __name__ == "__main__":
    sys.exit(main())
