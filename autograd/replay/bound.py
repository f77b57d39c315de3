"""A compiled method, got from an instance: the program, with the instance as its first argument.

The instance is static: it is part of the key, and there is no derivative by it. Positions of arguments are counted without it,
as a call counts them.
"""

import functools
from collections.abc import Sequence
from typing import Any


class Bound:
    """A program with its first argument.

    Attributes:
        program: the program.
        instance: the first argument.

    Example:
        >>> from autograd import compile
        >>> class Spring:
        ...     def __init__(self, stiffness):
        ...         self.stiffness = stiffness
        ...     @compile
        ...     def energy(self, x):
        ...         return 0.5 * self.stiffness * x**2
        >>> Spring(4.0).energy.value_and_grad(3.0)
        (18.0, 12.0)
    """

    def __init__(self, program: Any, instance: Any) -> None:
        self.program, self.instance = program, instance
        functools.update_wrapper(self, program, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The method's value."""
        return self.program(self.instance, *args, **kwargs)

    def value_and_grad(self, *args: Any, argnums: int | Sequence[int] = 0, **kwargs: Any) -> tuple[Any, Any]:
        """The same as `Program.value_and_grad`."""
        return self.program.value_and_grad(self.instance, *args, argnums=_after(argnums), **kwargs)  # type: ignore[no-any-return]

    def backward(self, *args: Any, **kwargs: Any) -> float:
        """The same as `Program.backward`."""
        return self.program.backward(self.instance, *args, **kwargs)  # type: ignore[no-any-return]

    def jacobian(self, *args: Any, argnums: int | Sequence[int] = 0, **kwargs: Any) -> Any:
        """The same as `Program.jacobian`."""
        return self.program.jacobian(self.instance, *args, argnums=_after(argnums), **kwargs)

    def batch(self, *args: Any, gradients: str | None = None, argnums: int | Sequence[int] = 0) -> Any:
        """The same as `Program.batch`."""
        points = [list(arg) if not hasattr(arg, "__len__") else arg for arg in args]
        instances = [self.instance] * (len(points[0]) if points else 0)
        return self.program.batch(instances, *points, gradients=gradients, argnums=_after(argnums))

    def __getattr__(self, name: str) -> Any:
        if name in ("program", "instance", "hvp"):
            raise AttributeError(f"a method that is compiled has no {name!r}; write compile(lambda x: thing.method(x)).{name}")
        return getattr(self.program, name)


def _after(argnums: int | Sequence[int]) -> Any:
    """Positions counted with the instance; those from the end stay."""
    if isinstance(argnums, Sequence):
        return [_after(n) for n in argnums]
    return argnums + 1 if isinstance(argnums, int) and argnums >= 0 else argnums
