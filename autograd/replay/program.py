"""`compile`: a function recorded once, and called as a program from then on.

The first call runs the function and records it; later calls compute the recording, without a graph and without the function.
Every decision the function took on a number is looked at again in each call, and another way through it is recorded when it is
first taken. So a program gives what the function gives, or says why it cannot.
"""

import functools
import os
import pickle
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any, overload

from ..blocks import current
from ..errors import ArgumentError, OperandError, ReplayError
from ..files import write_whole
from ..levels import IN_PROGRESS, innermost
from ..modes import MODES
from ..observers import looking
from ..structure import flatten, is_container
from ..transforms import transforms
from . import saving
from .calls import Call, Name, Reading, TracedCall, split
from .case import Case
from .exported import exported
from .interpreted import direct
from .native.c_text import to_c
from .native.kernel import BUSY, LOOK, Front
from .report import report
from .variants import Variant

MOST_CASES = 256  # kinds of calls that are kept; the least recently used ones go

Argnums = int | Sequence[int]


class Program(Front):
    """A compiled function; `compile` makes it.

    It is called like the function, and gives plain numbers in the structure of the function's result. With a `Value` among the
    arguments, and inside another derivative, the function itself runs, so that gradients pass.

    Attributes:
        function: the function; None in a program that was loaded without it.

    Raises:
        ReplayError: in a call: the function cannot be replayed, or no longer agrees with its recording.
    """

    def __init__(self, f: Callable[..., Any] | None, static: Sequence[Name] = (), name: str = "") -> None:
        super().__init__()
        self.function = f
        self.name: str = name or getattr(f, "__name__", type(f).__name__)
        if f is not None:
            functools.update_wrapper(self, f, updated=())
        self._static = tuple(static)
        self._reading = Reading(f, static)
        self._cases: dict[Hashable, Case] = {}
        self._lock = threading.Lock()
        self._derived: dict[Any, Program] = {}
        self.otherwise = self._value

    # --- calls -----------------------------------------------------------------------------------------------------------

    def _value(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value as plain numbers: a call that no interpreter has taken."""
        call = self._call(args, kwargs)
        if call is None:
            return self._itself()(*args, **kwargs)
        found = None if _eager() else self._case(call).run(call, lambda v: v.reader.value(v.numbers(call.numbers)))
        if found is None:
            values, named = self._with_values(call)
            return _plain(self._itself()(*values, **named), self.name)
        variant, outputs = found
        self._quicken(call, variant)
        return outputs[0] if variant.single else variant.rebuild(outputs)

    def value_and_grad(self, *args: Any, argnums: Argnums = 0, **kwargs: Any) -> tuple[Any, Any]:
        """The value and the gradient, as `autograd.value_and_grad` gives them, in plain numbers.

        Args:
            argnums: the position of the argument to differentiate by, or several.

        Raises:
            OperandError: the function returns something else than one number.
            ArgumentError: that argument is not there, or is static.
            ReplayError: as a call.

        Example:
            >>> from autograd import compile
            >>> program = compile(lambda x: x[0] * x[1])
            >>> program.value_and_grad([3.0, 4.0])
            (12.0, [4.0, 3.0])
        """
        call = self._call(args, kwargs)
        if call is None:
            return transforms.value_and_grad(self._itself(), argnums)(*args, **kwargs)
        case = self._case(call)
        wanted = self._wanted(case, argnums, len(args), "value_and_grad")
        found = None if _eager() else case.run(call, lambda v: v.reader.gradient(v.numbers(call.numbers)))
        if found is None:
            value, slopes = transforms.value_and_grad(self._itself(), argnums)(*args, **kwargs)
            return _plain(value, self.name), _plain(slopes, self.name)
        variant, (outputs, bars) = found
        self._one_number(variant, "value_and_grad", "jacobian")
        self._quicken(call, variant)
        parts = split(bars, case.parts)
        return outputs[0], tuple([parts[k] for k in wanted]) if isinstance(argnums, Sequence) else parts[wanted[0]]

    def backward(self, *args: Any, **kwargs: Any) -> float:
        """The same as `f(...).backward()`: add to the gradients of the `Value`s from outside that the function uses.

        Returns:
            The function's value.

        Raises:
            OperandError: the function returns something else than one number.
            ReplayError: as a call.

        Example:
            >>> from autograd import Value, compile
            >>> w = Value(2.0)
            >>> program = compile(lambda x: w * x)
            >>> program.backward(5.0), w.grad
            (10.0, 5.0)
        """
        call = self._call(args, kwargs)
        found = None
        if call is not None and not _eager():
            # The gradients that are there are what is added to, so that the sums are those of `backward()`.
            found = self._case(call).run(
                call,
                lambda v: v.reader.gradient(
                    v.numbers(call.numbers), [-0.0] * len(call.numbers) + [w._grad for w in v.captured]
                ),
            )
        if found is None or any(w._hooks for w in found[0].captured):
            cost = self._itself()(*args, **kwargs)
            if not hasattr(cost, "backward"):
                raise OperandError(f"backward: {self.name} has to return one number that depends on a Value, got {cost!r}")
            cost.backward()
            return float(cost.data)
        variant, (outputs, bars) = found
        self._one_number(variant, "backward", "jacobian")
        for w, grad in zip(variant.captured, bars[len(call.numbers) :], strict=True):  # type: ignore[union-attr]
            w._grad = grad
        return float(outputs[0])

    def jacobian(self, *args: Any, argnums: Argnums = 0, **kwargs: Any) -> Any:
        """Every derivative of every number of the result, as `autograd.jacobian` gives them, in plain numbers.

        Example:
            >>> from autograd import compile
            >>> compile(lambda x: [x[0] * x[1], x[0] + x[1]]).jacobian([3.0, 4.0])
            [[4.0, 3.0], [1.0, 1.0]]
        """
        call = self._call(args, kwargs)
        if call is None:
            return transforms.jacobian(self._itself(), argnums)(*args, **kwargs)
        case = self._case(call)
        wanted = self._wanted(case, argnums, len(args), "jacobian")
        found = None if _eager() else case.run(call, lambda v: v.reader.rows(v.numbers(call.numbers)))
        if found is None:
            return _plain(transforms.jacobian(self._itself(), argnums)(*args, **kwargs), self.name)
        variant, (_, rows) = found

        def row(bars: Sequence[float]) -> Any:
            parts = split(bars, case.parts)
            return tuple([parts[n] for n in wanted]) if isinstance(argnums, Sequence) else parts[wanted[0]]

        return variant.rebuild([row(bars) for bars in rows])

    def hvp(self, primals: Sequence[Any], tangents: Sequence[Any], argnums: Argnums = 0) -> Any:
        """The Hessian times a vector, as `autograd.hvp` gives it: it is recorded as a program of its own.

        Example:
            >>> from autograd import compile
            >>> compile(lambda x: x[0] * x[0] * x[1]).hvp(([3.0, 4.0],), ([1.0, 0.0],))
            [8.0, 6.0]
        """
        key = argnums if isinstance(argnums, int) else tuple(argnums)
        derived = self._derived.get(key)
        if derived is None:
            f = self._itself()

            def product(points: Any, directions: Any) -> Any:
                return transforms.hvp(f, points, directions, argnums)

            derived = self._derived[key] = Program(product, (), f"the Hessian of {self.name}")
        return derived(tuple(primals), tuple(tangents))

    def batch(self, *args: Any, gradients: str | None = None, argnums: Argnums = 0) -> Any:
        """The function at many points.

        Args:
            args: for each argument a sequence with one entry a point; all of them equally long.
            gradients: None for values alone; 'each' for (values, gradients), one of each a point; 'sum' for the gradient of
                the sum of the values.
            argnums: as for `value_and_grad`.

        Returns:
            A list of values, or a pair of it and the gradients.

        Raises:
            ArgumentError: lengths differ, or `gradients` is something else.

        Example:
            >>> from autograd import compile
            >>> program = compile(lambda x, y: x * y)
            >>> program.batch([1.0, 2.0], [10.0, 20.0], gradients="sum")
            ([10.0, 40.0], 30.0)
        """
        lengths = {len(arg) for arg in args}
        if len(lengths) != 1:
            raise ArgumentError(f"batch: arguments of {sorted(lengths)} entries; all have to have one for each point")
        if gradients not in (None, "each", "sum"):
            raise ArgumentError(f"batch: gradients={gradients!r}; it is None, 'each' or 'sum'")
        points = list(zip(*args, strict=True))
        if gradients is None:
            return [self(*point) for point in points]
        pairs = [self.value_and_grad(*point, argnums=argnums) for point in points]
        slopes = [slope for _, slope in pairs]
        return [value for value, _ in pairs], _summed(slopes) if gradients == "sum" else slopes

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
        return saving.written(self.name, self._static, list(self._cases.values()))

    @staticmethod
    def parse(text: str, function: Callable[..., Any] | None = None) -> "Program":
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
        name, static, cases = saving.parsed(text, function)
        return _restored(function, static, name, cases)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was recorded to a file, as text: whole, or not at all.

        Raises:
            ReplayError: an argument or a result is no data.
            OSError: the file cannot be written.
        """
        write_whole(path, lambda: str(self).encode())

    @staticmethod
    def load(path: str | os.PathLike[str], function: Callable[..., Any] | None = None) -> "Program":
        """Read a program from a file; see `parse`."""
        with open(path, encoding="utf-8") as file:
            return Program.parse(file.read(), function)

    def __reduce__(self) -> Any:
        module = sys.modules.get(getattr(self, "__module__", ""))
        name = getattr(self, "__qualname__", "")
        if module is not None and getattr(module, name, None) is self:
            return name  # as a function is pickled: by the name under which it is found
        function = self.function
        try:
            pickle.dumps(function)
        except (pickle.PicklingError, AttributeError, TypeError):  # a function within a function, a lambda
            function = None
        return _restored, (function, self._static, self.name, list(self._cases.values()))

    def __repr__(self) -> str:
        variants = sum(len(case.variants) for case in self._cases.values())
        return f"<program of {self.name}: {variants} variants, {len(self._cases)} kinds of calls>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method: the instance is the first argument, and static."""
        return self if instance is None else functools.partial(self, instance)

    # --- the parts of a call ---------------------------------------------------------------------------------------------

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        """The call taken apart; None if the function itself has to be called with these very arguments."""
        if IN_PROGRESS and innermost():
            return None
        try:
            return self._reading.call(args, kwargs)
        except TracedCall:
            return None

    def _case(self, call: Call) -> Case:
        case = self._cases.get(call.key)
        if case is None:
            case = Case(self.function, self.name, call)
            with self._lock:
                case = self._cases.setdefault(call.key, case)
                while len(self._cases) > MOST_CASES:
                    del self._cases[next(iter(self._cases))]
        return case

    def _latest(self) -> Variant:
        for case in reversed(list(self._cases.values())):
            if case.variants.latest is not None:
                return case.variants.latest
        raise ReplayError(f"{self.name} has not been recorded yet: call it, or give examples: compile({self.name}, 1.0)")

    def _itself(self) -> Callable[..., Any]:
        if self.function is None:
            raise ReplayError(
                f"{self.name}: these numbers take a way that was not recorded, and the program was loaded without its "
                "function; give it: Program.load(file, function=f)"
            )
        return self.function

    def _with_values(self, call: Call) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `Value`s in place of numbers: the function computes as it does when it is recorded."""
        from ..value import Value

        args, kwargs = list(call.args), dict(call.kwargs)
        for argument, _, rebuild in self._case(call).parts:
            given = args[argument] if isinstance(argument, int) else kwargs[argument]
            values = rebuild([Value(x) for x in flatten(given, self.name)[0]])
            if isinstance(argument, int):
                args[argument] = values
            else:
                kwargs[argument] = values
        return args, kwargs

    def _quicken(self, call: Call, variant: Variant) -> None:
        """Let calls like this one come to the variant's interpreter directly."""
        if variant.captured or not variant.single or (self.call is not None and self.call.__self__ is variant.kernel):
            return
        if variant.kernel is None:
            case = self._case(call)

            def otherwise(reason: int, _: float, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
                variant.passed_on += reason != BUSY and not named
                if reason == LOOK:
                    variant.kernel.look_at *= 2
                    case.look = True
                return self._value(*args, **named) if name == "value" else type(self).value_and_grad(self, *args, **named)

            variant.kernel = direct(variant.tape, call, otherwise, (MODES.active, IN_PROGRESS)) or False
        if variant.kernel:
            self.call = variant.kernel.value
            self.__dict__["value_and_grad"] = variant.kernel.value_and_grad
        else:
            self.call = None
            self.__dict__.pop("value_and_grad", None)

    def _wanted(self, case: Case, argnums: Any, given: int, name: str) -> list[int]:
        """For each position in `argnums` its place among the traced arguments."""
        positions = transforms._counted_from_the_front(transforms._positions(argnums, name), given, name)
        traced = [argument for argument, _, _ in case.parts]
        for n in positions:
            if n not in traced:
                raise ArgumentError(
                    f"{name}: argument {n} of {self.name} is static, a whole number, text or an object: there is no derivative "
                    "by it; write a number as a float"
                )
        return [traced.index(n) for n in positions]

    def _one_number(self, variant: Variant, name: str, other: str) -> None:
        if not variant.single:
            count = len(variant.tape.outputs)
            raise OperandError(f"{name}: {self.name} returns {count} numbers, it has to return one; use {other} for several")


def _restored(f: Callable[..., Any] | None, static: tuple[Name, ...], name: str, cases: list[Case]) -> Program:
    program = Program(f, static, name)
    for case in cases:
        case.f = f
        program._cases[case.call.key] = case
        program._reading.traced.update(case.call.traced)
    return program


def _eager() -> bool:
    """True where somebody looks at nodes, or `strict()` does: a replay makes none."""
    return bool(MODES.active) and (current().strict or bool(looking()))


def _plain(result: Any, name: str) -> Any:
    """A result with plain numbers in place of `Value`s."""
    leaves, rebuild = flatten(result, f"{name}: result of the function")
    return rebuild([y if isinstance(y, float) else y._number for y in leaves])


def _summed(slopes: Sequence[Any]) -> Any:
    """The sum of gradients, number by number, in the order of the points."""
    if not slopes:
        return 0.0
    leaves, rebuild = flatten(slopes[0], "batch")
    total = list(leaves)
    for slope in slopes[1:]:
        total = [x + y for x, y in zip(total, flatten(slope, "batch")[0], strict=True)]
    return rebuild(total) if is_container(slopes[0]) else total[0]


@overload
def compile(f: Callable[..., Any], *examples: Any, static: Name | Sequence[Name] = (), **named: Any) -> Program: ...
@overload
def compile(*, static: Name | Sequence[Name] = ()) -> Callable[[Callable[..., Any]], Program]: ...
def compile(f: Any = None, *examples: Any, static: Any = (), **named: Any) -> Any:
    """Compile a function: it is recorded when it is first called, and replayed from then on.

    Structures with floats in them are inputs. Whole numbers, text and objects are static: a call with others is recorded for
    itself. `Value`s that the function uses from outside, such as the weights of a model, are read anew in each call.

    Args:
        f: a function of numbers in any structure, which returns numbers in any structure. It has to do the same whenever its
            arguments are the same.
        examples, named: arguments, if it is to be recorded now.
        static: positions or names of arguments that are never inputs.

    Returns:
        A `Program`; without a function, a decorator.

    Raises:
        ReplayError: the function cannot be replayed; the message names the line.

    Example:
        >>> from autograd import compile, tanh
        >>> @compile
        ... def f(x):
        ...     return x * x if x > 1.0 else tanh(x)
        >>> f(3.0), f(0.5), f.value_and_grad(3.0)
        (9.0, 0.46211715726000974, (9.0, 6.0))
    """
    names = (static,) if isinstance(static, (int, str)) else tuple(static)
    if f is None:
        return lambda function: compile(function, static=names)
    if not callable(f):
        raise OperandError(f"compile({f!r}): the first argument is a function of numbers: compile(f, 1.0), or @compile over it")
    program = Program(f, names)
    if examples or named:
        program(*examples, **named)
    return program
