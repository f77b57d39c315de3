"""The arguments of a call, taken apart: numbers that are traced, and everything else, which is part of the key.

A structure with a float in it is traced; whole numbers, text and objects are static: they choose, and a call with others is
another recording. Two calls with one key have the same structure and equal static arguments: a recording of the one may serve
the other.
"""

import inspect
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from ..errors import ArgumentError, did_you_mean
from ..operators import Tracer, real
from ..structure import Rebuild, flatten
from ..words import counted

Name = int | str  # of an argument: its position, or the name that it is given by


class TracedCall(Exception):  # noqa: N818 - no error: the call belongs to a graph or to another derivative
    """An argument holds a `Value` or a dual: the function itself has to be run."""


class _NotNumbersError(Exception):
    """A structure is not made of numbers."""


class Call(NamedTuple):
    """A call, taken apart.

    Attributes:
        key: equal for calls that may share a recording.
        numbers: those of the traced arguments, in order.
        traced: the names of the traced arguments.
        args, kwargs: the arguments as they were given.
    """

    key: Hashable
    numbers: list[float]
    traced: tuple[Name, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def parts(self, name: str) -> "list[Part]":
        """The traced arguments, each with the way back from numbers to its structure."""
        found = []
        for argument in self.traced:
            given = self.args[argument] if isinstance(argument, int) else self.kwargs[argument]
            leaves, rebuild = flatten(given, f"{name}: argument {argument}")
            found.append(Part(argument, len(leaves), rebuild))
        return found


class Part(NamedTuple):
    """A traced argument: its name, how many numbers it has, and the function that puts numbers into its structure."""

    argument: Name
    size: int
    rebuild: Rebuild


def split(numbers: Sequence[Any], parts: Sequence[Part]) -> list[Any]:
    """Numbers in a row, put into the structures of the traced arguments."""
    out, start = [], 0
    for _, count, rebuild in parts:
        out.append(rebuild(numbers[start : start + count]))
        start += count
    return out


def plain(result: Any, name: str) -> Any:
    """A result with plain numbers in place of `Value`s."""
    leaves, rebuild = flatten(result, f"{name}: result of the function")
    return rebuild([y if isinstance(y, float) else y._number for y in leaves])


class Reading:
    """The way in which calls of one function are taken apart.

    Args:
        f: the function.
        static: positions and names of arguments that are never traced.
    """

    def __init__(self, f: Callable[..., Any] | None, static: Sequence[Name]) -> None:
        self.static: frozenset[Name] = frozenset(self._positions(f, static))
        self.traced: set[Name] = set()  # those that have been: a whole number given there later is a number

    @staticmethod
    def _positions(f: Callable[..., Any] | None, static: Sequence[Name]) -> list[Name]:
        """The names, and with each the other name of the same argument."""
        names = None if f is None else _parameters(f)
        if names is not None and not _takes_any(f):
            for name in static:
                if isinstance(name, int) and not -1 < name < len(names):
                    raise ArgumentError(
                        f"compile: static={name} names no argument; the function has {counted(len(names), 'argument')}"
                    )
        found: list[Name] = []
        for name in static:
            if isinstance(name, str) and names is not None and name not in names:
                raise ArgumentError(f"compile: static={name!r} names no argument.{did_you_mean(name, names)}")
            found.append(name)
            if names is not None and isinstance(name, str):
                found.append(names.index(name))
            elif names is not None and isinstance(name, int) and name < len(names):
                found.append(names[name])
        return found

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Take a call apart.

        Raises:
            TracedCall: an argument holds a `Value` or a dual.
        """
        numbers: list[float] = []
        keys: list[Hashable] = []
        traced: list[Name] = []
        named: list[tuple[Name, Any]] = [*enumerate(args), *kwargs.items()]
        for name, thing in named:
            if thing.__class__ is float and name not in self.static:
                numbers.append(thing)
                keys.append(float)
                traced.append(name)
                continue
            before = len(numbers)
            key = None if name in self.static else self._taken(name, thing, numbers)
            if key is None:
                del numbers[before:]
                keys.append(("static", frozen(thing)))
            else:
                keys.append(key)
                traced.append(name)
        self.traced.update(traced)
        return Call((tuple(keys), tuple(kwargs)), numbers, tuple(traced), args, kwargs)

    def _taken(self, name: Name, thing: Any, numbers: list[float]) -> Hashable:
        """The key of a traced argument, its numbers appended; None for a static one."""
        whole = _Whole()
        try:
            key = _taken(thing, numbers, whole)
        except _NotNumbersError:
            return None
        return None if whole.only and name not in self.traced else key


class _Whole:
    """True in `only` until a number is met that is no whole number by its type."""

    __slots__ = ("only",)

    def __init__(self) -> None:
        self.only: bool = True


def _taken(thing: Any, numbers: list[float], whole: _Whole) -> Hashable:
    kind = thing.__class__
    if kind is float:
        numbers.append(thing)
        whole.only = False
        return float
    if kind is list or kind is tuple:
        if set(map(type, thing)) == {float}:
            numbers.extend(thing)
            whole.only = False
            return kind, len(thing)
        keys = tuple([_taken(item, numbers, whole) for item in thing])
        return kind, len(keys) if set(keys) == {float} else keys
    if isinstance(thing, Tracer):
        raise TracedCall
    if isinstance(thing, dict):
        return kind, tuple([(key, _taken(item, numbers, whole)) for key, item in thing.items()])
    if isinstance(thing, (list, tuple)):
        return kind, tuple([_taken(item, numbers, whole) for item in thing])
    if getattr(thing, "ndim", 0) and hasattr(thing, "tolist"):
        return kind, thing.shape, _taken(thing.tolist(), numbers, whole)
    return _number(thing, numbers, whole)


def _number(thing: Any, numbers: list[float], whole: _Whole) -> Hashable:
    x = None if isinstance(thing, type) else real(thing)
    if x is None:
        raise _NotNumbersError
    numbers.append(x)
    # NumPy's whole numbers say so by __index__, as Python's do.
    whole.only = whole.only and hasattr(type(thing), "__index__")
    return float


class _Same:
    """An object that is part of a key by its identity; it is kept, or its address might come to mean another one."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing: Any = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


def frozen(thing: Any) -> Hashable:
    """A static argument as part of a key: numbers, text and containers by what they hold, objects by identity.

    Raises:
        TracedCall: it holds a `Value`.
        ArgumentError: it is an iterator.
    """
    kind = thing.__class__
    if thing is None or kind in (bool, int, str, bytes, complex):
        return kind, thing
    if kind is float:
        return kind, thing.hex()
    if isinstance(thing, Tracer):
        raise TracedCall
    if hasattr(kind, "__next__"):
        raise ArgumentError(
            f"compile: an argument is a {kind.__name__}, which can be gone through only once, and the function may run again; "
            "give list(...)"
        )
    if kind in (list, tuple):
        return kind, tuple([frozen(item) for item in thing])
    if kind in (set, frozenset):
        return kind, frozenset([frozen(item) for item in thing])
    if kind is dict:
        return kind, tuple([(frozen(key), frozen(item)) for key, item in thing.items()])
    if hasattr(thing, "tobytes") and hasattr(thing, "dtype") and not getattr(thing.dtype, "hasobject", True):
        return kind, str(thing.dtype), thing.shape, thing.tobytes()
    return _Same(thing)


def _parameters(f: Callable[..., Any]) -> list[str] | None:
    """The names of a function's parameters that can be given by position; None if they are not known."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]


def _takes_any(f: Any) -> bool:
    """True for a function that takes any number of arguments."""
    return any(p.kind is p.VAR_POSITIONAL for p in inspect.signature(f).parameters.values())


def input_names(f: Callable[..., Any] | None, parts: Sequence[Part]) -> list[str]:
    """Names for the numbers of the traced arguments: x for a number, x0, x1, ... for those of a structure."""
    parameters = (f and _parameters(f)) or []
    names = []
    for argument, count, _ in parts:
        name = argument if isinstance(argument, str) else parameters[argument] if argument < len(parameters) else f"x{argument}"
        single = count == 1
        names += [name] if single else [f"{name}{'_' * name[-1:].isdigit()}{i}" for i in range(count)]
    return names
