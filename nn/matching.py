"""Outputs beside targets: brought into one form, or told apart in words that say what to write.

Most mistakes with costs are of shape: targets as a column, a one-hot label, a network with one output in place of one per
class. A cost that accepted them would be a number that means something else.
"""

from collections.abc import Iterator
from typing import Any

from autograd import ArgumentError, OperandError, Value
from autograd.errors import AutogradError
from autograd.structure import flatten, is_container
from autograd.words import counted

_NUMBERS = frozenset({float, int, Value})


def listed(thing: Any) -> Any:
    """Arrays, tuples, generators and ranges as lists, all the way down; numbers as they are."""
    if thing.__class__ in _NUMBERS:
        return thing
    if thing.__class__ is list and _NUMBERS.issuperset(map(type, thing)):  # nearly always
        return thing[:]
    if isinstance(thing, (Iterator, range)) or (is_container(thing) and not isinstance(thing, dict)):
        return [listed(item) for item in thing]
    return thing


def shape(thing: Any) -> tuple[int, ...]:
    """The shape of a number or of nested lists: () for a number, (2, 3) for two rows of three.

    Raises:
        ArgumentError: rows of different lengths.

    Example:
        >>> shape([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        (2, 3)
    """
    if not isinstance(thing, list):
        return ()
    shapes = {shape(item) for item in thing}
    if len(shapes) > 1:
        raise ArgumentError(f"rows that differ: {' and '.join(map(shape_in_words, sorted(shapes)))}")
    return (len(thing), *(shapes.pop() if shapes else ()))


def shape_in_words(s: tuple[int, ...]) -> str:
    """A shape in words.

    Example:
        >>> shape_in_words(()), shape_in_words((1,)), shape_in_words((3, 1)), shape_in_words((2, 3, 4))
        ('one number', 'a list of 1 number', '3 lists of 1 number each', 'lists of 2 x 3 x 4')
    """
    if not s:
        return "one number"
    if len(s) > 2:
        return f"lists of {' x '.join(map(str, s))}"
    numbers = counted(s[-1], "number")
    return f"a list of {numbers}" if len(s) == 1 else f"{counted(s[0], 'list')} of {numbers} each"


def matched(outputs: Any, targets: Any, name: str) -> tuple[Any, Any]:
    """Outputs and targets as nested lists of the same shape, with at least one number.

    Args:
        name: the name of the cost, for messages.

    Raises:
        ArgumentError, OperandError: they are not.
    """
    found = []
    for what, given in (("outputs", outputs), ("targets", targets)):
        numbers = listed(given)
        try:
            found.append((numbers, shape(numbers)))
            flatten(numbers, what)
        except ArgumentError as error:
            raise ArgumentError(f"{name}: the {what} have {error}") from None
        except AutogradError as error:
            raise OperandError(f"{name}: {error}") from None
    (fs, s), (ys, t) = found
    if s == t and 0 not in s:
        return fs, ys
    if 0 in s or 0 in t:
        raise ArgumentError(f"{name}: there is nothing in the {'outputs' if 0 in s else 'targets'}")
    raise ArgumentError(
        f"{name}: outputs are {shape_in_words(s)}, targets {shape_in_words(t)}; there is one target for each output, in "
        f"the same shape{_remedy(s, t)}"
    )


def _remedy(s: tuple[int, ...], t: tuple[int, ...]) -> str:
    """The code to write, if the difference in shape is one of the usual mistakes."""
    for what, longer, shorter in (("targets", t, s), ("outputs", s, t)):
        if longer == (*shorter, 1):
            if not shorter:
                return f". Take it out of its list: {what}[0]"
            return f". The {what} are a column: [y for (y,) in {what}] takes them out"
    if len(s) == 2 and t == s[:1]:
        return f". The network has {s[1]} outputs: for classes there is cross_entropy, for one number a network with one output"
    return ""


def class_index(label: Any, classes: int, name: str) -> int:
    """A label as an index.

    Raises:
        ArgumentError: it is no whole number from 0 to `classes` - 1.
    """
    if label.__class__ is int and 0 <= label < classes:  # nearly always
        return label
    usable = not isinstance(label, (list, str, bytes, Value)) and label is not None
    if usable and 0 <= label < classes and int(label) == label:
        return int(label)
    text, what = _numbers(label), f"{name}: label"
    rest = f"with {classes} classes; labels are 0 to {classes - 1}"
    if isinstance(label, list):
        if len(label) == classes > 1 and sorted(label) == [0] * (classes - 1) + [1]:
            raise ArgumentError(f"{what} {text} is one-hot; a label is the number of the class, here {label.index(1)}")
        column = ". Labels that are a column are taken out by [y for (y,) in labels]" if len(label) == 1 else ""
        raise ArgumentError(f"{what} {text} is a list; there is one label for each sample, a whole number from 0{column}")
    if isinstance(label, (str, bytes)):
        raise ArgumentError(f"{what} {text} {rest}: number the classes, names.index({text})")
    counted = ". They are counted from 0" if usable and label == classes else ""
    raise ArgumentError(f"{what} {text} {rest}{counted}")


def _numbers(label: Any) -> str:
    """A label as a person writes it: NumPy's numbers without their type."""
    if isinstance(label, list):
        return f"[{', '.join(map(_numbers, label))}]"
    return repr(label.item() if hasattr(label, "item") and not isinstance(label, Value) else label)


def labelled(outputs: Any, labels: Any, name: str) -> tuple[bool, list[Any], list[Any]]:
    """A batch of outputs, one list of logits each, beside its labels.

    Returns:
        True for a batch; the outputs; the labels. One sample is put into lists as if it were a batch.

    Raises:
        ArgumentError: they do not belong together.
    """
    zs, chosen = listed(outputs), listed(labels)
    single = "one number for each sample is what a network with one output gives, and goes with binary_cross_entropy"
    if not isinstance(zs, list):
        raise ArgumentError(f"{name}: logits are a list with one number per class, got {outputs!r}; {single}")
    if not zs:
        raise ArgumentError(f"{name}: logits are a list with one number per class, got an empty list")
    if isinstance(zs[0], list):
        chosen = chosen if isinstance(chosen, list) else [chosen]
        if len(zs) != len(chosen):
            raise ArgumentError(f"{name}: {len(zs)} outputs but {len(chosen)} labels; there is one label for each output")
        return True, zs, chosen
    if shape(chosen) == shape(zs):
        try:
            class_index(chosen, len(zs), name)
        except ArgumentError as error:
            raise ArgumentError(f"{error}; and {single}") from None
    return False, [zs], [chosen]
