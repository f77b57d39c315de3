"""Gradient descent: theta := theta - rate * dC/dtheta."""

from collections.abc import Iterable

from autograd import ArgumentError, OperandError, Value


class SGD:
    """Stochastic gradient descent: one step along the negative gradient.

    Args:
        parameters: the `Value`s to change.
        rate: the learning rate, above 0; may be assigned between steps.

    Raises:
        ArgumentError: no parameters, or a rate that is not a positive number.

    Example:
        >>> w = Value(1.0)
        >>> descent = SGD([w], rate=0.1)
        >>> (w * w).backward()
        >>> descent.step()
        >>> w.data
        0.8
    """

    def __init__(self, parameters: Iterable[Value], rate: float = 0.01) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ArgumentError("SGD: no parameters given; pass model.parameters()")
        for p in self.parameters:
            if not isinstance(p, Value):
                raise OperandError(f"SGD: parameters are Values, got {type(p).__name__} {p!r}; pass model.parameters()")
        if not 0.0 < rate < float("inf"):
            raise ArgumentError(f"SGD: rate is {rate!r}; a learning rate is a positive number")
        self.rate = rate

    def step(self) -> None:
        """Change every parameter by -rate * its gradient."""
        for p in self.parameters:
            p.data -= self.rate * p.grad

    def zero_grad(self) -> None:
        """Set every gradient to 0, before the next backward pass adds to it."""
        for p in self.parameters:
            p.zero_grad()
