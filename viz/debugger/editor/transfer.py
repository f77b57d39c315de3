"""A recording as bytes, from the process of a script to the process of its debugger: a header in JSON, then raw columns.

The file format of recordings is for storage: any editor can read it, and it is checked entry by entry, which takes a second
for 100,000 contributions. This format is for a pipe between two processes of the same program on the same machine, and takes
a few hundredths of that time. Neither format holds code.
"""

import array
import json
from typing import Any

from autograd import Recording, Source
from autograd.errors import RecordingError
from autograd.recording.columns import COLUMNS, Nodes
from autograd.recording.texts import Kept, Texts

_NODES = ("data", "grad", "start", "operands", "constants")


def pack(recording: Recording) -> bytes:
    """A recording as bytes.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0, label="x")
        >>> print(unpack(pack(record_backward(x * x)))[1])
        x.grad += 3 * 1 = 3  -> 6    [d(x * x)/dx = x]
    """
    nodes, columns = recording.nodes, recording.columns
    operations, scopes = _Table(), _Table()
    places: list[Any] = []
    kinds: dict[int, int] = {}  # by identity: a pass has few primitives, and hashing one costs more than a look-up
    made_by = array.array("q")
    for i, made in enumerate(nodes.made_by):
        key = id(made)
        if key not in kinds:
            kinds[key] = operations.place(nodes.op(i))
        made_by.append(kinds[key])
    arrays: list[array.array[Any]] = [
        made_by,
        array.array("q", map(scopes.place, nodes.scope)),
        array.array("q", _places(nodes, places)),
        *(getattr(nodes, name) for name in _NODES),
        *(columns[name] for name in COLUMNS),
    ]
    header = {
        "seed": repr(recording.seed), "rules": recording.rules, "label": nodes.label, "operations": list(operations),
        "scopes": list(scopes), "places": places, "arrays": [[a.typecode, len(a)] for a in arrays],
        "hooked": [[leaf, repr(gradient)] for leaf, gradient in recording.hooked.items()],
        "by_hand": sorted(recording.by_hand),
        "files": [[file, kept.checksum, list(kept.lines.items())] for file, kept in recording.texts.kept.items()],
    }  # fmt: skip
    head = json.dumps(header).encode("ascii")
    return b"".join([len(head).to_bytes(8, "big"), head, *(a.tobytes() for a in arrays)])


def unpack(data: bytes | bytearray) -> Recording:
    """The recording that `pack` has written.

    Raises:
        RecordingError: the bytes are cut off, or they are no recording.
    """
    try:
        begin = 8 + int.from_bytes(data[:8], "big")
        header = json.loads(data[8:begin])
        view = memoryview(data)
        arrays: list[array.array[Any]] = []
        for typecode, length in header["arrays"]:
            column: array.array[Any] = array.array(typecode)
            end = begin + length * column.itemsize
            column.frombytes(view[begin:end])
            if len(column) != length:
                raise RecordingError(f"a recording was cut off: {len(data)} bytes of {end}")
            arrays.append(column)
            begin = end
        made_by, scope, place = arrays[:3]
        nodes = Nodes()
        for name, column in zip(_NODES, arrays[3:], strict=False):
            setattr(nodes, name, column)
        sources = [None, *(Source(*fields) for fields in header["places"])]
        nodes.label = header["label"]
        nodes.made_by = [header["operations"][k] for k in made_by]
        nodes.scope = [header["scopes"][k] for k in scope]
        nodes.place = [sources[k + 1] for k in place]
        columns = dict(zip(COLUMNS, arrays[3 + len(_NODES) :], strict=True))
        hooked = {leaf: float(gradient) for leaf, gradient in header["hooked"]}
        texts = Texts({file: Kept(checksum, dict(lines)) for file, checksum, lines in header["files"]})
        return Recording(
            nodes, float(header["seed"]), columns["local"], columns, header["rules"], hooked, texts, header["by_hand"]
        )
    except (LookupError, TypeError, ValueError) as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{len(data)} bytes that are not a recording ({type(error).__name__}: {error})") from error


class _Table(dict[Any, int]):
    """Numbers for things, in the order in which they come."""

    def place(self, thing: Any) -> int:
        return self.setdefault(thing, len(self))


def _places(nodes: Nodes, table: list[Any]) -> list[int]:
    """The number of the place that made each node, -1 for none; each expression has a place of its own."""
    known: dict[Any, int] = {}
    found = []
    for i, place in enumerate(nodes.place):
        if place is None:
            found.append(-1)
            continue
        key = nodes.expression(i)
        if key not in known:
            known[key] = len(table)
            table.append(nodes.source(i))
        found.append(known[key])
    return found
