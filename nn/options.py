"""The grammar of the command line: the options, their defaults, and the options of a resumed run."""

import argparse
import os
from collections.abc import Sequence
from typing import Any

from autograd.command_line import CommandLine
from autograd.errors import ArgumentError, did_you_mean

from .costs import COSTS
from .data import DATASETS
from .initial import INITIALISATIONS
from .optimisers import OPTIMISERS
from .schedules import SCHEDULES

EXAMPLES = """
examples:
  python -m nn train digits --layers 32 10                 learn handwritten digits, save model.safetensors
  python -m nn train moons --layers 8 2 --activation tanh  two half circles in the plane
  python -m nn train houses.csv --target price             a CSV file with a header: predict a column of numbers
  python -m nn evaluate model.safetensors houses.csv       how well it does on rows that have the target
  python -m nn predict model.safetensors new.csv           one line per row
  python -m nn info model.safetensors                      layers, parameters, how it was trained

Tables are CSV files with a header; semicolons or tabs between the cells are understood too. A column of words, or of few
whole numbers, holds classes; any other numbers. Every other column has to be numbers: nothing is guessed, a gap or a nan is
refused with its line.

Ctrl-C finishes the step, saves what was learned and exits with 130. With --resume FILE the same command goes on later.

exit codes: 0 done, 1 something is wrong with the data or a file (the message says what), 2 wrong usage, 130 interrupted
"""

# Defaults for training. They are not in the grammar, so that options the user gave can be told from defaults.
DEFAULTS: dict[str, Any] = {
    "target": None, "layers": None, "activation": "tanh", "output": "linear", "init": "xavier_uniform", "cost": None,
    "optimiser": "adam", "rate": 0.01, "schedule": "cosine", "epochs": 20, "batch": 16, "test": 0.2, "validation": 0.0,
    "patience": None, "clip": None, "l1": 0.0, "l2": 0.0, "seed": 0, "standardise": "auto", "save": "model.safetensors",
}  # fmt: skip

# Options that identify a run: a resumed run refuses other values.
FIXED = ("target", "layers", "activation", "output", "init", "cost", "optimiser", "test", "validation", "seed", "standardise")

