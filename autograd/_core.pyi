"""What c/core.c gives to compiled.py."""

from typing import Any

from .primitives.table import Primitive

def make(names: dict[str, Any], /) -> Any:
    """The class `Value`, on the base and with the functions that are handed over; once in a process."""

def node(
    out: float,
    primitive: Primitive,
    operands: tuple[Any, ...],
    parents: tuple[Any, ...],
    partials: tuple[float, ...],
    /,
) -> Any:
    """A node that has been computed in Python."""

def apply(primitive: Primitive, operands: tuple[Any, ...], /) -> Any:
    """`apply` of operators.py."""

def dot(weights: Any, inputs: Any, bias: Any, /) -> Any:
    """`dot_node` of pure.py."""

def numbers(nodes: list[Any], /) -> list[float] | None:
    """`numbers` of many.py; None if a node is out of the ordinary, also from the following six."""

def gradients_of(nodes: list[Any], unless: str, /) -> list[float | None] | None:
    """`gradients` of many.py."""

def descend(nodes: list[Any], rate: float, unless: str, /) -> list[int] | None:
    """`descend` of many.py."""

def assign(nodes: list[Any], numbers: Any, /) -> bool | None:
    """`assign` of many.py; True if it is done."""

def fill(array: Any, nodes: list[Any], /) -> bool | None:
    """`fill` of many.py; True if it is done."""

def contribute(nodes: list[Any], terms: Any, /) -> bool | None:
    """`contribute` of many.py; True if it is done."""

def columns(
    nodes: list[Any],
    first: int,
    entry: dict[Any, int | float],
    number_of: Any,
    nodes_before: int,
    constants_before: int,
    operands_before: int,
    /,
) -> tuple[int, bytes, bytes, bytes, bytes] | None:
    """Nodes as the columns of a tape, for replay/arrangement.py: the index of the first that needs more, and constants,
    operands, start and op, each to be appended.
    """

def zero(nodes: list[Any], /) -> bool | None:
    """`zero` of many.py; True if it is done."""

def share(node: Any, attributes: dict[str, str], /) -> bool:
    """`share` of pure.py."""

def functions(in_python: dict[Primitive, Any], /) -> dict[Primitive, Any]:
    """The functions of one number, by row; those in Python are called for whatever is neither a node nor a plain number."""

def backward(root: Any, seed: float, special: bool, /) -> bool:
    """Run an ordinary pass; False, and nothing is done, if it is none.

    Args:
        special: whether there are hooks, or the like, anywhere in the process.
    """

def order(root: Any, /) -> list[Any] | None:
    """`topological_order` of reverse.py for a root that is no leaf; None if a node is loose."""

def leaves(root: Any, /) -> list[Any] | None:
    """`leaves_of` of reverse.py for the order of such a root."""

def pull(root: Any, wanted: Any, seed: Any, /) -> list[float] | None:
    """`pull` of adjoints.py with plain numbers; None if it is not that simple."""

def track(node: Any, /) -> None:
    """Let the collector look at a node, and at all that will be computed from it."""
