"""A recording as the text of a file: JSON, which holds no code."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from .columns import INTEGERS, Columns, Nodes
from .texts import Texts, kept_of

FORMAT, VERSION = "stepgrad recording", 1


def encoded(
    nodes: Nodes,
    seed: float,
    columns: Columns,
    rules: Mapping[Any, Any],
    hooked: Mapping[int, float],
    by_hand: Iterable[int],
    texts: Texts,
    computed_by: str,
    precision: str,
) -> bytes:
    """The content of a file: the attributes of a `Recording`, and the lines of source that made its nodes."""
    import json  # here, because importing the engine should cost milliseconds

    sources = filter(None, map(nodes.source, range(len(nodes))))
    content = {
        "format": FORMAT,
        "version": VERSION,
        "seed": _plain(seed),
        "nodes": [
            [_plain(n.data), _plain(n.grad), n.op, n.label, n.scope,
             [o if isinstance(o, int) else [_plain(o)] for o in n.operands], list(n.source) if n.source else None]
            for n in nodes
        ],
        "rules": rules,
        "hooked": [[leaf, _plain(gradient)] for leaf, gradient in hooked.items()],
        "by_hand": sorted(by_hand),
        **({"computed_by": computed_by, "precision": precision} if computed_by else {}),
        "columns": {
            name: column.tolist() if name in INTEGERS else [_plain(x) for x in column] for name, column in columns.items()
        },
        "files": {
            file: {"checksum": kept.checksum, "lines": {str(n): text for n, text in kept.lines.items()}}
            for file, kept in (texts.kept or kept_of(sources)).items()
        },
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()


def _plain(x: float) -> float | str:
    """JSON has no nan and no inf; they are written as text."""
    return x if math.isfinite(x) else repr(x)
