"""A lifted model beside its framework: what the tests of every framework ask of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viz.debugger import diagnose
from viz.debugger.lift.graph import Graph


def assert_agrees(graph: Graph, gradients: Mapping[str, Any], tolerance: float, file: str) -> None:
    """Hold a graph to the gradients of the framework.

    Args:
        gradients: of the parameters, by name.
        tolerance: relative to the largest of them.
        file: the name of the file in which every node has to have its line.
    """
    largest = max(np.abs(gradient).max() for gradient in gradients.values())
    for name, gradient in gradients.items():
        assert np.abs(graph.gradient(name) - gradient).max() <= tolerance * largest, name
    assert graph.report.agreement
    assert [a for a in graph.report.agreement if not a.right] == []
    assert diagnose(graph) == []
    for node in graph.nodes:
        assert not node.op or (node.source and node.source.file.endswith(file)), node
