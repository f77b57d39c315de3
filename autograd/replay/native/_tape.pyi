# The compiled interpreter of tapes: c/tape.c.
from collections.abc import Callable
from typing import Any

names: frozenset[str]
lane_names: frozenset[str]
isas: tuple[str, ...]

class Front:
    call: Any
    otherwise: Callable[..., Any]
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

class Kernel:
    calls: int
    look_at: int
    asking: int
    length: int
    otherwise: Callable[..., Any]
    def __init__(
        self,
        names: list[str],
        op: Any,
        start: Any,
        operands: Any,
        constants: Any,
        inputs: int,
        outputs: tuple[int, ...],
        guards: tuple[tuple[str, int, int, bool, int], ...],
        shape: tuple[int, ...],
        by: tuple[int, ...],
        single: bool,
        one: bool,
        table: Callable[[str, tuple[float, ...], bool], tuple[float, ...]],
        otherwise: Callable[[int, float, str, tuple[Any, ...], dict[str, Any]], Any],
        busy: tuple[Any, ...],
    ) -> None: ...
    def value(self, *arguments: Any, **keywords: Any) -> Any: ...
    def value_and_grad(self, *arguments: Any, **keywords: Any) -> Any: ...
    def jacobian(self, *arguments: Any, **keywords: Any) -> Any: ...
    def gradient(self, numbers: Any, before: Any = None, /) -> tuple[list[float], list[float]]: ...
    def rows(self, x: Any, values: Any, grads: Any, left: Any) -> int: ...

class Lanes:
    slots: int
    def __init__(
        self,
        kernel: Kernel,
        sources: tuple[tuple[int, int, bool], ...],
        destinations: tuple[tuple[int, int], ...],
        width: int,
        out_width: int,
        exact: bool,
        isa: str,
    ) -> None: ...
    def forward(self, n: int, pool: Any, index: Any, data: Any, rows: Any, out: Any, left: Any, /) -> int: ...
    def backward(
        self,
        n: int,
        pool: Any,
        index: Any,
        data: Any,
        rows: Any,
        out: Any,
        left: Any,
        pool_bar: Any,
        data_bar: Any,
        seeds: Any,
        /,
    ) -> int: ...
