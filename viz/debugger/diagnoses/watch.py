"""`watching()`: every backward pass of a block recorded, with the changes of the parameters in between.

    with watching() as watch:
        train()
    for finding in watch.findings():
        print(finding)

Inside the block sources are recorded, `backward()` keeps what it does, and every assignment to the data of a `Value` is noted
with its line: a watch is an observer of the engine (autograd/observers.py), of its own thread or task unless it is asked to
watch all threads. The program computes the same numbers as without. Passes of one shape share it, so that each keeps its
numbers only. Beyond a given number of bytes a training is not kept whole: the first passes, where most faults can be seen, and
the last ones.
"""

import collections
import math
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograd import Recording, Value, record_backward, record_sources
from autograd.observers import Pass as Asked
from autograd.observers import observing
from autograd.reverse import numbered, topological_order
from autograd.source import Place, user_frame

from ... import style
from .diagnose import findings
from .evidence.by_hand import Formulas
from .evidence.kept import Roots
from .evidence.passes import Key, Pass, Update, Zeroed
from .evidence.shapes import Shapes
from .evidence.sight import Sight, last_sight, sight
from .evidence.statements import code_source
from .evidence.thresholds import STEPS
from .evidence.training import Training
from .finding import Finding
from .ignoring import Ignored, checked

if TYPE_CHECKING:
    from .evidence.again import Program
    from .evidence.laboratory import Told


MEMORY = 2**28  # bytes
_FIRST = 0.75  # the share of the first passes
_EACH = 1500  # bytes of a pass without numbers
_UPDATE = 300  # bytes of a noted assignment


