"""`Sight`: the data that a program has at hand when it first calls `backward()`, and at the end, to hold its passes beside.

A recording has the numbers that went into a pass. That there are more samples than ever went into one, that a name holds an
iterator which the first round has emptied, or that the entries of a list have become equal, is seen only where the lists are:
among the names of the functions that led to the call. Numbers are copied, so that no object of the program lives longer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from autograd.source import Place, user_frame

MOST = 20_000  # numbers that are copied
_DEEP = 4  # lists in lists

Entry = tuple[float, ...]  # the numbers of one entry of a list, one after the other


class Sight(NamedTuple):
    """The names that the functions around a call of `backward()` can see.

    Attributes:
        lists: the lists of numbers, of rows of numbers, or of pairs of them, by name; each list under its first name.
        parts: the lists in objects and dictionaries, by the path to them: "test.x", "splits['test']".
        iterators: the objects that can be gone through once: each name with all names of the same object.
        calls: the places of the calls that led there, in the same file, the innermost first.
    """

    lists: Mapping[str, Sequence[Entry]] = {}
    parts: Mapping[str, Sequence[Entry]] = {}
    iterators: Mapping[str, tuple[str, ...]] = {}
    calls: tuple[Place, ...] = ()


def sight(frame: FrameType | None) -> Sight:
    """The data in sight of a frame, and of those that called it from the same file."""
    frame = user_frame(frame)
    calls: list[Place] = []
    file = frame.f_code.co_filename if frame else ""
    spaces: list[Mapping[str, Any]] = []
    while frame is not None:
        if frame.f_code.co_filename == file:
            calls.append((frame.f_code, frame.f_lasti))
            spaces += [frame.f_locals, frame.f_globals]
        frame = frame.f_back
    return _looked(spaces, calls)


def last_sight(frame: FrameType | None, names: Mapping[str, Any]) -> Sight:
    """The data in sight at the end of a watch: that of a frame, and of a module whose global names these are."""
    frame = user_frame(frame)
    return _looked([frame.f_locals, names] if frame and frame.f_globals is names else [names], [])


def _looked(spaces: Iterable[Mapping[str, Any]], calls: Sequence[Place]) -> Sight:
    lists: dict[str, Sequence[Entry]] = {}
    parts: dict[str, Sequence[Entry]] = {}
    once: dict[int, list[str]] = {}
    room, known = MOST, dict[int, list[Entry] | None]()
    names = list(_names(spaces))
    for name, thing in names:
        if hasattr(type(thing), "__next__"):
            once.setdefault(id(thing), []).append(name)
        elif id(thing) not in known:
            known[id(thing)] = entries = _entries(thing, room)
            if entries is not None:
                lists[name] = entries
                room -= sum(map(len, entries))
    for path, part in (part for name, thing in names for part in _parts(name, thing)):
        if id(part) not in known:
            known[id(part)] = entries = _entries(part, room)
            room -= sum(map(len, entries or ()))
        if entries := known[id(part)]:
            parts[path] = entries
    iterators = {name: tuple(names) for names in once.values() for name in names}
    return Sight(lists, parts, iterators, tuple(calls))


def _parts(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """The lists of an object, and those under the names of a dictionary, with the paths to them."""
    space = getattr(thing, "__dict__", None) if not isinstance(thing, (ModuleType, type)) else None
    entries, path = (thing, "{}[{!r}]") if isinstance(thing, dict) else (space, "{}.{}")
    for key, x in entries.items() if isinstance(entries, dict) else ():
        if isinstance(x, (list, tuple)) and isinstance(key, str) and not key.startswith("_"):
            yield path.format(name, key), x


def _names(spaces: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, Any]]:
    """The names of some spaces, an inner one hides that of an outer one."""
    found: dict[str, Any] = {}
    for space in spaces:
        found = {**{name: x for name, x in space.items() if not name.startswith("_")}, **found}
    return found.items()


def _entries(thing: Any, room: int) -> list[Entry] | None:
    """The entries of a list of numbers or rows; None for anything else, and where there is no room."""
    if type(thing).__module__ == "numpy" and hasattr(thing, "tolist") and getattr(thing, "size", room) < room:
        thing = thing.tolist()
    if not isinstance(thing, (list, tuple)) or not 1 < len(thing) <= room:
        return None
    found: list[Entry] = []
    for entry in thing:
        numbers: list[float] = []
        if not _flat(entry, numbers, _DEEP) or not numbers or (room := room - len(numbers)) < 0:
            return None
        found.append(tuple(numbers))
    return found


def _flat(thing: Any, numbers: list[float], deep: int) -> bool:
    """Add the numbers of a row to a list; False if anything else is in it, but for names and labels in words."""
    if isinstance(thing, (int, float)):
        numbers.append(float(thing))
        return True
    if isinstance(thing, str):
        return True
    if isinstance(thing, dict):
        thing = list(thing.values())
    return (
        isinstance(thing, (list, tuple)) and deep > 0 and len(thing) <= MOST and all(_flat(x, numbers, deep - 1) for x in thing)
    )
