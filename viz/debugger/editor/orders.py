"""The orders of the adapter to the edge: each is a class, so that mypy proves that server.py obeys all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from .launching import Launch


@dataclass(frozen=True, slots=True)
class Start:
    """Start a script; the adapter is told by `started` or `refused`."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class GoOn:
    """Let the script leave `backward()`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the script, which stands in `backward()`, about a node; it reports the answer."""

    question: str
    node: int


@dataclass(frozen=True, slots=True)
class Terminate:
    """Ask the script to end."""


@dataclass(frozen=True, slots=True)
class Kill:
    """End the script at once."""


@dataclass(frozen=True, slots=True)
class EndConversation:
    """End the conversation: the client has done."""


@dataclass(frozen=True, slots=True)
class Run:
    """Call `Adapter.run`, which may take longer than a client should wait for a response.

    Attributes:
        direction: 1 or -1.
        times: the number of stops after which the run ends.
    """

    direction: int = 1
    times: int = 1


@dataclass(frozen=True, slots=True)
class Think:
    """Find an answer that takes even longer, while other requests get theirs, and give it to `Adapter.found`."""

    find: Callable[[], str]


Order = Start | GoOn | Ask | Terminate | Kill | EndConversation | Run | Think
