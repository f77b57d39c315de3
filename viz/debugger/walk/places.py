"""Tables of the nodes of a recording by line and by name, for questions that an editor asks again and again.

An editor asks after every key. Without the tables each question would be a walk over all nodes, some hundredths of a second
for a large pass.
"""

import array
import fnmatch
import itertools
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from autograd import TABLE, OperandError, Recording
from autograd.errors import did_you_mean

from ... import style, symbols
from ...graphs.graph import is_input
from ...names import number_in, told_apart

Numbers = Sequence[int]  # as arrays where there may be a hundred thousand: they take an eighth of the memory of lists

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ᴸ", "0123456789L")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_SHOWN = re.compile(r"([^\W\d_⁰¹²³⁴-⁹ᴸ₀-₉]+)([⁰¹²³⁴-⁹ᴸ]*)([₀-₉,]*)")


class Places:
    """The nodes of a recording by line, label, operation and scope.

    Args:
        recording: the pass.

    Attributes:
        lines: for each file and each line the nodes that were made there.
        labels: the first node with each label; `labelled` gives all nodes with one.
        operations, scopes: the nodes by their operations and their scopes.
        parameters: the leaves that are not inputs.

    Example:
        >>> from autograd import Value, record_backward
        >>> places = Places(record_backward(Value(2.0, label="w^1_2") * Value(3.0, label="x")))
        >>> places.find("w^1_2"), places.find("w¹₂"), places.find("v2"), places.parameters
        (0, 0, 2, [0])
    """

    def __init__(self, recording: Recording) -> None:
        nodes = recording.nodes
        self.recording = recording
        lines: dict[str, dict[int, array.array[int]]] = defaultdict(lambda: defaultdict(_column))
        operations: dict[str, array.array[int]] = defaultdict(_column)
        scopes: dict[str, array.array[int]] = defaultdict(_column)
        labels: dict[str, int] = {}  # a list for each label would cost as much memory as all the rest
        shared: dict[str, array.array[int]] = {label: _column() for label in nodes.shared_labels}
        for i, (label, scope) in enumerate(zip(nodes.label, nodes.scope, strict=True)):
            source = nodes.source(i)
            if source:
                lines[source.file][source.line].append(i)
            operations[nodes.op(i)].append(i)
            if scope:
                scopes[scope].append(i)
            if label:
                labels.setdefault(label, i)
            if label in shared:
                shared[label].append(i)
        # Plain dictionaries from here on: a look-up must not add an entry.
        self.lines: Mapping[str, Mapping[int, Numbers]] = {file: dict(of_file) for file, of_file in lines.items()}
        self.operations: Mapping[str, Numbers] = dict(operations)
        self.scopes: Mapping[str, Numbers] = dict(scopes)
        self.labels: Mapping[str, int] = labels
        self._shared: Mapping[str, Numbers] = shared
        self.parameters: list[int] = [i for i in self.operations.get("", []) if not is_input(nodes.label[i])]

    # --- names -------------------------------------------------------------------------------------------------------

    def name(self, i: int) -> str:
        """The name of a node for display, which `find` takes: w²₁₃, v7, or z¹₁@v12 if several nodes have the label."""
        return style.node_name(self.recording.nodes, i)

    def find(self, text: str) -> int:
        """The node with a name: its label as it is written or shown, 'v7', or any text with it behind, z@v12.

        Raises:
            OperandError: no node or several nodes have the name.
        """
        text = text.strip()
        size = len(self.recording.nodes)
        plain = re.fullmatch(r"v?(\d{1,15})", text)
        number = int(plain[1]) if plain else number_in(text)
        found: Numbers
        if text in self.labels:
            found = self.labelled(text)
        elif number is not None and number < size:
            found = [number]
        else:
            found = self.labelled(written(text)) or list(
                itertools.chain.from_iterable(self.labelled(label) for label in self.labels if style.name(label) == text)
            )
        if len(found) == 1:
            return found[0]
        if found:
            raise OperandError(f"{len(found)} nodes are called {text!r}. Say which: {told_apart(text, found[0])} is the first")
        near = did_you_mean(text, list(self.labels)[:10000])
        if not near and text.isidentifier():  # most likely a variable of the script
            near = f" Nodes go by their labels: write {text}.label = {text!r} in the script before backward()"
        raise OperandError(f"no node is called {text!r}.{near}")

    def labelled(self, label: str) -> Numbers:
        """All nodes with a label."""
        if label in self._shared:
            return self._shared[label]
        return [self.labels[label]] if label in self.labels else []

    def containing(self, wanted: str) -> list[int]:
        """The nodes whose label, operation or scope matches a pattern; a text without * ? [ may be a part of a label or scope.

        >>> from autograd import Value, record_backward, tanh
        >>> places = Places(record_backward(tanh(Value(2.0, label="w^1_2")) * Value(3.0, label="w")))
        >>> places.containing("w"), places.containing("w¹₂"), places.containing("tan*"), places.containing("v2")
        ([0, 1], [0], [2], [2])
        """
        exact = any(c in wanted for c in "*?[")
        forms = {wanted, written(wanted)}
        patterns = [fnmatch.translate(form if exact else f"*{form}*") for form in forms]
        matches = re.compile("|".join(patterns)).match
        found = set(itertools.chain.from_iterable(self.labelled(label) for label in self.labels if matches(label)))
        found.update(all_of(ids for scope, ids in self.scopes.items() if matches(scope)))
        found.update(all_of(ids for op, ids in self.operations.items() if op in forms or (exact and matches(op))))
        number = re.fullmatch(r"v(\d{1,15})", wanted)
        if number and int(number[1]) < len(self.recording.nodes):
            found.add(int(number[1]))
        return sorted(found)

    def made_as(self, text: str) -> int | None:
        """The last node that an expression of the source made; None if it made no node."""
        nodes = self.recording.nodes
        return next((i for i in range(len(nodes) - 1, -1, -1) if (s := nodes.source(i)) and s.text == text), None)

    # --- lines -------------------------------------------------------------------------------------------------------

    def file(self, path: str) -> Mapping[int, Numbers]:
        """The nodes of every line of a file."""
        file = self.meant(path)
        return {} if file is None else self.lines[file]

    def meant(self, path: str) -> str | None:
        """The recorded file that a path means; None if it means no recorded file.

        If the recording comes from another folder or machine, a path means the missing file whose path ends most alike.
        """
        if path in self.lines:
            return path
        exact = next((file for file in self.lines if same_file(file, path)), None)
        if exact is not None or not os.path.isabs(path):
            return exact
        alike = {file: n for file in self.lines if (n := common_end(file, path)) and not os.path.isfile(file)}
        best = [file for file, n in alike.items() if n == max(alike.values())]
        return best[0] if len(best) == 1 else None

    def means(self, path: str, file: str) -> bool:
        """True if a path means a recorded file."""
        return same_file(file, path) or self.meant(path) == file

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def kind(self, what: str) -> str:
        """The kind of breakpoint that a text means: 'op' for 'tanh', 'label' for 'w^1_*', 'scope' for 'layer1'."""
        if what in self.operations or (what in TABLE and what not in self.labels):
            return "op"
        return "scope" if what not in self.labels and any(in_scope(scope, what) for scope in self.scopes) else "label"

    def near(self, path: str, line: int) -> int | None:
        """The nearest line of a file that made values; None if no line did."""
        return min(self.file(path), key=lambda n: (abs(n - line), n), default=None)


