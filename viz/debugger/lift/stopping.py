"""`stopped`: the scalars that get a gradient and pass none on to a parameter whose gradient is 0."""

import numpy as np

from ...style import number
from ..diagnoses.evidence.found import Certainty
from ..diagnoses.evidence.passes import Pass
from ..diagnoses.finding import Finding
from ..diagnoses.table import Kind
from .graph import Graph


def stopped(graph: Graph, parameter: str) -> list[Finding]:
    """The line at which the gradient of a parameter ends, as a finding; nothing if it does not end.

    Args:
        parameter: its name.
    """
    ids = graph.parameters.get(parameter, np.empty(0, np.int64)).reshape(-1)
    depends = np.zeros(len(graph.nodes) + 1, bool)
    depends[ids[ids >= 0]] = True
    for i in range(len(graph.nodes)):
        depends[i] |= any(depends[p] for p in graph.nodes.parents(i))
    node, parent = (np.frombuffer(graph.columns[name], np.int64) for name in ("node", "parent"))
    contribution = np.abs(np.frombuffer(graph.columns["contribution"]))
    largest = np.zeros(len(graph.nodes))
    on_the_way = depends[parent]
    np.maximum.at(largest, node[on_the_way], contribution[on_the_way])
    gradients = np.abs(np.frombuffer(graph.gradients))
    interior = np.unique(node[on_the_way])
    ends = [int(i) for i in interior if depends[i] and gradients[i] > 0.0 and largest[i] == 0.0]
    if not ends:
        return []
    last = graph.nodes[ends[-1]]
    source = last.source
    return [
        Finding(
            Kind.NO_GRADIENT, "error", Certainty.FACT,
            source.file if source else "", source.line if source else 0, source.text if source else "",
            f"the gradient of {parameter} is 0: {Pass(graph).written(last.id)} gets {number(gradients[last.id])} "
            "and passes 0 on",
            "look at what the derivative is there: a step, a kink, a saturated unit or a factor of 0 stops every gradient",
            {"gradient": float(gradients[last.id])}, (last.name,),
        )
    ]  # fmt: skip