class Watch:
    """The passes seen in a `watching()` block.

    Args:
        parameters: the leaves to be trained.
        inputs: what the cost should depend on.
        memory: how many bytes are kept, about; but never fewer than two passes from the beginning and two from the end.
        maximise: the leaves that are to make the cost large; see `watching`.
        ignore: what not to report; see `watching`.

    Attributes:
        count: how many passes there were.
        over: True once the block has been left: before, an update may yet come.
        left_out: what the latest `findings` had no time to try, in words.
    """

    def __init__(
        self,
        parameters: Iterable[Value] = (),
        inputs: Iterable[Value] = (),
        memory: float = MEMORY,
        maximise: Iterable[Value] | bool | None = None,
        ignore: Ignored = (),
    ) -> None:
        self._memory = memory
        self.parameters: list[Value] = list(parameters)
        self.inputs: list[Value] = list(inputs)
        self.maximise: list[Value] | bool | None = (
            maximise if maximise is None or isinstance(maximise, bool) else list(maximise)
        )
        self.ignore: Ignored = checked(ignore)
        self.count: int = 0
        self.over: bool = False
        self.left_out: list[str] = []
        self._turn = threading.Lock()  # passes of several threads are kept one after the other
        self._first: list[Pass] = []
        self._last: collections.deque[Pass] = collections.deque()
        self._sizes: collections.deque[int] = collections.deque()  # bytes of the last passes
        self._kept = [0, 0]  # bytes of the first passes, and of the last ones
        self._full = False  # no more first passes
        self._shapes = Shapes()
        self._previous: frozenset[Value] = frozenset()  # the interior nodes of the latest graph
        self._roots = Roots()
        self._formulas = Formulas()
        self._sight = self._ending = Sight()
        self._names: Mapping[str, object] = {}  # the global names of the script, until the end
        self._updates: dict[Key, Update] = {}
        self._zeroed: dict[Key, Zeroed] = {}

    @property
    def passes(self) -> list[Pass]:
        """The passes that were kept."""
        return [*self._first, *self._last]

    @property
    def recordings(self) -> list[Recording]:
        """The recordings of the passes that were kept."""
        return [p.recording for p in self.passes]

    @property
    def seen(self) -> str:
        """The passes that were seen in words, and that the rest was not, so that silence is no praise; '' before the first.

        Example:
            >>> w = Value(1.0, label="w")
            >>> with watching() as watch:
            ...     (w * w).backward()
            >>> print(watch.seen)
            1 backward pass with the cost 1; numbers computed without backward(), as in an evaluation, were not seen
        """
        passes = self.passes
        if not passes:
            return ""
        first, last = style.number(passes[0].cost), style.number(passes[-1].cost)
        cost = f"with the cost {first}" if len(passes) == 1 else f"with costs from {first} to {last}"
        return (
            f"{style.counted(self.count, 'backward pass')} {cost}; numbers computed without backward(), as in an "
            "evaluation, were not seen"
        )

    def findings(
        self, program: "Program | None" = None, *, hints: bool = False, budget: float = 1.0, told: "Told | None" = None
    ) -> list[Finding]:
        """The faults, worst first; see `diagnose`.

        Args:
            program: the script that was watched, if it can be run again, to check rules made by hand.
            hints: True adds questions about what the program may well mean.
            budget: the part of the training's own time that experiments may take, and a second besides; 0 for none. Ctrl-C ends
                them, and what is known until then is the answer.
            told: called with what is tried, and with the part of the budget that is used.
        """
        given = {id(v): v for v in (*self.parameters, *self.inputs)}
        training = Training(
            self.passes,
            parameters=map(id, self.parameters),
            inputs=map(id, self.inputs),
            after=dict(self._updates),
            given=given,
            kept=self._roots.kept,
            seen=self._sight,
            ending=self._ending,
            program=program,
            watched=self.over or len(self.passes) >= STEPS,
            maximise=frozenset(map(id, self.maximise)) if isinstance(self.maximise, list) else self.maximise,
        )
        found = findings(training, hints, self.ignore, budget, told)
        self.left_out = training.budget.left_out
        return found

    # Leaves are told apart by id(): the leaves of kept passes are held, so that no id is used twice.

    def passing(self, p: Asked) -> None:
        """Keep a backward pass, unless it is only looked at."""
        if not p.look:
            self.passed(p.recorded(record_backward), p.root, _caller())

    def passed(self, recording: Recording, root: Value, called: Place | None, number: int = 0) -> None:
        """Keep a backward pass that has been run.

        Args:
            called: the place of the call.
            number: the pass's number in the script; 0 for the next one.
        """
        order = topological_order(root)
        values = numbered(order, root)
        leaves = [v for v in values if not v.parents]
        hooks = {i: where for i, v in enumerate(values) if v.hooks and (where := code_source(v.hooks[-1]))}
        rules = {i: where for i in recording.by_hand if (where := code_source(values[i]._backward))}
        with self._turn:
            self.count += 1
            if self.count == 1:
                self._sight = sight(sys._getframe(1))
                self._names = frame.f_globals if (frame := user_frame(sys._getframe(1))) else {}
            keys = [id(v) for v in leaves]
            shape, size = self._shapes.of(recording.nodes, keys)
            seen = Pass(
                recording,
                keys,
                values=leaves,
                called=called,
                updates=self._updates,
                zeroed=self._zeroed,
                old=[i for i, v in enumerate(values) if v in self._previous] if self._previous else (),
                hooks=hooks,
                rules=rules,
                formulas={i: found for i in rules if (found := self._formulas.found.get(values[i]))},
                number=number or self.count,
                shape=shape,
            )
            self._updates, self._zeroed, self._previous = {}, {}, frozenset(order)
            self._formulas.found = {}
            self._roots.passed(root, len(values))
            self._keep(seen, size + _EACH + recording.size + _UPDATE * len(seen.updates))

    def _keep(self, seen: Pass, size: int) -> None:
        room = self._kept[0] + size <= _FIRST * self._memory
        if not self._full and (room or len(self._first) < 2):
            self._first.append(seen)
            self._kept[0] += size
            return
        self._full = True
        self._last.append(seen)
        self._sizes.append(size)
        self._kept[1] += size
        while len(self._last) > 2 and self._kept[1] > (1.0 - _FIRST) * self._memory:
            self._last.popleft()
            self._kept[1] -= self._sizes.popleft()

    def assigned(self, value: Value, before: float) -> None:
        """Note that the data of a value was assigned."""
        if value.parents:
            return  # a computed value is no parameter
        place = _caller()
        earlier = self._updates.get(id(value))
        times = earlier.times + 1 if earlier and earlier.place == place else 1
        zeroed = self._zeroed.get(id(value))
        step = value.data - before
        even = True
        if earlier and times > 1:
            usual = (before - earlier.before) / (times - 1)
            even = earlier.even and (not step or math.isclose(step, usual, rel_tol=0.01))
        self._updates[id(value)] = Update(
            value,
            place,
            earlier.before if earlier else before,
            value.data,
            value.grad,
            times,
            moved=value.data != before or bool(earlier and earlier.moved),
            even=even,
            cleared=zeroed.place if zeroed else None,
            others=_others(earlier, place),
            idle=value.data == before and (times == 1 or bool(earlier and earlier.idle)),
        )

    def ruled(self, node: Value) -> None:
        """Look at a node that is given a rule made by hand, while all that its number comes from is in sight."""
        self._formulas.ruled(node, user_frame(sys._getframe(1)))

    def ended(self) -> None:
        """Note that the block has been left, and what is in sight there."""
        self.over = True
        self._ending, self._names = last_sight(sys._getframe(1), self._names), {}

    def zeroed(self, value: Value) -> None:
        """Note that a gradient was set to 0."""
        self._zeroed[id(value)] = Zeroed(value, _caller())


