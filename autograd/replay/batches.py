"""A program at many points: those that take the same way through the function are computed together.

The points of one kind of call are given to the variant that served last. Those that leave it at a decision go on together to
the variant that was recorded for the other answer; where there is none, one of them is an ordinary call, which records it, and
the others follow. So no point is looked at alone unless the function itself has to run for it.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..primitives.readers import FLOAT
from ..structure import flatten, is_container
from .calls import Part
from .case import Case
from .exact import Left
from .points import Lot, is_array
from .rows import Answers, Bits, over_rows, taken
from .variants import Variant


class Wanted(NamedTuple):
    """The derivatives that are wanted of a kind of call.

    Attributes:
        parts: the arguments.
        at: the first input of each.
        several: True if they are given as a tuple.
    """

    parts: list[Part]
    at: list[int]
    several: bool

    @property
    def inputs(self) -> tuple[int, ...]:
        """The inputs of these arguments."""
        return tuple(chain.from_iterable(range(k, k + part.size) for part, k in zip(self.parts, self.at, strict=True)))


def wanted(case: Case, which: Sequence[int], several: bool) -> Wanted:
    """The derivatives by some of the traced arguments."""
    starts = [0]
    for part in case.parts:
        starts.append(starts[-1] + part.size)
    return Wanted([case.parts[n] for n in which], [starts[n] for n in which], several)


class Piece(NamedTuple):
    """Points that one variant has served.

    Attributes:
        lot: the points.
        variant: the variant.
        values: a buffer with a row of results for each.
        slopes: a buffer with a row of derivatives for each.
        wanted: which of them.
    """

    lot: Lot
    variant: Variant
    values: Any
    slopes: Any
    wanted: Wanted | None

    @property
    def places(self) -> Sequence[int]:
        """The places of the points in the batch."""
        return self.lot.places

    def results(self) -> list[Any]:
        """The result at each point."""
        if self.variant.single:
            return self.values.tolist()  # type: ignore[no-any-return]
        flat, width = self.values.tolist(), len(self.variant.tape.outputs)
        return [self.variant.rebuild(flat[i : i + width]) for i in range(0, width * len(self.places), width)]

    def gradients(self) -> Any:
        """The gradient at each point."""
        assert self.wanted is not None
        columns = [self._by(part, k) for part, k in zip(self.wanted.parts, self.wanted.at, strict=True)]
        return list(zip(*columns, strict=True)) if self.wanted.several else columns[0]

    def _by(self, part: Part, first: int) -> Any:
        """The gradient by one argument at each point, an array of them for arrays."""
        width, given = len(self.lot.call.numbers), self.lot.call.args[int(part.argument)]
        if is_array(given):
            import numpy as np  # it is imported: an argument is an array

            rows = np.frombuffer(self.slopes).reshape(-1, width)[:, first : first + part.size]
            return rows.reshape(-1, *given.shape)
        if not is_container(given):
            return self.slopes[first::width].tolist()
        flat, last = self.slopes.tolist(), width * len(self.places)
        if given.__class__ is list and set(map(type, given)) == {float}:
            return [flat[i : i + part.size] for i in range(first, last, width)]
        return [part.rebuild(flat[i : i + part.size]) for i in range(first, last, width)]

    def columns(self) -> list[Any]:
        """The derivatives by each number of the arguments, those of all points in a row."""
        assert self.wanted is not None
        return [self.slopes[k :: len(self.lot.call.numbers)].tolist() for k in self.wanted.inputs]


class Alone(NamedTuple):
    """A point at which the function itself has run.

    Attributes:
        places: its place in the batch.
        found: what it has given: its result, and its gradient if that is wanted.
    """

    places: Sequence[int]
    found: Any

    def results(self) -> list[Any]:
        """The result there."""
        return [self.found[0]]

    def gradients(self) -> list[Any]:
        """The gradient there."""
        return [self.found[1]]

    def columns(self) -> list[Any]:
        """The derivatives by each number of the arguments."""
        return [[x] for x in flatten(self.found[1], "batch")[0]]


class _Queued(NamedTuple):
    lot: Lot
    variant: Variant | None  # which is tried next; None if there is none
    others: list[Variant]  # to try after it
    tried: frozenset[int]


class Serving(NamedTuple):
    """The service of points that are calls of one kind.

    Attributes:
        case: that kind.
        bits: what is promised of the numbers.
        wanted: the derivatives that are wanted; None for values alone.
        itself: runs the function at a place of the batch, where no recording pays.
        check: called with a variant before its numbers are used; raises if it does not fit.
    """

    case: Case
    bits: Bits
    wanted: Wanted | None
    itself: Callable[[int], Any]
    check: Callable[[Variant], None]

    def pieces(self, lot: Lot) -> list[Piece | Alone]:
        """The points, piece by piece."""
        if not lot.call.numbers:
            return [Alone([place], self.itself(place)) for place in lot.places]
        found: list[Piece | Alone] = []
        queue = [_Queued(lot, self.case.variants.latest, [], frozenset())]
        while queue:
            lot, variant, others, tried = queue.pop()
            if variant is not None:
                found += self._tried(lot, variant, others, tried | {id(variant)}, queue)
                continue
            found.append(self._first(lot))
            if len(lot.places) > 1:
                latest = self.case.variants.latest
                fresh = latest if latest is not None and id(latest) not in tried else None
                queue.append(_Queued(lot.part(range(1, len(lot.places))), fresh, [], tried))
        return found

    def _tried(
        self, lot: Lot, variant: Variant, others: list[Variant], tried: frozenset[int], queue: list[_Queued]
    ) -> list[Piece | Alone]:
        """The points that a variant serves; the others go to the queue."""
        answers, case = self._answers(lot, variant), self.case
        gone: dict[int, list[int]] = {}
        for i, guard in enumerate(answers.left):
            gone.setdefault(guard, []).append(i)
        kept: Sequence[int] = gone.pop(0, []) if answers.left else range(len(lot.places))
        for guard, chosen in gone.items():
            more = others + [v for v in case.others(variant, guard - 1, len(chosen)) if id(v) not in tried]
            queue.append(_Queued(lot.part(chosen), more[-1] if more else None, more[:-1], tried))
        if not kept:
            return []
        values, slopes = answers.values, answers.slopes
        if gone:
            lot, values = lot.part(kept), taken(values, len(variant.tape.outputs), kept)
            slopes = None if slopes is None else taken(slopes, len(lot.call.numbers), kept)
        case.served(variant)
        case.calls += len(kept)
        case.counted(variant, lot.call._replace(numbers=lot.numbers(len(kept) - 1)), len(kept))
        return [Piece(lot, variant, values, slopes, self.wanted)]

    def _first(self, lot: Lot) -> Piece | Alone:
        """The first of the points as an ordinary call, which records what has not been recorded."""
        one = lot.part([0])

        def action(variant: Variant) -> Answers:
            answers = self._answers(one, variant)
            if answers.left:
                raise Left(answers.left[0] - 1)
            return answers

        ran = self.case.run(lot.call._replace(numbers=one.numbers(0)), action)
        if ran is None:
            return Alone(one.places, self.itself(one.places[0]))
        variant, answers = ran
        return Piece(one, variant, answers.values, answers.slopes, self.wanted)

    def _answers(self, lot: Lot, variant: Variant) -> Answers:
        self.check(variant)
        inputs = None if self.wanted is None else self.wanted.inputs
        compute = over_rows(variant, self.bits, inputs, len(lot.places))
        return compute(lot.rows, lot.at, [v._data for v in variant.captured])


# --- results --------------------------------------------------------------------------------------------------------------


def _in_places(pieces: Sequence[Piece | Alone], found: Callable[[Any], list[Any]], count: int) -> list[Any]:
    if len(pieces) == 1 and isinstance(pieces[0].places, range):
        return found(pieces[0])
    out: list[Any] = [None] * count
    for piece in pieces:
        for place, item in zip(piece.places, found(piece), strict=True):
            out[place] = item
    return out


def results(pieces: Sequence[Piece | Alone], args: Sequence[Any]) -> Any:
    """The results at all points: a list, an array if an argument is one and they are numbers."""
    found = _in_places(pieces, lambda piece: piece.results(), len(args[0]))
    if any(map(is_array, args)) and set(map(type, found)) == {float}:
        import numpy as np  # it is imported: an argument is an array

        return np.array(found)
    return found


def gradients(pieces: Sequence[Piece | Alone], args: Sequence[Any], argnums: int | Sequence[int]) -> Any:
    """The gradient at each point: a list; of an argument that is an array, an array of its shape."""
    if not isinstance(argnums, int) or not is_array(args[argnums]):
        return _in_places(pieces, lambda piece: list(piece.gradients()), len(args[0]))
    import numpy as np

    if len(pieces) == 1:
        return np.array(pieces[0].gradients()).reshape(args[argnums].shape)
    out = np.empty(args[argnums].shape)
    for piece in pieces:
        out[np.asarray(piece.places)] = piece.gradients()
    return out


def total(pieces: Sequence[Piece | Alone]) -> Any:
    """The gradient of the sum of the values, each number of it rounded once.

    Raises:
        ArgumentError: the gradients have different shapes.
    """
    every = [piece.columns() for piece in pieces]
    if len(set(map(len, every))) > 1:
        raise ArgumentError(
            f"batch: gradients of {' and '.join(map(str, sorted(set(map(len, every)))))} numbers have no sum; gradients='each' "
            "gives them one by one"
        )
    sums = [FLOAT.sum(*chain.from_iterable(columns)) for columns in zip(*every, strict=True)]
    example = pieces[0].gradients()[0] if isinstance(pieces[0], Alone) else _first(pieces[0])
    return flatten(example, "batch")[1](sums)


def _first(piece: Piece) -> Any:
    """The gradient at the first of the points."""
    assert piece.wanted is not None
    parts = [part.rebuild([0.0] * part.size) for part in piece.wanted.parts]
    return tuple(parts) if piece.wanted.several else parts[0]