# Options of other programs that no synonym of the library covers (autograd/foreign.py).
HABITS = {"o": "save", "out": "save", "b": "batch", "e": "epochs", "hidden": "layers"}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    main = CommandLine(
        prog="python -m nn",
        habits=HABITS,
        description="Train small networks on real data, one scalar at a time, and use them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="train | evaluate | predict | info")

    train = _command(commands, "train", "train a network on a data set or a table, and save it")
    _data_arguments(train)
    for add in (_network_arguments, _learning_arguments, _share_arguments, _file_arguments):
        add(train)
    _output_arguments(train)

    evaluate = _command(commands, "evaluate", "how well a saved network does on data")
    evaluate.add_argument("model", help="a file saved by train")
    _data_arguments(evaluate)
    _output_arguments(evaluate)

    use = _command(commands, "predict", "what a saved network says of each row of a table")
    use.add_argument("model", help="a file saved by train")
    use.add_argument("data", help="a CSV file with a header; columns the network does not know are ignored")
    _output_arguments(use)

    info = _command(commands, "info", "what a saved network is")
    info.add_argument("model", help="a file saved by train")
    _output_arguments(info)
    return main


def _command(commands: Any, name: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,  # or --out is --output, an activation
    )  # fmt: skip
    return command


def _data_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("data", help=f"a CSV file with a header, or one of {', '.join(DATASETS)}")
    command.add_argument("--target", help="of a CSV file: the column to predict")


def _network_arguments(train: argparse.ArgumentParser) -> None:
    network = train.add_argument_group("the network")
    network.add_argument("--layers", type=int, nargs="+", metavar="N",
                         help="neurons of each layer, the last included (default: 32 and one per class, or one)")  # fmt: skip
    network.add_argument("--activation", help=f"of all layers but the last (default: {DEFAULTS['activation']})")
    network.add_argument("--output", help=f"activation of the last layer (default: {DEFAULTS['output']})")
    network.add_argument("--init", choices=INITIALISATIONS, help=f"how weights begin (default: {DEFAULTS['init']})")


def _learning_arguments(train: argparse.ArgumentParser) -> None:
    learning = train.add_argument_group("learning")
    learning.add_argument("--cost", choices=COSTS, help="default: cross-entropy for classes, mean squared error for numbers")
    learning.add_argument("--optimiser", choices=OPTIMISERS, help=f"default: {DEFAULTS['optimiser']}")
    learning.add_argument("--rate", type=float, help=f"initial learning rate (default: {DEFAULTS['rate']})")
    learning.add_argument("--schedule", choices=SCHEDULES,
                          help="how the rate changes: step divides by 10 at each third, warm-up rises over the first tenth and "
                               f"then follows a cosine (default: {DEFAULTS['schedule']})")  # fmt: skip
    learning.add_argument("--epochs", type=int, help=f"passes over the data (default: {DEFAULTS['epochs']})")
    learning.add_argument("--batch", type=int, help=f"samples per step (default: {DEFAULTS['batch']})")
    learning.add_argument("--patience", type=int, help="stop after so many epochs without a better validation cost")
    learning.add_argument("--clip", type=float, help="largest norm of the gradient")
    learning.add_argument("--l1", type=float, help="weight of the penalty sum |theta|")
    learning.add_argument("--l2", type=float, help="weight of the penalty sum theta**2")
    learning.add_argument("--seed", type=int, help=f"of weights, split and shuffling (default: {DEFAULTS['seed']})")


def _share_arguments(train: argparse.ArgumentParser) -> None:
    data = train.add_argument_group("the data")
    data.add_argument("--test", type=float, metavar="SHARE",
                      help=f"share of the data to hold out and report at the end (default: {DEFAULTS['test']})")  # fmt: skip
    data.add_argument("--validation", type=float, metavar="SHARE",
                      help="share of the rest to watch while training (default: none)")  # fmt: skip
    data.add_argument("--standardise", choices=["auto", "yes", "no"],
                      help="shift and scale every column to mean 0 and deviation 1; auto (the default): unless all numbers "
                           "lie in -1 to 1 already")  # fmt: skip


def _file_arguments(train: argparse.ArgumentParser) -> None:
    files = train.add_argument_group("files")
    files.add_argument("--save", metavar="FILE", help=f"where to save (default: {DEFAULTS['save']})")
    files.add_argument("--resume", metavar="FILE",
                       help="write the run into this file after every epoch, and go on from it if it is there, with the "
                            "options it began with and those that are given; network, seed and data stay")  # fmt: skip


def _output_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object instead of text, no progress bar")


def is_table(name: str) -> bool:
    """True if the data are a file, False if they are one of the sets.

    Raises:
        ArgumentError: they are neither.
    """
    if name in DATASETS:
        return False
    if not (os.path.exists(name) or os.path.splitext(name)[1]):
        raise ArgumentError(f"no data set is called {name!r}, and no file.{did_you_mean(name, DATASETS)} There are: "
                            f"{', '.join(DATASETS)}; or give a CSV file")  # fmt: skip
    return True


def resolved(options: argparse.Namespace, began: dict[str, Any] | None) -> argparse.Namespace:
    """The complete options of training: the user's, else those that the resumed run began with, else the defaults.

    Args:
        began: the options of the run in the file; None if there is none.

    Raises:
        ArgumentError: an option differs from that of the resumed run, and it cannot be changed.
    """
    asked = {name: value for name, value in vars(options).items() if value is not None}
    for name in FIXED if began else ():
        if name in asked and began and asked[name] != began.get(name, asked[name]):
            raise ArgumentError(
                f"{options.resume} holds a run with --{name} {_written(began[name])}, and --{name} {_written(asked[name])} is "
                f"asked for, which would be another run. Leave it out to go on, or give another file to begin anew"
            )
    known = {name: value for name, value in (began or {}).items() if name in DEFAULTS and name != "save"}
    return argparse.Namespace(**(DEFAULTS | known | asked | {"resume": options.resume}))


def _written(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
