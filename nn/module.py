"""`Module`: something with parameters - named, frozen or trained, counted, summarised."""

from collections.abc import Iterable

from autograd import ArgumentError, OperandError, Value, many
from autograd.errors import did_you_mean
from autograd.foreign import teach

from .foreign import MODULE as FOREIGN_NAMES


@teach("a Module", FOREIGN_NAMES)
class Module:
    """Something with parameters; a subclass lists them by overriding `parameters`."""

    def parameters(self) -> list[Value]:
        """The parameters theta, in a fixed order: layer by layer, neuron by neuron, weights before the bias."""
        return []

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by name, in the same order: their labels, or theta_1, theta_2, ... for parameters without a label.

        Raises:
            ArgumentError: two parameters have the same label.
        """
        named: dict[str, Value] = {}
        for k, p in enumerate(self.parameters(), start=1):
            name = p.label or f"theta_{k}"
            if name in named:
                raise ArgumentError(f"two parameters are called {name!r}; give each a label of its own")
            named[name] = p
        return named

    def gradient(self) -> dict[str, float]:
        """The gradient of the cost over theta, dC/dw^2_13 under 'w^2_13' and so on, in the order of the parameters."""
        return {name: p.grad for name, p in self.named_parameters().items()}

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0, before the next backward pass adds to it."""
        many.zero(self.parameters())

    def freeze(self, names: Iterable[str] | None = None) -> None:
        """Keep optimisers from changing parameters: all, or the named ones (one name, or several in a list).

        Raises:
            ArgumentError: a name that no parameter has; nothing is frozen then.
        """
        self._set_frozen(names, True)

    def unfreeze(self, names: Iterable[str] | None = None) -> None:
        """Let optimisers change parameters again: all, or the named ones."""
        self._set_frozen(names, False)

    def _set_frozen(self, names: Iterable[str] | None, frozen: bool) -> None:
        if names is None:
            chosen = self.parameters()
        else:
            named = self.named_parameters()
            for name in (wanted := [names] if isinstance(names, str) else list(names)):
                if isinstance(name, Value):
                    raise OperandError(
                        f"parameters are chosen by their names, got {name!r}; write {name.label!r}, or p.frozen = True"
                    )
                if name not in named:
                    raise ArgumentError(f"no parameter is called {name!r}.{did_you_mean(str(name), named)}")
            chosen = [named[name] for name in wanted]
        for p in chosen:
            p.frozen = frozen  # type: ignore[attr-defined]  # an attribute of its own, as any node may have


def is_frozen(p: Value) -> bool:
    """True if optimisers leave a parameter as it is."""
    return bool(getattr(p, "frozen", False))
