"""The recordings of a function: to look at, to write in another language, and to keep in a file or a pickle.

A program is one of these that can be called (program.py).
"""

import os
import pickle
import sys
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Self

from ..errors import ReplayError
from ..files import write_whole
from . import saving
from .calls import Name, Reading
from .case import Case
from .exported import exported
from .native.c_text import to_c
from .native.kernel import Front
from .report import report
from .rows import Bits
from .variants import Variant


class Recorded(Front):
    """The kinds of calls of a function, with their variants."""

    def __init__(self, f: Callable[..., Any] | None, static: Sequence[Name], name: str, bits: Bits) -> None:
        super().__init__()
        self.function = f
        self.name: str = name or getattr(f, "__name__", type(f).__name__)
        self.bits: Bits = bits
        self._static = tuple(static)
        self._reading = Reading(f, static)
        self._cases: dict[Hashable, Case] = {}

    # --- looking ---------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The variant that served last as Python, value and gradient, which pdb steps through.

        Raises:
            ReplayError: nothing has been recorded yet.
        """
        return self._latest().reader.source

    def to_c(self, name: str = "f") -> str:
        """The variant that served last as a C program that needs nothing else: value, gradient, and its decisions.

        Args:
            name: the name of the function.

        Raises:
            ReplayError: nothing has been recorded yet.
            PrimitiveError: a primitive has no rule in C.
        """
        return to_c(self.tape, name)

    @property
    def tape(self) -> Any:
        """The tape of the variant that served last: `print(program.tape)` writes it as text."""
        return self._latest().tape

    def to_numpy(self) -> str:
        """The variant that served last as a text for NumPy, with `value` and `value_and_grad` of all inputs in one list.

        Alike terms are lanes in it, and layers are matrix products. It stands alone. It looks at its decisions as the program
        does: what it returns ends with the number of the first that came out differently, -1 if none did.

        Raises:
            ReplayError: nothing has been recorded yet.
            ImportError: NumPy is not installed.
            PrimitiveError: a primitive is no formula of arrays.
        """
        return exported(self._latest().tape, "numpy")

    def to_jax(self) -> str:
        """The variant that served last as a text for JAX, which differentiates it: `value` and `value_and_grad`.

        Decisions are not looked at there; the first lines of the text say them.

        Raises:
            ReplayError: nothing has been recorded yet.
            ImportError: NumPy is not installed.
            ArgumentError: JAX lacks a function.
        """
        return exported(self._latest().tape, "jax")

    def to_torch(self) -> str:
        """The variant that served last as a text for PyTorch: as `to_jax`."""
        return exported(self._latest().tape, "torch")

    @property
    def captured(self) -> tuple[Any, ...]:
        """The `Value`s from outside that the variant that served last depends on; `backward` adds to their gradients."""
        return self._latest().captured

    def report(self) -> str:
        """A text: the kinds of calls, their variants, and the lines of the source that decided, with their answers."""
        return report(self.name, list(self._cases.values()))

    # --- keeping ---------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        """The recording as a text, which `Program.parse` reads back."""
        return saving.written(self.name, self._static, self.bits, list(self._cases.values()))

    @classmethod
    def parse(cls, text: str, function: Callable[..., Any] | None = None) -> Self:
        """The program in a text.

        Args:
            text: as `str(program)` writes it. It is data: nothing in it is run.
            function: the function, for ways that were not recorded. Without it they raise a `ReplayError`.

        Returns:
            A program. The `Value`s that were captured are new ones with the same numbers and labels: `program.captured`.

        Raises:
            ArgumentError: no text of a program.

        Example:
            >>> from autograd import Program, compile
            >>> program = compile(lambda x: x * x, 3.0)
            >>> Program.parse(str(program)).value_and_grad(5.0)
            (25.0, 10.0)
        """
        name, static, bits, cases = saving.parsed(text, function)
        return _restored(cls, function, static, name, bits, cases)  # type: ignore[no-any-return]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was recorded to a file, as text: whole, or not at all.

        Raises:
            ReplayError: an argument or a result is no data.
            OSError: the file cannot be written.
        """
        write_whole(path, lambda: str(self).encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str], function: Callable[..., Any] | None = None) -> Self:
        """Read a program from a file; see `parse`."""
        with open(path, encoding="utf-8") as file:
            return cls.parse(file.read(), function)

    def __reduce__(self) -> Any:
        module = sys.modules.get(getattr(self, "__module__", ""))
        name = getattr(self, "__qualname__", "")
        named = module is not None and getattr(module, name, None) is self
        if named and self.__module__ != "__main__":
            return name  # as a function is pickled: by the name under which it is found
        function = self.function
        try:
            pickle.dumps(function)
        except (pickle.PicklingError, AttributeError, TypeError):  # a function within a function, a lambda
            function = None
        parts = (type(self), function, self._static, self.name, self.bits, list(self._cases.values()))
        return (_of_script, (name, *parts)) if named else (_restored, parts)

    def __repr__(self) -> str:
        variants = sum(len(case.variants) for case in self._cases.values())
        return f"<program of {self.name}: {variants} variants, {len(self._cases)} kinds of calls>"

    def _latest(self) -> Variant:
        for case in reversed(list(self._cases.values())):
            if case.variants.latest is not None:
                return case.variants.latest
        raise ReplayError(f"{self.name} has not been recorded yet: call it, or give examples: compile({self.name}, 1.0)")


def _restored(
    kind: type[Any], f: Callable[..., Any] | None, static: tuple[Name, ...], name: str, bits: Bits, cases: list[Case]
) -> Any:
    """The program of a text or a pickle."""
    program = kind(f, static, name, bits)
    for case in cases:
        case.f = f
        program._cases[case.call.key] = case
        program._reading.traced.update(case.call.traced)
    return program


def _of_script(found: str, kind: type[Recorded], *parts: Any) -> Recorded:
    """The program that a script has decorated: itself where the script runs, elsewhere its recordings."""
    here = getattr(sys.modules.get("__main__"), found, None)
    return here if isinstance(here, kind) else _restored(kind, *parts)
