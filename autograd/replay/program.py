"""`compile`: a function recorded once, and called as a program from then on.

The first call runs the function and records it; later calls compute the recording, without a graph and without the function.
Every decision the function took on a number is looked at again in each call, and another way through it is recorded when it is
first taken. So a program gives what the function gives, or says why it cannot.
"""

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any, overload

from ..blocks import current
from ..errors import ArgumentError, OperandError, ReplayError, did_you_mean
from ..foreign import PROGRAM, teach
from ..levels import IN_PROGRESS, innermost
from ..modes import MODES
from ..observers import looking
from ..reverse import SPECIAL
from ..structure import flatten
from ..transforms import transforms
from ..transforms.forward import point_and_direction
from . import batches, points, rolling
from .bound import Bound
from .calls import Call, Name, TracedCall, plain, split
from .case import Case
from .interpreted import Otherwise, direct
from .recorded import Recorded
from .rows import BITS, Bits
from .variants import Variant

MOST_CASES = 256  # kinds of calls that are kept; the least recently used ones go

Argnums = int | Sequence[int]


@teach("a program", PROGRAM)
class Program(Recorded):
    """A compiled function; `compile` makes it.

    It is called like the function, and gives plain numbers in the structure of the function's result. With a `Value` among the
    arguments, and inside another derivative, the function itself runs, so that gradients pass.

    Attributes:
        function: the function; None in a program that was loaded without it.
        bits: 'exact', 'close' or 'fast'; see `compile`.

    Raises:
        ReplayError: in a call: the function cannot be replayed, or no longer agrees with its recording.
    """

    def __init__(self, f: Callable[..., Any] | None, static: Sequence[Name] = (), name: str = "", bits: Bits = "close") -> None:
        super().__init__(f, static, name, bits)
        if f is not None:
            functools.update_wrapper(self, f, updated=())
        self._lock = threading.Lock()
        self._derived: dict[Any, Program] = {}
        self.otherwise = self._value

    # --- calls -----------------------------------------------------------------------------------------------------------

    def _value(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value as plain numbers: a call that no interpreter has taken."""
        call = self._call(args, kwargs)
        if call is None:
            return self._itself()(*args, **kwargs)
        found = None if _eager() else self._case(call).run(call, lambda v: self._reader(v).value(v.numbers(call.numbers)))
        if found is None:
            return self._value_itself(args, kwargs)
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
        found = None if _eager() else case.run(call, lambda v: self._reader(v).gradient(v.numbers(call.numbers)))
        if found is None:
            return self._slopes_itself(argnums, args, kwargs)
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
                lambda v: self._reader(v).gradient(
                    v.numbers(call.numbers), [-0.0] * len(call.numbers) + [w._grad for w in v.captured]
                ),
            )
        if found is None or (SPECIAL.exists and any(w._hooks for w in found[0].captured)):
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
            return plain(transforms.jacobian(self._itself(), argnums)(*args, **kwargs), self.name)
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
        point_and_direction(primals, tangents, "hvp")
        key = argnums if isinstance(argnums, int) else tuple(argnums)
        if key not in self._derived:
            f = self._itself()

            def product(points: Any, directions: Any) -> Any:
                return transforms.hvp(f, points, directions, argnums)

            self._derived[key] = Program(product, (), f"the Hessian of {self.name}", self.bits)
        return self._derived[key](tuple(primals), tuple(tangents))

    def batch(self, *args: Any, gradients: str | None = None, argnums: Argnums = 0) -> Any:
        """The function at many points: those that take the same way through it are computed together.

        What is promised of the numbers, `compile` says at `bits`. Where the interpreter is compiled, they do not depend on the
        other points of the batch.

        Args:
            args: for each argument a sequence with one entry a point; all of them equally long. An array has a row for each.
            gradients: None for values alone; 'each' for (values, gradients), one of each a point; 'sum' for the gradient of
                the sum of the values.
            argnums: as for `value_and_grad`.

        Returns:
            A list of values, or a pair of it and the gradients. If an argument is an array, the values are one, and so are
            the gradients by it.

        Raises:
            ArgumentError: an argument is no sequence, lengths differ, `gradients` is something else, or the gradients have
                no sum.
            OperandError: gradients are wanted, and the function returns something else than one number.
            ReplayError: as a call.

        Example:
            >>> from autograd import compile
            >>> program = compile(lambda x, y: x * y)
            >>> program.batch([1.0, 2.0], [10.0, 20.0], gradients="sum")
            ([10.0, 40.0], 30.0)
        """
        if gradients not in (None, "each", "sum"):
            hint = did_you_mean(gradients, ("each", "sum")) if isinstance(gradients, str) else ""
            raise ArgumentError(f"batch: gradients={gradients!r}; it is None, 'each' or 'sum'.{hint}")
        columns = points.columns(args, self.name)
        if not len(columns[0]):
            return [] if gradients is None else ([], [] if gradients == "each" else 0.0)
        pieces = self._pieces(columns, gradients is not None, argnums)
        values = batches.results(pieces, columns)
        if gradients is None:
            return values
        return values, batches.total(pieces) if gradients == "sum" else batches.gradients(pieces, columns, argnums)

    def _pieces(self, columns: list[Any], slopes: bool, argnums: Argnums) -> list[batches.Piece | batches.Alone]:
        """A batch computed piece by piece."""

        def point(place: int) -> list[Any]:
            return [column[place] for column in columns]

        def itself(place: int) -> Any:
            return self._slopes_itself(argnums, point(place), {}) if slopes else (self._value_itself(point(place), {}),)

        def check(variant: Variant) -> None:
            if slopes:
                self._one_number(variant, "batch", "jacobian")

        found = None if _eager() else points.lots(columns, self._reading, lambda point: self._call(point, {}))
        if found is None:
            calls = [point(place) for place in range(len(columns[0]))]
            pairs = [self.value_and_grad(*call, argnums=argnums) if slopes else (self(*call),) for call in calls]
            return [batches.Alone([place], pair) for place, pair in enumerate(pairs)]
        pieces: list[batches.Piece | batches.Alone] = []
        for lot in found:
            case, wanted = self._case(lot.call), None
            if slopes:
                positions = self._wanted(case, argnums, len(columns), "batch")
                wanted = batches.wanted(case, positions, isinstance(argnums, Sequence))
            pieces += batches.Serving(case, self.bits, wanted, itself, check).pieces(lot)
        return pieces

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method: the instance is the first argument, and static."""
        return self if instance is None else Bound(self, instance)

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

    def _itself(self) -> Callable[..., Any]:
        if self.function is None:
            raise ReplayError(
                f"{self.name}: these numbers take a way that was not recorded, and the program was loaded without its "
                "function; give it: Program.load(file, function=f)"
            )
        return self.function

    def _value_itself(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The result of the function as plain numbers; it computes with `Value`s, as it does when it is recorded."""
        from ..value import Value

        call = self._reading.call(tuple(args), kwargs)
        args, kwargs = list(args), dict(kwargs)
        for argument, _, rebuild in self._case(call).parts:
            given = args[argument] if isinstance(argument, int) else kwargs[argument]
            values = rebuild([Value(x) for x in flatten(given, self.name)[0]])
            if isinstance(argument, int):
                args[argument] = values
            else:
                kwargs[argument] = values
        return plain(self._itself()(*args, **kwargs), self.name)

    def _slopes_itself(self, argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The value and the gradient by the function itself, as plain numbers."""
        value, slopes = transforms.value_and_grad(self._itself(), argnums)(*args, **kwargs)
        return plain(value, self.name), plain(slopes, self.name)

    def _reader(self, variant: Variant) -> Any:
        return rolling.reader_of(variant, self.bits)

    def _quicken(self, call: Call, variant: Variant) -> None:
        """Let calls like this one come to the variant's interpreter directly."""
        if (
            self._reader(variant) is not variant.reader
            or variant.captured
            or not variant.single
            or (self.call is not None and self.call.__self__ is variant.kernel)
        ):
            return
        if variant.kernel is None:
            otherwise = Otherwise(self, self._case(call), variant)
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
            several = f"returns {len(variant.tape.outputs)} numbers, it has to return one; use {other} for several"
            raise OperandError(f"{name}: {self.name} {several}")


def _eager() -> bool:
    """True where somebody looks at nodes, or `strict()` does: a replay makes none."""
    return bool(MODES.active) and (current().strict or bool(looking()))


@overload
def compile(
    f: Callable[..., Any], *examples: Any, static: Name | Sequence[Name] = (), bits: Bits = "close", **named: Any
) -> Program: ...
@overload
def compile(*, static: Name | Sequence[Name] = (), bits: Bits = "close") -> Callable[[Callable[..., Any]], Program]: ...
def compile(f: Any = None, *examples: Any, static: Any = (), bits: Bits = "close", **named: Any) -> Any:
    """Compile a function: it is recorded when it is first called, and replayed from then on.

    Structures with floats in them are inputs. Whole numbers, text and objects are static: a call with others is recorded for
    itself. `Value`s that the function uses from outside, such as the weights of a model, are read anew in each call.

    Args:
        f: a function of numbers in any structure, which returns numbers in any structure. It has to do the same whenever its
            arguments are the same.
        examples, named: arguments, if it is to be recorded now.
        static: positions or names of arguments that are never inputs.
        bits: 'exact' for the engine's own bits, everywhere. With 'close' a batch may differ by four units in the last place
            of an operation, and by n units of the absolute values in a sum of n terms; 'fast' leaves out what keeps the
            rounding errors of sums small, in batches and in calls of 2,000 operations and more that are mostly alike terms, and
            its bits are those of the machine. All other calls and their gradients have the engine's bits with each of the
            words.

    Returns:
        A `Program`; without a function, a decorator.

    Raises:
        ReplayError: the function cannot be replayed; the message names the line.
        ArgumentError: `bits` is another word.

    Example:
        >>> from autograd import compile, tanh
        >>> @compile
        ... def f(x):
        ...     return x * x if x > 1.0 else tanh(x)
        >>> f(3.0), f(0.5), f.value_and_grad(3.0)
        (9.0, 0.46211715726000974, (9.0, 6.0))
    """
    names = (static,) if isinstance(static, (int, str)) else tuple(static)
    if bits not in BITS:
        hint = did_you_mean(bits, BITS) if isinstance(bits, str) else ""
        raise ArgumentError(f"compile: bits={bits!r}; it is 'exact', 'close' or 'fast'.{hint}")
    if f is None:
        return lambda function: compile(function, static=names, bits=bits)
    if not callable(f):
        raise OperandError(f"compile({f!r}): the first argument is a function of numbers: compile(f, 1.0), or @compile over it")
    program = Program(f, names, bits=bits)
    if examples or named:
        program(*examples, **named)
    return program
