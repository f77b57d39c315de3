"""Optimisers: rules that change the parameters theta, given the gradient of the cost.

Plain gradient descent is theta := theta - rate * dC/dtheta; the others keep a memory of past gradients. Formulas, defaults
and the order of operations are PyTorch's, so that runs can be compared number by number. As in PyTorch (where its grad is
None), nothing happens to a parameter that no backward pass has reached since its gradient was zeroed: it is not decayed, its
momentum does not carry it on, and its memory does not age. A schedule (schedules.py) may change `rate` between steps. The
memory is plain lists of numbers: `state()` gives it and `restore()` takes it back, so a resumed run continues bit for bit.
"""

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from autograd import ArgumentError, OperandError, Value, many
from autograd.errors import described
from autograd.foreign import teach, teach_keywords
from autograd.modes import in_a_mode

from .foreign import OPTIMISER as FOREIGN_NAMES
from .module import is_frozen
from .parameters import values

WORTH = 32  # so many parameters are changed together, in arrays


def _sqrt(x: Any) -> Any:
    """The square root of a number, or of each of an array."""
    if isinstance(x, float):
        return math.sqrt(x)
    import numpy as np  # where there are arrays, it is

    return np.sqrt(x)


@teach("an optimiser", FOREIGN_NAMES)
class Optimiser:
    """The common part: parameters, the learning rate, the memory per parameter.

    Args:
        parameters: the `Value`s to change; frozen parameters and parameters without a gradient (`has_grad`) stay the same.
        rate: the learning rate, above 0; may be assigned between steps.

    Attributes:
        steps: how many steps it has taken.

    Raises:
        ArgumentError: no parameters, or a setting out of its range.
    """

    memories: ClassVar[tuple[str, ...]] = ()  # the lists of floats that it keeps, one float per parameter

    def __init__(self, parameters: Iterable[Value], rate: float) -> None:
        name = type(self).__name__
        self.parameters: list[Value] = values(parameters, name)
        if not self.parameters:
            raise ArgumentError(f"{name}: no parameters given; pass model.parameters()")
        for p in self.parameters:
            if p.parents:
                raise ArgumentError(
                    f"{name}: {p!r} is computed from others, and made anew by every forward pass; pass the leaves that it is "
                    "computed from"
                )
        self.rate: float = self._within("rate", rate, 0.0, math.inf, open_below=True)
        self.steps: int = 0
        self._counts = [0] * len(self.parameters)
        self._steps_of_all = 0  # in which every parameter was changed, and which are not in _counts yet
        self._memory: dict[str, Any] = {memory: [0.0] * len(self.parameters) for memory in self.memories}  # lists or arrays

    @property
    def counts(self) -> list[int]:
        """The number of steps in which each parameter was changed."""
        if self._steps_of_all:
            self._counts[:] = [n + self._steps_of_all for n in self._counts]
            self._steps_of_all = 0
        return self._counts

    def _within(self, what: str, x: Any, lo: float, hi: float, open_below: bool = False) -> float:
        if isinstance(x, (bool, str, list, Value)) or not hasattr(x, "__float__"):
            raise OperandError(f"{type(self).__name__}: {what} is a number, got {described(x)}")
        if not (lo < x if open_below else lo <= x) or not x < hi:
            raise ArgumentError(
                f"{type(self).__name__}: {what} is {x!r}; it has to be {'above' if open_below else 'at least'} {lo:g}"
                + (f" and below {hi:g}" if hi < math.inf else " and finite")
            )
        return float(x)

    def step(self) -> None:
        """Change every parameter once, by its gradient, except frozen parameters and parameters without a gradient."""
        if not (self.rate.__class__ is float and 0.0 <= self.rate < math.inf):  # it may have been assigned
            self.rate = self._within("rate", self.rate, 0.0, math.inf)  # a schedule may bring it down to 0
        self.steps += 1
        parameters = list(self.parameters)
        if in_a_mode():
            for i, p in enumerate(parameters):
                self._move([p], i)
                if not p.has_grad and not is_frozen(p):
                    p.data = p.data  # an observer of assignments sees that the parameter was meant to be trained
        else:
            self._move(parameters, 0)

    def _move(self, parameters: list[Value], first: int) -> None:
        """Change parameters, of which the first has that index."""
        if len(set(parameters)) < len(parameters):  # each has to be moved before the next is looked at
            for i, p in enumerate(parameters, first):
                self._move([p], i)
            return
        numbers: list[float | None] = []
        thetas, gradients = many.numbers(parameters), many.gradients(parameters, unless="frozen")
        if (moved := self._moved_together(thetas, gradients)) is not None:
            many.assign(parameters, moved)
            return
        counts = self.counts
        for i, (theta, g) in enumerate(zip(thetas, gradients, strict=True), first):
            if g is None:
                numbers.append(None)
            else:
                counts[i] += 1
                numbers.append(self.update(i, theta, g))
        many.assign(parameters, numbers)

    def _moved_together(self, thetas: list[float], gradients: list[float | None]) -> list[float] | None:
        """The new values of all parameters, by arrays; None if they have to be computed one by one."""
        t, n = self._counts[0] + self._steps_of_all + 1, len(thetas)
        if n != len(self._counts) or n < WORTH or type(self).update is not Optimiser.update or None in gradients:
            return None
        if self._counts.count(self._counts[0]) < n:
            return None
        try:
            import numpy as np  # without it they are computed one by one, with the same bits
        except ImportError:
            return None
        memory = [np.array(numbers) for numbers in self._memory.values()]
        try:
            with np.errstate(divide="raise", invalid="raise", over="ignore", under="ignore"):
                moved, *memory = self.rule(np.array(thetas), np.array(gradients), t, *memory)
        except FloatingPointError:  # floats say so in their own way
            return None
        self._memory = dict(zip(self._memory, memory, strict=True))
        self._steps_of_all += 1
        return moved.tolist()  # type: ignore[no-any-return]

    def update(self, i: int, theta: float, g: float) -> float:
        """The new value of parameter i, whose value is theta and whose gradient is g."""
        lists = [self._list(name) for name in self.memories]
        theta, *remembered = self.rule(theta, g, self.counts[i], *[numbers[i] for numbers in lists])
        for numbers, x in zip(lists, remembered, strict=True):
            numbers[i] = x
        return theta

    def rule(self, theta: Any, g: Any, t: int, /, *memory: Any) -> tuple[Any, ...]:
        """The new value of a parameter and of what is remembered of it, on numbers or on arrays with one for each parameter.

        Args:
            theta, g: its value and its gradient.
            t: the number of steps in which it has been changed, this one included.
            memory: what is remembered, in the order of `memories`.
        """
        raise NotImplementedError

    def _list(self, name: str) -> list[float]:
        """A memory as a list, in its place."""
        numbers = self._memory[name]
        if not isinstance(numbers, list):
            self._memory[name] = numbers = numbers.tolist()
        return numbers  # type: ignore[no-any-return]

    def zero_grad(self) -> None:
        """Set every gradient to 0, before the next backward pass adds to it."""
        many.zero(self.parameters)

    def state(self) -> dict[str, Any]:
        """Everything it remembers, as plain data."""
        return {
            "kind": type(self).__name__,
            "steps": self.steps,
            "rate": self.rate,
            "counts": list(self.counts),
            **{name: list(self._list(name)) for name in self.memories},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a `state()`.

        Raises:
            ArgumentError: the state is damaged, of another optimiser, or for other parameters; nothing is changed then.
        """
        name = type(self).__name__
        if state.get("kind") != name:
            raise ArgumentError(f"the state is of {state.get('kind')!r}, this is {name}")
        steps = state.get("steps")
        if type(steps) is not int or steps < 0:
            raise ArgumentError(f"the state counts {steps!r} steps")
        rate = self._within("rate", state.get("rate"), 0.0, math.inf)  # a schedule may have brought it down to 0
        # An older state has no count per parameter: each parameter counts as changed in every step.
        lists: dict[str, Any] = {memory: state.get(memory) for memory in self.memories}
        lists["counts"] = state.get("counts", [steps] * len(self.parameters))
        for memory, numbers in lists.items():
            if not isinstance(numbers, list) or not all(type(x) in (int, float) and math.isfinite(x) for x in numbers):
                raise ArgumentError(f"the state's {memory} is no list of finite numbers")
            if len(numbers) != len(self.parameters):
                raise ArgumentError(f"the state is for {len(numbers)} parameters, {name} has {len(self.parameters)}")
        self._counts, self._steps_of_all = [int(n) for n in lists.pop("counts")], 0
        self.steps, self.rate = steps, rate
        self._memory = {memory: [float(x) for x in numbers] for memory, numbers in lists.items()}


class SGD(Optimiser):
    """Stochastic gradient descent, optionally with momentum and Nesterov's look ahead.

    v := momentum * v + g;  theta := theta - rate * v   (Nesterov: theta - rate * (g + momentum * v))

    Args:
        parameters, rate: see `Optimiser`.
        momentum: 0 for none, below 1.
        nesterov: look ahead along the momentum (Sutskever et al. 2013).

    Example:
        >>> w = Value(1.0)
        >>> descent = SGD([w], rate=0.1)
        >>> (w * w).backward()
        >>> descent.step()
        >>> w.data
        0.8
    """

    memories: ClassVar[tuple[str, ...]] = ("velocity",)

    @teach_keywords
    def __init__(
        self, parameters: Iterable[Value], rate: float = 0.01, *, momentum: float = 0.0, nesterov: bool = False
    ) -> None:
        super().__init__(parameters, rate)
        self.momentum: float = self._within("momentum", momentum, 0.0, 1.0)
        if nesterov and not momentum:
            raise ArgumentError("SGD: nesterov looks ahead along the momentum, which is 0; try momentum=0.9")
        self.nesterov = nesterov

    def rule(self, theta: Any, g: Any, t: int, /, *memory: Any) -> tuple[Any, ...]:
        """The formula above."""
        (v,) = memory
        if self.momentum:
            v = self.momentum * v + g if t > 1 else g
            g = g + self.momentum * v if self.nesterov else v
        return theta - self.rate * g, v

    def _move(self, parameters: list[Value], first: int) -> None:
        if self.momentum or type(self).update is not Optimiser.update or type(self).rule is not SGD.rule:
            super()._move(parameters, first)
            return
        staying = many.descend(parameters, self.rate, unless="frozen")
        if not staying and len(parameters) == len(self._counts):
            self._steps_of_all += 1
            return
        counts, end = self.counts, first + len(parameters)
        counts[first:end] = [n + 1 for n in counts[first:end]]
        for i in staying:
            counts[first + i] -= 1


class RMSprop(Optimiser):
    """Divide each gradient by a running root mean square of its past (Hinton, lecture 6e, 2012).

    s := decay * s + (1 - decay) * g**2;  theta := theta - rate * g / (sqrt(s) + eps)
    """

    memories: ClassVar[tuple[str, ...]] = ("square",)

    @teach_keywords
    def __init__(self, parameters: Iterable[Value], rate: float = 0.01, *, decay: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(parameters, rate)
        self.decay: float = self._within("decay", decay, 0.0, 1.0)
        self.eps: float = self._within("eps", eps, 0.0, math.inf)

    def rule(self, theta: Any, g: Any, _t: int, /, *memory: Any) -> tuple[Any, ...]:
        """The formula above."""
        (s,) = memory
        s = self.decay * s + (1.0 - self.decay) * g * g
        return theta - self.rate * g / (_sqrt(s) + self.eps), s


class Adam(Optimiser):
    """Momentum and scaling by the root mean square, both corrected for their start at 0 (Kingma & Ba 2015).

    m := beta1 * m + (1 - beta1) * g;  v := beta2 * v + (1 - beta2) * g**2
    theta := theta - rate / (1 - beta1**t) * m / (sqrt(v) / sqrt(1 - beta2**t) + eps)
    """

    memories: ClassVar[tuple[str, ...]] = ("mean", "square")

    @teach_keywords
    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float = 0.001,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, rate)
        self.beta1: float = self._within("beta1", beta1, 0.0, 1.0)
        self.beta2: float = self._within("beta2", beta2, 0.0, 1.0)
        self.eps: float = self._within("eps", eps, 0.0, math.inf)

    def rule(self, theta: Any, g: Any, t: int, /, *memory: Any) -> tuple[Any, ...]:
        """The formula above."""
        m, v = memory
        m = m + (g - m) * (1.0 - self.beta1)
        v = self.beta2 * v + (1.0 - self.beta2) * g * g
        step = self.rate / (1.0 - self.beta1**t)
        return theta - step * m / (_sqrt(v) / math.sqrt(1.0 - self.beta2**t) + self.eps), m, v


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov & Hutter 2019): theta shrinks by rate * decay first.

    Args:
        decay: the weight decay, PyTorch's `weight_decay`.
    """

    @teach_keywords
    def __init__(
        self,
        parameters: Iterable[Value],
        rate: float = 0.001,
        *,
        decay: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, rate, beta1=beta1, beta2=beta2, eps=eps)
        self.decay: float = self._within("decay", decay, 0.0, math.inf)

    def rule(self, theta: Any, g: Any, t: int, /, *memory: Any) -> tuple[Any, ...]:
        """The formula above."""
        return super().rule(theta * (1.0 - self.rate * self.decay), g, t, *memory)


def clip_gradients(parameters: Iterable[Value], largest: float) -> float:
    """Scale all gradients down so that their common norm is at most `largest`; parameters without a gradient stay so.

    PyTorch divides by the norm + 1e-6, and so ends a little below `largest`.

    Returns:
        The norm before clipping, to watch it.

    Raises:
        ArgumentError: `largest` is not above 0.

    Example:
        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> clip_gradients([w], 1.0)
        6.0
        >>> w.grad
        1.0
    """
    if not isinstance(largest, (int, float)) or not largest > 0.0:
        raise ArgumentError(f"clip_gradients: the largest norm is {largest!r}; it has to be a number above 0")
    ps = [p for p in values(parameters, "clip_gradients") if p.has_grad]
    norm = math.hypot(*(p.grad for p in ps))
    if norm > largest:
        for p in ps:
            p.grad *= largest / norm
    return norm


OPTIMISERS: dict[str, type[Optimiser]] = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}
