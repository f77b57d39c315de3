"""Run a user's script and take the value out of it that `python -m viz draw script.py:cost` names.

The script runs as `python script.py` would run it - as `__main__`, its folder first on the path, its arguments in
`sys.argv` - with sources recorded, so that every node knows the line that made it.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import CodeType, ModuleType
from typing import Any

from autograd import Value, record_sources
from autograd.errors import ArgumentError, AutogradError, did_you_mean


class ScriptError(AutogradError, RuntimeError):
    """A script is missing, cannot be compiled, raised, or does not have the requested value."""


def compiled(path: str) -> CodeType:
    """A script, compiled.

    Raises:
        ScriptError: the file is missing or no Python.
    """
    try:
        with open(path, "rb") as file:
            return compile(file.read(), path, "exec")
    except OSError as error:
        raise ScriptError(f"cannot read the script {path}: {error.strerror or error}") from error
    except (SyntaxError, ValueError) as error:
        raise ScriptError(f"{path} is not Python: {error}") from error


@contextmanager
def as_main(file: str, arguments: Sequence[str], folder: str) -> Iterator[dict[str, Any]]:
    """The surroundings of a program that is started as the main one: its global names. Everything is put back afterwards.

    Args:
        file: its `__file__`.
        arguments: its `sys.argv`, with its own name first.
        folder: the first folder on its path.
    """
    main = ModuleType("__main__")
    main.__dict__.update(__file__=file, __builtins__=__builtins__)
    before = sys.argv, sys.path[:], sys.modules["__main__"]
    sys.argv, sys.modules["__main__"] = [*arguments], main
    sys.path.insert(0, folder)
    try:
        yield main.__dict__
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before


@contextmanager
def running(path: str, arguments: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Run a script and give its global names; inside the block its functions find the same surroundings as while it ran.

    Args:
        path: the file.
        arguments: the script's `sys.argv[1:]`.

    Raises:
        ScriptError: the file is missing or no Python, or it raised; a script that ends with `sys.exit()` has not raised.
    """
    code = compiled(path)
    with as_main(path, [path, *arguments], os.path.dirname(os.path.abspath(path))) as names:
        with record_sources(threads=True), suppress(SystemExit):
            try:
                exec(code, names)
            except Exception as error:
                raise ScriptError(f"{path} raised {type(error).__name__}: {error}{_where(error, path)}") from error
        yield names


def _where(error: BaseException, path: str) -> str:
    """The last line of the script itself in the error's traceback."""
    line, trace = 0, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" (line {line})" if line else ""


def value_in(names: dict[str, Any], wanted: str, path: str) -> Value:
    """The `Value` of that name in a script: a variable, an attribute ('model.cost'), or a function that returns it.

    Raises:
        ScriptError: it is not there, or is something else; the message names what is there.
    """
    values = [name for name, thing in names.items() if isinstance(thing, Value)]
    there = f" Values in it: {', '.join(values[-8:])}" if values else " There is no Value among its global names"
    if not wanted:
        raise ScriptError(f"{path}: which value? Write {path}:NAME.{there}")
    head, *rest = wanted.split(".")
    if head not in names:
        raise ScriptError(f"{path} has no {head!r}.{did_you_mean(head, names)}{there}")
    thing = names[head]
    for attribute in rest:
        if not hasattr(thing, attribute):
            raise ScriptError(f"{path}: {head} has no {attribute!r}.{did_you_mean(attribute, dir(thing))}{there}")
        thing, head = getattr(thing, attribute), f"{head}.{attribute}"
    if callable(thing) and not isinstance(thing, Value):
        try:
            with record_sources(threads=True):
                thing = thing()
        except Exception as error:
            raise ScriptError(f"{path}: {wanted}() raised {type(error).__name__}: {error}{_where(error, path)}") from error
    if not isinstance(thing, Value):
        raise ScriptError(f"{path}: {wanted} is a {type(thing).__name__}, not a Value.{there}")
    return thing


def target(text: str) -> tuple[str, str]:
    """'script.py:cost' as file and name; a name may be missing.

    Raises:
        ArgumentError: nothing before the colon.

    >>> target("script.py:cost"), target("run.json")
    (('script.py', 'cost'), ('run.json', ''))
    """
    path, colon, name = text.rpartition(":")
    if not colon or "/" in name or "\\" in name:  # no colon, or the one of C:\\...
        path, name = text, ""
    if not path:
        raise ArgumentError(f"{text!r} names no file; write script.py:cost")
    return path, name
