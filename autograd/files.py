"""Files that appear whole or not at all: recordings, networks and pictures are all written here."""

import os
from collections.abc import Callable


def write_whole(path: str | os.PathLike[str], content: Callable[[], bytes]) -> None:
    """Write a file so that at any moment, kill -9 included, the old one or the new one is there, never a part.

    Args:
        path: where; a symbolic link is written through, an existing file replaced.
        content: makes what is to be written; it is called when the folder is known to be writable, and if it raises, the
            old file stays.

    Raises:
        OSError: the folder is missing or not writable, the disk is full.
    """
    target = os.path.realpath(path)
    # Beside the target, because replacing does not cross file systems; under a name of its own, opened as any new file, so
    # that it gets the permissions that new files get.
    draft = os.path.join(os.path.dirname(target), f".stepgrad-{os.urandom(8).hex()}.tmp")
    try:
        with open(draft, "xb") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())  # the content has to be on disk before the name is
        os.replace(draft, target)
    except BaseException:
        if os.path.exists(draft):
            os.unlink(draft)
        raise
