"""Open a recording whose script may have changed, or lies elsewhere.

A recording names files by the paths of the machine that made it. This module replaces them by the paths on this machine, so
that breakpoints, listings and editors find the files. It says once which files have changed, because the lines that are shown
are then those of the recording.
"""

import os
from collections.abc import Iterable, Iterator, Sequence

from autograd import Recording, Source, load_recording
from autograd.errors import ArgumentError
from autograd.recording.texts import Texts


def opened(path: str, mapping: Sequence[str] = ()) -> tuple[Recording, list[str]]:
    """A recording from a file, with the paths that its source files have here.

    A missing source file is looked for by the end of its path, in the working directory and in the folder of the recording; a
    file with the same text is taken.

    Args:
        path: the file that `Recording.save` has written.
        mapping: texts 'OLD=NEW': files that were in the folder OLD, or were OLD, are in NEW.

    Returns:
        The recording, and a sentence for each source file that has changed.

    Raises:
        RecordingError: the file is missing or damaged.
        ArgumentError: a mapping cannot be read, or is about no file of the recording.
    """
    recording = load_recording(path)
    files = {place.file for place in recording.nodes.place if place is not None}
    moved = _mapped(files, mapping)
    for file in files - moved.keys():
        if found := next(_elsewhere(file, recording.texts, (os.curdir, os.path.dirname(path))), ""):
            moved[file] = found
    if moved:
        _rename(recording, moved)
    return recording, changes(recording)


def changes(recording: Recording) -> list[str]:
    """A sentence for each file that has changed since the pass was recorded."""
    texts = recording.texts
    shown = {"other": "the lines shown are those of the recording", "changed": "the lines that made values have not"}
    return [f"{file} has changed since this pass was recorded; {shown[texts.state(file)]}" for file in texts.changed()]


def _mapped(files: Iterable[str], mapping: Sequence[str]) -> dict[str, str]:
    """The new path of every file that a mapping is about."""
    moved: dict[str, str] = {}
    for one in mapping:
        old, equals, new = one.partition("=")
        old, new = old.replace("\\", "/").rstrip("/"), new.rstrip("/")
        if not equals or not old or not new:
            raise ArgumentError(f"--map {one}: write OLD=NEW, the folder that the recording names and where it is now")
        about = {file: file.replace("\\", "/")[len(old) :] for file in files if _inside(file, old)}
        if not about:
            known = ", ".join(sorted(files)[:3]) or "no file"
            raise ArgumentError(f"--map {one}: no file of the recording is in {old}; it names {known}")
        moved |= {file: os.path.abspath(new) + rest for file, rest in about.items()}
    return moved


def _inside(file: str, folder: str) -> bool:
    path = file.replace("\\", "/")
    return path == folder or path.startswith(folder + "/")


def _elsewhere(file: str, texts: Texts, folders: Iterable[str]) -> Iterator[str]:
    """Places of a missing file: files with the recorded text, those that share the longest end of the path first."""
    if texts.state(file) != "missing":
        return
    parts = [part for part in file.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    for begin in range(len(parts)):
        for folder in folders:
            here = os.path.abspath(os.path.join(folder, *parts[begin:]))
            if os.path.isfile(here) and Texts({here: texts.kept[file]}).state(here) == "same":
                yield here


def _rename(recording: Recording, moved: dict[str, str]) -> None:
    """Replace the paths of files in a recording that has just been read."""
    nodes, new = recording.nodes, dict[int, Source]()  # by identity, which tells the nodes of one expression
    for place in nodes.place:
        if place is not None and place.file in moved and id(place) not in new:
            new[id(place)] = place._replace(file=moved[place.file])
    nodes.place = [new.get(id(place), place) for place in nodes.place]
    recording.texts = Texts({moved.get(file, file): kept for file, kept in recording.texts.kept.items()})
