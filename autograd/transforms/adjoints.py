"""Derivatives of nodes: `gradients`, and reverse mode at numbers of any kind.

Reverse mode differentiates by `Value`s. At a dual it differentiates primal and tangent alike by the innermost `Value`: the
derivative of y + y'*epsilon is dy/dx + (dy'/dx)*epsilon. The variables of a differentiated function are
therefore always `Value`s of their own, underneath the duals if there are any.
"""

from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from ..errors import ArgumentError, GraphError, OperandError, described
from ..levels import IN_PROGRESS, Level, is_variable
from ..modes import MODES, recording_is_off, recording_nodes
from ..observers import tell_read
from ..operators import Tracer, apply, number, partials_of
from ..primitives.table import TABLE
from ..reverse import SPECIAL, leaves_of, topological_order, warn_of_stale
from ..structure import flatten
from ..value import Value
from .dual import Dual, alive

if TYPE_CHECKING:
    from .._typed import Real

_POW = TABLE["pow"]
_Again = Callable[[Any, list[Any]], bool]  # given a root and its topological order: are its derivatives differentiable?


def variable(x: Any, level: Level) -> Any:
    """A fresh variable at x: a leaf, or a node of its own on top of an outer variable, underneath the duals."""
    if isinstance(x, Dual):
        return Dual(x.level, variable(x.primal, level), x.tangent)
    if isinstance(x, Tracer):
        return apply(TABLE["identity"], (x,))
    leaf = Value(x)
    leaf._made_in = -level.number
    return leaf


def innermost_of(x: Any) -> Any:
    """The number underneath every dual."""
    return innermost_of(x.primal) if isinstance(x, Dual) else x


def plain(y: Any) -> Any:
    """`y` without its graph."""
    if isinstance(y, Dual):
        return Dual(y.level, plain(y.primal), plain(y.tangent))
    return y.data if isinstance(y, Value) else y


