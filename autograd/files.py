"""Files that appear whole or not at all: recordings, networks, pictures and pages are all written here.

A new file is drafted beside its place and then takes it, so that nobody ever sees a part of it. A device, a pipe or the
standard output is no regular file and would be lost if it were replaced, so it is written to. Errors name the requested
file, never the draft.
"""

import errno
import os
import re
import stat
import sys
from collections.abc import Callable
from contextlib import suppress

from .errors import ArgumentError, OperandError, described

# Paths of files that the process has open already: a second opening would begin at 0, over the text printed before.
_OPEN = re.compile(r"/dev/(?:fd/(\d+)|(stdin|stdout|stderr))|/proc/(?:self|thread-self|\d+)/fd/(\d+)")
_LINKS = 40  # as many links as the kernel follows


def checked_path(path: str | bytes | os.PathLike[str]) -> str:
    """A path as text, checked for a possible file name.

    Raises:
        OperandError: it is no path.
        ArgumentError: it is empty, or has a character that no file name can have.

    Example:
        >>> checked_path(b"graph.svg")
        'graph.svg'
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise OperandError(f"a file is named by text or a pathlib.Path, got {described(path)}")
    text = os.fsdecode(path)
    if not text:
        raise ArgumentError("the name of the file is empty")
    if "\0" in text:
        raise ArgumentError(f"no file can be called {text!r}: there is a NUL character (\\0) in the name")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise ArgumentError(
            f"no file can be called {text!r}: {text[error.start]!r} cannot be written in {error.encoding}, the encoding of "
            "file names here"
        ) from None
    return text


def write_whole(path: str | bytes | os.PathLike[str], content: Callable[[], bytes | bytearray]) -> None:
    """Write a file so that at any moment, even after kill -9, the old file or the new file is there, never a part.

    Args:
        path: the file. A symbolic link is written through. An existing file is replaced and keeps its permissions, owner and
            attributes; a hard link to it keeps the old content. A device, a pipe or the standard output is written to.
        content: makes the bytes to write; it is called when the place is known to be writable, and if it raises, the old
            file stays.

    Raises:
        OperandError, ArgumentError: as for `checked_path`.
        OSError: the folder is missing or not writable, the file is write-protected, the disk is full. It names `path`.
    """
    name = checked_path(path)
    old = writable(name)
    data = content()  # all of it before anything is written: a reader gets the whole content or nothing
    try:
        if (number := _open_already(name)) is not None:
            _pass_on(number, data)
        elif old is None or stat.S_ISREG(old.st_mode):
            _replace(os.path.realpath(name), data, old)
        else:
            with open(name, "wb") as file:
                file.write(data)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, name) from None


def writable(path: str) -> os.stat_result | None:
    """The status of a file that may be written to; None if it does not exist yet and can be made.

    Raises:
        OSError: it is a folder, is write-protected, or its folder is missing or write-protected.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "No such folder", path) from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "Its folder is write-protected", path) from None
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "The file is write-protected", path)
    return found


def _replace(target: str, data: bytes | bytearray, old: os.stat_result | None) -> None:
    # Beside the target, because replacing does not cross file systems; under a name of its own, opened as any new file, so
    # that it gets the permissions that new files get.
    draft = os.path.join(os.path.dirname(target), f".stepgrad-{os.urandom(8).hex()}.tmp")
    try:
        with open(draft, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the content has to be on disk before the name
        if old is not None:
            _like(draft, target, old)
        os.replace(draft, target)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise


def _like(draft: str, target: str, old: os.stat_result) -> None:
    """Give the draft the owner, the attributes (access lists are among them) and the permissions of the file it replaces."""
    with suppress(OSError, AttributeError):  # only the administrator may give files away; no such function on Windows
        new = os.stat(draft)
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            os.chown(draft, old.st_uid, old.st_gid)
    with suppress(OSError, AttributeError):
        for attribute in os.listxattr(target):
            with suppress(OSError):
                os.setxattr(draft, attribute, os.getxattr(target, attribute))
    with suppress(OSError):
        os.chmod(draft, stat.S_IMODE(old.st_mode))


def _open_already(path: str) -> int | None:
    """The number of the open file that a path such as /dev/stdout stands for, links followed; None for any other."""
    for _ in range(_LINKS):
        if match := _OPEN.fullmatch(path):
            if path.startswith("/proc/") and path.split("/")[2] not in ("self", "thread-self", str(os.getpid())):
                return None  # an open file of another program
            names = {"stdin": 0, "stdout": 1, "stderr": 2}
            return names[match[2]] if match[2] else int(match[1] or match[3])
        if not os.path.islink(path):
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return None


def _pass_on(number: int, data: bytes | bytearray) -> None:
    """Write to an open file, after the text printed to it before."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]
