"""A tape: the operations of a recorded function as columns of numbers, and the decisions that it took on the way.

A tape is what every pass takes and gives, what every reader runs, and what a program is saved as. It has a text form that
reads back, in which a test says what it expects:

    in 2
    v2 = mul v0 v1
    guard v2 > 0.0 true
    v3 = add v2 2.0
    out v3

Nodes are numbered from 0; the first ones are the inputs. Operands stand before the nodes that use them. Constants stand in the
operands' column as -1 - k, as in recordings (columns.py). The nodes that the first output depends on are in the engine's own
topological order: so a sweep over the tape from its end adds up contributions in the order of `backward()`, to the same bits.
"""

import array
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..recording.columns import Operands
from ..source import resolve

INPUT = 0xFFFF  # in the column `op`: an input, which no primitive has made
RELATIONS = ("<", "<=", ">", ">=", "==", "!=", "is")


class Guard(NamedTuple):
    """A decision that Python took on a number while the tape was recorded. The tape holds where it comes out the same again.

    Attributes:
        relation: '<', '<=', '>', '>=', '==', '!=', or 'is' for the same bits.
        left, right: what was compared: nodes, or -1 - k for constants.
        outcome: what the comparison gave.
        after: the number of nodes of the tape that stand before it.
        place: the place in the source that decided; None if it is not known.
    """

    relation: str
    left: int
    right: int
    outcome: bool
    after: int
    place: Any = None


class Tape(Operands):
    """Operations as columns. It is made by `Draft` or `parse`, and never changed.

    Attributes:
        inputs: the number of inputs: nodes 0 to inputs - 1, in the order of the call.
        names: the names of the primitives that occur, each once.
        op: for each node the index of its primitive in `names`; INPUT for an input.
        outputs: the results: nodes, or -1 - k for constants.
        guards: the decisions, in the order in which Python took them; their `after` never falls.
        place: for each node the place in the source that made it; None if places were not recorded.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.names: list[str] = []
        self.op: array.array[int] = array.array("H", [INPUT]) * inputs
        self.start = array.array("q", bytes(8 * (inputs + 1)))
        self.outputs: tuple[int, ...] = ()
        self.guards: tuple[Guard, ...] = ()
        self.place: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.op)

    def __eq__(self, other: object) -> bool:
        """The same operations on the same operands, to the last bit; places do not count."""
        return isinstance(other, Tape) and str(self) == str(other)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def __repr__(self) -> str:
        return (
            f"<tape of {self.inputs:,} inputs, {len(self) - self.inputs:,} operations, {len(self.guards):,} guards, "
            f"{len(self.outputs):,} outputs>"
        )

    def __getstate__(self) -> dict[str, Any]:
        """The columns, with places in words: a place as it was recorded is a piece of code."""
        place = None if self.place is None else [_in_words(p) for p in self.place]
        return self.__dict__ | {"place": place, "guards": tuple([g._replace(place=_in_words(g.place)) for g in self.guards])}

    def name(self, i: int) -> str:
        """The name of the primitive that made a node; '' for an input."""
        op = self.op[i]
        return "" if op == INPUT else self.names[op]

    def operand(self, o: int) -> int | float:
        """A node (int) or a constant (float), for an entry of a column."""
        return o if o >= 0 else self.constants[-1 - o]

    @staticmethod
    def parse(text: str) -> "Tape":
        """The tape that a text describes.

        Args:
            text: as `str(tape)` writes it. Empty lines, and what follows a '#', are passed over.

        Raises:
            ArgumentError: a line that is none of a tape.

        Example:
            >>> tape = Tape.parse("in 2; v2 = mul v0 v1; guard v2 > 0.0 true; out v2".replace("; ", chr(10)))
            >>> tape
            <tape of 2 inputs, 1 operations, 1 guards, 1 outputs>
            >>> Tape.parse(str(tape)) == tape
            True
        """
        return _parsed(text)


def _in_words(place: Any) -> Any:
    return resolve(place) if type(place) is tuple else place


class Draft:
    """A tape that is being written.

    Args:
        inputs: their number.

    Example:
        >>> draft = Draft(1)
        >>> y = draft.node("mul", [0, 0])
        >>> draft.guard(">", y, 1.0, True)
        >>> print(draft.tape([y]))
        in 1
        v1 = mul v0 v0
        guard v1 > 1.0 true
        out v1
    """

    def __init__(self, inputs: int) -> None:
        self._tape = Tape(inputs)
        self._index: dict[str, int] = {}
        self._guards: list[Guard] = []
        self._places: dict[Any, Any] = {}

    def node(self, name: str, operands: Iterable[int | float], place: Any = None) -> int:
        """Append an operation.

        Args:
            operands: nodes (int) and constants (float), in the order of the row of the table.

        Returns:
            The number of the new node.
        """
        tape = self._tape
        tape.op.append(self._number(name))
        tape.add_operands(operands)
        if place is not None:
            self._places[len(tape.op) - 1] = place
        return len(tape.op) - 1

    def guard(self, relation: str, left: int | float, right: int | float, outcome: bool, place: Any = None) -> None:
        """Append a decision on nodes (int) and constants (float)."""
        self._guards.append(Guard(relation, self._entry(left), self._entry(right), outcome, len(self._tape.op), place))

    def tape(self, outputs: Iterable[int | float]) -> Tape:
        """The tape, which is finished: its results are nodes (int) and constants (float)."""
        tape = self._tape
        tape.outputs = tuple([self._entry(o) for o in outputs])
        tape.guards = tuple(self._guards)
        tape.place = [self._places.get(i) for i in range(len(tape))] if self._places else None
        return tape

    def columns(self) -> tuple[Any, ...]:
        """The columns themselves, for whoever writes a million nodes: constants, operands, start, op; and a name's number."""
        tape = self._tape
        return tape.constants, tape.operands, tape.start, tape.op, self._number

    def note_places(self, places: dict[Any, Any]) -> None:
        """Note the places of nodes that were written into the columns, by their numbers."""
        self._places |= places

    def _number(self, name: str) -> int:
        if name not in self._index:
            self._index[name] = len(self._tape.names)
            self._tape.names.append(name)
        return self._index[name]

    def _entry(self, o: int | float) -> int:
        if not isinstance(o, float):
            return o
        self._tape.constants.append(o)
        return -len(self._tape.constants)


