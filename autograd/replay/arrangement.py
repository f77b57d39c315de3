"""From an evaluation to a tape: nodes become numbers in columns, decisions become guards at their places.

A leaf is one of four things: an input; a `Value` from outside that the result depends on, such as a weight, which becomes an
input too (a captured one); a constant made by the function; or the number of a node that was detached. Nodes that depend on
constants only are constants themselves.

The nodes of the result stand in the engine's order, which decides in which order contributions are added. Nodes that only a
decision or a detached number needs are put between them, as early as they are needed. A node that is needed twice over, for its
gradient and earlier as a plain number, is computed twice: neither the order nor the gradient of the first may change.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..errors import ReplayError
from ..modes import UNRECORDED
from ..reverse import SPECIAL, topological_order
from ..structure import Rebuild, flatten
from ..transforms.dual import Dual, alive
from ..value import Value, compiled_function
from .evaluation import Decision, Evaluation
from .exact import DETACH
from .tape import Draft, Tape

_columns = compiled_function("columns")  # what `_Writer._write` does, up to a node that needs more


class Arranged(NamedTuple):
    """The recording of one evaluation.

    Attributes:
        tape: its inputs are the inputs of the call, then the captured `Value`s.
        captured: the `Value`s from outside that it depends on.
        rebuild: puts the numbers of the outputs into the structure of the result.
        single: True if the result is one number.
    """

    tape: Tape
    captured: tuple[Any, ...]
    rebuild: Rebuild
    single: bool


def arranged(run: Evaluation, name: str) -> Arranged:
    """The tape of an evaluation.

    Args:
        name: that of the function, for messages.

    Raises:
        ReplayError: the result depends on a node that cannot be replayed.
        OperandError: the result is not made of numbers.
    """
    leaves, rebuild = flatten(run.output, f"compile({name}): result of the function")
    outputs = [alive(y) for y in leaves]
    single = len(leaves) == 1 and not isinstance(run.output, (list, tuple, dict)) and not getattr(run.output, "ndim", 0)
    writer = _Writer(run, name)
    return Arranged(writer.tape(outputs), tuple(writer.captured), rebuild, single)


class _Writer:
    """The tape of an evaluation, as it is written."""

    def __init__(self, run: Evaluation, name: str) -> None:
        self.run, self.function = run, name
        self.made = set(run.made)
        self.captured: list[Any] = []
        self.entry: dict[Any, int | float] = {v: i for i, v in enumerate(run.variables)}
        self.early: dict[Any, int | float] = {}  # entries of nodes that are computed early, as plain numbers

    def tape(self, outputs: Sequence[Any]) -> Tape:
        """The tape with these results."""
        roots = [y for y in outputs if isinstance(y, Value)]
        if any(isinstance(y, Dual) for y in outputs):
            raise ReplayError(f"compile({self.function}): the result is a number of a forward pass (jvp, derivative)")
        main = self._order(roots, ())
        decisions = [d for d in self.run.decisions if isinstance(d.left, Value) or isinstance(d.right, Value)]
        decided = [v for d in decisions for v in (d.left, d.right) if isinstance(v, Value)]
        known = set(main)
        sources = list(self.run.detached.values())
        others = self._others(self._order((*decided, *sources), known))
        self._find_leaves((*main, *[v for v in others if v.parents]), (*roots, *decided, *sources))
        self.draft = Draft(len(self.run.variables) + len(self.captured))
        done = 0
        for place, decision in self._placed(decisions, main, others):
            self._nodes(main[done : place + 1])
            done = max(done, place + 1)
            self._guard(decision)
        self._nodes(main[done:])
        return self.draft.tape([self.entry[y] if isinstance(y, Value) else y for y in outputs])

    def _others(self, needed: list[Any]) -> list[Any]:
        """Nodes that only decisions and detached numbers need, and detached leaves, in the order in which they were made."""
        if not needed and not self.run.detached:
            return []
        wanted = {*needed, *self.run.detached}
        others = [v for v in self.run.made if v in wanted]
        # Those that were made elsewhere will be refused.
        return others if len(others) == len(wanted) else [*wanted.difference(others), *others]

    def _order(self, roots: Iterable[Any], known: Any) -> list[Any]:
        """The interior nodes that several roots depend on, without those that are known."""
        order: list[Any] = []
        seen = set(known)
        for root in roots:
            if root.parents and root not in seen:
                new = [v for v in topological_order(root) if v not in seen] if seen else topological_order(root)
                seen.update(new)
                order += new
        return order

    # --- what the leaves are ---------------------------------------------------------------------------------------------

    def _find_leaves(self, order: Sequence[Any], roots: Iterable[Any]) -> None:
        """Give every leaf its entry; find captured ones, and refuse what cannot be replayed."""
        self._refuse_strangers(order)
        inputs = len(self.run.variables)
        leaves = dict.fromkeys([p for v in order for p in v.parents if not p.parents])
        leaves.update(dict.fromkeys([v for v in roots if not v.parents]))
        for leaf in leaves:
            if leaf in self.entry or leaf in self.run.detached:
                continue
            if leaf in self.made:
                if leaf._grad is UNRECORDED:
                    raise self._refused(leaf, "was computed inside no_grad(), and nothing is known of how", "use detach(...)")
                self.entry[leaf] = leaf._data
            elif self.run.level.outside(leaf):
                self.entry[leaf] = inputs + len(self.captured)
                self.captured.append(leaf)
            elif leaf._made_in == -self.run.level.number:
                raise self._refused(leaf, "is a copy of an input, which takes part in no gradient", "use the input itself")
            else:  # a variable of a derivative that has finished
                self.entry[leaf] = leaf._data

    def _refuse_strangers(self, order: Sequence[Any]) -> None:
        """Refuse nodes of the outside, and those whose rule is not in the table."""
        if not self.made.issuperset(order):
            stranger = next(v for v in order if v not in self.made)
            raise self._refused(
                stranger,
                "was computed outside of the function, so that its number would not be computed again",
                "compute it inside, or give its number as an argument",
            )
        if SPECIAL.exists:
            for v in order:
                if v.partials is None:
                    raise self._refused(v, "was made by hand, with a rule of its own", "use autograd.define_primitive")
                if v._hooks or any(p._hooks for p in v.parents):
                    raise self._refused(v, "has hooks, or a parent with hooks", "take the hooks away: replays call none")

    def _refused(self, node: Any, what: str, remedy: str) -> ReplayError:
        called = f"{node.label or 'a node'} = {node._data!r}" + (f" (op {node.op!r})" if node.op else "")
        where = f" at {node.source}" if node.source else ""
        return ReplayError(f"compile({self.function}): {called}{where} {what}; {remedy}")

    # --- nodes and guards ------------------------------------------------------------------------------------------------

    def _nodes(self, nodes: Sequence[Any]) -> None:
        """Nodes of the result, in order."""
        nodes, first = list(nodes), 0
        while first < len(nodes):
            constants, pool, start, op, number_of = self.draft.columns()
            found = _columns(nodes, first, self.entry, number_of, len(op), len(constants), len(pool))
            if found is None:
                self._write(nodes[first:])
                break
            first, *more = found
            for column, part in zip((constants, pool, start, op), more, strict=True):
                column.frombytes(part)
            self._write(nodes[first : first + 1])  # one that uses a detached number for the first time
            first += 1
        if any(v._place is not None for v in nodes):
            self.draft.note_places({self.entry[v]: v._place for v in nodes})

    def _write(self, nodes: Sequence[Any]) -> None:
        """Write nodes into the columns themselves: there may be a million."""
        entry, constants, pool, start, op, number_of = self.entry, *self.draft.columns()
        add, add_constant = pool.append, constants.append
        rows: dict[Any, int] = {}
        for v in nodes:
            if self.run.detached:
                for o in v.operands:
                    if o in self.run.detached:
                        self._number(o)
            begin, constant = len(pool), True
            for o in v.operands:
                if o.__class__ is not float:
                    o = entry[o]
                    if o.__class__ is not float:
                        add(o)
                        constant = False
                        continue
                add_constant(o)
                add(-len(constants))
            if constant:
                del constants[begin - len(pool) :], pool[begin:]
                entry[v] = v._data
                continue
            row = v.primitive
            if row not in rows:
                rows[row] = number_of(row.name)
            start.append(len(pool))
            op.append(rows[row])
            entry[v] = len(op) - 1

    def _number(self, v: Any) -> int | float:
        """The entry of a node whose number alone is needed: the node of the result if that stands here already."""
        if v in self.entry:
            return self.entry[v]
        if v not in self.early:
            for u in self._missing(v):
                if u in self.run.detached:
                    source = self._known(self.run.detached[u])
                    self.entry[u] = source if source.__class__ is float else self.draft.node(DETACH, [source])
                    continue
                operands = [o if o.__class__ is float else self._known(o) for o in u.operands]
                constant = set(map(type, operands)) == {float}
                self.early[u] = u._data if constant else self.draft.node(u.primitive.name, operands, u._place)
        return self._known(v)

    def _known(self, v: Any) -> int | float:
        return self.entry[v] if v in self.entry else self.early[v]

    def _sources(self, v: Any) -> Sequence[Any]:
        """The nodes whose numbers make up that of a node."""
        return (self.run.detached[v],) if v in self.run.detached else v.parents

    def _missing(self, root: Any) -> list[Any]:
        """The nodes that have to be computed before, parents first, `root` last."""
        order: list[Any] = []
        stack = [(root, False)]
        seen = set()
        while stack:
            v, ready = stack.pop()
            if v in self.entry or v in self.early or (v in seen and not ready):
                continue
            seen.add(v)
            parents = self._sources(v)
            if ready or not parents:
                order.append(v)
            else:
                stack.append((v, True))
                stack += [(p, False) for p in reversed(parents)]
        return order

    def _placed(self, decisions: list[Decision], main: list[Any], others: list[Any]) -> list[tuple[int, Decision]]:
        """Each decision with the place of the node of the result after which it stands, -1 for the beginning.

        It stands as early as its numbers are there, and never before the decision that Python took before it.
        """
        position = {v: i for i, v in enumerate(main)} if decisions else {}
        for v in others:
            position[v] = max([position.get(p, -1) for p in self._sources(v)])
        place, placed = -1, []
        for d in decisions:
            place = max(place, position.get(d.left, -1), position.get(d.right, -1))
            placed.append((place, d))
        return placed

    def _guard(self, d: Decision) -> None:
        left, right = (self._number(x) if isinstance(x, Value) else x for x in (d.left, d.right))
        if left.__class__ is float and right.__class__ is float:
            return  # a decision on constants comes out the same for ever
        self.draft.guard(d.relation, left, right, d.outcome, d.place)