class Outcome:
    """Settles the results of one evaluation of a function: it knows which of them depend on outer `Value`s."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self._fixed = recording_is_off()  # inside no_grad() a derivative is a constant for every outer derivative
        self._known: dict[Any, bool] = {}

    def settled(self, y: Any) -> Any:
        """`y` as the caller gets it: a plain number, unless it depends on the outside; no numbers of finished derivatives."""
        y = alive(y)
        if isinstance(y, Dual):
            return Dual(y.level, self.settled(y.primal), self.settled(y.tangent))
        return y.data if isinstance(y, Value) and not self.open(y) else y

    def open(self, y: Any, order: list[Any] | None = None) -> bool:
        """True if a `Value` depends on the outside: its derivatives have to be differentiable too."""
        if self._fixed:
            return False
        if order is not None:
            self._known[y] = any(map(self._level.outside, leaves_of(order) or (y,)))
        return self._known[y] if y in self._known else self._reaches_outside(y)

    def _reaches_outside(self, root: Any) -> bool:
        """Go down until a leaf of the outside is met. Nodes are not looked at twice, however many results share them."""
        known, outside = self._known, self._level.outside
        if not root.parents:
            return outside(root)
        path = [(root, iter(root.parents))]
        while path:
            v, parents = path[-1]
            for parent in parents:
                if parent.parents and parent not in known:
                    path.append((parent, iter(parent.parents)))
                    break
                if known[parent] if parent.parents else outside(parent):
                    known.update((node, True) for node, _ in path)
                    return True
            else:
                known[v] = False
                path.pop()
        return False

    def derivatives(self, y: Any, variables: list[Any]) -> list[Any]:
        """dy/dv for each variable, as the caller gets them; for a dual, the derivatives of primal and tangent, as duals."""
        return derivatives(y, variables, self.open)


def derivatives(y: Any, variables: list[Any], create_graph: _Again, seed: Any = 1.0, cut: Any = ()) -> list[Any]:
    """dy/dv for each of several `Value`s; for a dual, the derivatives of primal and tangent, as duals.

    Args:
        create_graph: called for every graph, with its root and its topological order.
    """
    if isinstance(y, Dual):
        primals = derivatives(y.primal, variables, create_graph, seed, cut)
        tangents = derivatives(y.tangent, variables, create_graph, seed, cut)
        return [Dual(y.level, p, t) for p, t in zip(primals, tangents, strict=True)]
    if not isinstance(y, Value):
        return [0.0] * len(variables)
    order = topological_order(y)
    return pull(order, y, variables, create_graph(y, order), seed, cut)


# --- one sweep over a graph -------------------------------------------------------------------------------------------


def pull(
    order: list[Any], root: Any, wanted: Sequence[Any], create_graph: bool, seed: Any = 1.0, cut: Container[Any] = ()
) -> list[Any]:
    """d(root)/d(node) for each wanted node, without touching any `.grad`; 0.0 for a node that the root does not depend on.

    Args:
        order: `topological_order(root)`.
        create_graph: make the derivatives `Value`s that can be differentiated again.
        seed: the derivative of the root itself.
        cut: nodes that pass no gradient on.

    Raises:
        GraphError: a node made by hand; with `create_graph` also data that was changed after the forward pass.
    """
    if SPECIAL.exists:
        warn_of_stale(order)
    if MODES.active and not create_graph:
        for leaf in leaves_of(order) or (root,):  # plain numbers that depend on them are given away
            tell_read(leaf)
    if order and not create_graph and not cut and (quick := root._quick_pull(root, wanted, seed)) is not None:
        return quick  # type: ignore[no-any-return]
    depends = set(wanted)
    ways: dict[Any, tuple[Any, ...]] = {}  # nodes that have a wanted one among their ancestors, with their parents
    for v in order:
        parents = v.parents
        if not depends.isdisjoint(parents):
            depends.add(v)
            ways[v] = parents
    bars: dict[Any, Any] = {root: seed}
    with recording_nodes() as block:
        for v in reversed(ways):
            if v in cut or v not in bars:
                continue
            if block.entered:
                block.derivative_of(v)
            v_bar, partials = bars[v], v.partials
            if create_graph or partials is None:  # which raises
                partials = local_derivatives(v, create_graph)
            for parent, partial in zip(ways[v], partials):  # noqa: B905 - a hot loop; lengths are the engine's
                if parent in bars:
                    bars[parent] = bars[parent] + v_bar * partial
                elif parent in depends:
                    bars[parent] = v_bar * partial
    return [bars.get(v, 0.0) for v in wanted]


def local_derivatives(v: Any, create_graph: bool) -> Sequence[Any]:
    """The local derivatives of a node: as stored, or read again from the table as functions of its operands."""
    if v.partials is None:
        raise GraphError(
            f"{v!r} (op {v.op!r}) has a rule made by hand, which adds to .grad and gives no derivative to differentiate; "
            "use backward(), or make it a primitive with autograd.define_primitive",
            v,
        )
    if not create_graph:
        return v.partials  # type: ignore[no-any-return]
    row, operands = v.primitive, v.operands
    if row.linear == "all":  # they are constants
        return v.partials  # type: ignore[no-any-return]
    with recording_nodes(rules=True):
        if row is _POW and operands[1].__class__ is float and operands[1] == 2.0:  # most powers: no need to read the rule
            all_partials: Sequence[Any] = (2.0 * operands[0], 0.0)
        else:
            all_partials = partials_of(row, v, operands)
    partials = [d for o, d in zip(operands, all_partials, strict=True) if o.__class__ is not float]
    for stored, d in zip(v.partials, partials, strict=True):
        now = d._number if isinstance(d, Tracer) else d
        if now != stored and not (now != now and stored != stored):
            raise GraphError(
                f"{row.name}: its local derivative was {stored!r} in the forward pass and is {now!r} now: .data of a node "
                "was changed in between. Derivatives of derivatives need the forward pass again",
                v,
            )
    return partials


# --- derivatives of given nodes --------------------------------------------------------------------------------------------


class GraphWanted(BaseException):
    """`gradients` was called with a number of a forward pass that builds no graph: that pass has to begin anew, with a graph.

    No Exception, so that no handler of the function's own catches it on the way.
    """

    def __init__(self, level: Level) -> None:
        self.level = level


@overload
def gradients(output: Value, inputs: Value, create_graph: Literal[False] = False, seed: float = 1.0) -> float: ...
@overload
def gradients(output: Value, inputs: Value, create_graph: Literal[True], seed: "Real" = 1.0) -> Value: ...
@overload
def gradients(output: Value, inputs: list[Value], create_graph: Literal[False] = False, seed: float = 1.0) -> list[float]: ...
@overload
def gradients(output: Value, inputs: list[Value], create_graph: Literal[True], seed: "Real" = 1.0) -> list[Value]: ...
@overload
def gradients(output: object, inputs: Any, create_graph: bool = False, seed: "Real" = 1.0) -> Any: ...
def gradients(output: Any, inputs: Any, create_graph: bool = False, seed: Any = 1.0) -> Any:
    """d(output)/d(input) for each input, without touching any `.grad`.

    Inside a function that is being differentiated itself (by `grad`, `jvp`, `derivative`, ...) the derivatives stay
    differentiable for it. A forward pass (`jvp`, `derivative`) calls its function a second time for that.

    Args:
        output: a `Value`.
        inputs: a `Value` or a (nested) sequence of them, leaves or interior.
        create_graph: make the derivatives `Value`s that can be differentiated again, to any order.
        seed: the gradient of the output itself.

    Returns:
        The derivatives in the structure of `inputs`; 0.0 for one that the output does not depend on.

    Raises:
        OperandError: output or an input is not a `Value`.
        GraphError: the graph cannot be differentiated; with `create_graph` also a node made by hand, or data that was
            changed after the forward pass.

    Example:
        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> slope = gradients(x**3, x, create_graph=True)
        >>> slope.data, gradients(slope, x)
        (27.0, 18.0)
    """
    wanted, rebuild = flatten(inputs, "gradients(inputs)")
    output, wanted = alive(output), [alive(v) for v in wanted]
    seed = alive(seed) if isinstance(seed, Tracer) else number(seed, "gradients(seed)")
    for v in (output, *wanted):
        if not isinstance(v, Tracer):
            raise OperandError(f"gradients: the output and the inputs are Values, got {described(v)}")
    if not wanted:
        raise ArgumentError("gradients: no inputs given; with respect to what?")

    def again(root: Any, order: list[Any]) -> bool:
        inside = IN_PROGRESS and not recording_is_off()
        return create_graph or (bool(inside) and any(map(is_variable, leaves_of(order) or (root,))))

    if seed.__class__ is Dual:
        return rebuild([seed * d for d in _by_coordinates(output, wanted, again, 1.0)])
    return rebuild(_by_coordinates(output, wanted, again, seed))


def _by_coordinates(output: Any, wanted: list[Any], again: _Again, seed: Any) -> list[Any]:
    """The derivatives by `Value`s; those by duals are taken by the `Value`s underneath."""
    if Dual not in map(type, wanted):
        return derivatives(output, wanted, again, seed)
    for v in wanted:
        _ask_for_graph(v)
    bases = [innermost_of(v) for v in wanted]
    found = derivatives(output, bases, again, seed)
    for i, v in enumerate(wanted):
        # The tangent of an interior dual may be computed from its primal; it is a coordinate of its own all the same.
        own = [t for t in _components(v)[1:] if t.parents]
        if own:
            found[i] = derivatives(output, bases[i : i + 1], again, seed, own)[0]
    return found


def _ask_for_graph(v: Any) -> None:
    """See that a dual has a `Value` underneath that is its own.

    Raises:
        GraphWanted: its pass has to begin anew.
        OperandError: there is nothing to differentiate by.
    """
    if not isinstance(v, Dual):
        return
    passes = _passes(v)
    if isinstance(innermost_of(v), Value) and passes[0] is not None:
        passes = passes[:1]
    for level in passes:
        if level is not None and not level.graph:
            raise GraphWanted(level)
    if not isinstance(innermost_of(v), Value) or passes[0] is None:
        raise OperandError(
            f"gradients: the output and the inputs are Values, got Dual {v!r}, which is a constant here: there is nothing to "
            "differentiate by. Give the argument of the function, or what was computed from it"
        )


def _passes(x: Any) -> list[Level | None]:
    """The forward passes that a number belongs to, the innermost first."""
    return [IN_PROGRESS.get(x.level), *_passes(x.primal)] if isinstance(x, Dual) else []


def _components(x: Any) -> list[Any]:
    """The `Value`s that a number is made of, the innermost primal first."""
    if isinstance(x, Dual):
        return _components(x.primal) + _components(x.tangent)
    return [x] if isinstance(x, Value) else []
