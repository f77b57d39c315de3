"""A step of training that can be done again: the calls of PyTorch as the program made them, cheap to keep.

The tape sees every operation with its numbers, and costs as much as the step itself. So a step that is only watched keeps the
calls one level higher, above autograd, where they are few: function, arguments, line. If something is wrong with the step, they
are made again inside a tape. A module of PyTorch's own, an LSTM or a layer of an encoder, is kept as one call: no line in it is
the user's. The random numbers are the same again, and so is the loss, or nothing is said about it.
"""

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import NoneType
from typing import Any, NamedTuple, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map_only

from autograd.source import Place

from ..errors import LiftError
from .modules import Modules
from .taping import tape

_modes = torch.overrides._get_current_function_mode_stack

MOST = 100_000  # calls without a backward() are no step of training: they are forgotten then


_Getter = type(torch.Tensor.shape.__get__)


def _tensors(things: Iterable[Any]) -> list[torch.Tensor]:
    """The tensors among arguments or results, also in lists and dictionaries."""
    found = []
    for thing in things:
        if isinstance(thing, torch.Tensor):
            found.append(thing)
        elif isinstance(thing, (list, tuple)):
            found += _tensors(thing)
        elif isinstance(thing, dict):
            found += _tensors(thing.values())
    return found


def _plain(things: Iterable[Any]) -> bool:
    """True if arguments are tensors, numbers and tuples of them, so that tensors in them can be replaced."""
    return all(
        isinstance(x, (torch.Tensor, bool, int, float, NoneType)) or (type(x) in (tuple, list) and _plain(x)) for x in things
    )


class Mode(NamedTuple):
    """The switches that a call depends on: autograd, and the type of number of autocast, None if it is off."""

    grad: bool
    autocast: torch.dtype | None

    @classmethod
    def now(cls) -> "Mode":
        """The switches as they are."""
        if torch.is_autocast_enabled("cpu"):
            return cls(torch.is_grad_enabled(), torch.get_autocast_dtype("cpu"))
        return _ON if torch.is_grad_enabled() else _OFF

    @contextmanager
    def on(self) -> Iterator[None]:
        """A block in which they are like this."""
        with torch.set_grad_enabled(self.grad), torch.autocast("cpu", self.autocast, self.autocast is not None):
            yield


_ON, _OFF = Mode(True, None), Mode(False, None)


