"""The arguments of a request, read with the types they must have: a client may send anything."""

from typing import Any

from autograd.errors import ArgumentError

_REQUIRED: Any = object()


class Arguments:
    """The arguments of a request; everything that is missing or of another type raises ArgumentError with its name.

    Example:
        >>> Arguments({"line": "12"}).whole("line")
        Traceback (most recent call last):
            ...
        autograd.errors.ArgumentError: 'line' is '12'; it has to be a whole number
    """

    def __init__(self, raw: Any) -> None:
        self.raw: dict[str, Any] = raw if isinstance(raw, dict) else {}

    def _get(self, name: str, kind: type, words: str, default: Any) -> Any:
        value = self.raw.get(name)
        if value is None:  # null and missing are the same to clients written in JavaScript and Lua
            if default is _REQUIRED:
                raise ArgumentError(f"{name!r} is missing; it has to be {words}")
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ArgumentError(f"{name!r} is {str(value)[:100]!r}; it has to be {words}")
        return value

    def text(self, name: str, default: str = _REQUIRED) -> str:
        """A text."""
        return str(self._get(name, str, "text", default))

    def whole(self, name: str, default: int = _REQUIRED) -> int:
        """A whole number."""
        value = int(self._get(name, int, "a whole number", default))
        if abs(value) > 2**53:
            raise ArgumentError(f"{name!r} is {value}; it has to be below 2^53")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        return bool(self._get(name, bool, "true or false", default))

    def inner(self, name: str) -> "Arguments":
        """An object; an empty one if it is missing."""
        return Arguments(self._get(name, dict, "an object", {}))

    def items(self, name: str) -> list["Arguments"]:
        """A list of objects; an empty one if it is missing."""
        found = self._get(name, list, "a list of objects", [])
        if not all(isinstance(item, dict) for item in found):
            raise ArgumentError(f"{name!r} has to be a list of objects")
        return [Arguments(item) for item in found]

    def things(self, name: str) -> list[Any]:
        """A list of anything; an empty one if it is missing."""
        return list(self._get(name, list, "a list", []))

    def texts(self, name: str) -> list[str]:
        """A list of texts; an empty one if it is missing."""
        found = self._get(name, list, "a list of texts", [])
        if not all(isinstance(item, str) for item in found):
            raise ArgumentError(f"{name!r} has to be a list of texts")
        return list(found)