def same_file(recorded: str, asked: str) -> bool:
    """True if a path names a recorded file: by its whole path or by the last parts of it. An empty path names every file.

    >>> same_file("/home/a/train.py", "train.py"), same_file("/home/a/train.py", "rain.py")
    (True, False)
    """
    if not asked or recorded == asked:
        return recorded == asked or not asked
    if os.path.isabs(asked):
        return os.path.realpath(recorded) == os.path.realpath(asked)
    parts = os.path.normpath(asked).replace("\\", "/").split("/")
    return recorded.replace("\\", "/").split("/")[-len(parts) :] == parts


def common_end(one: str, other: str) -> int:
    """The number of parts that two paths have in common, counted from their ends.

    >>> common_end("/home/a/nets/train.py", "/work/nets/train.py"), common_end("/home/a/train.py", "/home/a/rain.py")
    (2, 0)
    """
    pairs = zip(reversed(one.replace("\\", "/").split("/")), reversed(other.replace("\\", "/").split("/")), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def in_scope(scope: str, outer: str) -> bool:
    """True if a scope is another one, or lies inside it.

    >>> in_scope("layer1/neuron2", "layer1"), in_scope("layer12", "layer1"), in_scope("net/layer1", "layer1")
    (True, False, True)
    """
    return f"/{outer}/" in f"/{scope}/"


def written(shown: str) -> str:
    """The typed form of a mathematical name: the opposite of `style.name`.

    >>> written("w²₁₃"), written("δ¹₂"), written("b¹₁₀,₂"), written("my_variable")
    ('w^2_13', 'delta^1_2', 'b^1_10,2', 'my_variable')
    """
    match = _SHOWN.fullmatch(shown)
    if match is None or not (match[2] or match[3]):
        return shown
    head = symbols.COMMANDS.get(match[1], match[1]).removeprefix("\\")
    upper, lower = match[2].translate(_RAISED), match[3].translate(_LOWERED)
    return head + (f"^{upper}" if upper else "") + (f"_{lower}" if lower else "")


def absolute(file: str) -> str:
    """The absolute path of a recorded file, for an editor; a name that is no path ('<stdin>') stays as it is."""
    return file if file.startswith("<") else os.path.abspath(file)


def _column() -> "array.array[int]":
    return array.array("q")


def all_of(lists: Iterable[Numbers]) -> frozenset[int]:
    """The nodes of several lists."""
    return frozenset(i for ids in lists for i in ids)
