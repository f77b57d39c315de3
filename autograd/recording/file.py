"""Recordings from files: everything in a file is checked, entry by entry, before a recording is made of it."""

import array
import os
import re
from typing import Any

from ..errors import ArgumentError, RecordingError
from ..files import checked_path
from ..source import Source
from .columns import COLUMNS, INTEGERS, Nodes
from .encoding import FORMAT, VERSION
from .recording import PRECISIONS, Recording
from .rules import rule_key
from .texts import Kept, Texts


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording from a file.

    The file is data; nothing in it is executed. Everything is checked before the recording is made.

    Raises:
        RecordingError: the file is missing, unreadable, damaged, or of a version this program does not know.
    """
    import json

    path = checked_path(path)
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except OSError as error:
        raise RecordingError(f"cannot read the recording {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RecordingError(
            f"{path} is damaged or not a recording: it is not valid JSON ({error}). Record it again"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RecordingError(f'{path} is not a recording: its "format" is not {FORMAT!r}. Write one with Recording.save(path)')
    if content.get("version") != VERSION:
        raise RecordingError(f"{path} is a recording of version {content.get('version')!r}; this program reads {VERSION}")
    try:
        return _from_json(content)
    except (ArgumentError, AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(f"{path} is damaged ({type(error).__name__}: {error}). Record it again") from error


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ArgumentError(what)


def _float(x: Any) -> float:
    _require(type(x) in (int, float) or x in ("nan", "inf", "-inf"), f"{x!r} is not a number")
    return float(x)


def _text(x: Any) -> str:
    _require(isinstance(x, str), f"{x!r} is not text")
    return str(x)


def _index(x: Any, size: int) -> int:
    _require(type(x) is int and 0 <= x < size, f"{x!r} is not an index below {size}")
    return int(x)


def _template(text: Any, key: str) -> str:
    """A rule's template that names no operand which nodes of its kind do not have."""
    size = len(key.rpartition(":")[2])
    for i in re.findall(r"\{(\d+)\}", _text(text)):
        _index(int(i[:9]), size)
    return _text(text)


def _from_json(content: dict[str, Any]) -> Recording:
    nodes = Nodes()
    places: dict[Source, Source] = {}  # one object per place: it identifies the nodes of one expression
    for i, (data, grad, op, label, scope, operands, source) in enumerate(content["nodes"]):
        decoded = tuple(_float(o[0]) if isinstance(o, list) else _index(o, i) for o in operands)
        place = source and Source(_text(source[0]), _index(source[1], 2**31), _text(source[2]), _text(source[3]))
        nodes.data.append(_float(data))
        nodes.grad.append(_float(grad))
        nodes.made_by.append(_text(op))
        nodes.label.append(_text(label))
        nodes.scope.append(_text(scope))
        nodes.place.append(places.setdefault(place, place) if place else None)
        nodes.add_operands(decoded)
    _require(len(nodes) > 0, "it has no nodes")
    rules = {_text(key): [_template(rule, key) for rule in templates] for key, templates in content["rules"].items()}
    for node in nodes:
        _require(len(rules[rule_key(node.op, node.operands)]) >= len(node.parents), f"a rule of {node.op!r} is missing")
    raw = content["columns"]
    columns: dict[str, array.array[Any]] = {
        name: array.array("q" if name in INTEGERS else "d", [x if name in INTEGERS else _float(x) for x in raw[name]])
        for name in COLUMNS
    }
    _require(len({len(column) for column in columns.values()}) == 1, "its columns differ in length")
    for node_i, parent_i, position in zip(columns["node"], columns["parent"], columns["position"], strict=True):
        parents = nodes.parents(_index(node_i, len(nodes)))
        _require(parents[_index(position, len(parents))] == parent_i, f"node {node_i} has no parent {parent_i} there")
    hooked = {_index(leaf, len(nodes)): _float(gradient) for leaf, gradient in content.get("hooked", [])}
    by_hand = [_index(i, len(nodes)) for i in content.get("by_hand", [])]
    texts = _texts(content.get("files", {}))
    recording = Recording(nodes, _float(content["seed"]), columns["local"], columns, rules, hooked, texts, by_hand)
    recording.computed_by, recording.precision = _text(content.get("computed_by", "")), content.get("precision", "float64")
    _require(recording.precision in PRECISIONS, f"{recording.precision!r} is no type of number")
    return recording


def _texts(files: Any) -> Texts:
    """The kept texts of the files; none in recordings that older versions have written."""
    _require(isinstance(files, dict), "its files are not an object")
    return Texts(
        {
            _text(file): Kept(_index(kept["checksum"], 2**32), {_number(n): _line(text) for n, text in kept["lines"].items()})
            for file, kept in files.items()
        }
    )


def _number(n: str) -> int:
    _require(bool(re.fullmatch(r"[1-9][0-9]{0,8}", n)), f"{n!r} is no number of a line")
    return int(n)


def _line(text: Any) -> str:
    _require("\n" not in _text(text) and "\r" not in text, f"{text!r} is more than a line")
    return str(text)
