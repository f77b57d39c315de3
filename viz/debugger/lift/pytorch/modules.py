"""The names of modules and parameters, and the module that is running: `attn/qkv`, `cell#3` for its third call."""

from collections.abc import Iterable
from types import FrameType
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from autograd.source import Place, is_machinery

_CALL = torch.nn.Module._call_impl.__code__


class Modules:
    """The modules that run while a tape records.

    Args:
        models: the modules whose names are known; others are found when the program calls them.

    Attributes:
        models, parameters: all that are known.
        names: per id of a parameter or a buffer, its name.
    """

    def __init__(self, models: Iterable[torch.nn.Module]) -> None:
        self.models: list[torch.nn.Module] = []
        self.parameters: list[torch.nn.Parameter] = []
        self.names: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        for model in models:
            self._add(model)
        self._times: dict[int, int] = {}
        self._running: list[str] = []
        self._closed: dict[int, bool] = {}
        self._known: list[torch.nn.Module] = []
        self._machinery: dict[str, bool] = {}  # per file, asked once
        self._handles: list[Any] = []

    def met(self, module: torch.nn.Module) -> None:
        """Learn the names of a module that the program itself calls, unless they are known."""
        if id(module) not in self._paths:
            self._add(module)

    def _add(self, model: torch.nn.Module) -> None:
        prefix = f"model{len(self.models) + 1}." if self.models else ""
        self.models.append(model)
        self.parameters += [p for p in model.parameters() if id(p) not in self.names]
        for name, parameter in (*model.named_parameters(), *model.named_buffers()):
            self.names.setdefault(id(parameter), prefix + name)
        for name, module in model.named_modules():
            self._paths.setdefault(id(module), (prefix + name).removesuffix(".").replace(".", "/"))

    def is_closed(self, module: torch.nn.Module) -> bool:
        """True if a module makes several calls, all in PyTorch's own code, and keeps nothing else than parameters.

        A compiled module is closed, too: what it does inside cannot be seen.
        """
        closed = self._closed.get(id(module))
        if closed is None:
            self._known.append(module)  # so that no other one gets its id
            several = isinstance(module, torch.nn.RNNBase) or any(True for _ in module.children())
            kept = any(True for _ in module.buffers())
            closed = several and not kept and not any(map(_is_open, module.modules()))
            closed = self._closed[id(module)] = closed or type(module).__module__.startswith("torch._dynamo")
        return closed

    @property
    def scope(self) -> str:
        """The path of the module that is running, '' outside of all."""
        return self._running[-1] if self._running else ""

    def where(self, frame: FrameType | None) -> tuple[Place | None, str]:
        """The user's line and the module that a frame belongs to: a look, where following every module would cost too much."""
        place = scope = None
        machinery = self._machinery
        while frame is not None:
            code = frame.f_code
            if scope is None and code is _CALL:
                scope = self._path(frame.f_locals["self"])
            if place is None:
                file = code.co_filename
                if file not in machinery:
                    machinery[file] = is_machinery(frame)
                if not machinery[file]:
                    place = code, frame.f_lasti
            if place is not None and (scope is not None or code.co_name == "<module>"):
                break
            frame = frame.f_back
        return place, scope or ""

    def _path(self, module: torch.nn.Module) -> str:
        return self._paths.get(id(module), type(module).__name__.lower())

    def follow(self) -> None:
        """Follow which module runs."""
        self._handles = [
            register_module_forward_pre_hook(self._entered),
            register_module_forward_hook(self._left, always_call=True),
        ]

    def leave(self) -> None:
        """Follow no longer."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._running.clear()

    def _entered(self, module: torch.nn.Module, *_: Any) -> None:
        if not self._running:
            self.met(module)
        times = self._times[id(module)] = self._times.get(id(module), 0) + 1
        path = self._path(module)
        self._running.append(f"{path}#{times}" if times > 1 and path else path)

    def _left(self, *_: Any) -> None:
        if self._running:
            self._running.pop()


def _is_open(module: torch.nn.Module) -> bool:
    """True if a call of a module may run code of the user's."""
    hooks = module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks
    return not type(module).__module__.startswith("torch.nn.modules.") or any(hooks)
