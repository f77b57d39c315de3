"""The names of modules and parameters, and the module that is running: `attn/qkv`, `cell#3` for its third call."""

from collections.abc import Iterable
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook


class Modules:
    """The modules that run while a tape records.

    Args:
        models: the modules whose names are known.

    Attributes:
        names: per id of a parameter or a buffer, its name.
    """

    def __init__(self, models: Iterable[torch.nn.Module]) -> None:
        self._models = list(models)
        self.names: dict[int, str] = {}
        self._paths: dict[int, str] = {}
        for k, model in enumerate(self._models):
            prefix = f"model{k + 1}." if k else ""
            for name, parameter in (*model.named_parameters(), *model.named_buffers()):
                self.names.setdefault(id(parameter), prefix + name)
            for name, module in model.named_modules():
                self._paths.setdefault(id(module), (prefix + name).removesuffix(".").replace(".", "/"))
        self._times: dict[int, int] = {}
        self._running: list[str] = []
        self._handles: list[Any] = []

    @property
    def scope(self) -> str:
        """The path of the module that is running, '' outside of all."""
        return self._running[-1] if self._running else ""

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
        times = self._times[id(module)] = self._times.get(id(module), 0) + 1
        path = self._paths.get(id(module), type(module).__name__.lower())
        self._running.append(f"{path}#{times}" if times > 1 and path else path)

    def _left(self, *_: Any) -> None:
        if self._running:
            self._running.pop()
