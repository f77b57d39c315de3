"""Names for the cost and the inputs of a picture: the variables that hold them where the picture is asked for.

A variable that holds a `Value` when `draw` is called is no guess: the value is looked up by its identity. In doubt there is no
name: where two variables hold the same value, where another value has that label, in parameters of functions, which are called
something else by their callers, and in comprehensions.
"""

from collections.abc import Mapping
from types import FrameType
from typing import Any

from autograd import Value

from .graph import Drawn

LONGEST = 1000  # elements of a list that are looked at


def name_by_variables(drawn: Drawn, variables: Mapping[str, Any]) -> None:
    """Name the outputs and the leaves without labels by the variables that hold them; an element of a list is x[0].

    Example:
        >>> from .graph import indexed
        >>> a, xs = Value(2.0), [Value(3.0), Value(4.0)]
        >>> y = a * xs[0] + xs[1]
        >>> drawn = indexed(y)
        >>> name_by_variables(drawn, {"a": a, "xs": xs, "y": y, "total": 3.0})
        >>> [drawn.graph.called(i) for i in range(5)]
        ['a', 'xs[0]', 'xs[1]', '', 'y']
    """
    graph, ids = drawn.graph, drawn.ids
    if ids is None:
        return
    direct: dict[int, set[str]] = {}
    in_lists: dict[int, set[str]] = {}
    for name, thing in variables.items():
        if not isinstance(name, str) or name.startswith("_"):
            continue
        if isinstance(thing, Value):
            if thing in ids:
                direct.setdefault(ids[thing], set()).add(name)
        elif type(thing) in (list, tuple) and len(thing) <= LONGEST:
            for n, v in enumerate(thing):
                if isinstance(v, Value) and v in ids:
                    in_lists.setdefault(ids[v], set()).add(f"{name}[{n}]")
    labels = set(graph.label)
    for i in {*direct, *in_lists}:
        output = i == graph.root or i in graph.outputs
        # A value in a list may also be held by the variable of a loop over the list.
        names = direct.get(i, set()) if output else in_lists.get(i) or direct.get(i, set())
        if len(names) == 1 and not graph.label[i] and (output or graph.is_leaf(i)) and names.isdisjoint(labels):
            graph.names[i] = names.pop()


def variables_of(frame: FrameType | None) -> Mapping[str, Any]:
    """The variables of a frame that are no parameters; none in a comprehension or a lambda."""
    if frame is None or (frame.f_code.co_name.startswith("<") and frame.f_code.co_name != "<module>"):
        return {}
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    parameters = set(code.co_varnames[: count + bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)])
    return {name: thing for name, thing in frame.f_locals.items() if name not in parameters}