class Done(NamedTuple):
    """A call, as the program made it.

    Attributes:
        function, args, kwargs: the call.
        result: what it gave; kept, because later calls take it.
        place, scope: where it was made.
        mode: what was switched on.
        random: the state of the random numbers before it, where it is not that after the call before.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    place: Place | None
    scope: str
    mode: Mode
    random: torch.Tensor | None = None


class keeping(TorchFunctionMode):  # type: ignore[misc] # mypy does not read PyTorch
    """A block that keeps the calls since the latest `backward()`.

    From a `backward()` to the next call of a module nothing is kept, and nothing costs anything: optimisers make many calls.

    Args:
        modules: the names of modules and parameters.
        passed: called after each `backward()`, with the loss.

    Attributes:
        calls: the calls.
    """

    def __init__(self, modules: Modules, passed: Callable[[torch.Tensor], None]) -> None:
        super().__init__()
        self.modules: Modules = modules
        self.calls: list[Done] = []
        self._passed = passed
        self._random: torch.Tensor | None = torch.get_rng_state()  # of the next call; None if nothing else has drawn any
        self._thread = threading.get_ident()
        self._others = len(_modes())
        self._called = False  # a module has been called before anything that has a gradient
        self._on = False
        self._skipped = False  # a call was not kept, and may have drawn random numbers
        self._entered = False  # a module has been called since the latest backward()
        self._busy = False  # in a module that is kept as one call, or in backward(), where a checkpoint calls modules again
        self._replaced: dict[tuple[Any, str], Any] = {}

    def __enter__(self) -> Self:
        for owner, name, of in (
            (torch.Tensor, "backward", self._backward),
            (torch.autograd.Function, "apply", self._apply),
            (torch.nn.Module, "__call__", self._call),
        ):
            original = self._replaced[owner, name] = owner.__dict__[name]
            setattr(owner, name, of(original))
        self._wake()
        return self

    def __exit__(self, *_: object) -> None:
        for (owner, name), original in self._replaced.items():
            setattr(owner, name, original)
        if self._awake:
            self._sleep()
        self.forget()

    def _backward(self, original: Any) -> Any:
        @functools.wraps(original)
        def backward(loss: torch.Tensor, *args: Any, **kwargs: Any) -> None:
            if threading.get_ident() != self._thread or not self._awake:
                return original(loss, *args, **kwargs)  # type: ignore[no-any-return]
            self._sleep()
            self._busy = True
            try:
                original(loss, *args, **kwargs)
                self._passed(loss)
            finally:
                self._busy = False
                self.forget()
                if not self._called:
                    self._wake()
            return None

        return backward

    def _apply(self, original: Any) -> Any:
        def apply(cls: type, *args: Any, **kwargs: Any) -> Any:
            of_cls = original.__get__(None, cls)
            if threading.get_ident() != self._thread or not self._awake:
                return of_cls(*args, **kwargs)
            self._start()
            before, random = len(self.calls), self._random
            result = of_cls(*args, **kwargs)
            if self._awake:
                del self.calls[before:]  # what its forward() does is not what autograd differentiates
                self._random = random
                self._keep(of_cls, args, kwargs, result, Mode.now())
            return result

        return classmethod(apply)

    def _call(self, original: Any) -> Any:
        """A call of a module: from the first one on calls are kept."""

        @functools.wraps(original)
        def call(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_compiling() or self._busy or threading.get_ident() != self._thread:
                return original(module, *args, **kwargs)
            if not self._entered:
                self._enter(module)
            if self.modules.is_closed(module) and self._awake and _plain((*args, *kwargs.values())):
                return self._whole(functools.partial(original, module), args, kwargs)
            return original(module, *args, **kwargs)

        return call

    def _enter(self, module: torch.nn.Module) -> None:
        """A module is called for the first time since the latest `backward()`."""
        self._entered = True
        self.modules.met(module)
        if not any(t.requires_grad for done in self.calls for t in _tensors((done.result,))):
            self._called = True
            self.forget()  # data, and what drew random numbers for it
        if not self._on and len(_modes()) == self._others:
            self._wake()

    def _whole(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make a call, and keep nothing of what happens in it."""
        self._start()
        mode = Mode.now()
        self._busy = True
        super().__exit__(None, None, None)
        try:
            result = function(*args, **kwargs)
        finally:
            super().__enter__()
            self._busy = False
        if mode.grad or self._gave(_tensors((*args, *kwargs.values()))):
            self._keep(function, args, kwargs, result, mode)
        else:
            self._skipped = True
        return result

    @property
    def _awake(self) -> bool:
        return self._on and bool(modes := _modes()) and modes[-1] is self

    def _wake(self) -> None:
        self._on = True
        super().__enter__()

    def _sleep(self) -> None:
        self._on = self._entered = False
        super().__exit__(None, None, None)

    def _start(self) -> None:
        if not self.calls or self._skipped:
            self._random, self._skipped = torch.get_rng_state(), False

    def __torch_function__(
        self, function: Any, _: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Make a call of PyTorch, and keep it."""
        self._start()
        result = function(*args, **kwargs) if kwargs else function(*args)
        if not isinstance(result, torch.Tensor):
            if type(function) is _Getter:  # x.shape
                return result
            if function is torch.Tensor.register_hook:
                if args[0].is_leaf:  # it stays on a parameter
                    return result
            elif function is not torch.Tensor.__setitem__ and not _tensors((result,)):
                return result
        mode = Mode.now()
        if not mode.grad and not self._gave(_tensors((*args, *(kwargs or {}).values()))):
            self._skipped = True
            return result  # an evaluation, or an update of parameters
        self._keep(function, args, kwargs or {}, result, mode)
        return result

    def _keep(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, mode: Mode) -> None:
        place, scope = self.modules.where(sys._getframe(2))
        self.calls.append(Done(function, args, kwargs, result, place, scope, mode, self._random))
        self._random = None
        if len(self.calls) > MOST:
            self.forget()

    def forget(self) -> None:
        """Forget the calls so far."""
        self.calls.clear()

    def _gave(self, tensors: list[torch.Tensor]) -> bool:
        """True if a call has given one of these tensors."""
        looked_for = set(map(id, tensors))
        return any(id(t) in looked_for for call in reversed(self.calls) for t in _tensors((call.result,)))

    def again(self, loss: torch.Tensor, operations: tape) -> torch.Tensor:
        """Make the calls again in a tape, up to a loss.

        Returns:
            The loss of the new calls.

        Raises:
            LiftError: the loss is not made by the calls, or has another number when they are made again.
        """
        if not self._gave([loss]):
            raise LiftError("the loss was computed where PyTorch's calls cannot be seen: call lift(function, model) instead")
        awake, busy, self._busy = self._awake, self._busy, True
        if awake:
            super().__exit__(None, None, None)
        try:
            repeated = self._repeated(operations)[id(loss)]
        finally:
            self._busy = busy
            if awake:
                super().__enter__()
        if not torch.equal(repeated.isnan(), loss.isnan()) or not torch.equal(repeated.nan_to_num(), loss.nan_to_num()):
            raise LiftError(
                f"the step gives {repeated.item()!r} when its calls are made again, and gave {loss.item()!r}: something in it "
                "is not PyTorch's, or changes its own data. Call lift(function, model) on the step itself"
            )
        return repeated

    def _repeated(self, operations: tape) -> dict[int, torch.Tensor]:
        """Make the calls again; for each tensor that they took or gave, the tensor in its place."""
        new: dict[int, torch.Tensor] = {}

        def taken(t: torch.Tensor) -> torch.Tensor:
            if id(t) not in new and t.grad_fn is not None:
                raise LiftError(
                    f"the step begins before the first module is called: a tensor of shape {tuple(t.shape)} that it takes has "
                    "a gradient already. Call lift(function, model) on the step itself"
                )
            if id(t) not in new:  # parameters and data; what a call may write to is copied
                new[id(t)] = t if t.requires_grad else t.clone()
            return new[id(t)]

        with torch.random.fork_rng(devices=[]), operations:
            for call in self.calls:
                if call.random is not None:
                    torch.set_rng_state(call.random)
                operations.at = call.place, call.scope
                args, kwargs = tree_map_only(torch.Tensor, taken, (call.args, call.kwargs))
                with call.mode.on():
                    result = call.function(*args, **kwargs)
                new |= zip(map(id, _tensors((call.result,))), _tensors((result,)), strict=True)
        return new
