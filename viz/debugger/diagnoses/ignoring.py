"""Findings that somebody has asked not to see: by `ignore=`, or by a comment on the line, `# stepgrad: ignore[pole]`.

A finding that is ignored is no cause: it hides no other one. A wish that has hidden nothing is reported, so that it does not
outlive its reason and hide the next fault.
"""

import fnmatch
import io
import linecache
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograd import Value
from autograd.errors import ArgumentError, did_you_mean

from ... import style
from .evidence.found import Certainty
from .evidence.training import Training
from .finding import Finding
from .table import Kind

_COMMENT = re.compile(r"#\s*stepgrad:\s*ignore(?:\[([^\]]*)\])?")
_LINE = re.compile(r"(.*?):?(\d+)")
_SEEN = 200  # leaves of a pass whose lines say which files belong to the program

Ignored = Iterable["Kind | str | int | Value"]


@dataclass
class Wish:
    """One thing that is not to be reported.

    Attributes:
        text: how it was written.
        kind: the kind; '' for all.
        file, line: the line; 0 for all.
        node: the pattern of a node's name; '' for all.
        comment: True if it is written in the script.
        hidden: how many findings it has hidden.
    """

    text: str
    kind: str = ""
    file: str = ""
    line: int = 0
    node: str = ""
    comment: bool = False
    hidden: int = 0

    def hides(self, finding: Finding) -> bool:
        """True if it is about a finding."""
        if self.line and (finding.line != self.line or not _ends_with(finding.file, self.file)):
            return False
        names = {name for label in finding.nodes for name in (label, style.name(label))}
        return self.kind in ("", finding.kind) and (not self.node or bool(fnmatch.filter(names, self.node)))


def _ends_with(path: str, end: str) -> bool:
    parts, last = path.replace("\\", "/").split("/"), end.replace("\\", "/").split("/")
    return not end or parts[-len(last) :] == last


def checked(ignore: Ignored) -> tuple["Kind | str | int | Value", ...]:
    """The wishes of a caller, as they were written.

    Raises:
        ArgumentError: one is none of the things that can be ignored.
    """
    things = (ignore,) if isinstance(ignore, (str, int, Value)) else tuple(ignore)
    for thing in things:
        is_number = isinstance(thing, int) and not isinstance(thing, bool) and thing > 0
        is_node = isinstance(thing, Value) and thing.label
        if not (is_number or is_node or (isinstance(thing, str) and thing)):
            raise ArgumentError(
                f"ignore: a kind of finding ('pole'), a line (12, 'train.py:12'), or a node (a Value with a label, 'w_*') can "
                f"be ignored, got {thing!r}"
            )
    return things


class Wishes:
    """All that is not to be reported about a training, from its caller and from its script.

    Args:
        ignore: kinds, lines ('train.py:12', 12), nodes (a `Value` with a label, a pattern of names).
        files: the files whose comments count.
    """

    def __init__(self, ignore: Ignored, files: Iterable[str]) -> None:
        self._wishes = [*map(_wish, checked(ignore)), *(wish for file in files for wish in _comments(file))]

    def kept(self, found: Iterable[Finding]) -> list[Finding]:
        """The findings that no wish is about."""
        kept = []
        for finding in found:
            about = [wish for wish in self._wishes if wish.hides(finding)]
            for wish in about:
                wish.hidden += 1
            if not about:
                kept.append(finding)
        return kept

    def in_vain(self) -> Iterator[Finding]:
        """A note about every wish that has hidden nothing."""
        for wish in self._wishes:
            if not wish.hidden:
                meant = _meant(wish.kind or wish.node)
                place = (wish.file, wish.line) if wish.comment else ("", 0)
                yield Finding(
                    Kind.NOTHING_TO_IGNORE, "note", Certainty.FACT, *place, "",
                    f"{wish.text} hides nothing: there is no such finding", f"correct it.{meant}" if meant else "take it away",
                )  # fmt: skip


def files_of(training: Training) -> list[str]:
    """The files of the watched program, as far as a few lines of its passes show them."""
    sources = [training.called, training.update_source]
    for p in training.ends or training.passes[:1]:
        sources += [p.source(i) for i in (*p.leaves[:_SEEN], *p.interior[-_SEEN:])]
    return sorted({source.file for source in sources if source})


def _meant(name: str) -> str:
    return did_you_mean(name, map(str, Kind)) if name and name not in set(Kind) else ""


def _wish(thing: "Kind | str | int | Value") -> Wish:
    if isinstance(thing, Value):
        return Wish(f"ignore={thing.label!r}", node=_literal(thing.label))
    text = f"ignore={thing!r}"
    if isinstance(thing, int):
        return Wish(text, line=thing)
    if thing in set(Kind):
        return Wish(text, kind=thing)
    match = _LINE.fullmatch(thing) if ":" in thing else None
    return Wish(text, file=match[1], line=int(match[2])) if match else Wish(text, node=thing)


def _literal(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _comments(file: str) -> Iterator[Wish]:
    """The wishes in the comments of a file."""
    linecache.checkcache(file)  # the comment may have been written since the last run
    text = "".join(linecache.getlines(file))
    if "stepgrad:" not in text:
        return
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        if match := _COMMENT.search(token.string):
            kinds = [kind.strip() for kind in (match[1] or "").split(",")]
            for kind in kinds:
                yield Wish(match[0], kind=kind, file=file, line=token.start[0], comment=True)
