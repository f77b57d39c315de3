"""The form of a conversation in the Debug Adapter Protocol: every request gets one response, then come events.

A request that cannot be answered gets the reason. No request ends the conversation by an error, however malformed it is.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote, urlparse

from autograd.errors import ArgumentError, AutogradError

from ..walk.sources import Conventions, uri
from .arguments import Arguments
from .orders import Order
from .protocol import Malformed, Message

# Requests of a person, whose failure a window shows. An editor sends other requests by itself, and shows a failure in place.
TOLD = frozenset({"launch", "attach", "restart", "goto", "setVariable", "setExpression"})

LONGEST = 2000  # characters of a message about a failure, which may repeat what the client has sent

Out = list[Message | Order]
Handler = Callable[[Any, Arguments], Message | None]
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def request(*commands: str) -> Callable[[_Handler], _Handler]:
    """Mark a method of a `Dialogue` as the one that answers a request."""

    def mark(handler: _Handler) -> _Handler:
        handler.commands = commands  # type: ignore[attr-defined]
        return handler

    return mark


class Dialogue:
    """The adapter's side of a conversation: its form; the content is in `Adapter`."""

    requests: ClassVar[dict[str, Handler]] = {}  # the methods that answer requests, by command

    def __init_subclass__(cls) -> None:
        marked = {command: method for method in vars(cls).values() for command in getattr(method, "commands", ())}
        cls.requests = cls.requests | marked

    def __init__(self) -> None:
        self._seq = 0
        self._out: Out = []
        self._client: Arguments | None = None  # the arguments of `initialize`

    # --- messages ----------------------------------------------------------------------------------------------------

    def handle(self, message: Message | Malformed, cancelled: bool = False) -> Out:
        """The response to a message, with the events and orders that follow.

        Args:
            message: any message; only requests get a response.
            cancelled: True if the client has cancelled the request before its turn.
        """
        if isinstance(message, Malformed):
            return self._taken(lambda: self._say(f"a message was not understood: {message.reason}", "stderr"))
        command = message.get("command")
        if message.get("type") != "request" or not isinstance(command, str):
            return []
        failure, body = "", None
        try:
            if cancelled:
                failure = "cancelled"
            else:
                body = self._handler(command)(self, Arguments(message.get("arguments")))
        except (AutogradError, OSError) as reason:
            failure = str(reason)
        except Exception as reason:  # noqa: BLE001 - one request that fails must not end the conversation
            failure = f"{command} failed: {type(reason).__name__}: {reason}"
        failure = cut(failure, LONGEST)
        number = message.get("seq")
        number = number if type(number) is int else 0  # true is an int, too
        response: Message = {"type": "response", "request_seq": number, "command": command, "success": not failure}
        if failure:
            error = {"id": 1, "format": _braceless(failure), "showUser": command in TOLD and not cancelled}
            response |= {"message": failure, "body": {"error": error}}
        elif body is not None:
            response["body"] = body
        after, self._out = self._out, []
        return [self._numbered(response), *(self._numbered(m) if isinstance(m, dict) else m for m in after)]

    def _handler(self, command: str) -> Handler:
        if command not in self.requests:
            raise ArgumentError(f"the request {command!r} is not known")
        if self._client is None and command not in ("initialize", "disconnect"):
            raise ArgumentError(f"{command!r} comes after 'initialize'")
        return self.requests[command]

    def _taken(self, action: Callable[[], None]) -> Out:
        """The numbered messages that an action sends."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - as for a request: the conversation goes on
            self._say(f"the debugger failed: {type(error).__name__}: {error}", "stderr")
        out, self._out = self._out, []
        return [self._numbered(m) if isinstance(m, dict) else m for m in out]

    def _numbered(self, message: Message) -> Message:
        self._seq += 1
        return {"seq": self._seq} | message

    def _event(self, name: str, /, **body: Any) -> None:
        self._out.append({"type": "event", "event": name, "body": body})

    def _say(self, text: str, category: str = "console", **more: Any) -> None:
        self._event("output", category=category, output=text if text.endswith("\n") else text + "\n", **more)

    # --- numbers and paths of the client -----------------------------------------------------------------------------

    def _line(self, line: int) -> int:
        """The client's number of a line that counts from 1 here."""
        return line if self._client is None or self._client.flag("linesStartAt1", True) else line - 1

    def _column(self, column: int) -> int:
        """The client's number of a column that counts from 0 here."""
        return column + 1 if self._client is None or self._client.flag("columnsStartAt1", True) else column

    def _given_path(self, source: Arguments) -> str:
        """The path of a source that the client names."""
        path = source.text("path", "")
        if not path:
            raise ArgumentError("'source' has no path")
        # file:///..., or vscode-remote://host/..., which Visual Studio Code sometimes forgets to translate.
        return unquote(urlparse(path).path) if "://" in path else path

    @property
    def _conventions(self) -> Conventions:
        """The client's ways of counting lines and columns and of writing a path."""
        as_uri = self._client is not None and self._client.text("pathFormat", "path") == "uri"
        return Conventions(self._line(1), self._column(0), uri if as_uri else str)


def cut(text: str, most: int) -> str:
    """A text cut to a length, with the number of its characters if it was cut.

    >>> cut("abcdefgh", 8), cut("abcdefghi", 8)
    ('abcdefgh', 'abcdefgh... (9 characters)')
    """
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def _braceless(text: str) -> str:
    """A text without braces, as a client would take braces in a format for variables."""
    return text.replace("{", "(").replace("}", ")")
