"""stepgrad under its own name: the engine's functions, and `autograd`, `nn` and `viz` as parts of it.

    import stepgrad as sg

    x = sg.Value(3.0)
    sg.nn.MLP(2, [4, 1])
    sg.viz.draw(x * x)

The parts are the very modules that `import nn` gives: `stepgrad.nn is nn`, and a name below them (`stepgrad.viz.debugger`) is
the module of that name too. So both spellings may be mixed. A part is imported when it is asked for.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import autograd
from autograd import *  # noqa: F403 - what the engine's face shows
from autograd import __version__ as __version__

if TYPE_CHECKING:
    import nn as nn
    import viz as viz

PARTS = ("autograd", "nn", "viz")

__all__ = [*autograd.__all__, "autograd", "nn", "viz"]


class _Parts:
    """Finds `stepgrad.nn.train` as `nn.train`, and loads it as the same module."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """The place of a part; None for any other name."""
        own, dot, real = name.partition(".")
        return ModuleSpec(name, self) if dot and own == __name__ and real.partition(".")[0] in PARTS else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of the other name."""
        module = importlib.import_module(spec.name.partition(".")[2])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run again; the module keeps the place that it was found at."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


sys.meta_path.insert(0, _Parts())  # first: a part's own folder would load a second copy


def __getattr__(name: str) -> Any:
    """A part when it is asked for; other names as the engine answers them."""
    return importlib.import_module(f"{__name__}.{name}") if name in PARTS else getattr(autograd, name)


def __dir__() -> list[str]:
    return sorted(__all__)
