"""Nested sequences of numbers: taken apart into a flat list, and put together again in the same shape.

Lists, tuples, named tuples, dicts and NumPy arrays nest freely. Transforms differentiate with respect to the flat list
and give their results in the structure they were given.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .errors import not_a_number
from .operators import Tracer, real

Rebuild = Callable[[Sequence[Any]], Any]


def is_container(thing: Any) -> bool:
    """Whether it is taken apart further: a list, a tuple, a dict, an array with at least one dimension."""
    return isinstance(thing, (list, tuple, dict)) or (hasattr(thing, "tolist") and getattr(thing, "ndim", 0) > 0)


def flatten(structure: Any, place: str) -> tuple[list[Any], Rebuild]:
    """The numbers of a nested structure in order, and the function that puts as many others into the same structure.

    Args:
        structure: a number, a tracer, or lists, tuples, dicts and arrays of such, nested to any depth Python can write.
        place: what it is, for messages: the path of a wrong element is appended, 'x[2][0]'.

    Raises:
        OperandError: an element is not a number.

    Example:
        >>> leaves, rebuild = flatten((1.0, [2, 3.0]), "x")
        >>> leaves, rebuild([10, 20, 30])
        ([1.0, 2.0, 3.0], (10, [20, 30]))
    """
    leaves: list[Any] = []
    rebuild = _flatten(structure, place, leaves)

    def whole(numbers: Sequence[Any]) -> Any:
        return rebuild(iter(numbers))

    return leaves, whole


def _flatten(structure: Any, place: str, leaves: list[Any]) -> Callable[[Any], Any]:
    if getattr(structure, "ndim", None) == 0 and hasattr(structure, "item"):
        structure = structure.item()  # an array without dimensions is the thing in it
    if isinstance(structure, Tracer):
        leaves.append(structure)
        return next
    if isinstance(structure, dict):
        parts = {key: _flatten(item, f"{place}[{key!r}]", leaves) for key, item in structure.items()}
        return lambda numbers: {key: part(numbers) for key, part in parts.items()}
    if isinstance(structure, (list, tuple)):
        children = [_flatten(item, f"{place}[{i}]", leaves) for i, item in enumerate(structure)]
        kind = type(structure)
        if hasattr(kind, "_fields"):  # a named tuple takes its fields one by one
            return lambda numbers: kind(*[child(numbers) for child in children])
        return lambda numbers: kind(child(numbers) for child in children)
    if is_container(structure):
        return _flatten_array(structure, place, leaves)
    x = real(structure)
    if x is None:
        raise not_a_number(structure, place)
    leaves.append(x)
    return next


def _flatten_array(array: Any, place: str, leaves: list[Any]) -> Callable[[Any], Any]:
    import numpy as np  # somebody gave us an array of it

    lists = _flatten(array.tolist(), place, leaves)

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
