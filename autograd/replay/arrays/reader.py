"""The NumPy reader: a program from a tape, ready to be called."""

import threading
from typing import Any

import numpy as np

from ...errors import ArgumentError
from ...primitives.arrays import ARRAY
from ..passes.columns import columns_of, tape_of
from ..passes.cut import rolled
from ..passes.dead import without_dead
from ..passes.dots import with_dots
from ..passes.groups import grouped
from ..passes.hoist import hoisted
from ..passes.rolled import Rolled
from ..passes.sums import with_sums
from ..tape import Tape
from .program import block_of
from .source import source_of


def prepared(tape: Tape) -> Tape:
    """The tape after the passes that come before terms are cut apart."""
    return tape_of(with_dots(with_sums(without_dead(columns_of(tape)))))


WITHOUT = frozenset({"pow_derivative"})  # rows that are no formula of arrays

SIZES = 16  # so many numbers of samples keep their memory


def rolled_of(tape: Tape) -> Rolled:
    """The program of a tape, with alike terms as lanes."""
    return hoisted(rolled(prepared(tape)))


class ArrayProgram:
    """A program in NumPy: value and gradient.

    Args:
        program: a tape, whose alike terms become lanes; or a rolled program, as `batched` makes it.
        by_sample: whether `value_and_grad` gives the gradients of the samples, too.
        fast: whether slopes may be right to a unit of 1 only, not of their own size: that of tanh is then 1 - tanh(u)**2, which
            is 0 from u = 19 on.

    Attributes:
        rolled: the program as sections.
        gathered: the number of scalar operations for each group of alike ones. A group costs some microseconds however small it
            is, and a millisecond once: below twenty or so, an interpreter of scalars is quicker.

    Example:
        >>> tape = Tape.parse("in 2; v2 = mul v0 v1; v3 = tanh v2; out v3".replace("; ", chr(10)))
        >>> program = ArrayProgram(tape)
        >>> value, gradient = program.value_and_grad([0.5, 2.0])
        >>> round(value, 6), gradient.round(6).tolist()
        (0.761594, [0.839949, 0.209987])
    """

    def __init__(self, program: Tape | Rolled, by_sample: bool = False, fast: bool = False) -> None:
        self.rolled = rolled_of(program) if isinstance(program, Tape) else program
        self._by_sample, self._fast = by_sample, fast
        groups = [grouped(section).groups for section in self.rolled.sections]
        rows = [
            sum(group.size for group in own)
            for own, section in zip(groups, self.rolled.sections, strict=True)
            if not section.lanes
        ]
        scalars = sum((len(s.body) - s.body.inputs) * max(1, s.lanes) for s in self.rolled.sections)
        self.gathered: float = scalars / max(1, sum(map(len, groups)))
        self._few = min(map(block_of, rows), default=1 << 62)  # so many samples fit into one block
        self._inputs, self._components = self.rolled.inputs, self.rolled.components
        self._known: dict[Any, Any] = {}  # functions with their memory, by name and the shapes they are for
        self._lock = threading.Lock()
        self._texts: dict[bool, dict[str, Any]] = {}

    def source(self, samples: int = 1) -> str:
        """The text of the program for so many samples, with its constants: Python with NumPy that stands alone."""
        return standing_alone(*source_of(self.rolled, self._by_sample, self._largest(samples), self._fast))

    def _largest(self, samples: int) -> int:
        return self._few if samples <= self._few else 1 << 62

    def _function(self, name: str, samples: int) -> Any:
        few = samples <= self._few
        if few not in self._texts:
            text, constants = source_of(self.rolled, self._by_sample, self._largest(samples), self._fast)
            names = self._texts[few] = {"ARRAY": ARRAY, **constants}
            exec(compile(text, "<program in NumPy>", "exec"), names)
        return self._texts[few][f"{name}_for"](samples)

    def value(self, inputs: Any, *batch: Any) -> Any:
        """The results; of a program with guards they come as (results, number of a guard), as `value_and_grad` has it.

        Args:
            inputs: the uniform inputs.
            batch: the samples, a row each, and their labels, a row each, of a batch.

        Raises:
            ArgumentError: another number of inputs, or of components of a sample.
        """
        return self._call("value", inputs, batch)

    def value_and_grad(self, inputs: Any, *batch: Any) -> tuple[Any, ...]:
        """The results, and the gradient of the first one.

        Returns:
            (results, gradient by the uniform inputs), with `by_sample` the gradients of the samples, a row each, and of a
            program with guards the number of the first that does not hold, -1 if all hold: for each sample of a batch. Where
            one does not hold, nothing else means anything.
        """
        return self._call("value_and_grad", inputs, batch)  # type: ignore[no-any-return]

    def _call(self, name: str, inputs: Any, batch: tuple[Any, ...]) -> Any:
        if len(inputs) != self._inputs:
            raise ArgumentError(f"{len(inputs)} inputs; the program was recorded with {self._inputs}")
        shapes = [getattr(rows, "shape", None) or np.shape(rows) for rows in batch]
        key = name, *shapes
        with self._lock:  # the memory is that of the program
            function = self._known.get(key)
            if function is None:
                self._check(shapes)
                if len(self._known) >= SIZES:
                    self._known.clear()
                function = self._known[key] = self._function(name, len(batch[0]) if batch else 1)
            return function(inputs, *batch)

    def _check(self, shapes: list[tuple[int, ...]]) -> None:
        samples, labels = self._components
        wanted = [samples, labels] if labels else [samples] if samples else []
        if shapes != [(shapes[0][0], count) for count in wanted] if shapes else wanted:
            given = ", ".join(map(str, shapes)) or "none"
            raise ArgumentError(
                f"a batch of arrays of shapes {given}; the program takes a row for each sample, of {samples} components and "
                f"{labels} labels"
            )


def standing_alone(text: str, constants: dict[str, Any]) -> str:
    """A text with its constant arrays written out."""
    written = [f"{name} = np.array({array.tolist()!r}, dtype=np.{array.dtype})" for name, array in constants.items()]
    head, _, rest = text.partition("\n\n\n")
    return "\n".join([head, "", *written, "", "", rest]) if written else text
