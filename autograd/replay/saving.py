"""A program as text: what was recorded, without the function, as data that holds no code and reads back.

    stepgrad program 1
    name "f"
    static []
    bits "close"
    case {"args": [["list", [0, 0]]], "kwargs": {}}
    variant {"captured": [["w", "0.5"]], "result": 0}
    in 3
    v3 = mul v0 v2
    out v3

A case is a kind of call, by an example of its arguments; its variants follow, each with its tape. A structure is 0 for a
number, ["list", [...]], ["tuple", [...]], ["dict", [[key, ...], ...]] or ["array", shape]; a static argument is ["is", value].
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import ArgumentError, ReplayError
from ..structure import flatten
from ..value import Value
from .arrangement import Arranged
from .calls import Reading
from .case import Case
from .rows import BITS, Bits
from .tape import Tape, literal

HEAD = "stepgrad program 1"


def written(name: str, static: tuple[Any, ...], bits: Bits, cases: list[Case]) -> str:
    """The text of a program.

    Raises:
        ReplayError: an argument or a result is no data that a text can hold.
    """
    head = [HEAD, f"name {json.dumps(name)}", f"static {json.dumps(static)}", f"bits {json.dumps(bits)}"]
    return "\n".join([*head, *_lines(cases)]) + "\n"


def _lines(cases: list[Case]) -> Iterator[str]:
    for case in cases:
        traced = case.call.traced
        args = [_structure(x) if n in traced else _static(x, f"argument {n}") for n, x in enumerate(case.call.args)]
        kwargs = {n: _structure(x) if n in traced else _static(x, n) for n, x in case.call.kwargs.items()}
        yield f"case {json.dumps({'args': args, 'kwargs': kwargs})}"
        for variant in case.variants:
            captured = [[v.label, literal(v._data)] for v in variant.captured]
            result = _structure(variant.rebuild([0.0] * len(variant.tape.outputs)))
            yield f"variant {json.dumps({'captured': captured, 'result': result})}"
            yield str(variant.tape)


def _structure(thing: Any) -> Any:
    if isinstance(thing, dict):
        if not all(isinstance(key, (str, int)) for key in thing):
            raise ReplayError("a program as text: the keys of a dict are text or whole numbers; pickle keeps the others")
        return ["dict", [[key, _structure(item)] for key, item in thing.items()]]
    if isinstance(thing, list):
        return ["list", [_structure(item) for item in thing]]
    if isinstance(thing, tuple):
        if hasattr(thing, "_fields"):
            raise ReplayError(f"a program as text holds no {type(thing).__name__}, a class of its own; pickle keeps it")
        return ["tuple", [_structure(item) for item in thing]]
    return ["array", list(thing.shape)] if getattr(thing, "ndim", 0) else 0


def _static(thing: Any, name: str) -> Any:
    if thing is None or type(thing) in (bool, int, str):
        return ["is", thing]
    raise ReplayError(f"a program as text: {name} is a {type(thing).__name__}, which is no data; pickle keeps it")


# --- back -----------------------------------------------------------------------------------------------------------------


def parsed(text: str, f: Callable[..., Any] | None) -> tuple[str, tuple[Any, ...], Bits, list[Case]]:
    """The name, the static arguments, the word for bits and the cases in a text.

    Raises:
        ArgumentError: it is no text of a program.
    """
    blocks = text.split("\ncase ")
    head = blocks[0].splitlines()
    if head[:1] != [HEAD] or len(head) < 3:
        raise ArgumentError(f"a program begins with the line {HEAD!r}, got {head[:1]}")
    try:
        name = json.loads(head[1].removeprefix("name "))
        static = tuple(json.loads(head[2].removeprefix("static ")))
        bits = json.loads(head[3].removeprefix("bits ")) if len(head) > 3 else "close"
        if bits not in BITS:
            raise ArgumentError(f"a program has the bits 'exact', 'close' or 'fast', got {bits!r}")
        return name, static, bits, [_case(block, f, name, static) for block in blocks[1:]]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"this text of a program is damaged: {error}") from None


def _case(block: str, f: Callable[..., Any] | None, name: str, static: tuple[Any, ...]) -> Case:
    first, *variants = block.split("\nvariant ")
    given = json.loads(first)
    args = tuple([_example(x) for x in given["args"]])
    call = Reading(f, static).call(args, {key: _example(x) for key, x in given["kwargs"].items()})
    case = Case(f, name, call)
    for said in variants:
        head, _, tape = said.partition("\n")
        told = json.loads(head)
        captured = tuple([Value(float(x), label=label) for label, x in told["captured"]])
        case.restore(Arranged(Tape.parse(tape), captured, flatten(_example(told["result"]), name)[1], told["result"] == 0))
    return case


def _example(thing: Any) -> Any:
    """A structure of zeros."""
    if thing == 0:
        return 0.0
    kind, items = thing
    if kind == "is":
        return items
    if kind == "dict":
        return {key: _example(item) for key, item in items}
    if kind == "array":
        import numpy as np  # a file that holds arrays is for those who have it

        return np.zeros(items)
    parts = [_example(item) for item in items]
    return tuple(parts) if kind == "tuple" else parts
