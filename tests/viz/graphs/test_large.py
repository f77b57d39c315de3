"""Pictures and pages of large graphs take no more memory a value than columns of numbers do; bounds are a third above it."""

import pathlib
import tracemalloc
from collections.abc import Callable

import pytest
from pictures import chain, mixture, network

from autograd import Value
from viz import draw, page
from viz.graphs.graph import graph_of

VALUES = 4000
# The bytes a value of a picture and of a page. A mixture of so few values is looked at in several orders.
BOUNDS = [
    (network, 400, 1050),
    pytest.param(mixture, 760, 830, marks=pytest.mark.exhaustive),
    pytest.param(chain, 560, 830, marks=pytest.mark.exhaustive),
]


@pytest.mark.parametrize(("make", "of_picture", "of_page"), BOUNDS)
def test_memory_a_value_is_bounded(
    make: Callable[[int], Value], of_picture: float, of_page: float, tmp_path: pathlib.Path
) -> None:
    root = make(VALUES)
    assert peak(lambda: draw(root)) / len(graph_of(root)) < of_picture
    assert peak(lambda: page(root, tmp_path / "page.html")) / len(graph_of(root)) < of_page


def peak(work: Callable[[], object]) -> int:
    """The bytes that Python has asked for at one time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
