"""The framing of the Debug Adapter Protocol: `Content-Length` headers around JSON, as bytes in both directions.

Pure: bytes go in, messages come out, and other bytes come out as `Malformed` with the reason. The decoder is strict about
headers on purpose. A web page can make a browser send `POST / HTTP/1.1 ...` with a JSON body of its choice to a port on the
loopback; a decoder that skipped unknown headers would run the program that the page names.

Source: https://microsoft.github.io/debug-adapter-protocol/overview#base-protocol
"""

import json
import re
from typing import Any, NamedTuple

Message = dict[str, Any]

MOST_HEADER = 4096  # bytes before the blank line; real ones have about twenty
MOST_BODY = 64 * 1024 * 1024
_LENGTH = re.compile(rb"(?i)content-length: *([0-9]{1,10})")
_OTHER = re.compile(rb"(?i)content-type: *[ -~]*")
_START = b"content-length:"


class Malformed(NamedTuple):
    """Bytes that are not a message.

    Attributes:
        reason: the reason why they are none.
        framing: True if the header was wrong, so that the beginning of the next message had to be guessed.
    """

    reason: str
    framing: bool


def encode(message: Message) -> bytes:
    r"""A message as bytes.

    >>> encode({"seq": 1})
    b'Content-Length: 10\r\n\r\n{"seq": 1}'
    """
    body = json.dumps(message, allow_nan=False).encode("ascii")  # writes other characters as \\u....
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Decoder:
    r"""Messages out of a stream of bytes, however it is cut.

    Example:
        >>> decoder = Decoder()
        >>> decoder.feed(b'Content-Length: 10\r\n\r\n{"se')
        []
        >>> decoder.feed(b'q": 1}GET / HTTP/1.1\r\n\r\n')
        [{'seq': 1}, Malformed(reason="b'GET / HTTP/1.1' is not a Content-Length header", framing=True)]
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._wanted: int | None = None  # the length of the body that is being read

    def feed(self, data: bytes) -> list[Message | Malformed]:
        """The messages that these bytes complete."""
        self._buffer += data
        found: list[Message | Malformed] = []
        while True:
            item = self._body() if self._wanted is not None else self._header()
            if item is None:
                return found
            if item != {} or self._wanted is None:
                found.append(item)

    def _header(self) -> Message | Malformed | None:
        """Read a header: {} with `_wanted` set if it is valid, None if it is not complete."""
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            if len(self._buffer) <= MOST_HEADER:
                return None
            return self._resume(f"{len(self._buffer)} bytes without the blank line that ends a header")
        length = None
        for line in head.split(b"\r\n"):
            match = _LENGTH.fullmatch(line)
            if match is None and not _OTHER.fullmatch(line):
                return self._resume(f"{line[:60]!r} is not a Content-Length header")
            length = int(match[1]) if match else length
        if length is None or length > MOST_BODY:
            return self._resume(f"a body of {length or 'unknown'} bytes; at most {MOST_BODY}")
        self._buffer, self._wanted = rest, length
        return {}

    def _resume(self, reason: str) -> Malformed:
        """Go on at the next bytes that look like a header."""
        next_one = self._buffer.lower().find(_START, 1)
        end = self._buffer.find(b"\r\n\r\n")
        if next_one >= 0:
            self._buffer = self._buffer[next_one:]
        else:
            # The very end may be the beginning of a header.
            self._buffer = self._buffer[max(end + 4 if end >= 0 else 0, len(self._buffer) - len(_START)) :]
        return Malformed(reason, framing=True)

    def _body(self) -> Message | Malformed | None:
        assert self._wanted is not None
        if len(self._buffer) < self._wanted:
            return None
        body, self._buffer = self._buffer[: self._wanted], self._buffer[self._wanted :]
        self._wanted = None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
            return Malformed(f"{body[:60]!r} is not JSON ({error})", framing=False)
        if not isinstance(message, dict):
            return Malformed(f"a message is an object, got {type(message).__name__}", framing=False)
        return message