# --- the text -------------------------------------------------------------------------------------------------------------


def literal(x: float) -> str:
    """A number as text that `float` reads back to the same bits, the sign of a nan included."""
    return "-nan" if x != x and math.copysign(1.0, x) < 0.0 else repr(x)


def _lines(tape: Tape) -> Iterator[str]:
    constants = [literal(x) for x in tape.constants]

    def written(entries: Sequence[int]) -> str:
        return " ".join([f"v{o}" if o >= 0 else constants[-1 - o] for o in entries])

    yield f"in {tape.inputs}"
    guards, start, operands = iter(tape.guards), tape.start, tape.operands
    guard = next(guards, None)
    for i in range(tape.inputs, len(tape) + 1):
        while guard is not None and (guard.after <= i or i == len(tape)):
            yield f"guard {written([guard.left])} {guard.relation} {written([guard.right])} {str(guard.outcome).lower()}"
            guard = next(guards, None)
        if i < len(tape):
            yield f"v{i} = {tape.names[tape.op[i]]} {written(operands[start[i] : start[i + 1]])}".rstrip()
    yield f"out {written(tape.outputs)}".rstrip()


def _parsed(text: str) -> Tape:
    draft: Draft | None = None
    made, outputs = 0, None
    for place, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        try:
            if not words:
                continue
            if outputs is not None:
                raise ValueError("nothing follows the outputs")
            if draft is None:
                _expect(words, "in", 2)
                made = int(words[1])
                if made < 0:
                    raise ValueError("the number of inputs is 0 or more")
                draft = Draft(made)
            elif words[0] == "guard":
                _expect(words, "guard", 5)
                if words[2] not in RELATIONS or words[4] not in ("true", "false"):
                    raise ValueError("a guard is written: guard v3 > 0.0 true")
                draft.guard(words[2], _operand(words[1], made), _operand(words[3], made), words[4] == "true")
            elif words[0] == "out":
                outputs = [_operand(word, made) for word in words[1:]]
            elif words[1:2] == ["="] and words[0] == f"v{made}" and len(words) > 2:
                made = draft.node(words[2], [_operand(word, made) for word in words[3:]]) + 1
            else:
                raise ValueError(f"the next node is written: v{made} = mul v0 2.0")
        except ValueError as error:
            raise ArgumentError(f"line {place} of a tape: {line.strip()!r}: {error}") from None
    if draft is None or outputs is None:
        raise ArgumentError("a tape begins with its inputs, 'in 2', and ends with its outputs, 'out v3'")
    return draft.tape(outputs)


def _expect(words: Sequence[str], first: str, count: int) -> None:
    if words[0] != first or len(words) != count:
        raise ValueError(f"a line of {count} words that begins with {first!r} belongs here")


def _operand(word: str, made: int) -> int | float:
    if word.startswith("v"):
        i = int(word[1:])
        if not 0 <= i < made:
            raise ValueError(f"there is no {word} yet")
        return i
    return float(word)