def _others(earlier: Update | None, place: Place | None) -> tuple[Place | None, ...]:
    """The places of earlier assignments besides this one."""
    if earlier is None or earlier.place == place or earlier.place in earlier.others:
        return earlier.others if earlier else ()
    return (*earlier.others, earlier.place)


def _caller() -> Place | None:
    """The user's line that called into the engine."""
    frame = user_frame(sys._getframe(2))
    return (frame.f_code, frame.f_lasti) if frame else None


@contextmanager
def watching(
    parameters: Iterable[Value] = (),
    inputs: Iterable[Value] = (),
    *,
    memory: float = MEMORY,
    threads: bool = False,
    maximise: Iterable[Value] | bool | None = None,
    ignore: Ignored = (),
) -> Iterator[Watch]:
    """Watch every backward pass of a block.

    Args:
        parameters: the leaves to be trained, e.g. model.parameters(): those that never get a gradient are reported.
            Leaves that are updated in the block are known anyway.
        inputs: what the cost should depend on.
        memory: how many bytes of passes to keep, about: of a training that is longer the first passes and the last ones.
        threads: True watches all threads, as for a whole script, and not just this one.
        maximise: True if the cost is to become large, False if small; in a game the leaves that are to make it large. Only who
            has said it is told of a wrong direction for sure.
        ignore: what not to report: kinds ('pole'), lines ('train.py:12', 12), nodes (a `Value` with a label, 'w_*'). A comment
            `# stepgrad: ignore[pole]` at the end of a line does the same there.

    Raises:
        ArgumentError: `ignore` has something that cannot be ignored.

    Example:
        >>> w, b = Value(0.5, label="w"), Value(0.0, label="b")
        >>> with watching() as watch:
        ...     for step in range(10):
        ...         cost = (w * 2.0 + b - 3.0) ** 2
        ...         cost.backward()
        ...         w.data -= 0.05 * w.grad
        ...         b.data -= 0.05 * b.grad
        >>> [finding.kind for finding in watch.findings()]
        ['gradients not zeroed']
    """
    watch = Watch(parameters, inputs, memory, maximise, ignore)
    looks = observing(passing=watch.passing, ruled=watch.ruled, assigned=watch.assigned, zeroed=watch.zeroed, threads=threads)
    with looks, record_sources(threads=threads):
        try:
            yield watch
        finally:
            watch.ended()
