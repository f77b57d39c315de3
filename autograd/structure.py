"""Nested sequences of numbers: taken apart into a flat list, and put together again in the same shape.

Lists, tuples, named tuples, dicts and NumPy arrays nest freely. Transforms differentiate with respect to the flat list
and give their results in the structure they were given, subclasses of dict and list included. Two structures that belong
together (a point and its direction) are compared and paired by key, as JAX pairs them: positions alone would pair the
wrong numbers without a word.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from .errors import ArgumentError, did_you_mean, not_a_number
from .operators import Tracer, real

Rebuild = Callable[[Sequence[Any]], Any]
_Take = Callable[[Any], Any]  # puts numbers from an iterator into one part of a structure


def is_container(thing: Any) -> bool:
    """True if it is taken apart further: a list, a tuple, a dict, an array with at least one dimension."""
    return isinstance(thing, (list, tuple, dict)) or (hasattr(thing, "tolist") and getattr(thing, "ndim", 0) > 0)


def flatten(structure: Any, place: str) -> tuple[list[Any], Rebuild]:
    """The numbers of a nested structure in order, and a function that puts as many other numbers into the same structure.

    Args:
        structure: a number, a tracer, or lists, tuples, dicts and arrays of such, nested to any depth Python can write.
        place: its name for messages: the path of a wrong element is appended, 'x[2][0]'.

    Raises:
        OperandError: an element is not a number.
        ArgumentError: a container contains itself, or they nest too deeply.

    Example:
        >>> leaves, rebuild = flatten((1.0, [2, 3.0]), "x")
        >>> leaves, rebuild([10, 20, 30])
        ([1.0, 2.0, 3.0], (10, [20, 30]))
    """
    leaves: list[Any] = []
    try:
        rebuild = _flatten(structure, place, leaves, set())
    except RecursionError:
        raise ArgumentError(f"{place}: nested more deeply than Python's recursion limit; a flat list does as well") from None

    def whole(numbers: Sequence[Any]) -> Any:
        return rebuild(iter(numbers))

    return leaves, whole


def _flatten(structure: Any, place: str, leaves: list[Any], around: set[int]) -> _Take:
    """Append the numbers to `leaves`; `around` has the ids of the containers that this one is in."""
    if isinstance(structure, Tracer):
        leaves.append(structure)
        return next
    structure = _without_dimensions(structure)
    if not is_container(structure):
        leaves.append(_leaf(structure, place))
        return next
    if id(structure) in around:
        raise ArgumentError(f"{place}: this {type(structure).__name__} contains itself; a structure has to end somewhere")
    around.add(id(structure))
    if isinstance(structure, dict):
        take = _filled_dict(
            structure, {key: _flatten(item, f"{place}[{key!r}]", leaves, around) for key, item in structure.items()}
        )
    elif isinstance(structure, (list, tuple)):
        take = _filled_sequence(
            structure, [_flatten(item, f"{place}[{i}]", leaves, around) for i, item in enumerate(structure)]
        )
    else:
        take = _filled_array(structure, _flatten(structure.tolist(), place, leaves, around))
    around.discard(id(structure))
    return take


def _without_dimensions(thing: Any) -> Any:
    """An array without dimensions stands for its only item."""
    return thing.item() if getattr(thing, "ndim", None) == 0 and hasattr(thing, "item") else thing


def _leaf(thing: Any, place: str) -> Any:
    thing = _without_dimensions(thing)
    x = thing if isinstance(thing, Tracer) else real(thing)
    if x is None:
        if hasattr(type(thing), "__dataclass_fields__"):  # as `dataclasses` itself asks, which takes milliseconds to import
            raise ArgumentError(
                f"{place}: {type(thing).__name__} is a dataclass, which does not say which of its fields are numbers to "
                "differentiate by; give dataclasses.asdict(p), or make it a NamedTuple"
            )
        raise not_a_number(thing, place)
    return x


def _filled_dict(structure: dict[Any, Any], parts: dict[Any, _Take]) -> _Take:
    if type(structure) is dict:
        return lambda numbers: {key: part(numbers) for key, part in parts.items()}
    template = copy.copy(structure)  # an OrderedDict, a defaultdict with its factory: its other contents stay

    def take(numbers: Any) -> Any:
        filled = copy.copy(template)
        for key, part in parts.items():
            filled[key] = part(numbers)
        return filled

    return take


def _filled_sequence(structure: Any, parts: list[_Take]) -> _Take:
    kind = type(structure)
    if kind is list:
        return lambda numbers: [part(numbers) for part in parts]
    if hasattr(kind, "_make"):  # a named tuple
        return lambda numbers: kind._make(part(numbers) for part in parts)
    if isinstance(structure, tuple):
        return lambda numbers: kind(part(numbers) for part in parts)
    template = copy.copy(structure)

    def take(numbers: Any) -> Any:
        filled = copy.copy(template)
        filled[:] = [part(numbers) for part in parts]
        return filled

    return take


def _filled_array(array: Any, lists: _Take) -> _Take:
    import numpy as np  # NumPy is imported: the caller has given an array

    def rebuild(numbers: Any) -> Any:
        filled = np.empty(array.shape, dtype=object)
        nested = lists(numbers)
        for place in np.ndindex(array.shape):  # one by one: NumPy would make axes of lists in its places
            item = nested
            for i in place:
                item = item[i]
            filled[place] = item
        if all(isinstance(x, float) for x in filled.flat):
            return filled.astype(float)
        shapes = {x.shape if isinstance(x, np.ndarray) else None for x in filled.flat}
        if len(shapes) == 1 and None not in shapes:  # an array of arrays: a Jacobian as linear algebra knows it
            return np.stack(list(filled.flat)).reshape(array.shape + shapes.pop())
        return filled

    return rebuild


# --- two structures ----------------------------------------------------------------------------------------------------


def paired(structure: Any, like: Any, place: str, model: str) -> list[Any]:
    """The numbers of a structure in the order of another structure, which has to be of the same kind everywhere.

    Entries of dicts are paired by key, those of sequences and arrays by position. A dict pairs with any kind of dict; lists,
    tuples, named tuples and arrays pair with their own kind only.

    Args:
        like: the other structure, which `flatten` has taken apart.
        place, model: the names of the two, for messages.

    Raises:
        ArgumentError: they differ; the message names the path.
        OperandError: an element is not a number.

    Example:
        >>> paired({"y": 1.0, "x": 0.0}, {"x": 2.0, "y": 3.0}, "tangents", "primals")
        [0.0, 1.0]
    """
    leaves: list[Any] = []
    _pair(structure, like, place, model, leaves)
    return leaves


def _pair(structure: Any, like: Any, place: str, model: str, leaves: list[Any]) -> None:
    structure, like = _without_dimensions(structure), _without_dimensions(like)
    if not is_container(like):
        if is_container(structure):
            raise _differ(structure, like, place, model)
        leaves.append(_leaf(structure, place))
        return
    if not is_container(structure):
        _leaf(structure, place)  # raises for an element that is no number at all
        raise _differ(structure, like, place, model)
    if isinstance(like, dict) and isinstance(structure, dict):
        if structure.keys() != like.keys():
            raise _other_keys(structure, like, place, model)
        for key, item in like.items():
            _pair(structure[key], item, f"{place}[{key!r}]", f"{model}[{key!r}]", leaves)
        return
    if _kind(structure) != _kind(like):
        raise _differ(structure, like, place, model)
    if not isinstance(like, (list, tuple)):
        structure, like = structure.tolist(), like.tolist()
    for i, (item, twin) in enumerate(zip(structure, like, strict=True)):
        _pair(item, twin, f"{place}[{i}]", f"{model}[{i}]", leaves)


def _kind(thing: Any) -> tuple[Any, ...]:
    """The features that have to be the same in two containers that pair."""
    if isinstance(thing, (list, tuple)):
        # a named tuple by its name and fields: its class is a new one after a cell of a notebook has run again
        fields = (type(thing).__name__, *thing._fields) if hasattr(thing, "_fields") else ()
        return isinstance(thing, list), len(thing), fields
    return ("dict",) if isinstance(thing, dict) else thing.shape


def _described(thing: Any) -> str:
    if isinstance(thing, dict):
        return f"a dict of {', '.join(map(repr, thing))}" if thing else "an empty dict"
    if isinstance(thing, (list, tuple)):
        if hasattr(thing, "_fields"):
            return f"the named tuple {type(thing).__name__}({', '.join(thing._fields)})"
        return f"a {'list' if isinstance(thing, list) else 'tuple'} of {len(thing)}"
    return f"an array of shape {thing.shape}" if is_container(thing) else "one number"


def _differ(structure: Any, like: Any, place: str, model: str) -> ArgumentError:
    return ArgumentError(
        f"{place} is {_described(structure)} where {model} is {_described(like)}; give it in the same structure, one number "
        "for each"
    )


def _other_keys(structure: dict[Any, Any], like: dict[Any, Any], place: str, model: str) -> ArgumentError:
    missing = [key for key in like if key not in structure]
    more = [key for key in structure if key not in like]
    told = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
    told += [f"has {', '.join(map(repr, more))} besides"] if more else []
    hint = did_you_mean(more[0], missing) if more and all(isinstance(key, str) for key in (*missing, *more)) else ""
    return ArgumentError(
        f"{place} {' and '.join(told)}; the keys have to be those of {model}: {', '.join(map(repr, like))}.{hint}"
    )
