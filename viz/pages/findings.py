"""Findings on a page: the faults of a pass or of a training, each at its values.

The diagnoses (viz/debugger) build on pages and not the other way round, so that a page takes findings as plain data: whatever
has the attributes of a `Finding`, and whatever has recordings and findings, as a watch has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeGuard

from autograd import ArgumentError, Recording, Source
from autograd.errors import shown

from .. import style
from ..graphs.graph import Graph

LISTED = 50  # findings on a page; the worst come first
_ATTRIBUTES = ("kind", "certainty", "message", "remedy", "file", "line", "nodes")


class Finding(Protocol):
    """The attributes of a finding that a page shows; see `viz.debugger.Finding`."""

    @property
    def kind(self) -> str:
        """The kind, in words."""

    @property
    def certainty(self) -> str:
        """The certainty: 'fact', 'proven', 'likely' or 'hint'."""

    @property
    def message(self) -> str:
        """The fault, with the numbers."""

    @property
    def remedy(self) -> str:
        """A way out of it."""

    @property
    def file(self) -> str:
        """The file of the guilty line; '' if it is not known."""

    @property
    def line(self) -> int:
        """The guilty line."""

    @property
    def evidence(self) -> Mapping[str, float]:
        """The numbers by name."""

    @property
    def nodes(self) -> Sequence[str]:
        """The names of the nodes concerned."""


class Watch(Protocol):
    """The passes of a training, and what is wrong with it, as `viz.debugger.watching` gives them."""

    @property
    def recordings(self) -> list[Recording]:
        """The passes that were kept."""

    def findings(self) -> Sequence[Finding]:
        """The faults, worst first."""


def is_watch(what: Any) -> TypeGuard[Watch]:
    """True for passes of a training with findings."""
    return not isinstance(what, type) and hasattr(what, "recordings") and callable(getattr(what, "findings", None))


def watched(watch: Watch, findings: Iterable[Finding] | None) -> tuple[Recording, str, list[Finding]]:
    """The pass of a training to be shown, which one it is in words, and the findings of the whole.

    It is the pass that the worst finding names, such as the first in which a number is not finite, or else the last.

    Raises:
        ArgumentError: there is no pass.
    """
    recordings = watch.recordings
    if not recordings:
        raise ArgumentError("page(watch): no backward pass was run in the block of watching(), so there is nothing to show")
    found = checked(watch.findings() if findings is None else findings)
    named = next((int(f.evidence["pass"]) for f in found if "pass" in f.evidence), 0)
    number = named if 1 <= named <= len(recordings) else len(recordings)
    return recordings[number - 1], f"pass {number:,} of {len(recordings):,}", found


def checked(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in a list.

    Raises:
        ArgumentError: they are something else.
    """
    if isinstance(findings, Iterable) and not isinstance(findings, (str, Mapping)):
        found = list(findings)
        if all(hasattr(f, name) for f in found for name in _ATTRIBUTES):
            return found
    raise ArgumentError(
        f"page(findings={shown(findings)}): they are findings in a list, as diagnose(value) and watch.findings() give them"
    )


def listed(findings: Sequence[Finding], graph: Graph) -> list[dict[str, Any]]:
    """Findings as a page has them, each with the numbers of its nodes in the graph."""
    if not findings:
        return []
    by_label: dict[str, list[int]] = {}
    by_line: dict[tuple[str, int], list[int]] = {}
    for i, label in enumerate(graph.label):
        if label:
            by_label.setdefault(label, []).append(i)
        if source := graph.source(i):
            by_line.setdefault((source.file, source.line), []).append(i)
    return [
        {
            "kind": str(f.kind),
            "certainty": str(f.certainty),
            "message": f.message,
            "remedy": f.remedy,
            "place": style.source(Source(f.file, f.line, "", "")) if f.file else "",
            "nodes": _nodes_of(f, by_label, by_line, len(graph)),
        }
        for f in findings[:LISTED]
    ]


def _nodes_of(
    finding: Finding, by_label: Mapping[str, list[int]], by_line: Mapping[tuple[str, int], list[int]], size: int
) -> list[int]:
    """The nodes by their names; of a finding that names none in this graph, the last that was made in its line."""
    found: list[int] = []
    for name in finding.nodes:
        number = re.fullmatch(r"v(\d{1,9})", name)
        found += by_label.get(name, [int(number[1])] if number and int(number[1]) < size else [])
    return list(dict.fromkeys(found)) or by_line.get((finding.file, finding.line), [])[-1:]
