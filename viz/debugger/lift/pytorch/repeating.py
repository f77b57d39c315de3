"""A step of training that can be done again: the calls of PyTorch as the program made them, cheap to keep.

The tape sees every operation with its numbers, and costs as much as the step itself. So a step that is only watched keeps the
calls one level higher, above autograd, where they are few: function, arguments, line. If something is wrong with the step, they
are made again inside a tape. The random numbers are the same again, and so is the loss, or nothing is said about it.
"""

import functools
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

import torch
from torch.nn.modules.module import register_module_forward_pre_hook
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


class Done(NamedTuple):
    """A call, as the program made it.

    Attributes:
        function, args, kwargs: the call.
        result: what it gave; kept, because later calls take it.
        place, scope: where it was made.
        grad: True if autograd was on.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    place: Place | None
    scope: str
    grad: bool


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
        self._random: torch.Tensor = torch.get_rng_state()
        self._thread = threading.get_ident()
        self._others = len(_modes())
        self._called = False  # a module has been called before anything that has a gradient
        self._backward: Any = None
        self._apply: Any = None
        self._handle: Any = None

    def __enter__(self) -> Self:
        original = self._backward = torch.Tensor.backward

        @functools.wraps(original)
        def backward(loss: torch.Tensor, *args: Any, **kwargs: Any) -> None:
            if threading.get_ident() != self._thread or not self._awake:
                return original(loss, *args, **kwargs)  # type: ignore[no-any-return]
            self._sleep()
            try:
                original(loss, *args, **kwargs)
                self._passed(loss)
            finally:
                self.forget()
                if not self._called:
                    self._wake()
            return None

        torch.Tensor.backward = backward
        self._apply = torch.autograd.Function.__dict__["apply"]

        def apply(cls: type, *args: Any, **kwargs: Any) -> Any:
            before = len(self.calls)
            result = self._apply.__get__(None, cls)(*args, **kwargs)
            if threading.get_ident() == self._thread and self._awake:
                del self.calls[before:]  # what its forward() does is not what autograd differentiates
                self._keep(self._apply.__get__(None, cls), args, kwargs, result, torch.is_grad_enabled())
            return result

        torch.autograd.Function.apply = classmethod(apply)
        self._wake()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        torch.Tensor.backward, torch.autograd.Function.apply = self._backward, self._apply
        if self._awake:
            self._sleep()
        self._handle.remove()
        self.forget()

    @property
    def _awake(self) -> bool:
        return bool((modes := _modes()) and modes[-1] is self)

    def _wake(self) -> None:
        super().__enter__()

    def _sleep(self) -> None:
        super().__exit__(None, None, None)
        self._listen()

    def _listen(self) -> None:
        """Ask to be told of the next call of a module, and of no other: hooks make every call slower."""
        if self._handle is not None:
            self._handle.remove()
        self._handle = register_module_forward_pre_hook(self._entered)

    def _entered(self, module: torch.nn.Module, _: Any) -> None:
        """A module is called: from here on calls are kept."""
        if threading.get_ident() != self._thread:
            return
        self._handle.remove()
        if len(_modes()) == self._others:
            self._wake()
        self.modules.met(module)
        if not any(t.requires_grad for call in self.calls for t in _tensors((call.result,))):
            self._called = True

    def __torch_function__(
        self, function: Any, _: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Make a call of PyTorch, and keep it."""
        kwargs = kwargs or {}
        grad = torch.is_grad_enabled()
        reads = type(function) is _Getter  # x.shape, x.T: most of them give no tensor
        if not self.calls and grad and not reads:
            self._random = torch.get_rng_state()
        result = function(*args, **kwargs)
        if isinstance(result, torch.Tensor):
            made = [result]
        elif reads:
            return result
        else:
            made = _tensors((result,))
        if not grad and not self._gave(_tensors((*args, *kwargs.values()))):
            return result  # an evaluation, or an update of parameters
        if made or function is torch.Tensor.__setitem__:
            self._keep(function, args, kwargs, result, grad)
        return result

    def _keep(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, grad: bool) -> None:
        self.calls.append(Done(function, args, kwargs, result, *self.modules.where(sys._getframe(2)), grad))
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
        awake = self._awake
        if awake:
            self._sleep()
        try:
            repeated = self._repeated(operations)[id(loss)]
        finally:
            if awake:
                self._wake()
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
            torch.set_rng_state(self._random)
            for call in self.calls:
                operations.at = call.place, call.scope
                args, kwargs = tree_map_only(torch.Tensor, taken, (call.args, call.kwargs))
                with torch.set_grad_enabled(call.grad):
                    result = call.function(*args, **kwargs)
                new |= zip(map(id, _tensors((call.result,))), _tensors((result,)), strict=True)
        return new
