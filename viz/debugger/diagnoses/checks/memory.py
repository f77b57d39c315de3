"""Diagnosis of graphs that pile up in memory: a running `total += cost`, a list of costs."""

from collections.abc import Iterator

from ..evidence.found import Found
from ..evidence.training import Training


def graphs_kept(training: Training) -> Iterator[Found]:
    """The graphs of earlier passes stay in memory, because a running sum of costs or a list of costs refers to them."""
    kept = training.kept
    if kept is None:
        return
    by = f"what is computed here ({kept.holder}) refers" if kept.computed else f"a {kept.holder} refers"
    remedy = "total += cost.data" if kept.computed else "costs.append(cost.data)"
    yield Found(
        kept.source,
        f"the graphs of {kept.passes} earlier passes are still in memory, {kept.nodes} nodes: {by} to their costs",
        f"{remedy}: keep the number, not the Value with all that it was computed from",
        {"passes": float(kept.passes), "nodes": float(kept.nodes)},
    )
