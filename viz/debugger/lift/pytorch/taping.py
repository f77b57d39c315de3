"""`tape`: the operations of PyTorch in a block, each with its operands, its numbers and the user's line.

It sees what PyTorch's autograd differentiates, one level below it: composed functions have been taken apart there, and
fused ones are whole. A tensor is known by its storage, in which every element has an id. So a view needs no rule: it reads
the ids of its storage. What an operation changes in place gets new ids in the same storage.
"""

import math
import os
import sys
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType
from typing import Any, Self

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from autograd.source import Place, pass_over, user_frame

from .. import naming
from . import refusing
from .calls import Call, Operand
from .chains import CHAINS
from .modules import Modules
from .moves import moved

pass_over(os.path.dirname(torch.__file__))
pass_over(os.path.dirname(os.path.dirname(__file__)))

_RESHAPED = {f"aten::{name}_" for name in ("t", "transpose", "swapdims", "squeeze", "unsqueeze", "as_strided", "detach")}


def _is_view(result: Any) -> bool:
    return result.alias_info is not None and not result.alias_info.is_write


class tape(TorchDispatchMode):  # type: ignore[misc] # mypy does not read PyTorch
    """A block whose operations can be lifted afterwards.

    Args:
        *models: modules, whose parameters and submodules give names.

    Attributes:
        calls: the operations in order, leaves among them.
        count: the number of scalars so far.
        seen: the tensors that operations have given.
        hooked: a line at which a module with a full backward hook runs, None if there is none.
        at: the place and scope of operations that are repeated; None where the program itself does them.

    Example:
        >>> import torch
        >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> with tape() as operations:
        ...     loss = (w * w).sum()
        >>> [call.name for call in operations.calls]
        ['', 'mul', 'sum']
    """

    def __init__(self, *models: torch.nn.Module) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.modules: Modules = Modules(models)
        self.ids: dict[int, torch.Tensor] = {}
        self._storages: list[Any] = []  # kept, so that no address is used twice
        self.seen: list[torch.Tensor] = []
        self._places: dict[int, Place | None] = {}  # where a storage was filled without autograd
        self.count: int = 0
        self.hooked: Place | None = None
        self.at: tuple[Place | None, str] | None = None
        self._frame: FrameType | None = None

    def __enter__(self) -> Self:
        self.modules.follow()
        super().__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.modules.leave()
        self._frame = None
        super().__exit__(kind, error, trace)

    def __torch_dispatch__(
        self, function: Any, _: Iterable[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do an operation of PyTorch, and keep it."""
        kwargs = kwargs or {}
        schema = function._schema
        if schema.name in _RESHAPED or (schema.returns and all(map(_is_view, schema.returns))):
            out = function(*args, **kwargs)  # it reads the ids of its storage
            self.seen += [t for t in tree_leaves(out) if isinstance(t, torch.Tensor)]
            return out
        self._frame = user_frame(sys._getframe(1))
        given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        differentiable = torch.is_grad_enabled() and any(t.requires_grad for t in given)
        if differentiable:
            taken = tree_map_only(torch.Tensor, self.operand, (args, kwargs))
            out = function(*args, **kwargs)
            self._computed(function, taken[0], taken[1], out)
        else:
            before = {id(t): self._known(t) for t in given if schema.is_mutable}
            out = function(*args, **kwargs)
            self._changed(out, before)
        self._frame = None
        return out

    # --- what an operation took --------------------------------------------------------------------------------------

    def operand(self, t: torch.Tensor) -> Operand:
        """A tensor as an operation takes it."""
        if not t.requires_grad:
            return Operand(t.detach().clone())
        refusing.operand(t, self._place())
        if type(t.grad_fn).__name__ == "BackwardHookFunctionBackward":
            self.hooked = self._place()
        data = t.detach().clone()
        ids = self._known(t)
        if ids is None and t._base is not None and t._base.requires_grad:  # a view of a tensor that no operation has taken yet
            self.operand(t._base)
            ids = self._known(t)
        if ids is None:
            ids = self._leaf(t) if t.is_leaf or t.grad_fn is None else self._foreign(t)
        return Operand(data, ids, (t if t._base is None else t._base).is_leaf)

    def _known(self, t: torch.Tensor) -> torch.Tensor | None:
        """The ids of a tensor's elements, if its storage has any."""
        ids = self.ids.get(t.untyped_storage()._cdata)
        return None if ids is None else ids.as_strided(t.size(), t.stride(), t.storage_offset()).clone()

    def _place_ids(self, t: torch.Tensor, ids: torch.Tensor) -> None:
        storage = t.untyped_storage()
        held = self.ids.get(storage._cdata)
        if held is None:
            self._storages.append(storage)
            held = self.ids[storage._cdata] = torch.full((storage.nbytes() // t.element_size(),), -1)
        held.as_strided(t.size(), t.stride(), t.storage_offset()).copy_(ids)

    def _leaf(self, t: torch.Tensor) -> torch.Tensor:
        name = self.modules.names.get(id(t)) or naming.variable(self._frame, t)
        return self._note(None, "", (), {}, 0, t, t, label=naming.elements(name, t.shape) if name else None)

    def _foreign(self, t: torch.Tensor) -> torch.Tensor:
        """The ids of a tensor that autograd knows and the tape does not: a Function's result, or made before the block."""
        refusing.result(t, self._place())
        made = {(seen.grad_fn, seen.output_nr): seen for seen in self.seen if seen.grad_fn is not None}
        above = [(node, number) for node, number in t.grad_fn.next_functions if node is not None]
        known = [getattr(node, "variable", made.get((node, number))) for node, number in above]
        inputs = [x for x in known if x is not None]
        if not inputs or len(inputs) < len(known):
            return self._leaf(t)  # made before the block, by operations that nobody has seen
        taken = tuple(Operand(x.detach().clone(), self.operand(x).ids) for x in inputs)
        name = type(t.grad_fn).__name__.removesuffix("Backward").removesuffix("Backward0")
        place = self._places.get(t.untyped_storage()._cdata)
        return self._note(None, name, taken, {"inputs": inputs}, 0, t, t, place=place)

    # --- what it gave ------------------------------------------------------------------------------------------------

    def _computed(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
        name = function._schema.name.removeprefix("aten::").rstrip("_")
        results = out if isinstance(out, (tuple, list)) else (out,)
        ids = moved(name, function, args, kwargs, out)
        if ids is not None:
            for t, of_t in zip(results, ids, strict=False):
                self._place_ids(t, of_t)
                self.seen.append(t)
            return
        if name in CHAINS and (last := CHAINS[name](self._step, *args, **kwargs)) is not None:
            self._end(results[0], last)
            return
        for t in results:
            if isinstance(t, torch.Tensor):
                refusing.operand(t, self._place())
        for index, t in enumerate(results):
            if isinstance(t, torch.Tensor) and t.is_floating_point() and t.numel():
                self._note(function, name, args, kwargs, index, t, t)
                self.seen.append(t)

    def _step(self, function: Any, *args: Any) -> Operand:
        """Do a step of an operation that is taken apart."""
        out = function(*tree_map_only(Operand, lambda o: o.data, args))
        if not any(isinstance(a, Operand) and a.ids is not None for a in args):
            return Operand(out)
        name = function._schema.name.removeprefix("aten::")
        return Operand(out, self._note(function, name, args, {}, 0, out, None))

    def _end(self, t: torch.Tensor, last: Operand) -> None:
        """Give the numbers of an operation that was taken apart to its last step: they are rounded as PyTorch rounds them."""
        call = self.calls[-1]
        self.calls[-1] = call._replace(data=t.detach().clone().reshape(call.data.shape), tensor=t)
        self._place_ids(t, last.known.reshape(t.shape))
        self.seen.append(t)

    def _changed(self, out: Any, before: dict[int, torch.Tensor | None]) -> None:
        """An operation without autograd: its numbers are plain, but those of a tensor that has a gradient stay its own."""
        for t in tree_leaves(out):
            if not isinstance(t, torch.Tensor) or not t.is_floating_point():
                continue
            ids, storage = before.get(id(t)), t.untyped_storage()._cdata
            if ids is not None and bool((ids >= 0).any()):
                self._note(None, "assigned", (Operand(t.detach().clone(), ids),), {}, 0, t, None)
            elif storage in self.ids:
                self._place_ids(t, torch.full(t.shape, -1))
            else:
                self._places[storage] = self._place()
                self._storages.append(t.untyped_storage())

    def _note(
        self, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], index: int, numbers: torch.Tensor,
        t: torch.Tensor | None, *, label: Callable[[int], str] | None = None, place: Place | None = None,
    ) -> torch.Tensor:  # fmt: skip
        place = place or self._place()
        data = numbers.detach().clone()
        call = Call(
            function,
            name,
            args,
            kwargs,
            index,
            data,
            self.count,
            t,
            place,
            self.modules.scope or (self.at[1] if self.at else ""),
            label,
        )
        self.calls.append(call)
        self.count += math.prod(numbers.shape)
        self._place_ids(numbers, call.ids)
        return call.ids

    def _place(self) -> Place | None:
        if self.at is not None:
            return self.at[0]
        return (self._frame.f_code, self._frame.f_lasti) if self._frame else None

    def holds(self, t: torch.Tensor, ids: torch.Tensor) -> bool:
        """True if a tensor still has these elements."""
        known = self._known(t)
        return known is not None and torch.equal(known.reshape(-1), ids.reshape(-1))

    def root(self, loss: torch.Tensor) -> int:
        """The id of a loss."""
        return int(self.operand(loss).known.reshape(-1)[0])
